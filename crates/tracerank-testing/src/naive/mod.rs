//! A naive engine, to judge the real one by.
//!
//! It follows docs/format.md sentence by sentence, and its functions are named after the words of that page. It looks
//! at one line at a time, tries every byte as a beginning, copies what it likes and keeps every duration: where it and
//! the page disagree it is wrong, and where it is slow it does not matter.

pub mod logs;
pub mod spans;

const LONGEST_LINE: usize = 4_194_304;
const LONGEST_BASE_ID: usize = 65_536;
const LONGEST_PREFIX: usize = 512;
const DEEPEST_JSON: usize = 128;
const EIGHT_BLANKS: &[u8] = b"        ";
const START: &[u8] = b"-start";
const STOP: &[u8] = b"-stop";
const MARK: &[u8] = b"  <- !!!";
const UUID_LENGTH: usize = 36;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    TimeDoesNotExist,
    FractionNotSixDigits,
    DurationOutOfRange,
    NoIds,
    NoName,
    NoStartMarker,
    NoStopMarker,
    HeadInside,
    CutShort,
    DurationNoNumber,
    TooLong,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record<'a> {
    pub timestamp: &'a [u8],
    /// None in a start record.
    pub duration_ns: Option<i64>,
    pub base_id: &'a [u8],
    pub parent_id: &'a [u8],
    pub trace_id: &'a [u8],
    pub name: &'a [u8],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line<'a> {
    Record(Record<'a>),
    Other,
    Malformed(Reason),
    /// Several records, or whole and torn ones.
    Several(Vec<Piece<'a>>),
}

/// A record of a line that holds several, or a torn one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Of its first byte in the line.
    pub at: usize,
    pub record: Result<Record<'a>, Reason>,
}

impl<'a> Line<'a> {
    /// All whole records in it.
    pub fn records(self) -> Vec<Record<'a>> {
        match self {
            Line::Record(record) => vec![record],
            Line::Several(pieces) => pieces.into_iter().filter_map(|piece| piece.record.ok()).collect(),
            Line::Other | Line::Malformed(_) => Vec::new(),
        }
    }
}

// ---- Lines ----

/// What a line is. It comes without its line feed; its carriage return may still be there.
pub fn parse_line(line: &[u8]) -> Line<'_> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > LONGEST_LINE {
        return parse_too_long_line(line);
    }
    let heads = heads(line);
    let Some(first) = heads.first() else {
        return match line {
            _ if is_head_cut_short(line) => Line::Malformed(Reason::CutShort),
            _ if has_no_number_for_duration(line) => Line::Malformed(Reason::DurationNoNumber),
            _ => Line::Other,
        };
    };
    let mut pieces = pieces(line, &heads);
    match pieces.as_mut_slice() {
        [Piece { record: Ok(record), .. }] => Line::Record(record.clone()),
        pieces if pieces.iter().all(|piece| piece.record.is_err()) => Line::Malformed(reason_of(line, first)),
        _ => Line::Several(pieces),
    }
}

// ---- Pieces ----

/// All places in a line where a record may end because another one may begin: its heads, a head cut short at its end,
/// and its end.
struct Borders<'l, 'a> {
    line: &'a [u8],
    heads: &'l [Head<'a>],
    /// Where a head that is cut short begins, or else the end of the line.
    last: usize,
}

impl Borders<'_, '_> {
    /// Where the border of this number is: heads come first.
    fn at(&self, number: usize) -> usize {
        self.heads.get(number).map_or(self.last, |head| head.at)
    }

    fn prefix(&self) -> &[u8] {
        &self.line[..self.at(0)]
    }

    /// The first border at or behind this byte.
    fn after(&self, byte: usize) -> usize {
        (0..self.heads.len()).find(|number| self.at(*number) >= byte).unwrap_or(self.heads.len())
    }
}

