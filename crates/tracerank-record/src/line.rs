//! The two lines of a span, byte for byte as Mistral's profiler writes them (`docs/format.md` has the grammar).

use std::borrow::Cow;
use std::cell::Cell;

use uuid::Uuid;

const UUID_LEN: usize = 36;
const SECOND: u64 = 1_000_000;
/// Spans above half a second are marked.
const SLOW: u64 = SECOND / 2;

/// The id of a span, as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TraceId([u8; UUID_LEN]);

impl TraceId {
    pub(crate) fn random() -> Self {
        Self::from(Uuid::new_v4())
    }

    /// The id that another process gave, as it wrote it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes().try_into().ok()?;
        looks_like_id(text).then_some(Self(bytes))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<Uuid> for TraceId {
    fn from(uuid: Uuid) -> Self {
        let mut text = [0; UUID_LEN];
        uuid.hyphenated().encode_lower(&mut text);
        Self(text)
    }
}

/// The parent of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parent {
    /// None: its parent_id is the base_id.
    None,
    Span(TraceId),
}

impl Parent {
    pub(crate) fn id<'a>(&'a self, base_id: &'a str) -> &'a str {
        match self {
            Self::None => base_id,
            Self::Span(id) => id.as_str(),
        }
    }
}

/// The fields that both lines of a span have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity<'a> {
    pub(crate) base_id: &'a str,
    pub(crate) parent: &'a Parent,
    pub(crate) trace_id: &'a TraceId,
    pub(crate) name: &'a str,
}

/// Appends the line that a span starts with. `at`: microseconds since 1970.
pub(crate) fn write_start(out: &mut Vec<u8>, at: u64, span: Identity<'_>, json: &[u8]) {
    write_timestamp(out, at);
    out.extend_from_slice(b"          ");
    write_identity(out, span, json);
    out.extend_from_slice(b"-start");
    write_end(out, json);
}

/// Appends the line that a span stops with. `at`: microseconds since 1970; `took`: microseconds.
pub(crate) fn write_stop(out: &mut Vec<u8>, at: u64, took: u64, span: Identity<'_>, json: &[u8]) {
    write_timestamp(out, at);
    out.push(b' ');
    write_duration(out, took);
    out.push(b' ');
    write_identity(out, span, json);
    out.extend_from_slice(b"-stop");
    if took > SLOW {
        out.extend_from_slice(b"  <- !!!");
    }
    write_end(out, json);
}

fn write_identity(out: &mut Vec<u8>, span: Identity<'_>, json: &[u8]) {
    out.extend_from_slice(span.base_id.as_bytes());
    out.push(b' ');
    out.extend_from_slice(span.parent.id(span.base_id).as_bytes());
    out.push(b' ');
    out.extend_from_slice(span.trace_id.as_bytes());
    out.push(b' ');
    out.extend_from_slice(harmless(span.name, !json.is_empty()).as_bytes());
}

fn write_end(out: &mut Vec<u8>, json: &[u8]) {
    if !json.is_empty() {
        out.push(b' ');
        out.extend_from_slice(json);
    }
    out.push(b'\n');
}

thread_local! {
    /// The second that was written last, and its text: a second has many lines, and a date takes longer to find than to
    /// copy.
    static SECOND_TEXT: Cell<(u64, [u8; 20])> = const { Cell::new((u64::MAX, [0; 20])) };
}

fn write_timestamp(out: &mut Vec<u8>, at: u64) {
    let (second, fraction) = (at / SECOND, at % SECOND);
    let (cached, mut text) = SECOND_TEXT.get();
    if cached != second {
        text = second_text(second);
        SECOND_TEXT.set((second, text));
    }
    out.extend_from_slice(&text);
    out.extend_from_slice(&six_digits(fraction));
}

