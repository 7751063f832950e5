//! Logs of every shape, for property tests: records as Mistral writes them and as the format allows them, ordinary
//! lines, and damage.
//!
//! About seven lines in ten are whole records, most of these of the standard shape, so that fast paths are taken and
//! names come again.
//!
//! The strategies are boxed since their types nest, and a line of them all would not fit a test's stack.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A log of 0 to 60 lines (a few more where damage put line feeds in).
pub fn log() -> impl Strategy<Value = Vec<u8>> {
    let lines = vec((line(), ending()), 0..=60);
    let last_ending = select(vec!["\n", "\n", "\n", "", "", "\r\n", "\r"]);
    (lines, last_ending).prop_map(|(mut lines, last_ending)| {
        if let Some((_, ending)) = lines.last_mut() {
            *ending = last_ending;
        }
        lines.into_iter().flat_map(|(line, ending)| [line, ending.into()].concat()).collect()
    })
}

fn ending() -> BoxedStrategy<&'static str> {
    prop_oneof![20 => Just("\n"), 3 => Just("\r\n"), 1 => Just("\r\r\n")].boxed()
}

/// One line without its ending. Damage may have put line feeds in.
pub fn line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        46 => standard_line(),
        26 => unusual_line(),
        4 => torn_and_whole(),
        6 => glued(),
        8 => ordinary_line(),
        16 => damaged_line(),
    ]
}

// ---- Whole records ----

/// The fields of a record, each as it stands in the line.
#[derive(Debug, Clone)]
struct Fields {
    prefix: Vec<u8>,
    timestamp: String,
    /// Eight blanks in a start record.
    duration: String,
    base_id: Vec<u8>,
    parent_id: Vec<u8>,
    trace_id: String,
    name: Vec<u8>,
    marker: &'static str,
    /// With the blank in front of it.
    json: String,
}

impl Fields {
    /// All that stands between blanks, in the order of the line.
    fn words(&self) -> Vec<Vec<u8>> {
        let last = [self.name.as_slice(), self.marker.as_bytes(), self.json.as_bytes()].concat();
        let timestamp = [self.prefix.as_slice(), self.timestamp.as_bytes()].concat();
        let duration = self.duration.clone().into_bytes();
        let trace_id = self.trace_id.clone().into_bytes();
        vec![timestamp, duration, self.base_id.clone(), self.parent_id.clone(), trace_id, last]
    }

    fn line(&self) -> Vec<u8> {
        self.words().join(&b' ')
    }
}

fn standard_line() -> BoxedStrategy<Vec<u8>> {
    standard_fields().prop_map(|fields| fields.line()).boxed()
}

/// What Mistral writes: three UUIDs, a name that comes again, an everyday duration, sometimes the mark.
fn standard_fields() -> BoxedStrategy<Fields> {
    let duration_and_marker = prop_oneof![
        5 => Just((" ".repeat(8), "-start")),
        9 => everyday_duration().prop_map(|duration| (duration, "-stop")),
        1 => everyday_duration().prop_map(|duration| (duration, "-stop  <- !!!")),
    ];
    (timestamp(), duration_and_marker, three_uuids(), name())
        .prop_map(|(timestamp, (duration, marker), [base_id, parent_id, trace_id], name)| Fields {
            prefix: Vec::new(),
            timestamp,
            duration,
            base_id: base_id.into_bytes(),
            parent_id: parent_id.into_bytes(),
            trace_id,
            name,
            marker,
            json: String::new(),
        })
        .boxed()
}

/// A standard record with one to three of its parts unusual: nearly always still a record.
fn unusual_line() -> BoxedStrategy<Vec<u8>> {
    unusual_fields().prop_map(|fields| fields.line()).boxed()
}

fn unusual_fields() -> BoxedStrategy<Fields> {
    (standard_fields(), vec(peculiarity(), 1..=3))
        .prop_map(|(mut fields, peculiarities)| {
            for peculiarity in peculiarities {
                peculiarity.apply(&mut fields);
            }
            fields
        })
        .boxed()
}

