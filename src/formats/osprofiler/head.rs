//! The head of a record, `timestamp SP (8*8SP / duration) SP`, and the search for one in a line.

use super::duration;
use super::timestamp::{self, SECONDS_LEN};

/// The blanks in the place of a start record's missing duration, the blank before and the blank after included.
const BLANKS: &[u8] = b"          ";

/// The pattern of a head, found in a line: its time need not exist yet, nor its duration be in range.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    /// The offset in the line where the head begins.
    pub(super) at: usize,
    /// The timestamp, with any number of digits in its fraction.
    pub(super) timestamp: &'a [u8],
    /// The duration; none in a start record.
    pub(super) duration: Option<&'a [u8]>,
    /// The offset in the line where the body begins.
    pub(super) end: usize,
}

/// Finds the first head that begins at `from` or after it.
pub(super) fn find(line: &[u8], from: usize) -> Option<Head<'_>> {
    const BEFORE_T: usize = "YYYY-MM-DD".len();
    let searched = line.get(from + BEFORE_T..)?;
    memchr::memchr_iter(b'T', searched).find_map(|at| at_start_of(line, from + at))
}

/// Finds the head that begins at `at`, if one does.
pub(super) fn at_start_of(line: &[u8], at: usize) -> Option<Head<'_>> {
    let text = line.get(at..)?;
    let stamp = measure_timestamp(text)?;
    let rest = &text[stamp..];
    let (duration, len) = if rest.starts_with(BLANKS) {
        (None, BLANKS.len())
    } else {
        let digits = duration::measure(rest.strip_prefix(b" ")?)?;
        if rest.get(1 + digits) != Some(&b' ') {
            return None;
        }
        (Some(&rest[1..=digits]), digits + 2)
    };
    Some(Head { at, timestamp: &text[..stamp], duration, end: at + stamp + len })
}

/// Counts the bytes at the beginning of `text` that have the pattern of a timestamp, with any number of digits after
/// its point.
#[inline]
pub(super) fn measure_timestamp(text: &[u8]) -> Option<usize> {
    if !timestamp::has_whole_shape(text.first_chunk()?) {
        return None;
    }
    let fraction = match &text[SECONDS_LEN..] {
        [b'.', digits @ ..] => 1 + digits.iter().take_while(|byte| byte.is_ascii_digit()).count(),
        _ => 0,
    };
    Some(SECONDS_LEN + fraction)
}

/// Says whether the whole of `line` is the beginning of a head, its date at least.
pub(super) fn is_cut_short(line: &[u8]) -> bool {
    const DATE_LEN: usize = "YYYY-MM-DDT".len();
    if line.len() <= SECONDS_LEN {
        return line.len() >= DATE_LEN && timestamp::has_shape(line);
    }
    let Some(stamp) = measure_timestamp(line) else {
        return false;
    };
    match &line[stamp..] {
        [] => true,
        [b' ', rest @ ..] => BLANKS[1..].starts_with(rest) || duration::is_beginning(rest),
        _ => false,
    }
}

/// Finds the beginning of a head with which a line breaks off, its date at least.
pub(super) fn cut_at_end(line: &[u8]) -> Option<usize> {
    const BEFORE_T: usize = "YYYY-MM-DD".len();
    let at = memchr::memrchr(b'T', line)?.checked_sub(BEFORE_T)?;
    is_cut_short(&line[at..]).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_behind_a_prefix() {
        let line = b"T 2026-11-23 06:34:58 T- 2026-11-23T06:34:58.532 x 2026-11-23T06:34:58.532521 4.1e-05 a";
        let head = find(line, 0).unwrap();
        assert_eq!(head.timestamp, b"2026-11-23T06:34:58.532521");
        assert_eq!(head.duration, Some(b"4.1e-05".as_slice()));
        assert_eq!(&line[head.end..], b"a");
        assert!(find(line, head.at + 1).is_none());
    }

    #[test]
    fn a_start_needs_all_its_blanks() {
        assert!(at_start_of(b"2026-11-23T06:34:58          x", 0).is_some());
        assert!(at_start_of(b"2026-11-23T06:34:58         x", 0).is_none());
    }

    #[test]
    fn cut_short() {
        let whole = b"2026-11-23T06:34:58.532521 0.002 ";
        for len in 11..whole.len() {
            assert!(is_cut_short(&whole[..len]), "{len}");
        }
        assert!(!is_cut_short(&whole[..10]));
        assert!(!is_cut_short(whole));
        for blanks in 1..=9 {
            let line = format!("2026-11-23T06:34:58{}", " ".repeat(blanks));
            assert!(is_cut_short(line.as_bytes()), "{blanks}");
        }
        assert!(!is_cut_short(b"2026-11-23T06:34:58 INFO"));
    }
}