fn pieces<'a>(line: &'a [u8], heads: &[Head<'a>]) -> Vec<Piece<'a>> {
    let behind_heads = heads.last().map_or(0, |head| line.len() - head.rest.len());
    let cut = (behind_heads..line.len()).find(|at| is_head_cut_short(&line[*at..]));
    let borders = Borders { line, heads, last: cut.unwrap_or(line.len()) };

    // From the last head to the first: a torn record ends where a whole one begins.
    let mut found: Vec<Option<(Record<'a>, usize)>> = vec![None; heads.len()];
    for number in (0..heads.len()).rev() {
        let next_record = (number + 1..heads.len()).find(|next| found[*next].is_some());
        found[number] = record_at(&borders, number, next_record);
    }

    let mut pieces = Vec::new();
    let mut number = 0;
    while number < heads.len() {
        let at = heads[number].at;
        if let Some((record, next)) = found[number].clone() {
            pieces.push(Piece { at, record: Ok(record) });
            number = next;
            continue;
        }
        let reason = reason_why_torn(&borders, number);
        if reason != Reason::FractionNotSixDigits {
            pieces.push(Piece { at, record: Err(reason) });
        }
        number += 1;
    }
    if number == heads.len() && cut.is_some() {
        pieces.push(Piece { at: borders.last, record: Err(Reason::CutShort) });
    }
    pieces
}

/// The whole record that a head begins, and the number of the border where the rest of the line begins; one more than
/// there are borders if nothing is left.
fn record_at<'a>(borders: &Borders<'_, 'a>, number: usize, next_record: Option<usize>) -> Option<(Record<'a>, usize)> {
    let (line, head) = (borders.line, &borders.heads[number]);
    let begun = record_up_to_ids(head, &line[..borders.at(number + 1)]).ok()?;
    let tail = &line[begun.tail..];
    let nothing_left = borders.heads.len() + 1;
    let is_at_end = |at: usize| at == line.len();

    let until = next_record.map_or(line.len(), |next| borders.at(next));
    if let Some((name, json)) = name_and_json(tail, begun.kind(), until - begun.tail)
        && let Some(length) = whole_object(json)
    {
        let end = line.len() - json.len() + length;
        let next = borders.after(end);
        let rest = &line[end..borders.at(next)];
        if is_at_end(borders.at(next)) && closes_what_was_opened(borders, rest) {
            return Some((begun.with(name), nothing_left));
        }
        if !is_at_end(borders.at(next)) && is_gap(rest, borders.prefix()) {
            return Some((begun.with(name), next));
        }
    }
    let near = (borders.at(number + 1), number + 1);
    let far = next_record.map_or((line.len(), nothing_left), |next| (borders.at(next), next));
    [far, near].into_iter().find_map(|(end, next)| {
        let text = &line[begun.tail..end];
        let next = if is_at_end(end) { nothing_left } else { next };
        let ends_record = |at: &usize| {
            let text = &text[*at..];
            if is_at_end(end) {
                text.iter().all(|byte| closes(borders.prefix(), *byte))
            } else {
                is_gap(text, borders.prefix())
            }
        };
        let mut ends = (0..=text.len()).rev().filter(ends_record);
        let name = ends.find_map(|at| name_before_last_marker(&text[..at], begun.kind()));
        Some((begun.with(name.filter(|name| !name.is_empty())?), next))
    })
}

/// Why no whole record begins at a head.
fn reason_why_torn(borders: &Borders<'_, '_>, number: usize) -> Reason {
    let (line, head) = (borders.line, &borders.heads[number]);
    let reason = match record_up_to_ids(head, line) {
        Ok(begun) => reason_of_tail(&line[begun.tail..], begun.kind()),
        Err(reason) => reason,
    };
    let is_of_head =
        [Reason::TimeDoesNotExist, Reason::FractionNotSixDigits, Reason::DurationOutOfRange].contains(&reason);
    if is_of_head || borders.at(number + 1) == line.len() { reason } else { Reason::HeadInside }
}

/// Whether a text may stand between a record and the next one: nothing but blanks, NUL bytes and byte order marks, or
/// what is like the prefix.
fn is_gap(text: &[u8], prefix: &[u8]) -> bool {
    let text_is_short = text.len() <= LONGEST_PREFIX && prefix.len() <= LONGEST_PREFIX;
    means_nothing(text) || (!prefix.is_empty() && text_is_short && shape(text) == shape(prefix))
}

fn means_nothing(mut text: &[u8]) -> bool {
    while let [b' ' | b'\t' | b'\r' | b'\0', rest @ ..] | [0xEF, 0xBB, 0xBF, rest @ ..] = text {
        text = rest;
    }
    text.is_empty()
}

/// A text with one letter for each run of letters and digits.
fn shape(text: &[u8]) -> Vec<u8> {
    let mut shape: Vec<u8> = text.iter().map(|byte| if byte.is_ascii_alphanumeric() { b'a' } else { *byte }).collect();
    shape.dedup_by(|one, other| one == other && *one == b'a');
    shape
}

/// Whether what stands behind the JSON at the end of a line closes what the prefix opens.
fn closes_what_was_opened(borders: &Borders<'_, '_>, rest: &[u8]) -> bool {
    let prefix = borders.prefix();
    let is_in_object = || {
        let Some(brace) = prefix.iter().position(|byte| *byte == b'{') else { return false };
        let around = borders.line[brace..].trim_ascii_end();
        whole_object(around) == Some(around.len())
    };
    rest.iter().all(|byte| closes(prefix, *byte)) || is_in_object()
}

/// Whether a byte at the end of a line closes what its prefix opens, or means nothing.
fn closes(prefix: &[u8], byte: u8) -> bool {
    let opener = match byte {
        b' ' | b'\t' | b'\r' | b'\0' => return true,
        b'"' | b'\'' => byte,
        b')' => b'(',
        b']' => b'[',
        b'}' => b'{',
        b'>' => b'<',
        _ => return false,
    };
    prefix.contains(&opener)
}

// ---- JSON ----

/// The length of the JSON object that a text begins with.
pub fn whole_object(text: &[u8]) -> Option<usize> {
    if !text.starts_with(b"{") {
        return None;
    }
    json_value(text, 0).map(|rest| text.len() - rest.len())
}

/// A value, in so many objects and lists, and what follows it.
fn json_value(text: &[u8], depth: usize) -> Option<&[u8]> {
    match text.first()? {
        b'{' => json_members(text, depth + 1, b'}', |text| {
            let rest = skip_blanks(json_string(text)?);
            json_value(skip_blanks(literal(b":", rest)?), depth + 1)
        }),
        b'[' => json_members(text, depth + 1, b']', |text| json_value(text, depth + 1)),
        b'"' => json_string(text),
        _ => {
            let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || b".+-".contains(byte);
            let end = text.iter().position(|byte| !is_of_word(byte)).unwrap_or(text.len());
            (end > 0).then_some(&text[end..])
        }
    }
}

/// What is in a pair of brackets, with commas between.
fn json_members<'a>(
    text: &'a [u8],
    depth: usize,
    end: u8,
    member: impl Fn(&'a [u8]) -> Option<&'a [u8]>,
) -> Option<&'a [u8]> {
    if depth > DEEPEST_JSON {
        return None;
    }
    let mut rest = skip_blanks(&text[1..]);
    if let Some(rest) = literal(&[end], rest) {
        return Some(rest);
    }
    loop {
        rest = skip_blanks(member(rest)?);
        match literal(b",", rest) {
            Some(more) => rest = skip_blanks(more),
            None => return literal(&[end], rest),
        }
    }
}