#[derive(Debug, Clone)]
enum Peculiarity {
    Prefix(Vec<u8>),
    Duration(String),
    NoFraction,
    Json(String),
    Mark,
    /// The `base_id` alone: the `parent_id` stays a UUID.
    BaseId(Vec<u8>),
    /// A root span: `base_id` and `parent_id` are the same.
    BaseAndParentId(Vec<u8>),
    Name(Vec<u8>),
    UppercaseIds,
}

fn peculiarity() -> BoxedStrategy<Peculiarity> {
    prop_oneof![
        4 => prefix().prop_map(Peculiarity::Prefix),
        5 => any_duration().prop_map(Peculiarity::Duration),
        1 => Just(Peculiarity::NoFraction),
        3 => json().prop_map(Peculiarity::Json),
        1 => Just(Peculiarity::Mark),
        2 => odd_base_id().prop_map(Peculiarity::BaseId),
        2 => odd_base_id().prop_map(Peculiarity::BaseAndParentId),
        2 => uuid().prop_map(|uuid| Peculiarity::BaseAndParentId(uuid.into_bytes())),
        4 => odd_name().prop_map(Peculiarity::Name),
        1 => Just(Peculiarity::UppercaseIds),
    ]
    .boxed()
}

impl Peculiarity {
    fn apply(self, fields: &mut Fields) {
        match self {
            Self::Prefix(prefix) => fields.prefix = prefix,
            Self::Duration(duration) if fields.marker != "-start" => fields.duration = duration,
            Self::Mark if fields.marker != "-start" => fields.marker = "-stop  <- !!!",
            Self::Duration(_) | Self::Mark => {}
            Self::NoFraction => fields.timestamp.truncate("YYYY-MM-DDTHH:MM:SS".len()),
            Self::Json(json) => fields.json = format!(" {json}"),
            Self::BaseId(base_id) => fields.base_id = base_id,
            Self::BaseAndParentId(id) => {
                fields.base_id.clone_from(&id);
                fields.parent_id = id;
            }
            Self::Name(name) => fields.name = name,
            Self::UppercaseIds => {
                fields.base_id.make_ascii_uppercase();
                fields.parent_id.make_ascii_uppercase();
                fields.trace_id.make_ascii_uppercase();
            }
        }
    }
}

/// A record that broke off anywhere and a whole one behind it, in one line.
fn torn_and_whole() -> BoxedStrategy<Vec<u8>> {
    let record = || prop_oneof![3 => standard_line(), 1 => unusual_line()];
    (record(), any::<Index>(), record())
        .prop_map(|(mut torn, at, whole)| {
            torn.truncate(at.index(torn.len() + 1));
            [torn, whole].concat()
        })
        .boxed()
}

/// Two to four records in one line, each whole or cut anywhere, with something between them or nothing; the first one's
/// prefix may come again before each of them.
fn glued() -> BoxedStrategy<Vec<u8>> {
    let record = prop_oneof![3 => standard_line(), 2 => unusual_line(), 1 => short_line()];
    let cut = prop_oneof![2 => Just(None), 1 => any::<Index>().prop_map(Some)];
    let gap = prop_oneof![
        6 => Just(Vec::new()),
        1 => select(vec![" ", "\t", "\r", "\0\0", "\u{feff}", "\"", "}", ", ", "x-stop", "7"])
            .prop_map(|gap| gap.as_bytes().to_vec()),
        1 => prefix(),
    ];
    let prefixes = prop_oneof![2 => Just(None), 1 => (prefix(), prefix()).prop_map(Some)];
    let end = prop_oneof![4 => Just(Vec::new()), 1 => select(vec![" ", "\"", "}", ")", "\"}", "\\n\"}", "\r"])
        .prop_map(|end| end.as_bytes().to_vec())];
    (vec((record, cut, gap), 2..=4), prefixes, end)
        .prop_map(|(records, prefixes, end)| {
            let mut line = Vec::new();
            for (number, (mut record, cut, gap)) in records.into_iter().enumerate() {
                match &prefixes {
                    Some((first, _)) if number % 3 < 2 => line.extend_from_slice(first),
                    Some((_, other)) => line.extend_from_slice(other),
                    None => {}
                }
                if let Some(cut) = cut {
                    record.truncate(cut.index(record.len() + 1));
                }
                line.extend(record);
                line.extend(gap);
            }
            [line, end].concat()
        })
        .boxed()
}

