//! Patterns: what they take, and what is wrong with them.

use tracerank::formats::LogFormat;
use tracerank::formats::declared::{DECLARATIONS, DURATION_NO_UNIT, Declaration, Declared, NOT_THE_PATTERN};
use tracerank::record::{Line, Reason, Scratch};

fn declaration(pattern: &'static str, named: &'static str) -> Declaration<'static> {
    let patterns = Box::leak(Box::new([pattern]));
    Declaration { name: "test", spelling: "test", help: "", patterns, named, nameless: None }
}

#[test]
fn a_format_has_times_where_a_pattern_has() {
    let has_times = |pattern| Declared::compile(&declaration(pattern, "{what}")).unwrap().has_times();
    assert!(has_times("[{time:clf}] {what} {dur:decimal_s}") && !has_times("{what} {dur:decimal_s}"));
}

/// The name and the nanoseconds in a line, or why there are none.
#[track_caller]
fn read(pattern: &'static str, named: &'static str, line: &str) -> Result<(String, i64), Option<Reason>> {
    let format = Declared::compile(&declaration(pattern, named)).unwrap();
    match format.parse(line.as_bytes(), &mut Scratch::default()) {
        Line::Record(record) => Ok((String::from_utf8_lossy(record.name).into_owned(), record.duration_ns.unwrap())),
        Line::Other => Err(None),
        Line::Malformed(reason) => Err(Some(reason)),
        Line::Several => panic!("a line holds one record at most"),
    }
}

#[allow(clippy::unnecessary_wraps, reason = "this is what `read` returns")]
fn span(name: &str, ns: i64) -> Result<(String, i64), Option<Reason>> {
    Ok((name.to_owned(), ns))
}

const SECOND: i64 = 1_000_000_000;

#[test]
fn every_declaration_compiles() {
    for declaration in DECLARATIONS {
        Declared::compile(declaration).unwrap_or_else(|error| panic!("{}: {error}", declaration.name));
    }
}

#[test]
fn a_gap_takes_the_shortest_text() {
    assert_eq!(read("{name} - {dur:s}", "{name}", "a - 1"), span("a", SECOND));
    assert_eq!(read("{name} - {dur:s}", "{name}", "a - b - 1"), Err(Some(Reason::DURATION_NO_NUMBER)));
    assert_eq!(read("{} {name} {dur:s}", "{name}", "x  1"), Err(Some(NOT_THE_PATTERN)), "a name is not empty");
    assert_eq!(read("{dur:s} {name}", "{name}", "1.5 all the rest"), span("all the rest", 3 * SECOND / 2));
    assert_eq!(read("{dur:s} {name}", "{name}", "1.5"), Err(None));
    assert_eq!(read("took {dur:s} {name}", "{name}", "took x y"), Err(Some(Reason::DURATION_NO_NUMBER)));
    assert_eq!(read("took {dur:s} {name}", "{name}", "takes 1 y"), Err(None));
    assert_eq!(read("{name} {dur:s} s", "{name}", "a 1 s"), span("a", SECOND));
    assert_eq!(read("{name} {dur:s} ", "{name}", "a 1 "), span("a", SECOND));
    assert_eq!(
        read("{name} {dur:s} s", "{name}", "a 1 s!"),
        Err(Some(NOT_THE_PATTERN)),
        "a pattern is of the whole line"
    );
}