fn json_string(text: &[u8]) -> Option<&[u8]> {
    let mut rest = literal(b"\"", text)?;
    loop {
        rest = match rest {
            [b'"', rest @ ..] => return Some(rest),
            [b'\\', _, rest @ ..] | [_, rest @ ..] => rest,
            [] => return None,
        };
    }
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !b" \t\r".contains(byte)).unwrap_or(text.len());
    &text[end..]
}

// ---- Lines that are not parsed ----

fn parse_too_long_line(line: &[u8]) -> Line<'_> {
    if contains_head(&line[..LONGEST_LINE]) { Line::Malformed(Reason::TooLong) } else { Line::Other }
}

/// Why no whole record is in a line: the reason of its first head.
fn reason_of(line: &[u8], first: &Head<'_>) -> Reason {
    let begun = match record_up_to_ids(first, line) {
        Ok(begun) => begun,
        Err(reason) => return reason,
    };
    let tail = &line[begun.tail..];
    let borders = Borders { line, heads: std::slice::from_ref(first), last: line.len() };
    let has_json = || {
        let (_, json) = name_and_json(tail, begun.kind(), tail.len())?;
        Some(closes_what_was_opened(&borders, &json[whole_object(json)?..]))
    };
    let has_name = name_before_last_marker(tail, begun.kind()).is_some_and(|name| !name.is_empty());
    if has_name || has_json() == Some(true) { Reason::HeadInside } else { reason_of_tail(tail, begun.kind()) }
}

// ---- Prefixes ----

/// All heads of a line, wherever they stand, in order.
fn heads(line: &[u8]) -> Vec<Head<'_>> {
    (0..line.len()).filter_map(|at| head(&line[at..]).map(|head| Head { at, ..head })).collect()
}

/// Whether a whole head, from its timestamp to its last blank, lies in the text.
fn contains_head(text: &[u8]) -> bool {
    (0..text.len()).any(|at| head(&text[at..]).is_some())
}

