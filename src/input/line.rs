//! Lines in bytes.

use std::sync::Arc;

/// Says whether a line goes on with the record of the line before it: `(before, line)`, both without line feeds.
pub(crate) type GoesOn = Arc<dyn Fn(&[u8], &[u8]) -> bool + Send + Sync>;

/// Gives the line that begins at `at`, without its line feed.
pub(crate) fn line_at(bytes: &[u8], at: usize) -> &[u8] {
    let rest = &bytes[at..];
    &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())]
}

/// Finds the beginning of the line after the one that begins at `at`; the end if there is none.
pub(crate) fn after_line(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |len| at + len + 1)
}

/// Gives the line before the one that begins at `at`, without its line feed; an empty one if there is none.
pub(crate) fn line_before(bytes: &[u8], at: usize) -> &[u8] {
    let Some(feed) = at.checked_sub(1) else { return &[] };
    let before = &bytes[..feed];
    &before[memchr::memrchr(b'\n', before).map_or(0, |feed| feed + 1)..]
}