/// The shortest records: they and what is glued to them can be as long as a usual line.
fn short_line() -> BoxedStrategy<Vec<u8>> {
    (standard_fields(), select(vec!["a", "b", "-stop", "-start"]), any::<bool>())
        .prop_map(|(mut fields, name, is_root)| {
            fields.timestamp.truncate("YYYY-MM-DDTHH:MM:SS".len());
            fields.name = name.as_bytes().to_vec();
            fields.base_id = b"r".to_vec();
            if is_root {
                fields.parent_id = b"r".to_vec();
            }
            fields.line()
        })
        .boxed()
}

// ---- Parts of a record ----

fn timestamp() -> BoxedStrategy<String> {
    let ordinary = (0..60u32, 0..1_000_000u32)
        .prop_map(|(second, fraction)| format!("2026-11-23T06:18:{second:02}.{fraction:06}"));
    let any_time = (0..=9999u32, 1..=12u32, 1..=28u32, 0..24u32, 0..60u32, 0..60u32, 0..1_000_000u32).prop_map(
        |(year, month, day, hour, minute, second, fraction)| {
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:06}")
        },
    );
    let ends_of_months = select(vec![
        "2026-01-31T23:59:59.999999",
        "2026-02-28T00:00:00.000001",
        "2024-02-29T12:00:00.500000",
        "2000-02-29T12:00:00.500000",
        "2026-04-30T23:59:59.000000",
        "2026-12-31T23:59:59.999999",
        "9999-12-31T23:59:59.999999",
    ]);
    prop_oneof![8 => ordinary, 1 => any_time, 1 => ends_of_months.prop_map(String::from)].boxed()
}

/// The durations that nearly all spans have.
fn everyday_duration() -> BoxedStrategy<String> {
    prop_oneof![
        8 => (0..1_000_000u32).prop_map(|micros| format!("0.{micros:06}")),
        3 => (10..100u32).prop_map(|n| format!("{}.{}e-05", n / 10, n % 10)),
        1 => (1..10u32).prop_map(|n| format!("{n}e-05")),
        1 => (0..100u32).prop_map(|hundredths| format!("0.{hundredths:02}")),
        1 => (0..60_000_000u32).prop_map(|micros| format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)),
    ]
    .boxed()
}

fn any_duration() -> BoxedStrategy<String> {
    prop_oneof![
        6 => select(known_durations()).prop_map(String::from),
        2 => "-?[0-9]{1,4}\\.[0-9]{1,6}",
        2 => "-?[0-9]{1,3}\\.[0-9]{7,20}", // finer than a nanosecond, often
        1 => "-?[0-9]{12,20}\\.[0-9]{1,3}", // at and beyond 292 years
        2 => "-?[0-9](\\.[0-9]{1,12})?e-(0[0-9]|1[0-9])",
        1 => "-?[0-9](\\.[0-9]{1,12})?e[+-][0-9]{2,3}",
        1 => "0{1,12}\\.[0-9]{1,12}",
        1 => (0..1000u32).prop_map(|last| format!("0.000000000{last:03}")),
        1 => (0..10_000u32).prop_map(|behind| format!("9223372036.85477{behind:04}")), // around the largest
    ]
    .boxed()
}