// ---- The record ----

/// A record up to its ids, and where its tail begins in the line.
struct Begun<'a> {
    timestamp: &'a [u8],
    duration_ns: Option<i64>,
    base_id: &'a [u8],
    parent_id: &'a [u8],
    trace_id: &'a [u8],
    tail: usize,
}

impl<'a> Begun<'a> {
    fn kind(&self) -> Kind {
        if self.duration_ns.is_some() { Kind::Stop } else { Kind::Start }
    }

    fn with(&self, name: &'a [u8]) -> Record<'a> {
        let Self { timestamp, duration_ns, base_id, parent_id, trace_id, .. } = *self;
        Record { timestamp, duration_ns, base_id, parent_id, trace_id, name }
    }
}

/// The beginning of the record with this head, whose ids lie in `line`; or the first thing that is wrong with it.
fn record_up_to_ids<'a>(head: &Head<'a>, line: &'a [u8]) -> Result<Begun<'a>, Reason> {
    let timestamp = head.timestamp;
    if !time_exists(timestamp) {
        return Err(Reason::TimeDoesNotExist);
    }
    if !has_six_fraction_digits_or_no_fraction(timestamp) {
        return Err(Reason::FractionNotSixDigits);
    }
    let duration_ns = match head.duration {
        Some(duration) => Some(nanoseconds(duration).ok_or(Reason::DurationOutOfRange)?),
        None => None,
    };
    let Body { base_id, parent_id, trace_id, tail } = body(&line[head.end()..]).ok_or(Reason::NoIds)?;
    Ok(Begun { timestamp, duration_ns, base_id, parent_id, trace_id, tail: line.len() - tail.len() })
}

// ---- The head ----

struct Head<'a> {
    /// Of its first byte in its line.
    at: usize,
    timestamp: &'a [u8],
    /// None where there are eight blanks.
    duration: Option<&'a [u8]>,
    /// What follows it in its line.
    rest: &'a [u8],
}

impl Head<'_> {
    /// Where it ends in its line.
    fn end(&self) -> usize {
        let duration = self.duration.unwrap_or(EIGHT_BLANKS);
        self.at + self.timestamp.len() + 1 + duration.len() + 1
    }
}

/// `timestamp SP (8*8SP / duration) SP`, with any number of fraction digits and whatever the calendar says.
fn head(text: &[u8]) -> Option<Head<'_>> {
    let (timestamp, rest) = timestamp(text)?;
    let rest = literal(b" ", rest)?;
    if let Some(rest) = literal(EIGHT_BLANKS, rest) {
        let rest = literal(b" ", rest)?;
        return Some(Head { at: 0, timestamp, duration: None, rest });
    }
    let (duration, rest) = duration(rest)?;
    let rest = literal(b" ", rest)?;
    Some(Head { at: 0, timestamp, duration: Some(duration), rest })
}

/// `4DIGIT "-" 2DIGIT "-" 2DIGIT "T" 2DIGIT ":" 2DIGIT ":" 2DIGIT ["." *DIGIT]`, and what follows it.
fn timestamp(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = date_and_t(text)?;
    let rest = digits(2, rest)?;
    let rest = literal(b":", rest)?;
    let rest = digits(2, rest)?;
    let rest = literal(b":", rest)?;
    let rest = digits(2, rest)?;
    let rest = match literal(b".", rest) {
        Some(rest) => any_digits(rest),
        None => rest,
    };
    Some((consumed(text, rest), rest))
}

/// `4DIGIT "-" 2DIGIT "-" 2DIGIT "T"`
fn date_and_t(text: &[u8]) -> Option<&[u8]> {
    let rest = digits(4, text)?;
    let rest = literal(b"-", rest)?;
    let rest = digits(2, rest)?;
    let rest = literal(b"-", rest)?;
    let rest = digits(2, rest)?;
    literal(b"T", rest)
}

/// `["-"] 1*DIGIT ("." 1*DIGIT [exponent] / exponent)`, and what follows it.
fn duration(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = literal(b"-", text).unwrap_or(text);
    let rest = one_or_more_digits(rest)?;
    let rest = match literal(b".", rest) {
        Some(rest) => {
            let rest = one_or_more_digits(rest)?;
            exponent(rest).unwrap_or(rest)
        }
        None => exponent(rest)?,
    };
    Some((consumed(text, rest), rest))
}

