//! The access format once more, without a thought of speed: a regular expression for the beginning of a line, one for
//! the rest, and plain arithmetic.

use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::fmt::strtime::BrokenDownTime;
use regex::bytes::{Captures, Regex};
use tracerank::formats::declared::{DURATION_NO_UNIT, NOT_THE_PATTERN};
use tracerank::normalise::{Normalised, route};
use tracerank::record::{Kind, Line, MAX_LINE, Reason};

/// One line, as the declaration of `access` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Naive {
    Record { time_us: i64, duration_ns: i64, name: Vec<u8> },
    Other,
    Malformed(Reason),
}

impl Naive {
    /// A line as the format found it. Panics where it claims what an access log does not have.
    pub fn of(line: &Line<'_>) -> Self {
        match line {
            Line::Other => Self::Other,
            Line::Malformed(reason) => Self::Malformed(*reason),
            Line::Several => panic!("a line holds one record at most"),
            Line::Record(record) => {
                assert_eq!((record.kind, record.ids), (Kind::Whole, None));
                Self::Record {
                    time_us: record.time_us.expect("a time"),
                    duration_ns: record.duration_ns.expect("a duration"),
                    name: record.name.to_vec(),
                }
            }
        }
    }
}

fn regex(text: &str) -> Regex {
    Regex::new(text).expect("a regex")
}

static HEAD: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?s-u)^[^ ]* [^ ]* .*? \[(\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})"));
static TAIL: LazyLock<Regex> = LazyLock::new(|| {
    let quoted = r#"((?:[^"\\]|\\.)*)"#;
    regex(&format!(r#"(?s-u)^\] "{quoted}" (?:\d+|-) (?:\d+|-) "{quoted}" "{quoted}" (.*)$"#))
});

/// Parses a line of an access log.
pub fn parse(line: &[u8]) -> Naive {
    let mut line = line.strip_suffix(b"\r").unwrap_or(line);
    while let Some(shorter) = line.strip_suffix(b" ") {
        line = shorter;
    }
    let is_long = line.len() > MAX_LINE;
    let line = &line[..line.len().min(MAX_LINE)];
    let Some(head) = HEAD.captures(line) else {
        return Naive::Other;
    };
    if is_long {
        return Naive::Malformed(Reason::TOO_LONG);
    }
    let Some(time_us) = time_us(&head[1]) else {
        return Naive::Malformed(Reason::TIME_DOES_NOT_EXIST);
    };
    let rest = &line[head[0].len()..];
    let Some(tail) = TAIL.captures(rest) else {
        return Naive::Malformed(if breaks_off(rest) { Reason::CUT_SHORT } else { NOT_THE_PATTERN });
    };
    match duration_ns(&tail[4]) {
        Ok(duration_ns) => Naive::Record { time_us, duration_ns, name: name(&tail) },
        Err(reason) => Naive::Malformed(reason),
    }
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn time_us(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).expect("ASCII");
    let (date, offset) = text.split_once(' ')?;
    // Months are in any case there, and a second of 60 is taken for 59.
    let is_strict = MONTHS.contains(&&date[3..6]) && !date.ends_with(":60");
    let parsed = BrokenDownTime::parse("%d/%b/%Y:%H:%M:%S", date).ok();
    let local: DateTime = parsed.filter(|_| is_strict)?.to_datetime().ok()?;
    let (hours, minutes): (i64, i64) = (offset[1..3].parse().ok()?, offset[3..].parse().ok()?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = SignedDuration::from_mins(hours * 60 + minutes) * if text.contains('-') { -1 } else { 1 };
    let since = local.duration_since(jiff::civil::datetime(1970, 1, 1, 0, 0, 0, 0)) - offset;
    i64::try_from(since.as_micros()).ok()
}

fn duration_ns(text: &[u8]) -> Result<i64, Reason> {
    static DECIMAL: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?-u)(\d+)(?:\.(\d+))?$"));
    let number = DECIMAL.captures(text).ok_or(Reason::DURATION_NO_NUMBER)?;
    let fraction = number.get(2).ok_or(DURATION_NO_UNIT)?.as_bytes();
    let whole = std::str::from_utf8(&number[1]).expect("digits").trim_start_matches('0');
    if whole.len() > 20 {
        return Err(Reason::DURATION_OUT_OF_RANGE);
    }
    // Ten digits of the fraction: the last one only rounds.
    let tenths: String = (0..10).map(|at| char::from(*fraction.get(at).unwrap_or(&b'0'))).collect();
    let tenths = format!("{whole}{tenths}").parse::<i128>().expect("digits");
    i64::try_from((tenths + 5) / 10).map_err(|_| Reason::DURATION_OUT_OF_RANGE)
}

/// The method and the route of a request, or that there are none. (Routes have a twin of their own.)
fn name(tail: &Captures<'_>) -> Vec<u8> {
    static REQUEST: LazyLock<Regex> = LazyLock::new(|| regex(r"(?s-u)^([^ ]+) (.+?) HTTP/"));
    let bad = b"<BADREQ>".to_vec();
    let Some(request) = REQUEST.captures(&tail[1]).filter(|request| !request[2].starts_with(b" HTTP/")) else {
        return bad;
    };
    let mut name = [&request[1], b" "].concat();
    let before = name.len();
    if let Normalised::Prefix(len) = route(&request[2], &mut name) {
        name.extend(&request[2][..len]);
    }
    if name.len() == before { bad } else { name }
}

/// Whether what stands after the time is no tail, and could become one if more stood after it.
fn breaks_off(mut rest: &[u8]) -> bool {
    const TAIL: [&str; 10] = ["] \"", "quoted", "\" ", "number", " ", "number", " \"", "quoted", "\" \"", "quoted"];
    static QUOTED: LazyLock<Regex> = LazyLock::new(|| regex(r#"(?s-u)^(?:[^"\\]|\\.)*(?:\\$)?"#));
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| regex(r"(?-u)^(?:\d+|-)"));
    for part in TAIL.into_iter().chain(["\" "]) {
        let taken = match part {
            "quoted" => QUOTED.find(rest).map(|found| found.len()),
            "number" => NUMBER.find(rest).map(|found| found.len()),
            literal => rest.starts_with(literal.as_bytes()).then_some(literal.len()),
        };
        match taken {
            Some(len) => rest = &rest[len..],
            None if part == "number" => return rest.is_empty(),
            None => return part.as_bytes().starts_with(rest),
        }
    }
    false
}