fn known_durations() -> Vec<&'static str> {
    vec![
        "0.006782",
        "0.2",
        "54.737",
        "1.0",
        "0.0",
        "-0.0",
        "1003.012651",
        "1234.567891",
        "4.1e-05",
        "5e-05",
        "1e-06",
        "9.99e-07",
        "1e-09",
        "-0.000123",
        "-4.1e-05",
        "1.5e+16",
        "-1.5e+16",
        "9.2e+09",
        "9.3e+09",
        "1e-10",
        "5e-10",
        "4.9e-10",
        "-5e-10",
        "0.0000000005",
        "0.0000000004999",
        "0.1234567895",
        "-0.1234567895",
        "123456789012.5",
        "12345678901234567890.5",
        "0.12345678901234567890",
        "100000000000000000000.0",
        "9223372036.854775807",
        "9223372036.8547758074999",
        "9223372036.8547758075",
        "-9223372036.854775807",
        "-9223372036.854775808",
        "0e+00",
        "0.0e+999",
        "1e-999",
        "1e+999",
        "00000000000000000000001.5",
        "1.5e-05",
        "1.5e-005",
        "1.5e+005",
        "1e+09",
        "1e+10",
    ]
}

fn uuid() -> BoxedStrategy<String> {
    prop_oneof![
        // Few, so that base_ids and parents come again.
        1 => select(vec![
            "07210e9e-c012-4ace-9cc8-6d9626eb3011",
            "c9758588-da7e-49cc-8c83-ca2aaa528f73",
            "d601c31a-f115-486a-9fc4-d672a8bc99e6",
            "00000000-0000-0000-0000-000000000000",
        ]).prop_map(String::from),
        2 => any::<[u16; 8]>().prop_map(|[a, b, c, d, e, f, g, h]| {
            format!("{a:04x}{b:04x}-{c:04x}-{d:04x}-{e:04x}-{f:04x}{g:04x}{h:04x}")
        }),
    ]
    .boxed()
}

/// Of base, parent and trace; one span in eight is a root, its parent the base.
fn three_uuids() -> BoxedStrategy<[String; 3]> {
    (uuid(), uuid(), uuid(), 0..8u8)
        .prop_map(|(base_id, parent_id, trace_id, is_root)| {
            let parent_id = if is_root == 0 { base_id.clone() } else { parent_id };
            [base_id, parent_id, trace_id]
        })
        .boxed()
}

fn odd_base_id() -> BoxedStrategy<Vec<u8>> {
    let text = select(vec![
        "req-42",
        "r",
        "-",
        "0",
        "my request",
        "my  request",
        " leading",
        "trailing ",
        " ",
        "  ",
        "a\tb",
        "\t",
        "a a",
        "a b a b",
        "a a a",
        "Anfrage-ä",
        "請求 7",
        "-start",
        "x-stop",
        "0.5",
        "2026-11-23T06:18:09.805785",
        "{\"a\": 1}",
        "  <- !!!",
        "07210e9e-c012-4ace-9cc8-6d9626eb301",
        "07210e9e-c012-4ace-9cc8-6d9626eb30111",
    ]);
    prop_oneof![
        48 => text.prop_map(|text| text.as_bytes().to_vec()),
        8 => uuid().prop_map(|uuid| format!("req-{uuid}").into_bytes()),
        8 => uuid().prop_map(|uuid| format!("req {uuid} 7").into_bytes()),
        8 => uuid().prop_map(|uuid| format!("{uuid} {uuid}").into_bytes()),
        8 => "[a-z ]{1,50}".prop_map(String::into_bytes),
        8 => vec(byte_but_line_feed(), 1..12),
        1 => (65_534..=65_538usize).prop_map(|length| vec![b'r'; length]), // the longest, and longer
    ]
    .boxed()
}