/// `"e" ("+" / "-") 2*3DIGIT`. A fourth digit is left over, and then no blank follows.
fn exponent(text: &[u8]) -> Option<&[u8]> {
    let rest = literal(b"e", text)?;
    let rest = literal(b"+", rest).or_else(|| literal(b"-", rest))?;
    let rest = digits(2, rest)?;
    Some(digits(1, rest).unwrap_or(rest))
}

// ---- The time ----

fn time_exists(timestamp: &[u8]) -> bool {
    let year = number(&timestamp[0..4]);
    let month = number(&timestamp[5..7]);
    let day = number(&timestamp[8..10]);
    let hour = number(&timestamp[11..13]);
    let minute = number(&timestamp[14..16]);
    let second = number(&timestamp[17..19]);
    (1..=12).contains(&month)
        && (1..=days_of_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 59
}

impl Record<'_> {
    /// Its time in microseconds since 1970.
    pub fn time_us(&self) -> i64 {
        let [year, month, day, hour, minute, second] =
            [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].map(|digits| number(&self.timestamp[digits]));
        let days_before = |year: i64| 365 * year + (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
        let of_months: u32 = (1..month).map(|month| days_of_month(year, month)).sum();
        let days = days_before(year.into()) - days_before(1970) + i64::from(of_months + day) - 1;
        let seconds = ((days * 24 + i64::from(hour)) * 60 + i64::from(minute)) * 60 + i64::from(second);
        seconds * 1_000_000 + i64::from(self.timestamp.get(20..).map_or(0, number))
    }
}

fn days_of_month(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap_year(year) => 29,
        2 => 28,
        _ => 31,
    }
}

fn is_leap_year(year: u32) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

fn has_six_fraction_digits_or_no_fraction(timestamp: &[u8]) -> bool {
    let whole_seconds = "YYYY-MM-DDTHH:MM:SS".len();
    timestamp.len() == whole_seconds || timestamp.len() == whole_seconds + ".ffffff".len()
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}

// ---- The duration ----

/// A duration in nanoseconds, what is finer rounded half away from zero; None where it does not fit 63 bits.
///
/// The point is moved on paper: the digits before and behind it are written in a row, and as many as are finer than a
/// nanosecond are cut off behind, or as many zeros added as are missing up to a nanosecond.
fn nanoseconds(duration: &[u8]) -> Option<i64> {
    let negative = duration.starts_with(b"-");
    let (mantissa, exponent) = mantissa_and_exponent(duration.strip_prefix(b"-").unwrap_or(duration));
    let point = mantissa.iter().position(|&byte| byte == b'.');
    let fraction_digits = point.map_or(0, |point| mantissa.len() - point - 1) as i64;
    let mut digits: Vec<u8> = mantissa.iter().copied().filter(|&byte| byte != b'.').collect();

    let missing_zeros = exponent + 9 - fraction_digits;
    let mut first_digit_cut_off = b'0';
    for _ in missing_zeros..0 {
        first_digit_cut_off = digits.pop().unwrap_or(b'0');
    }
    let missing_zeros = usize::try_from(missing_zeros).unwrap_or(0);
    digits.extend(vec![b'0'; missing_zeros]);
    let round_up = i64::from(first_digit_cut_off >= b'5');
    let magnitude = integer(&digits)?.checked_add(round_up)?;
    Some(if negative { -magnitude } else { magnitude })
}

fn mantissa_and_exponent(duration: &[u8]) -> (&[u8], i64) {
    let Some(e) = duration.iter().position(|&byte| byte == b'e') else {
        return (duration, 0);
    };
    let size = i64::from(number(&duration[e + 2..]));
    let exponent = if duration[e + 1] == b'-' { -size } else { size };
    (&duration[..e], exponent)
}

fn integer(digits: &[u8]) -> Option<i64> {
    let mut integer: i64 = 0;
    for digit in digits {
        integer = integer.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(integer)
}

// ---- The body ----

struct Body<'a> {
    base_id: &'a [u8],
    parent_id: &'a [u8],
    trace_id: &'a [u8],
    tail: &'a [u8],
}

/// `base_id SP parent_id SP trace_id SP`: the first UUID between blanks that settles where the ids are.
fn body(text: &[u8]) -> Option<Body<'_>> {
    (1..text.len()).find_map(|at| body_with_parent_at(text, at).or_else(|| body_with_trace_at(text, at)))
}

