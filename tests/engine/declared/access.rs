//! Lines of access logs.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;
use tracerank::formats::declared::{ACCESS, DURATION_NO_UNIT, Declared, NOT_THE_PATTERN};
use tracerank::record::{MAX_LINE, Reason, Scratch};
use tracerank_testing::access::{self as naive, Naive};

const HEAD: &str = "203.0.113.7 - - [12/Mar/2026:10:00:01 +0000] ";
/// 2026-03-12T10:00:01Z.
const TIME_US: i64 = 1_773_309_601_000_000;

/// A line as the format takes it, and its twin.
#[track_caller]
fn parse(line: impl AsRef<[u8]>) -> Naive {
    let format = Declared::compile(&ACCESS).unwrap();
    let mut scratch = Scratch::default();
    same(&format, line.as_ref(), &mut scratch)
}

#[track_caller]
fn same(format: &Declared, line: &[u8], scratch: &mut Scratch) -> Naive {
    let found = Naive::of(&format.parse(line, scratch));
    let shown = line[..line.len().min(400)].escape_ascii();
    assert_eq!(found, naive::parse(line), "found and expected in {shown}");
    found
}

#[track_caller]
fn is_record(line: impl AsRef<[u8]>, name: &str, time_us: i64, duration_ns: i64) {
    let name = name.as_bytes().to_vec();
    assert_eq!(parse(line), Naive::Record { time_us, duration_ns, name });
}

#[track_caller]
fn is_malformed(line: impl AsRef<[u8]>, reason: Reason) {
    assert_eq!(parse(line), Naive::Malformed(reason));
}

fn with_request(request: &str) -> String {
    format!("{HEAD}\"{request}\" 200 512 \"-\" \"curl/8.11\" 0.041")
}

fn with_agent(agent: &str) -> String {
    format!("{HEAD}\"GET / HTTP/1.1\" 200 512 \"-\" \"{agent}\" 0.041")
}