/// The names that most lines have: few, so that they come again, and many of a length at which something could change.
fn name() -> BoxedStrategy<Vec<u8>> {
    let known = select(vec![
        "db",
        "task-run",
        "task-set-state",
        "engine-start-workflow",
        "engine-on-action-complete",
        "workflow-start",
        "workflow-set-state",
        "default-executor-run-action",
        "lang-base-instantiate-spec",
        "workflow-handler-schedule-check-and-fix-integrity",
    ]);
    let length = prop_oneof![6 => 1..=70usize, 3 => 63..=65usize, 2 => 66..=140usize];
    let of_length = (length, select(vec!['a', 'b'])).prop_map(|(length, letter)| {
        "span-of-some-length-".chars().chain(std::iter::repeat(letter)).take(length).collect::<String>()
    });
    prop_oneof![4 => known.prop_map(|name| name.as_bytes().to_vec()), 1 => of_length.prop_map(String::into_bytes)]
        .boxed()
}

fn odd_name() -> BoxedStrategy<Vec<u8>> {
    let text = select(vec![
        "workflow-start",
        "workflow-stop",
        "-start",
        "-stop",
        "x-start-stop-start",
        "run my task",
        " leading",
        "trailing ",
        " ",
        "{",
        "}",
        "{}",
        "a {b} c",
        "a-stop {b",
        "a-start {b",
        "a-stop  <- !!! {b",
        "x  <- !!!",
        "x-stop  <- !!!",
        "<- !!!",
        "größe",
        "名前",
        "tab\tname",
        "07210e9e-c012-4ace-9cc8-6d9626eb3011",
        "d601c31a-f115-486a-9fc4-d672a8bc99e6 x",
        "2026-11-23T06:18:09.805785 0.5 x",
        "a|b,c\"d'e<f>&g\\",
    ]);
    prop_oneof![
        12 => text.prop_map(|text| text.as_bytes().to_vec()),
        3 => vec(byte_but_line_feed(), 1..20),
        3 => "[a-z {}-]{1,70}".prop_map(String::into_bytes),
        1 => Just(b"long".repeat(1250)),
    ]
    .boxed()
}

fn byte_but_line_feed() -> BoxedStrategy<u8> {
    any::<u8>().prop_map(|byte| if byte == b'\n' { b'.' } else { byte }).boxed()
}

fn json() -> BoxedStrategy<String> {
    let known = select(vec![
        "{}",
        "{\"statement\": \"SELECT 1\"}",
        "{\"statement\": \"SELECT a FROM b \\nWHERE c = %(c_1)s\", \"params\": {\"c_1\": \"x\"}}",
        "{\"etype\": \"ValueError\", \"message\": \"x-stop {y}\"}",
        "{\"message\": \"a-start {b} a-stop {c}\"}",
        "{\"message\": \"a-stop  <- !!! {c}\"}",
        "{\"message\": \"-start\"} -start {}",
        "{\"a\": \"07210e9e-c012-4ace-9cc8-6d9626eb3011 d601c31a-f115-486a-9fc4-d672a8bc99e6 x\"}",
        "{\"at\": \"2026-11-23T06:18:09.805785 0.5 z\"}",
        "{\"line\": \"2026-11-23T06:18:09 0.5 r r 07210e9e-c012-4ace-9cc8-6d9626eb3011 x-stop\"}",
        "{\"a\": [1, -2.5e+10, null, NaN, [], {}, \"\\\\\", \"\\\"}\"]}",
        "{{}}",
        "{ { } }",
        "{\"ü\": \"\u{2028}\"}",
        // Not JSON, and not what the record ends in:
        "{\\\"a\\\": 1}",
        "{\"a\": 1}}",
        "{\"a\": 1,}",
        "{\"a\": [1}]}",
        "{\"a\": 1",
        "{\"a\": \"x-start",
        "{\"a\": \"x-stop",
        "{}x",
        "[1]",
    ]);
    prop_oneof![8 => known.prop_map(String::from), 1 => "\\{[a-z\":, {}-]{0,60}\\}", 1 => "\\{x{3000}\\}"].boxed()
}