/// Rule 1: the UUID at `at` is the `parent_id`, since another UUID follows, and some text stands before it.
fn body_with_parent_at(text: &[u8], at: usize) -> Option<Body<'_>> {
    let (base_id, parent_id, rest) = uuid_between_blanks(text, at)?;
    let (trace_id, rest) = uuid(rest)?;
    let tail = literal(b" ", rest)?;
    if !is_base_id(base_id) {
        return None;
    }
    Some(Body { base_id, parent_id, trace_id, tail })
}

/// Rule 2: the UUID at `at` is the `trace_id`, since what stands before it is the same text twice.
fn body_with_trace_at(text: &[u8], at: usize) -> Option<Body<'_>> {
    let (before, trace_id, tail) = uuid_between_blanks(text, at)?;
    let middle = before.len() / 2;
    let base_id = &before[..middle];
    let parent_id = literal(b" ", &before[middle..])?;
    if !is_base_id(base_id) || base_id != parent_id {
        return None;
    }
    Some(Body { base_id, parent_id, trace_id, tail })
}

/// Any text of 1 to 65,536 bytes.
fn is_base_id(text: &[u8]) -> bool {
    (1..=LONGEST_BASE_ID).contains(&text.len())
}

/// What stands before the blank in front of the UUID at `at`, the UUID, and what follows the blank behind it.
fn uuid_between_blanks(text: &[u8], at: usize) -> Option<(&[u8], &[u8], &[u8])> {
    let before = text[..at].strip_suffix(b" ")?;
    let (uuid, rest) = uuid(&text[at..])?;
    let rest = literal(b" ", rest)?;
    Some((before, uuid, rest))
}

/// `8HEX "-" 4HEX "-" 4HEX "-" 4HEX "-" 12HEX`, and what follows it.
fn uuid(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (uuid, rest) = text.split_at_checked(UUID_LENGTH)?;
    let is_uuid = uuid.iter().enumerate().all(|(at, byte)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    is_uuid.then_some((uuid, rest))
}

// ---- The tail ----

#[derive(Clone, Copy)]
enum Kind {
    Start,
    Stop,
}

/// Why a tail is none of a record.
fn reason_of_tail(tail: &[u8], kind: Kind) -> Reason {
    let is_nameless = name_before_last_marker(tail, kind) == Some(&[]) || is_without_name(tail);
    match kind {
        _ if is_nameless => Reason::NoName,
        Kind::Start => Reason::NoStartMarker,
        Kind::Stop => Reason::NoStopMarker,
    }
}

/// The name where the line ends in its marker.
fn name_before_last_marker(tail: &[u8], kind: Kind) -> Option<&[u8]> {
    markers(kind).iter().find_map(|marker| tail.strip_suffix(marker.as_slice()))
}

/// The name before JSON, and all from the JSON on: the name ends at the first marker, before `until`, that has a name
/// before it and ` {` behind it.
fn name_and_json(tail: &[u8], kind: Kind, until: usize) -> Option<(&[u8], &[u8])> {
    (1..until).find_map(|at| {
        let json_behind = |marker: Vec<u8>| literal(&marker, &tail[at..]).and_then(|rest| literal(b" ", rest));
        let json = markers(kind).into_iter().filter_map(json_behind).find(|json| json.starts_with(b"{"))?;
        Some((&tail[..at], json))
    })
}

/// What a record of a kind can have for a marker: only stop records carry the mark.
fn markers(kind: Kind) -> Vec<Vec<u8>> {
    match kind {
        Kind::Start => vec![START.to_vec()],
        Kind::Stop => vec![STOP.to_vec(), [STOP, MARK].concat()],
    }
}

/// Whether a tail is empty, or begins with a marker and is complete but for its name.
fn is_without_name(tail: &[u8]) -> bool {
    let Some(rest) = literal(START, tail).or_else(|| literal(STOP, tail)) else {
        return tail.is_empty();
    };
    let rest = literal(MARK, rest).unwrap_or(rest);
    rest.is_empty() || (rest.starts_with(b" {") && rest.ends_with(b"}"))
}

// ---- Malformed records without a head ----

/// Whether the whole line is the beginning of a head: something can be written behind it that makes it one.
fn is_head_cut_short(line: &[u8]) -> bool {
    if date_and_t(line).is_none() {
        return false;
    }
    let stop_head: &[u8] = b"0000-00-00T00:00:00 0.0e+00 ";
    let blanks_of_a_start_head: &[u8] = b"          ";
    [stop_head, blanks_of_a_start_head].iter().any(|pattern| {
        (0..pattern.len()).any(|from| {
            let completed = [line, &pattern[from..]].concat();
            head(&completed).is_some_and(|head| head.rest.is_empty())
        })
    })
}

/// Whether the line reads `timestamp SP x SP b SP uuid SP uuid SP t`.
fn has_no_number_for_duration(line: &[u8]) -> bool {
    tail_behind_any_duration(line).is_some_and(ends_in_any_marker)
}

fn tail_behind_any_duration(line: &[u8]) -> Option<&[u8]> {
    let (_, rest) = timestamp(line)?;
    let rest = literal(b" ", rest)?;
    let rest = text_without_blanks(rest)?;
    let rest = literal(b" ", rest)?;
    let rest = text_without_blanks(rest)?;
    let rest = literal(b" ", rest)?;
    let (_, rest) = uuid(rest)?;
    let rest = literal(b" ", rest)?;
    let (_, rest) = uuid(rest)?;
    literal(b" ", rest)
}

fn ends_in_any_marker(text: &[u8]) -> bool {
    let text = text.strip_suffix(MARK).unwrap_or(text);
    text.ends_with(START) || text.ends_with(STOP)
}

// ---- What the grammar is made of: each takes a text and gives what follows ----

fn literal<'a>(literal: &[u8], text: &'a [u8]) -> Option<&'a [u8]> {
    text.strip_prefix(literal)
}