#[test]
fn quotes_hold_a_gap_together() {
    let pattern = r#""{name}" {dur:s}"#;
    assert_eq!(read(pattern, "{name}", r#""a \" b" 1"#), span(r#"a \" b"#, SECOND));
    assert_eq!(read(pattern, "{name}", r#""a \\" 1"#), span(r"a \\", SECOND));
    assert_eq!(read(pattern, "{name}", r#""a"b" 1"#), Err(None), "it departs before it is like a record");
    assert_eq!(read(r#"5" {name} {dur:s}"#, "{name}", r#"5" a"b 1"#), span(r#"a"b"#, SECOND), "no quote that ends");
}

#[test]
fn a_time_has_its_shape_wherever_it_stands() {
    let (time, none) = ("12/Mar/2026:10:00:01 +0000", "12/Mar/2026 10.00.01 +0000");
    for (pattern, before, after) in [
        ("{time:clf} {name} {dur:s}", "", " a 1"),
        ("{n:int} {time:clf} {name} {dur:s}", "7 ", " a 1"),
        ("\"{n} {time:clf}\" {name} {dur:s}", "\"7 ", "\" a 1"),
        ("{n} {time:clf} {name} {dur:s}", "7 ", " a 1"),
    ] {
        assert_eq!(read(pattern, "{name}", &format!("{before}{time}{after}")), span("a", SECOND));
        assert_eq!(read(pattern, "{name}", &format!("{before}{none}{after}")), Err(None));
        assert_eq!(read(pattern, "{name}", &format!("{before}{time}")), Err(Some(Reason::CUT_SHORT)));
        assert_eq!(read(pattern, "{name}", before), Err(None));
    }
}

#[test]
fn doubled_braces_are_braces() {
    assert_eq!(read("{{{name}}} {dur:s}", "{{{name}}}", "{a} 1"), span("{a}", SECOND));
}

#[test]
fn a_name_is_put_together_of_gaps() {
    let pattern = "{a} {b:route} {dur:s}";
    assert_eq!(read(pattern, "{a} {b}", "x /1/y 2"), span("x /{n}/y", 2 * SECOND));
    assert_eq!(read(pattern, "{b} {a}", "x /1/y?z 2"), span("/{n}/y x", 2 * SECOND));
    assert_eq!(read(pattern, "{b} {a}", "x /y?z 2"), span("/y x", 2 * SECOND));
    assert_eq!(read(pattern, "<{a}>", "x /y 2"), span("<x>", 2 * SECOND));
    assert_eq!(read(pattern, "{a}{b}", "x /y 2"), span("x/y", 2 * SECOND));
    assert_eq!(read(pattern, "{a}", "x /y 2"), span("x", 2 * SECOND));
    assert_eq!(read(pattern, "{b}", "x /y?z 2"), span("/y", 2 * SECOND));
    assert_eq!(read(pattern, "{a} {a}", "x /y?z 2"), span("x x", 2 * SECOND));
    assert_eq!(read("{a:route} {b} {dur:s}", "{a} {b}", "/y?z x 2"), span("/y x", 2 * SECOND));
}

#[test]
fn long_texts_are_compared_whole() {
    let pattern = "{name} took no more than {dur:s} seconds of time";
    assert_eq!(read(pattern, "{name}", "a took no more than 1 seconds of time"), span("a", SECOND));
    assert_eq!(read(pattern, "{name}", "a took no more then 1 seconds of time"), Err(None));
}

#[track_caller]
fn is_wrong(pattern: &'static str, named: &'static str, message: &str) {
    let error = Declared::compile(&declaration(pattern, named)).expect_err("a mistake");
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    is_wrong("ä {name {dur:s}", "{name}", "pattern 1, column 3: this { has no }; {{ is a brace");
    is_wrong("{name} {dur:s", "{name}", "pattern 1, column 8: this { has no }; {{ is a brace");
    is_wrong("{name} } {dur:s}", "{name}", "pattern 1, column 8: this } closes nothing; }} is a brace");
    is_wrong(
        "{na me} {dur:s}",
        "{name}",
        "pattern 1, column 1: a gap's name has letters, digits and _ alone, and \"na me\" has others",
    );
    is_wrong(
        "{name} {dur:h}",
        "{name}",
        "pattern 1, column 8: there is no type \"h\": there are int, id, route, request, clf, clf_ms, iso, epoch, \
         epoch_ms, s, decimal_s, ms, us, ns, list_s, dur, hms",
    );
    is_wrong("{name} {name} {dur:s}", "{name}", "pattern 1, column 8: {name} is here twice");
    is_wrong(
        "{name}{dur:s}",
        "{name}",
        "pattern 1, column 7: no text between this gap and the one before it: nothing says where that one ends",
    );
    is_wrong("{name} {dur}", "{name}", "pattern 1, column 8: {dur} needs a unit: {dur:s}");
    is_wrong("{time} {name} {dur:s}", "{name}", "pattern 1, column 1: {time} needs a type: {time:clf}");
    is_wrong("{name} {wait:s} {dur:s}", "{name}", "pattern 1, column 8: only {dur} can have this type");
    is_wrong("{name} {:clf} {dur:s}", "{name}", "pattern 1, column 8: only {time} can have this type");
    is_wrong("{name}", "{name}", "pattern 1, column 7: no {dur}: a record without a duration counts for nothing");
    is_wrong("{a} {dur:s}", "{a} {b}", "name, column 5: {b} is not in pattern 1, which has others of these");
    is_wrong(
        "{a} {dur:s}",
        "{b}",
        "name, column 1: pattern 1 has none of these, and there is no other name for its records",
    );
    is_wrong("{a} {dur:s}", "{a} {}", "name, column 5: a name is made of named gaps, and types are said in patterns");
    is_wrong(
        "{a} {dur:s}",
        "{a:route}",
        "name, column 1: a name is made of named gaps, and types are said in patterns",
    );
    is_wrong("{a} {dur:s}", "{a}{a}{a}{a}{a}{a}{a}{a}{a}", "name, column 25: a name is made of at most 8 gaps");
    is_wrong(
        "{time:iso} {start:iso} {a} {dur:s}",
        "{a}",
        "pattern 1, column 12: there is one time in a record: {time} at its end, or {start} at its beginning",
    );
    is_wrong("{group} {a} {dur:s}", "{a}", "pattern 1, column 1: {group} needs an {id} beside it");
    is_wrong("{a} {dur:int}", "{a}", "pattern 1, column 5: {dur} needs a unit: {dur:s}");
    is_wrong("ltsv:a=x,dur=y:s,a=z", "{a}", "pattern 1, column 18: {a} is here twice");
    is_wrong("logfmt:a=x,dur", "{a}", "pattern 1, column 12: \"dur\" is no entry: GAP=KEY or GAP=KEY:TYPE");
    is_wrong("logfmt:a=x", "{a}", "pattern 1, column 1: no {dur}: a record without a duration counts for nothing");
    is_wrong("ltsv:a=x,dur=y:s", "{b}", "name, column 1: {b} is not in pattern 1, which has others of these");
    is_wrong("{a} {dur:s}", "{", "name, column 1: this { has no }; {{ is a brace");
}

// ---- Types ----

#[track_caller]
fn takes(kind: &str, text: &str, ns: i64) {
    let pattern: &'static str = Box::leak(format!("{{name}} {{dur:{kind}}} end").into_boxed_str());
    assert_eq!(read(pattern, "{name}", &format!("a {text} end")), span("a", ns), "{kind} {text}");
}

#[track_caller]
fn refuses(kind: &str, text: &str, reason: Reason) {
    let pattern: &'static str = Box::leak(format!("{{name}} {{dur:{kind}}} end").into_boxed_str());
    assert_eq!(read(pattern, "{name}", &format!("a {text} end")), Err(Some(reason)), "{kind} {text}");
}

#[test]
fn a_number_has_the_unit_of_its_type() {
    for (kind, text, ns) in [
        ("s", "1", SECOND),
        ("s", "0.0000000005", 1),
        ("s", "+1.5", 3 * SECOND / 2),
        ("s", "-1", 0),
        ("ms", "41", 41_000_000),
        ("ms", "58.33", 58_330_000),
        ("ms", "0.0000005", 1),
        ("ms", "0.0000004", 0),
        ("ms", "+43", 43_000_000),
        ("ms", "-1", 0),
        ("us", "551", 551_000),
        ("us", "0.0005", 1),
        ("us", "0.00049", 0),
        ("ns", "7", 7),
        ("ns", "7.5", 8),
        ("ns", "7.4999", 7),
        ("ms", "9223372036854.775807", i64::MAX),
        ("ns", "9223372036854775807", i64::MAX),
    ] {
        takes(kind, text, ns);
    }
    for kind in ["s", "ms", "us", "ns"] {
        for text in ["", "-", "-2", "-1.0", "+-1", "1e3", "0x1", ".5", "5.", "1,5", "1 2", "NaN"] {
            refuses(kind, text, Reason::DURATION_NO_NUMBER);
        }
        refuses(kind, "9223372036854775808", Reason::DURATION_OUT_OF_RANGE);
        refuses(kind, "99999999999999999999999999", Reason::DURATION_OUT_OF_RANGE);
    }
}

#[test]
fn a_duration_says_its_units() {
    for (text, ns) in [
        ("18.2ms", 18_200_000),
        ("1.15\u{b5}s", 1_150),
        ("1.15\u{3bc}s", 1_150),
        ("1.15us", 1_150),
        ("7ns", 7),
        ("0.5ns", 1),
        ("1h2m", 3_720 * SECOND),
        ("1h2m3.5s", 7_447 * SECOND / 2),
        ("2m0.000000001s", 120 * SECOND + 1),
        ("0s", 0),
        ("2562047.788015215h", 9_223_372_036_854_774_000),
    ] {
        takes("dur", text, ns);
    }
    for text in ["", "ms", "-1ms", "1xs", "1.ms", ".5s", "1s2", "1 s", "1e3s", "1m s"] {
        let reason = if text == "1s2" { DURATION_NO_UNIT } else { Reason::DURATION_NO_NUMBER };
        refuses("dur", text, reason);
    }
    refuses("dur", "41", DURATION_NO_UNIT);
    refuses("dur", "0.041", DURATION_NO_UNIT);
    refuses("dur", "2562048h", Reason::DURATION_OUT_OF_RANGE);
}

#[test]
fn hours_minutes_and_seconds_are_a_duration() {
    for (text, ns) in [
        ("1:02:03.5", 7_447 * SECOND / 2),
        ("01:02:03", 3_723 * SECOND),
        ("100:00:00", 360_000 * SECOND),
        ("02:03", 123 * SECOND),
        ("75:03", 4_503 * SECOND),
        ("0:00:00,25", SECOND / 4),
    ] {
        takes("hms", text, ns);
    }
    for text in [
        "", "7", "1:60", "1:5", "1:60:00", "1:2:03", "1:00:003", ":00:01", "1::01", "a:01", "1:01.", "-1:00", "1:2:3:4",
    ] {
        refuses("hms", text, Reason::DURATION_NO_NUMBER);
    }
}

#[test]
fn a_list_of_seconds_adds_up() {
    for (text, ns) in [
        ("0.001, 0.002 : 0.001", 4_000_000),
        ("0.001", 1_000_000),
        ("-", 0),
        ("-, 0.002", 2_000_000),
        ("0.001 : -", 1_000_000),
    ] {
        takes("list_s", text, ns);
    }
    for text in ["", "1", "0.001,0.002", "0.001, x", "0.001 :0.002"] {
        refuses("list_s", text, NOT_THE_PATTERN);
    }
}

#[test]
fn several_durations_add_up() {
    assert_eq!(read("{name} {dur:s} {dur:ms} {dur:dur}", "{name}", "a 1.5 -1 250ms"), span("a", 1_750_000_000));
    let most = "a 9223372036 854 775.807ms";
    assert_eq!(read("{name} {dur:s} {dur:ms} {dur:dur}", "{name}", most), Err(Some(Reason::DURATION_OUT_OF_RANGE)));
}

/// The microseconds of the only time in a line.
#[track_caller]
fn time_of(kind: &str, text: &str) -> Result<i64, Option<Reason>> {
    let pattern: &'static str = Box::leak(format!("{{host}} {{time:{kind}}} {{name}} {{dur:s}}").into_boxed_str());
    let format = Declared::compile(&declaration(pattern, "{name}")).unwrap();
    match format.parse(format!("x y {text} a 1").as_bytes(), &mut Scratch::default()) {
        Line::Record(record) => Ok(record.time_us.unwrap()),
        Line::Other => Err(None),
        Line::Malformed(reason) => Err(Some(reason)),
        Line::Several => panic!("a line holds one record at most"),
    }
}

/// 2026-03-12T10:00:01Z.
const TIME_US: i64 = 1_773_309_601_000_000;

#[test]
fn times_have_many_spellings() {
    for (kind, text, after_us) in [
        ("iso", "2026-03-12T10:00:01.482Z", 482_000),
        ("iso", "2026-03-12T10:00:01", 0),
        ("iso", "2026-03-12 10:00:01,482", 482_000),
        ("iso", "2026-03-12t10:00:01.5z", 500_000),
        ("iso", "2026-03-12T11:00:01.000001+01:00", 1),
        ("iso", "2026-03-12T11:00:01+0100", 0),
        ("iso", "2026-03-12T11:00:01+01", 0),
        ("iso", "2026-03-12 15:30:01.25 +05:30", 250_000),
        ("iso", "2026-03-11 23:00:01 -1100", 0),
        ("iso", "2026-03-12T10:00:01.4820004Z", 482_000),
        ("iso", "2026-03-12T10:00:01.4820005Z", 482_001),
        ("iso", "2026-03-12T10:00:00.9999999999Z", 0),
        ("epoch", "1773309601", 0),
        ("epoch", "1773309601.482", 482_000),
        ("epoch", "1773309600.9999995", 0),
        ("epoch_ms", "1773309601482", 482_000),
        ("epoch_ms", "1773309601482.0005", 482_001),
        ("clf", "12/Mar/2026:10:00:01 +0000", 0),
        ("clf_ms", "12/Mar/2026:10:00:01.482", 482_000),
        ("clf_ms", "12/Mar/2026:10:00:01", 0),
        ("clf_ms", "12/Mar/2026:11:00:01.5 +0100", 500_000),
    ] {
        assert_eq!(time_of(kind, text), Ok(TIME_US + after_us), "{kind} {text}");
    }
    for (kind, text) in [
        ("iso", "2026-02-30T10:00:01Z"),
        ("iso", "2026-03-12T24:00:01Z"),
        ("iso", "2026-03-12T10:00:60Z"),
        ("iso", "2026-03-12T10:00:01+24:00"),
        ("clf_ms", "30/Feb/2026:10:00:01.101"),
        ("epoch", "99999999999999"),
        ("epoch_ms", "99999999999999999999999"),
    ] {
        assert_eq!(time_of(kind, text), Err(Some(Reason::TIME_DOES_NOT_EXIST)), "{kind} {text}");
    }
    for (kind, text) in [
        ("iso", "2026-03-12"),
        ("iso", "2026-03-12T10:00"),
        ("iso", "26-03-12T10:00:01"),
        ("clf_ms", "1/Mar/2026:10:00:01"),
    ] {
        assert_eq!(time_of(kind, text), Err(None), "{kind} {text}");
    }
}

#[test]
fn a_start_is_the_duration_before_the_end() {
    let format = Declared::compile(&declaration("{start:iso} {name} {dur:us}", "{name}")).unwrap();
    for (duration, after_us) in [("1500000", 1_500_000), ("0.4", 0), ("0.5", 1), ("-1", 0)] {
        let line = format!("2026-03-12T10:00:01Z a {duration}");
        let mut scratch = Scratch::default();
        let Line::Record(record) = format.parse(line.as_bytes(), &mut scratch) else { panic!("no record: {line}") };
        assert_eq!(record.time_us, Some(TIME_US + after_us), "{duration}");
    }
    assert!(format.has_times());
}

#[test]
fn ids_are_those_of_the_gaps() {
    for (pattern, line, expected) in [
        ("{id} {name} {dur:s}", "7 a 1", Some(["7", "7", "7"])),
        ("{id} {name} {dur:s}", "- a 1", None),
        ("{id} {parent} {name} {dur:s}", "7 3 a 1", Some(["-", "3", "7"])),
        ("{id} {parent} {name} {dur:s}", "7 - a 1", Some(["-", "-", "7"])),
        ("{group} {id} {parent} {name} {dur:s}", "g 7 3 a 1", Some(["g", "3", "7"])),
        ("{group} {id} {parent} {name} {dur:s}", "g 7 - a 1", Some(["g", "g", "7"])),
        ("{group} {id} {name} {dur:s}", "g 7 a 1", Some(["g", "g", "7"])),
        ("{id:id} {name} {dur:s}", "7-f a 1", Some(["7-f", "7-f", "7-f"])),
        ("logfmt:id=i,group=g,name=n,dur=d:s", "d=1 n=a g=g i=7", Some(["g", "g", "7"])),
    ] {
        let format = Declared::compile(&declaration(pattern, "{name}")).unwrap();
        assert!(format.has_ids());
        let mut scratch = Scratch::default();
        let Line::Record(record) = format.parse(line.as_bytes(), &mut scratch) else { panic!("no record: {line}") };
        let ids = record.ids.map(|ids| [ids.base, ids.parent, ids.trace]);
        assert_eq!(ids, expected.map(|ids| ids.map(str::as_bytes)), "{pattern}: {line}");
    }
    assert!(!Declared::compile(&declaration("{name} {dur:s}", "{name}")).unwrap().has_ids());
}

#[test]
fn values_have_keys() {
    let ltsv = "ltsv:time=time:clf,method=method,path=uri:route,dur=reqtime:s";
    let time = "time:12/Mar/2026:10:00:01 +0000";
    assert_eq!(
        read(ltsv, "{method} {path}", &format!("{time}\turi:/a/7?x\treqtime:1\tmethod:GET")),
        span("GET /a/{n}", SECOND)
    );
    let bracketed = "time:[12/Mar/2026:10:00:01 +0000]\turi:/\treqtime:0.5\tmethod:GET\tmethod:PUT";
    assert_eq!(read(ltsv, "{method} {path}", bracketed), span("GET /", SECOND / 2));
    assert_eq!(
        read(ltsv, "{method} {path}", "uri:/\treqtime:1\tmethod:GET"),
        span("GET /", SECOND),
        "a time is no must"
    );
    assert_eq!(read(ltsv, "{method} {path}", &format!("{time}\turi:/\tmethod:G")), Err(Some(Reason::CUT_SHORT)));
    assert_eq!(read(ltsv, "{method} {path}", "uri:/\tmethod:G"), Err(None));
    let not_a_number = format!("{time}\turi:/\tmethod:G\treqtime:x");
    assert_eq!(read(ltsv, "{method} {path}", &not_a_number), Err(Some(Reason::DURATION_NO_NUMBER)));
    let empty = format!("{time}\turi:\tmethod:G\treqtime:1");
    assert_eq!(read(ltsv, "{method} {path}", &empty), Err(Some(NOT_THE_PATTERN)));

    let logfmt = "logfmt:name=job,dur=took:dur";
    for (line, name) in [
        ("job=a took=1s", "a"),
        ("level=info took=1s job=\"a b\" rest", "a b"),
        (r#"prefix: msg="took=9s \"job=x\"" took=1s job="a \" b""#, r#"a \" b"#),
        ("took=1s job=a=b", "a=b"),
        ("job=a job=b took=1s took=2s", "a"),
    ] {
        assert_eq!(read(logfmt, "{name}", line), span(name, SECOND), "{line}");
    }
    for line in ["job=a", "took=1s", "job=a took=1s msg=\"x", "xjob=a took=1s", ""] {
        assert_eq!(read(logfmt, "{name}", line), Err(None), "{line}");
    }
    assert_eq!(read(logfmt, "{name}", "job=a took=1"), Err(Some(DURATION_NO_UNIT)));
}