/// `YYYY-MM-DDTHH:MM:SS.` of a number of seconds since 1970; times beyond the year 9999 are written as its last second.
fn second_text(second: u64) -> [u8; 20] {
    let last = jiff::Timestamp::MAX.as_second();
    let second = i64::try_from(second).unwrap_or(last).min(last);
    let time = jiff::Timestamp::from_second(second).unwrap_or(jiff::Timestamp::MAX);
    let time = jiff::tz::TimeZone::UTC.to_datetime(time);
    let mut text = *b"0000-00-00T00:00:00.";
    let fields = [time.month(), time.day(), time.hour(), time.minute(), time.second()];
    text[..2].copy_from_slice(&two_digits(time.year() as u64 / 100));
    text[2..4].copy_from_slice(&two_digits(time.year() as u64 % 100));
    for (field, at) in fields.iter().zip([5, 8, 11, 14, 17]) {
        text[at..at + 2].copy_from_slice(&two_digits(*field as u64));
    }
    text
}

fn two_digits(number: u64) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

fn six_digits(number: u64) -> [u8; 6] {
    let mut digits = [0; 6];
    for (pair, number) in digits.chunks_exact_mut(2).zip([number / 10_000, number / 100, number]) {
        pair.copy_from_slice(&two_digits(number));
    }
    digits
}

/// Seconds as Python's `str(timedelta.total_seconds())` has them: the shortest decimal that is the same float, with an
/// exponent below 0.0001. A count of microseconds has that many decimals at most, and up to fifteen digits (31 years) a
/// float tells them all apart.
fn write_duration(out: &mut Vec<u8>, micros: u64) {
    let (seconds, fraction) = (micros / SECOND, micros % SECOND);
    match micros {
        1..10 => out.extend_from_slice(&[b'0' + micros as u8, b'e', b'-', b'0', b'6']),
        10..100 => {
            let [tens, ones] = two_digits(micros);
            out.push(tens);
            if ones != b'0' {
                out.extend_from_slice(&[b'.', ones]);
            }
            out.extend_from_slice(b"e-05");
        }
        _ => {
            write_number(out, seconds);
            let digits = six_digits(fraction);
            let len = digits.iter().rposition(|digit| *digit != b'0').map_or(1, |last| last + 1);
            out.push(b'.');
            out.extend_from_slice(&digits[..len]);
        }
    }
}

fn write_number(out: &mut Vec<u8>, number: u64) {
    if number >= 10 {
        write_number(out, number / 10);
    }
    out.push(b'0' + (number % 10) as u8);
}

/// The first byte of the control characters beyond ASCII in UTF-8.
const C1: u8 = 0xc2;

/// A name that can't break its line, or be taken for something else. Almost every name is one as it is.
fn harmless(name: &str, before_json: bool) -> Cow<'_, str> {
    if !name.is_empty() && name.bytes().all(|byte| byte > b' ' && !matches!(byte, b'\x7f' | C1)) {
        return Cow::Borrowed(name);
    }
    if name.is_empty() {
        return Cow::Borrowed("(unnamed)");
    }
    let plain: String = name.chars().flat_map(escaped).collect();
    // Without blanks it is neither a record of its own, nor an id, nor a marker before JSON.
    let is_ambiguous = plain.split(' ').any(|word| looks_like_id(word) || looks_like_time(word))
        || before_json && [" {", "-start {", "-stop {"].iter().any(|text| plain.contains(text));
    if is_ambiguous { Cow::Owned(plain.replace(' ', "_")) } else { Cow::Owned(plain) }
}

/// A control character as its escape, any other as it is.
fn escaped(character: char) -> impl Iterator<Item = char> {
    let escape = character.is_control().then(|| character.escape_default());
    let plain = (!character.is_control()).then_some(character);
    escape.into_iter().flatten().chain(plain)
}

fn looks_like_id(word: &str) -> bool {
    word.len() == UUID_LEN && Uuid::try_parse(word).is_ok()
}

fn looks_like_time(word: &str) -> bool {
    word.contains('T') && word.bytes().filter(u8::is_ascii_digit).count() >= 14
}