fn prefix() -> BoxedStrategy<Vec<u8>> {
    let known = select(vec![
        "26-11-23 06:34:58 - ",
        "540 139967625459392 ",
        "2026-11-23 06:34:58,532 139967625459392 INFO profiler [-] ",
        "2026-11-23 06:34:58.532 540 INFO mistral.profiler [None req-7 - - - -] ",
        "2026-11-23T06:34:58.532521 INFO ",
        "2026-11-23T06:34:58.532Z 17 ",
        "2026-11-23T06:34:58.532 0.5 ",
        "2026-13-23T06:34:58 0.5 ",
        "[12.345] ",
        "12",
        "0.25 ",
        "{\"log\": \"",
        "<13>Nov 23 06:34:58 host mistral: ",
        "\u{feff}",
        "\0",
        "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        " ",
        "\t",
        "\r",
        "größer ",
    ]);
    prop_oneof![
        9 => known.prop_map(|prefix| prefix.as_bytes().to_vec()),
        1 => vec(byte_but_line_feed(), 1..40),
        1 => (0..4096usize).prop_map(|zeros| vec![0; zeros]),
    ]
    .boxed()
}

// ---- Other lines ----

fn ordinary_line() -> BoxedStrategy<Vec<u8>> {
    let known = select(vec![
        "",
        " ",
        "\r",
        "2026-11-23 06:34:23,671 139967625459392 INFO base [-] Engine server started.",
        "2026-11-23T06:34:23.671000 INFO Engine server started.",
        "2026-11-23T06:34:23 took 0.5 seconds to-start",
        "Traceback (most recent call last):",
        "  File \"/usr/lib/python3/dist-packages/mistral/engine/engine.py\", line 7, in run",
        "workflow-start-start",
        "-stop",
        "{}",
        "07210e9e-c012-4ace-9cc8-6d9626eb3011 c9758588-da7e-49cc-8c83-ca2aaa528f73 db-stop",
        "0.5 req-7 c9758588-da7e-49cc-8c83-ca2aaa528f73 d601c31a-f115-486a-9fc4-d672a8bc99e6 db-stop",
    ]);
    prop_oneof![
        8 => known.prop_map(|line| line.as_bytes().to_vec()),
        1 => vec(byte_but_line_feed(), 0..200),
        1 => "[0-9T:. e+-]{0,60}".prop_map(String::into_bytes),
    ]
    .boxed()
}

// ---- Damage ----

fn damaged_line() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![
        6 => cut_line(),
        8 => line_with_a_wrong_byte(),
        2 => spliced_lines(),
        3 => line_with_wrong_words(),
        2 => line_with_wrong_time(),
        2 => line_with_wrong_fraction(),
        3 => line_with_wrong_duration(),
        2 => line_with_wrong_marker(),
        2 => record_in_a_base_id(),
        1 => line_with_many_heads(),
    ]
    .boxed()
}

fn any_whole_line() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![3 => standard_line(), 1 => unusual_line()].boxed()
}

/// Cut at any byte, often within its first two fields.
fn cut_line() -> BoxedStrategy<Vec<u8>> {
    let cut = prop_oneof![2 => any::<Index>().prop_map(Cut::Anywhere), 1 => (0..60usize).prop_map(Cut::At)];
    (any_whole_line(), cut)
        .prop_map(|(mut line, cut)| {
            line.truncate(match cut {
                Cut::Anywhere(index) => index.index(line.len() + 1),
                Cut::At(length) => length,
            });
            line
        })
        .boxed()
}

#[derive(Debug, Clone)]
enum Cut {
    Anywhere(Index),
    At(usize),
}

#[derive(Debug, Clone)]
enum ByteDamage {
    Flip(u8),
    Replace(u8),
    Insert(u8),
    Delete,
    Double,
}