fn with_duration(duration: &str) -> String {
    format!("{HEAD}\"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" {duration}")
}

fn with_time(time: &str) -> String {
    format!("203.0.113.7 - - [{time}] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" 0.041")
}

#[track_caller]
fn has_name(line: impl AsRef<[u8]>, name: &str) {
    is_record(line, name, TIME_US, 41_000_000);
}

// ---- Records ----

#[test]
fn a_name_is_method_and_route() {
    has_name(with_request("GET /api/orders/1844?x=1 HTTP/1.1"), "GET /api/orders/{n}");
    has_name(with_request("GET / HTTP/1.1"), "GET /");
    has_name(with_request("POST /login HTTP/2.0"), "POST /login");
    has_name(with_request("OPTIONS * HTTP/1.1"), "OPTIONS *");
    has_name(with_request("GET https://shop.example/cart/7 HTTP/1.1"), "GET /cart/{n}");
    has_name(with_request(r"GET /caf\xC3\xA9?q=\x22 HTTP/1.1"), r"GET /caf\xC3\xA9");
    has_name(with_request("GET /two words HTTP/1.1"), "GET /two words");
    has_name(with_request("GET /x HTTP/1.1 HTTP/1.1"), "GET /x");
    has_name(with_request("GET /x HTTP/"), "GET /x");
}

#[test]
fn a_request_that_is_no_http_is_a_bad_one() {
    for request in
        ["-", "", " ", "GET /", "GET", "GET ", r"\x16\x03\x01\x00 \x01\x00", "OPTIONS / RTSP/1.0", " /x HTTP/1.1"]
    {
        has_name(with_request(request), "<BADREQ>");
    }
    for request in ["GET  HTTP/1.1", "GET ?x HTTP/1.1", "HTTP/1.1", " HTTP/1.1", "GET HTTP/1.1", "GET /x http/1.1"] {
        has_name(with_request(request), "<BADREQ>");
    }
}

#[test]
fn clients_users_and_agents_are_any_text() {
    let rest = &with_request("GET / HTTP/1.1")["203.0.113.7 - - ".len()..];
    for client in [
        "2001:db8::1 - - ",
        "- - - ",
        "  - ",
        "203.0.113.7 - John Smith ",
        "203.0.113.7 - a [b] ",
        "203.0.113.7 - [12/Mar/2026] ",
        "shop.example:443 203.0.113.7 - - ",
        "203.0.113.7 -  ",
        "203.0.113.7 - J\u{fc}rgen ",
    ] {
        has_name(format!("{client}{rest}"), "GET /");
    }
    for agent in [
        "",
        "-",
        r"a \x22quoted\x22 one",
        r#"as Apache \"quotes\" it"#,
        r"\\",
        "0.003",
        "[12/Mar/2026:10:00:01 +0000]",
        "{} {{",
    ] {
        has_name(with_agent(agent), "GET /");
    }
    has_name([with_agent("\u{1F980}\0").as_bytes(), b""].concat(), "GET /");
    let line = [HEAD.as_bytes(), b"\"GET /\xFF HTTP/1.1\" 200 512 \"\xFE\" \"\xFF\" 0.041"].concat();
    let Naive::Record { name, .. } = parse(line) else { panic!("no record") };
    assert_eq!(name, b"GET /\xFF");
}

#[test]
fn numbers_may_be_missing() {
    has_name(format!("{HEAD}\"GET / HTTP/1.1\" 000 - \"-\" \"-\" 0.041"), "GET /");
    has_name(format!("{HEAD}\"GET / HTTP/1.1\" - 123456789012345678901234567890 \"-\" \"-\" 0.041"), "GET /");
}

#[test]
fn an_ending_is_no_part_of_a_line() {
    for ending in ["\r", " ", "  ", " \r", "   \r"] {
        has_name(with_duration(&format!("0.041{ending}")), "GET /");
    }
    is_malformed(with_duration("0.041\r "), Reason::DURATION_NO_NUMBER);
    is_malformed(with_duration("0.041\r\r"), Reason::DURATION_NO_NUMBER);
    is_malformed(with_duration("0.041\t"), Reason::DURATION_NO_NUMBER);
}

#[test]
fn a_duration_is_exact() {
    for (text, ns) in [
        ("0.000", 0),
        ("0.001", 1_000_000),
        ("1.5", 1_500_000_000),
        ("0012.100", 12_100_000_000),
        ("0.000000001", 1),
        ("0.0000000004", 0),
        ("0.0000000005", 1),
        ("0.99999999949", 999_999_999),
        ("0.9999999995", 1_000_000_000),
        ("9223372036.854775807", i64::MAX),
        ("9223372036.8547758074", i64::MAX),
        ("86400.123456789", 86_400_123_456_789),
        ("0.00000000000000000000000000000000000000001", 0),
        ("000000000000000000000000000000000000000000001.0", 1_000_000_000),
    ] {
        is_record(with_duration(text), "GET /", TIME_US, ns);
    }
}

#[test]
fn a_time_is_the_same_in_every_zone() {
    for time in [
        "12/Mar/2026:10:00:01 +0000",
        "12/Mar/2026:10:00:01 -0000",
        "12/Mar/2026:11:00:01 +0100",
        "12/Mar/2026:15:30:01 +0530",
        "11/Mar/2026:23:00:01 -1100",
        "13/Mar/2026:09:59:01 +2359",
    ] {
        has_name(with_time(time), "GET /");
    }
    for (time, time_us) in [
        ("01/Jan/1970:00:00:00 +0000", 0),
        ("31/Dec/1969:23:59:59 +0000", -1_000_000),
        ("29/Feb/2024:00:00:00 +0000", 1_709_164_800_000_000),
        ("31/Dec/9999:23:59:59 +0000", 253_402_300_799_000_000),
        ("01/Jan/0000:00:00:00 +0000", -62_167_219_200_000_000),
    ] {
        is_record(with_time(time), "GET /", time_us, 41_000_000);
    }
}

#[test]
fn the_time_before_is_not_taken_for_the_next() {
    let format = Declared::compile(&ACCESS).unwrap();
    let mut scratch = Scratch::default();
    let times = ["12/Mar/2026:10:00:01 +0000", "12/Mar/2026:10:00:01 +0100", "12/Mar/2026:10:00:02 +0100"];
    let bad = ["30/Feb/2026:10:00:01 +0000", "xx/Mar/2026:10:00:01 +0000"];
    for first in times.iter().chain(&bad) {
        for second in times.iter().chain(&bad) {
            for time in [first, first, second, second, first] {
                same(&format, with_time(time).as_bytes(), &mut scratch);
            }
        }
    }
    let zeros = [b"a b c [".as_slice(), &[0; 26], b"] \"GET / HTTP/1.1\" 200 5 \"-\" \"-\" 0.041"].concat();
    assert_eq!(same(&format, &zeros, &mut Scratch::default()), Naive::Other);
}

// ---- Malformed records ----

#[test]
fn a_time_that_does_not_exist_is_malformed() {
    for time in [
        "30/Feb/2026:10:00:01 +0000",
        "29/Feb/2026:10:00:01 +0000",
        "00/Mar/2026:10:00:01 +0000",
        "12/Foo/2026:10:00:01 +0000",
        "12/mar/2026:10:00:01 +0000",
        "12/Mar/2026:24:00:01 +0000",
        "12/Mar/2026:10:60:01 +0000",
        "12/Mar/2026:10:00:60 +0000",
        "12/Mar/2026:10:00:61 +0000",
        "12/Mar/2026:10:00:01 +2400",
        "12/Mar/2026:10:00:01 +0060",
    ] {
        is_malformed(with_time(time), Reason::TIME_DOES_NOT_EXIST);
    }
}

#[test]
fn a_duration_is_never_guessed() {
    // Two numbers: which of them is the request's is not said.
    for duration in [
        "0.003 0.005",
        "0.003 -",
        "-",
        "-0.001",
        "+0.1",
        ".5",
        "5.",
        "0.0.1",
        "1e-3",
        "0,041",
        "0.041s",
        "\"-\" 0.041",
        "0x1.0",
        "NaN",
        "0.041 4",
        "1 2",
    ] {
        is_malformed(with_duration(duration), Reason::DURATION_NO_NUMBER);
    }
    // Apache's %D are microseconds, %{ms}T milliseconds, %T seconds.
    for duration in ["551", "0", "99999999999999999999999999"] {
        is_malformed(with_duration(duration), DURATION_NO_UNIT);
    }
    for duration in [
        "9223372036.854775808",
        "9223372036.8547758075",
        "9999999999.0",
        "99999999999999999999999999999999999.000000000",
    ] {
        is_malformed(with_duration(duration), Reason::DURATION_OUT_OF_RANGE);
    }
}

#[test]
fn a_line_that_breaks_off_after_its_time_is_malformed() {
    let line = with_request("GET /orders/17 HTTP/1.1");
    let end_of_time = HEAD.len() - "] ".len();
    let duration = line.len() - "0.041".len();
    for len in 0..line.len() {
        let found = parse(&line[..len]);
        let expected = match len {
            _ if len < end_of_time => Naive::Other,
            _ if len <= duration => Naive::Malformed(Reason::CUT_SHORT),
            _ if len == duration + 1 => Naive::Malformed(DURATION_NO_UNIT),
            _ if len == duration + 2 => Naive::Malformed(Reason::DURATION_NO_NUMBER),
            // That is all that a line can tell of itself.
            _ => continue,
        };
        assert_eq!(found, expected, "{}", &line[..len]);
    }
    // Combined without a duration.
    is_malformed(format!("{HEAD}\"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8.11\""), Reason::CUT_SHORT);
}

#[test]
fn a_line_that_departs_from_the_pattern_after_its_time_is_malformed() {
    for rest in [
        "GET / HTTP/1.1 200 512 0.041",
        "\"GET / HTTP/1.1\" 2x0 512 \"-\" \"curl/8.11\" 0.041",
        "\"GET / HTTP/1.1\" 200 0.003 \"-\" \"curl/8.11\" 0.041",
        "\"GET / HTTP/1.1\" 200 512 0.003 \"-\" \"curl/8.11\" 0.041",
        "\"GET / HTTP/1.1\" 200 -1 \"-\" \"curl/8.11\" 0.041",
        "\"GET / HTTP/1.1\" 200 512 - \"curl/8.11\" 0.041",
        "\"GET / HTTP/1.1\"  200 512 \"-\" \"curl/8.11\" 0.041",
        "\"GET / HTTP/1.1\" 200 512 \"-\" \"say \"hello\" \" 0.041",
        "\"GET /\" HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" 0.041",
    ] {
        is_malformed(format!("{HEAD}{rest}"), NOT_THE_PATTERN);
    }
}

#[test]
fn a_line_of_more_than_4_mib_is_not_parsed() {
    let long = |len: usize| with_agent(&"x".repeat(len - with_agent("").len()));
    has_name(long(MAX_LINE), "GET /");
    has_name(long(MAX_LINE) + " \r", "GET /");
    is_malformed(long(MAX_LINE + 1), Reason::TOO_LONG);
    assert_eq!(parse("x".repeat(MAX_LINE + 1)), Naive::Other);
    assert_eq!(parse(" ".repeat(MAX_LINE + 1)), Naive::Other);
    assert_eq!(parse(" [".repeat(MAX_LINE)), Naive::Other);
    is_malformed(with_time("30/Feb/2026:10:00:01 +0000") + &"x".repeat(MAX_LINE), Reason::TOO_LONG);
    assert_eq!(parse(format!("{}{}", "x".repeat(MAX_LINE - 20), with_agent(""))), Naive::Other);
}

// ---- Other lines ----

#[test]
fn lines_of_other_programs_are_others() {
    for line in [
        "",
        " ",
        "\r",
        "-",
        "2026/03/12 10:00:01 [error] 31#31: *7 open() \"/srv/x\" failed (2: No such file or directory)",
        "203.0.113.7 - - [12/Mar/2026:10:00:01 +000",
        "203.0.113.7 - - 12/Mar/2026:10:00:01 +0000 \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" 0.041",
        "203.0.113.7 - [12/Mar/2026:10:00:01 +0000] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" 0.041",
        "203.0.113.7 - - [2026-03-12T10:00:01+00:00] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" 0.041",
        "203.0.113.7 - - [1/Mar/2026:10:00:01 +0000] \"GET / HTTP/1.1\" 200 512 \"-\" \"curl/8.11\" 0.041",
        r#"{"time":"12/Mar/2026:10:00:01 +0000","request":"GET / HTTP/1.1"}"#,
        "2020-02-27T08:04:25.961298 0.006782 f12e75d5-5d59-4cbc-b74d-357f19290dd7 603f1fab-be78-438d-af13-d94ed3b7e416 b1d0a77a-52f5-4415-a6c4-f16b3591a47d db-stop",
    ] {
        assert_eq!(parse(line), Naive::Other, "{line}");
    }
}

// ---- The log of testdata ----

#[test]
fn the_log_is_read_as_the_twin_reads_it() {
    let format = Declared::compile(&ACCESS).unwrap();
    let mut scratch = Scratch::default();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/access/nginx.log");
    let log = fs::read(path).unwrap();
    let lines = log.split_inclusive(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\n").unwrap_or(line));
    let read: Vec<Naive> = lines.map(|line| same(&format, line, &mut scratch)).collect();
    let count = |wanted: fn(&Naive) -> bool| read.iter().filter(|line| wanted(line)).count();
    let records = count(|line| matches!(line, Naive::Record { .. }));
    let bad = count(|line| matches!(line, Naive::Record { name, .. } if name == b"<BADREQ>"));
    let malformed = count(|line| matches!(line, Naive::Malformed(_)));
    assert_eq!([read.len(), records, bad, malformed], [401, 387, 16, 9]);
}

// ---- Lines of any shape ----

/// Texts for each part of a line, the usual ones first.
const PARTS: [&[&str]; 23] = [
    &["203.0.113.7", "2001:db8::1", "", "-"],
    &[" "],
    &["-", "", "x y"],
    &[" "],
    &["-", "John Smith", "a [b", " [", "a [12/Mar/2026:10:00:01 +0000] b"],
    &[" [", "[", " ["],
    &[
        "12/Mar/2026:10:00:01 +0000",
        "12/Mar/2026:10:00:02 +0000",
        "31/Feb/2026:10:00:02 -0130",
        "29/Feb/2024:23:59:60 +0530",
        "1/Mar/2026",
    ],
    &["] \"", "]\"", "] ", "]"],
    &["GET", "POST", "", "-", r"\x16\x03", r"\", r#"\""#],
    &[" ", "", "  "],
    &["/", "/a/17?x=1", "/two words", "", "*", "?", "https://a.example", r"/\", r#"/\""#, "/%22\u{e4}"],
    &[" HTTP/", " ", "", " HTTP", " HTTP/ HTTP/"],
    &["1.1", "2.0", "", "\"", r"\"],
    &["\" ", "\"", " "],
    &["200", "-", "000", "2x", "", "12345678901234567890"],
    &[" ", "", "  "],
    &["512", "-", "0", "0.003", "5-", ""],
    &[" \"", "\"", " "],
    &["-", "", "https://shop.example/search?q=a b", r#"\""#, r"\\", r"\x22"],
    &["\" \"", "\"  \"", "\" ", "\""],
    &[
        "curl/8.11",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko)",
        "",
        "\" \"",
        r#"a \" b"#,
        r"\",
    ],
    &["\" ", "\"", "\"  "],
    &[
        "0.041",
        "0.003 0.005",
        "1",
        "",
        "-",
        "9223372036.854775807",
        "0.12345678951",
        "5.",
        ".5",
        "0.041 ",
        "0.041\r",
        "0.041 \r",
    ],
];

/// Lines of which most parts are as usual.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let parts: Vec<_> = PARTS.iter().map(|texts| prop_oneof![12 => Just(texts[0]), 1 => select(*texts)]).collect();
    parts.prop_map(|parts| parts.concat().into_bytes())
}

/// A change of a line: cut off, bytes replaced, taken out or put in.
#[derive(Debug, Clone)]
enum Change {
    CutOff(prop::sample::Index),
    Replace(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Insert(prop::sample::Index, u8),
    Repeat(prop::sample::Index, prop::sample::Index),
}

impl Change {
    fn apply(&self, line: &mut Vec<u8>) {
        if line.is_empty() {
            return;
        }
        match self {
            Self::CutOff(at) => line.truncate(at.index(line.len())),
            Self::Replace(at, byte) => {
                let at = at.index(line.len());
                line[at] = *byte;
            }
            Self::Remove(at) => drop(line.remove(at.index(line.len()))),
            Self::Insert(at, byte) => line.insert(at.index(line.len()), *byte),
            Self::Repeat(from, to) => {
                let (from, to) = (from.index(line.len()), to.index(line.len()));
                let piece = line[from.min(to)..from.max(to)].to_vec();
                line.splice(to..to, piece);
            }
        }
    }
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let byte = || {
        prop_oneof![select(b" \"\\[]-/:.+0159aHG\r".as_slice()), any::<u8>()]
            .prop_filter("a line", |byte| *byte != b'\n')
    };
    let at = any::<prop::sample::Index>;
    let change = prop_oneof![
        at().prop_map(Change::CutOff),
        (at(), byte()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        at().prop_map(Change::Remove),
        (at(), byte()).prop_map(|(at, byte)| Change::Insert(at, byte)),
        (at(), at()).prop_map(|(from, to)| Change::Repeat(from, to)),
    ];
    prop::collection::vec(change, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_twin_says_the_same(lines in prop::collection::vec((lines(), changes()), 1..4)) {
        let format = Declared::compile(&ACCESS).unwrap();
        let mut scratch = Scratch::default();
        for (mut line, changes) in lines {
            changes.iter().for_each(|change| change.apply(&mut line));
            same(&format, &line, &mut scratch);
        }
    }

    #[test]
    fn any_bytes_are_a_line(line in prop::collection::vec(any::<u8>(), 0..200)) {
        parse(line);
    }
}