/// Exactly so many digits (there may be more behind them).
fn digits(count: usize, text: &[u8]) -> Option<&[u8]> {
    let (digits, rest) = text.split_at_checked(count)?;
    digits.iter().all(u8::is_ascii_digit).then_some(rest)
}

/// All digits that come, or none.
fn any_digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    &text[end..]
}

fn one_or_more_digits(text: &[u8]) -> Option<&[u8]> {
    digits(1, text).map(any_digits)
}

fn text_without_blanks(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().position(|&byte| byte == b' ').unwrap_or(text.len());
    (end > 0).then_some(&text[end..])
}

/// What of the text stands before the rest.
fn consumed<'a>(text: &'a [u8], rest: &[u8]) -> &'a [u8] {
    &text[..text.len() - rest.len()]
}

// ---- The account of a log ----

/// What to keep. The times are timestamps with six fraction digits: `since` is the first, `until` the first no more.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub base_id: Option<Vec<u8>>,
    pub since: Option<String>,
    pub until: Option<String>,
}

impl Filter {
    fn keeps(&self, record: &Record<'_>) -> bool {
        let time = with_fraction(record.timestamp);
        self.base_id.as_ref().is_none_or(|base_id| base_id == record.base_id)
            && self.since.as_ref().is_none_or(|since| time.as_slice() >= since.as_bytes())
            && self.until.as_ref().is_none_or(|until| time.as_slice() < until.as_bytes())
    }
}

fn with_fraction(timestamp: &[u8]) -> Vec<u8> {
    if timestamp.contains(&b'.') { timestamp.to_vec() } else { [timestamp, b".000000"].concat() }
}

/// What the stop records of one name took, in the order of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: Vec<u8>,
    pub durations_ns: Vec<i64>,
    /// Of each of them.
    pub base_ids: Vec<Vec<u8>>,
}

impl Row {
    pub fn count(&self) -> u64 {
        self.durations_ns.len() as u64
    }

    pub fn total_ns(&self) -> i128 {
        self.durations_ns.iter().copied().map(i128::from).sum()
    }

    pub fn min_ns(&self) -> i64 {
        *self.durations_ns.iter().min().expect("a row has at least one duration")
    }

    pub fn max_ns(&self) -> i64 {
        *self.durations_ns.iter().max().expect("a row has at least one duration")
    }

    /// None where 128 bits do not hold it: from four spans of nearly 292 years on.
    pub fn sum_of_squares(&self) -> Option<u128> {
        self.durations_ns.iter().try_fold(0u128, |sum, duration| {
            let magnitude = u128::from(duration.unsigned_abs());
            sum.checked_add(magnitude * magnitude)
        })
    }