#[cfg(test)]
mod tests {
    use super::*;

    fn duration(micros: u64) -> String {
        let mut out = Vec::new();
        write_duration(&mut out, micros);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn durations_as_python_prints_them() {
        for (micros, text) in [
            (0, "0.0"),
            (1, "1e-06"),
            (10, "1e-05"),
            (20, "2e-05"),
            (99, "9.9e-05"),
            (100, "0.0001"),
            (6782, "0.006782"),
            (200_000, "0.2"),
            (1_000_000, "1.0"),
            (54_737_000, "54.737"),
            (1_234_567_891, "1234.567891"),
            (99_999_999_999_999, "99999999.999999"),
        ] {
            assert_eq!(duration(micros), text);
        }
    }

    #[test]
    fn times_of_the_calendar() {
        let text = |second| String::from_utf8(second_text(second).to_vec()).unwrap();
        assert_eq!(text(0), "1970-01-01T00:00:00.");
        assert_eq!(text(1_582_790_665), "2020-02-27T08:04:25.");
        assert_eq!(text(951_827_696), "2000-02-29T12:34:56.");
        assert_eq!(text(u64::MAX), "9999-12-30T22:00:00.");
        let mut out = Vec::new();
        write_timestamp(&mut out, 1_582_790_665_000_042);
        assert_eq!(out, b"2020-02-27T08:04:25.000042");
    }

    #[test]
    fn both_lines() {
        let id =
            |last: &str| TraceId::from(Uuid::try_parse(&format!("f12e75d5-5d59-4cbc-b74d-357f19290dd{last}")).unwrap());
        let span = Identity { base_id: "request-7", parent: &Parent::None, trace_id: &id("7"), name: "workflow start" };
        let mut out = Vec::new();
        write_start(&mut out, 1_582_790_665_954_502, span, b"{\"a\": 1}");
        write_stop(&mut out, 1_582_790_665_961_298, 6782, Identity { parent: &Parent::Span(id("8")), ..span }, b"");
        write_stop(&mut out, 1_582_790_665_961_298, 500_000, span, b"");
        write_stop(&mut out, 1_582_790_665_961_298, 500_001, span, b"{}");
        let lines = "\
2020-02-27T08:04:25.954502          request-7 request-7 f12e75d5-5d59-4cbc-b74d-357f19290dd7 workflow start-start {\"a\": 1}
2020-02-27T08:04:25.961298 0.006782 request-7 f12e75d5-5d59-4cbc-b74d-357f19290dd8 f12e75d5-5d59-4cbc-b74d-357f19290dd7 workflow start-stop
2020-02-27T08:04:25.961298 0.5 request-7 request-7 f12e75d5-5d59-4cbc-b74d-357f19290dd7 workflow start-stop
2020-02-27T08:04:25.961298 0.500001 request-7 request-7 f12e75d5-5d59-4cbc-b74d-357f19290dd7 workflow start-stop  <- !!! {}
";
        assert_eq!(String::from_utf8(out).unwrap(), lines);
    }

    #[test]
    fn names_that_would_break_a_line() {
        for (name, written) in [
            ("task-run", "task-run"),
            ("größe 任務", "größe 任務"),
            ("", "(unnamed)"),
            ("a\nb\r\t\0\u{85}", r"a\nb\r\t\u{0}\u{85}"),
            ("a\u{85}b", r"a\u{85}b"),
            ("20°", "20°"),
            ("603f1fab-be78-438d-af13-d94ed3b7e416 x", "603f1fab-be78-438d-af13-d94ed3b7e416_x"),
            ("at 2020-02-27T08:04:25 1.0 x", "at_2020-02-27T08:04:25_1.0_x"),
        ] {
            assert_eq!(harmless(name, false), written);
        }
        assert_eq!(harmless("a-start {b", false), "a-start {b");
        assert_eq!(harmless("a-start {b", true), "a-start_{b");
    }
}