/// One byte flipped, replaced, inserted, deleted or doubled, anywhere or in the first fields, where it matters most.
fn line_with_a_wrong_byte() -> BoxedStrategy<Vec<u8>> {
    let byte = || select(b"\n\r\0\xff\t  09-.:TeZ{}g".to_vec());
    let damage = prop_oneof![
        3 => (0..8u8).prop_map(|bit| ByteDamage::Flip(1 << bit)),
        4 => byte().prop_map(ByteDamage::Replace),
        2 => byte().prop_map(ByteDamage::Insert),
        3 => Just(ByteDamage::Delete),
        1 => Just(ByteDamage::Double),
    ];
    let place = prop_oneof![2 => any::<Index>().prop_map(Cut::Anywhere), 1 => (0..40usize).prop_map(Cut::At)];
    (any_whole_line(), place, damage)
        .prop_map(|(mut line, place, damage)| {
            let at = match place {
                Cut::Anywhere(index) => index.index(line.len()),
                Cut::At(at) => at.min(line.len() - 1),
            };
            match damage {
                ByteDamage::Flip(bit) => line[at] ^= bit,
                ByteDamage::Replace(byte) => line[at] = byte,
                ByteDamage::Insert(byte) => line.insert(at, byte),
                ByteDamage::Delete => drop(line.remove(at)),
                ByteDamage::Double => line.insert(at, line[at]),
            }
            line
        })
        .boxed()
}

/// The beginning of one line and the end of another.
fn spliced_lines() -> BoxedStrategy<Vec<u8>> {
    (any_whole_line(), any::<Index>(), any_whole_line(), any::<Index>())
        .prop_map(|(first, to, second, from)| {
            [&first[..to.index(first.len() + 1)], &second[from.index(second.len() + 1)..]].concat()
        })
        .boxed()
}

/// Two fields swapped, one missing, one doubled, or one empty.
fn line_with_wrong_words() -> BoxedStrategy<Vec<u8>> {
    (prop_oneof![3 => standard_fields(), 1 => unusual_fields()], 0..6usize, 0..6usize, 0..4u8)
        .prop_map(|(fields, one, another, damage)| {
            let mut words = fields.words();
            match damage {
                0 => words.swap(one, another),
                1 => drop(words.remove(one)),
                2 => words.insert(one, words[another].clone()),
                _ => words[one].clear(),
            }
            words.join(&b' ')
        })
        .boxed()
}

fn line_with_wrong_time() -> BoxedStrategy<Vec<u8>> {
    let time = select(vec![
        "2026-00-23T06:18:09.805785",
        "2026-13-23T06:18:09.805785",
        "2026-11-00T06:18:09.805785",
        "2026-11-31T06:18:09.805785",
        "2026-10-32T06:18:09.805785",
        "2026-02-29T06:18:09.805785",
        "2024-02-30T06:18:09.805785",
        "1900-02-29T06:18:09.805785",
        "2026-11-23T24:00:00.000000",
        "2026-11-23T06:60:09.805785",
        "2026-11-23T06:18:60.805785",
        "2026-11-23T06:18:99",
        "0000-00-00T00:00:00.000000",
        "2026-11-23t06:18:09.805785",
        "2026-11-23 06:18:09.805785",
        "2026-11-23T06:18:09,805785",
        "2026-11-23T06:18:09.805785Z",
        "2026-11-23T06:18:09.805785+00:00",
        "2026-11-23T6:18:09.805785",
        "26-11-23T06:18:09.805785",
        "2026-13-23T06:18:09.80",
    ]);
    (unusual_or_standard_fields(), time)
        .prop_map(|(mut fields, time)| {
            fields.timestamp = String::from(time);
            fields.line()
        })
        .boxed()
}