    /// The percentile of the durations themselves, and how far from it that of a histogram may be, both in nanoseconds.
    /// Of the durations below zero, all but the shortest count as zero, or as the longest if that is below zero, too.
    pub fn percentile(&self, permille: u64) -> (i64, i64) {
        let mut sorted = self.durations_ns.clone();
        sorted.sort_unstable();
        let rank = (permille * self.count()).div_ceil(1000).max(1);
        let duration = sorted[rank as usize - 1];
        if rank == 1 || rank == self.count() {
            return (duration, 0);
        }
        let counted = duration.max(self.max_ns().min(0));
        (counted, counted.abs() / 128)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// From 1.
    pub line: u64,
    /// Of the line's first byte in the log; of a torn record, its own.
    pub offset: u64,
    pub reason: Reason,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub lines: u64,
    pub records: u64,
    pub other: u64,
    pub malformed: Vec<Malformed>,
    pub record_lines: u64,
    pub torn: Vec<Malformed>,
    /// Stop records kept.
    pub spans: u64,
    /// Stop records that a filter left out.
    pub filtered: u64,
    /// In the order of their first kept stop record.
    pub rows: Vec<Row>,
    /// The base ids of kept stop records whose parent id is their base id.
    pub roots: Vec<Vec<u8>>,
}

/// Reads a whole log.
pub fn read(log: &[u8], filter: &Filter) -> Account {
    let mut account = Account::default();
    for (offset, line) in lines(log) {
        account.lines += 1;
        match parse_line(line) {
            Line::Record(record) => {
                account.record_lines += 1;
                account.add_record(&record, filter);
            }
            Line::Several(pieces) => {
                account.record_lines += 1;
                pieces.into_iter().for_each(|piece| account.add_piece(piece, offset, filter));
            }
            Line::Other => account.other += 1,
            Line::Malformed(reason) => {
                account.malformed.push(Malformed { line: account.lines, offset, reason });
            }
        }
    }
    account
}

/// The lines of a log without their line feeds, each with its offset. Nothing stands after a final line feed.
pub fn lines(log: &[u8]) -> Vec<(u64, &[u8])> {
    let mut lines = Vec::new();
    let mut offset = 0;
    while offset < log.len() {
        let rest = &log[offset..];
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        lines.push((offset as u64, &rest[..length]));
        offset += length + 1;
    }
    lines
}

impl Account {
    /// The first of the records that can't be read, in the order of the log.
    pub fn unreadable(&self) -> Vec<Malformed> {
        let mut all = [self.malformed.as_slice(), &self.torn].concat();
        all.sort_by_key(|malformed| malformed.offset);
        all
    }

    fn add_piece(&mut self, Piece { at, record }: Piece<'_>, offset: u64, filter: &Filter) {
        match record {
            Ok(record) => self.add_record(&record, filter),
            Err(reason) => self.torn.push(Malformed { line: self.lines, offset: offset + at as u64, reason }),
        }
    }

    fn add_record(&mut self, record: &Record<'_>, filter: &Filter) {
        self.records += 1;
        let Some(duration_ns) = record.duration_ns else {
            return;
        };
        if !filter.keeps(record) {
            self.filtered += 1;
            return;
        }
        self.spans += 1;
        let row = self.row(record.name);
        row.durations_ns.push(duration_ns);
        row.base_ids.push(record.base_id.to_vec());
        if record.parent_id == record.base_id {
            self.roots.push(record.base_id.to_vec());
        }
    }

    /// The row of a name, a new one at the end where the name is new.
    fn row(&mut self, name: &[u8]) -> &mut Row {
        let at = self.rows.iter().position(|row| row.name == name).unwrap_or_else(|| {
            self.rows.push(Row { name: name.to_vec(), durations_ns: Vec::new(), base_ids: Vec::new() });
            self.rows.len() - 1
        });
        &mut self.rows[at]
    }
}

// ---- The report ----

/// The text report. What is not UTF-8 in a name is shown as U+FFFD.
pub fn text_report(account: &Account) -> String {
    let mut rows: Vec<&Row> = account.rows.iter().collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.total_ns()));

    let mut report = String::from("Total time | Max time | Avg time | Occurrences | Trace name\n");
    report.push_str(&"-".repeat(91));
    report.push('\n');
    for row in rows {
        report.push_str(&report_line(row));
        report.push('\n');
    }
    report
}

fn report_line(row: &Row) -> String {
    let total = row.total_ns() as f64 / 1e9;
    let max = row.max_ns() as f64 / 1e9;
    let average = total / row.count() as f64;
    let [total, max, average] = [total, max, average].map(|seconds| format!("{seconds:.3}"));
    let name = String::from_utf8_lossy(&row.name);
    format!("{total:<12} {max:<10} {average:<10} {:<13} {name}", row.count())
}
