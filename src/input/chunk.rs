//! Ranges of lines: disjoint, covering, and found without looking at the bytes between.
//!
//! The lines of a range of bytes are those that *begin* in it. So anyone can cut ranges anywhere, and together they
//! hold every line once, whatever stands at the cuts.

use std::ops::Range;

/// Bytes of a mapped file that are parsed at a time: few enough that threads end together, enough that the cost of a
/// chunk does not show.
pub(crate) const CHUNK: usize = 4 << 20;

/// Finds the first line of `range`, if any line begins in it.
pub(crate) fn first_line(bytes: &[u8], range: &Range<usize>) -> Option<usize> {
    let begin = match range.start.checked_sub(1) {
        None => 0,
        // The line feed before the range makes its first byte the beginning of a line.
        Some(before) => range.start + memchr::memchr(b'\n', bytes.get(before..range.end - 1)?)?,
    };
    (begin < range.end).then_some(begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds the beginnings of all lines, the slow way.
    fn beginnings(bytes: &[u8]) -> Vec<usize> {
        let behind_feeds = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').map(|at| at + 1);
        std::iter::once(0).chain(behind_feeds).filter(|at| *at < bytes.len()).collect()
    }

    #[test]
    fn every_line_is_the_first_of_the_range_that_it_begins() {
        for text in ["", "\n", "a", "a\n", "\n\n", "a\nb", "ab\n\ncd\n", "abcdefgh\ni\n\n\njk"] {
            let bytes = text.as_bytes();
            for start in 0..bytes.len() {
                for end in start + 1..=bytes.len() {
                    let expected = beginnings(bytes).into_iter().find(|at| (start..end).contains(at));
                    assert_eq!(first_line(bytes, &(start..end)), expected, "{text:?} {start}..{end}");
                }
            }
        }
    }
}
