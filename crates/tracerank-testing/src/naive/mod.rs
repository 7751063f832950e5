//! A naive engine, to judge the real one by.
//!
//! It follows docs/format.md sentence by sentence, and its functions are named after the words of that page. It looks
//! at one line at a time, tries every byte as a beginning, copies what it likes and keeps every duration: where it and
//! the page disagree it is wrong, and where it is slow it does not matter.

pub mod logs;
pub mod spans;

const LONGEST_LINE: usize = 4_194_304;
const LONGEST_BASE_ID: usize = 65_536;
const HEADS_TRIED: usize = 16;
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
}

// ---- Lines ----

/// What a line is. It comes without its line feed; its carriage return may still be there.
pub fn parse_line(line: &[u8]) -> Line<'_> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > LONGEST_LINE {
        return parse_too_long_line(line);
    }
    let heads = heads(line);
    let first_heads = &heads[..heads.len().min(HEADS_TRIED)];
    if let Some(record) = first_heads.iter().find_map(untorn_record) {
        return Line::Record(record_in_name(record, first_heads));
    }
    match heads.first() {
        Some(first) => Line::Malformed(reason_of(first)),
        None if is_head_cut_short(line) => Line::Malformed(Reason::CutShort),
        None if has_no_number_for_duration(line) => Line::Malformed(Reason::DurationNoNumber),
        None => Line::Other,
    }
}

/// The record that a head begins, if it is one and has no other head in its `base_id`.
fn untorn_record<'a>(head: &Head<'a>) -> Option<Record<'a>> {
    record(head).ok().filter(|record| !has_head_inside(record))
}

/// The record itself, or the one that a head in its name begins.
fn record_in_name<'a>(outer: Record<'a>, heads: &[Head<'a>]) -> Record<'a> {
    let lies_in_name = |head: &&Head<'a>| outer.name.as_ptr_range().contains(&head.timestamp.as_ptr());
    match heads.iter().filter(lies_in_name).find_map(untorn_record) {
        Some(inner) => record_in_name(inner, heads),
        None => outer,
    }
}

fn parse_too_long_line(line: &[u8]) -> Line<'_> {
    if contains_head(&line[..LONGEST_LINE]) { Line::Malformed(Reason::TooLong) } else { Line::Other }
}

/// Why no record begins at the line's first head.
fn reason_of(first: &Head<'_>) -> Reason {
    match record(first) {
        Err(reason) => reason,
        Ok(_) => Reason::HeadInside,
    }
}

// ---- Prefixes ----

/// All heads of a line, wherever they stand, in order.
fn heads(line: &[u8]) -> Vec<Head<'_>> {
    (0..line.len()).filter_map(|at| head(&line[at..])).collect()
}

/// The blank that ends the `base_id` counts: a record that is torn in its `base_id` has the next one's head directly in
/// front of it.
fn has_head_inside(record: &Record<'_>) -> bool {
    contains_head(&[record.base_id, b" "].concat())
}

/// Whether a whole head, from its timestamp to its last blank, lies in the text.
fn contains_head(text: &[u8]) -> bool {
    (0..text.len()).any(|at| head(&text[at..]).is_some())
}

// ---- The record ----

/// The record that a head begins, or the first thing that is wrong with it.
fn record<'a>(head: &Head<'a>) -> Result<Record<'a>, Reason> {
    if !time_exists(head.timestamp) {
        return Err(Reason::TimeDoesNotExist);
    }
    if !has_six_fraction_digits_or_no_fraction(head.timestamp) {
        return Err(Reason::FractionNotSixDigits);
    }
    let duration_ns = match head.duration {
        Some(duration) => Some(nanoseconds(duration).ok_or(Reason::DurationOutOfRange)?),
        None => None,
    };
    let body = body(head.rest).ok_or(Reason::NoIds)?;
    let kind = if head.duration.is_some() { Kind::Stop } else { Kind::Start };
    let name = name(body.tail, kind)?;
    let Body { base_id, parent_id, trace_id, .. } = body;
    Ok(Record { timestamp: head.timestamp, duration_ns, base_id, parent_id, trace_id, name })
}

// ---- The head ----

struct Head<'a> {
    timestamp: &'a [u8],
    /// None where there are eight blanks.
    duration: Option<&'a [u8]>,
    rest: &'a [u8],
}

/// `timestamp SP (8*8SP / duration) SP`, with any number of fraction digits and whatever the calendar says.
fn head(text: &[u8]) -> Option<Head<'_>> {
    let (timestamp, rest) = timestamp(text)?;
    let rest = literal(b" ", rest)?;
    if let Some(rest) = literal(EIGHT_BLANKS, rest) {
        let rest = literal(b" ", rest)?;
        return Some(Head { timestamp, duration: None, rest });
    }
    let (duration, rest) = duration(rest)?;
    let rest = literal(b" ", rest)?;
    Some(Head { timestamp, duration: Some(duration), rest })
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

/// The name in `name ("-start" / "-stop" ["  <- !!!"]) [SP json]`.
fn name(tail: &[u8], kind: Kind) -> Result<&[u8], Reason> {
    match name_before_last_marker(tail, kind).or_else(|| name_before_json(tail, kind)) {
        Some(name) if !name.is_empty() => Ok(name),
        Some(_) => Err(Reason::NoName),
        None if is_without_name(tail) => Err(Reason::NoName),
        None => Err(match kind {
            Kind::Start => Reason::NoStartMarker,
            Kind::Stop => Reason::NoStopMarker,
        }),
    }
}

/// The name where the line ends in its marker.
fn name_before_last_marker(tail: &[u8], kind: Kind) -> Option<&[u8]> {
    markers(kind).iter().find_map(|marker| tail.strip_suffix(marker.as_slice()))
}

/// The name where the line ends in JSON: up to the first marker that has a name before it and ` {` behind it.
fn name_before_json(tail: &[u8], kind: Kind) -> Option<&[u8]> {
    if !tail.ends_with(b"}") {
        return None;
    }
    let is_marker_at = |at: &usize| {
        markers(kind).iter().any(|marker| literal(marker, &tail[*at..]).is_some_and(|rest| rest.starts_with(b" {")))
    };
    (1..tail.len()).find(is_marker_at).map(|at| &tail[..at])
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed {
    /// From 1.
    pub line: u64,
    /// Of the line's first byte in the log.
    pub offset: u64,
    pub reason: Reason,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    pub lines: u64,
    pub records: u64,
    pub other: u64,
    pub malformed: Vec<Malformed>,
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
            Line::Record(record) => account.add_record(&record, filter),
            Line::Other => account.other += 1,
            Line::Malformed(reason) => {
                account.malformed.push(Malformed { line: account.lines, offset, reason });
            }
        }
    }
    account
}

/// The lines of a log without their line feeds, each with its offset. Nothing stands after a final line feed.
fn lines(log: &[u8]) -> Vec<(u64, &[u8])> {
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