fn line_with_wrong_fraction() -> BoxedStrategy<Vec<u8>> {
    (unusual_or_standard_fields(), "\\.[0-9]{0,9}")
        .prop_map(|(mut fields, fraction)| {
            fields.timestamp.truncate("YYYY-MM-DDTHH:MM:SS".len());
            fields.timestamp.push_str(&fraction);
            fields.line()
        })
        .boxed()
}

fn line_with_wrong_duration() -> BoxedStrategy<Vec<u8>> {
    let duration = select(vec![
        "nan",
        "inf",
        "-inf",
        "None",
        "0,006782",
        "1",
        "-1",
        "0x1f",
        ".5",
        "5.",
        "+0.5",
        "1e5",
        "1e-5",
        "1e05",
        "1E-05",
        "1.e-05",
        "1e-0005",
        "1.5e",
        "1.5e-",
        "--0.5",
        "0.5s",
        "1_000.5",
        "",
        " ",
        "       ",
        "         ",
        "\t",
        "-",
        "1:30",
        "1e+17",
        "0.5 0.5",
        "\u{ff11}.5",
    ]);
    (unusual_or_standard_fields(), duration)
        .prop_map(|(mut fields, duration)| {
            fields.duration = String::from(duration);
            fields.line()
        })
        .boxed()
}

fn line_with_wrong_marker() -> BoxedStrategy<Vec<u8>> {
    let marker = select(vec![
        "-start",
        "-stop",
        "-start  <- !!!",
        "-stop <- !!!",
        "-stop   <- !!!",
        "-stop  <- !!",
        "-stop  <- !!!!",
        "-stop  <- !!! ",
        "-stop  <- !!!  <- !!!",
        "",
        "-",
        "-sto",
        "-stop ",
        "-stop\t",
        "-STOP",
        "_stop",
        "stop",
        "-stopped",
        "-stop{}",
        "-stop  {}",
        "-stop {}",
        "-start {}",
        "-start  <- !!! {}",
        "-stop  <- !!! {}",
        "-stop  <- !!!{}",
        "-stop {} ",
        "-stop {}-stop",
    ]);
    (unusual_or_standard_fields(), marker, any::<bool>())
        .prop_map(|(mut fields, marker, is_nameless)| {
            fields.marker = marker;
            if is_nameless {
                fields.name.clear();
            }
            fields.line()
        })
        .boxed()
}

fn unusual_or_standard_fields() -> BoxedStrategy<Fields> {
    prop_oneof![3 => standard_fields(), 1 => unusual_fields()].boxed()
}

/// A `base_id` that holds a whole head, or a head and more of a record, which may be sound or not.
fn record_in_a_base_id() -> BoxedStrategy<Vec<u8>> {
    let tail_of_base = select(vec!["", "x", " x", "x y", " "]);
    let inner_time = select(vec![
        "2026-11-23T06:18:09.805785",
        "2026-11-23T06:18:09",
        "2026-13-23T06:18:09",
        "2026-11-23T06:18:09.80",
    ]);
    let inner_duration = prop_oneof![2 => Just(" ".repeat(8)), 2 => everyday_duration(), 2 => any_duration()];
    (unusual_or_standard_fields(), select(vec!["", "x", "x "]), inner_time, inner_duration, tail_of_base)
        .prop_map(|(mut fields, before, time, duration, behind)| {
            fields.base_id = format!("{before}{time} {duration} {behind}").into_bytes();
            fields.line()
        })
        .boxed()
}

/// More heads than are tried, or nearly, and a whole line behind them.
fn line_with_many_heads() -> BoxedStrategy<Vec<u8>> {
    let head = select(vec![
        "2026-11-23T06:18:09.805785 0.5 ",
        "2026-11-23T06:18:09          ",
        "2026-11-23T06:18:09 0.5 req-7 ",
        "2026-13-23T06:18:09 0.5 ",
    ]);
    (vec(head, 13..=18), any_whole_line())
        .prop_map(|(heads, whole)| [heads.concat().as_bytes(), &whole].concat())
        .boxed()
}
