//! Guesses the content of an input without a single record, so far as its first bytes tell.

use std::fmt::{self, Display, Formatter};

use super::compressed::Format;
use crate::remedy::Remedy;

/// Bytes of an input's content that are kept for that.
pub(crate) const SNIFFED: usize = 512;

/// Content that can't be read as a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LooksLike {
    /// Nothing.
    Empty,
    /// Compressed data within compressed data.
    PackedTwice {
        /// The format within.
        inner: &'static str,
        /// The format around it.
        outer: &'static str,
    },
    /// A zip archive.
    Zip,
    /// A tar archive.
    Tar,
    /// A program or a library of Linux.
    Program,
    /// A Parquet file.
    Parquet,
    /// An `SQLite` database.
    Sqlite,
    /// The binary log of systemd.
    Journal,
    /// Text of two bytes a character.
    Utf16,
    /// Something else that is no text.
    Binary,
    /// JSON that is no envelope of a record.
    Json,
    /// XML or HTML.
    Xml,
}

impl LooksLike {
    /// Gives the remedy that would make a log of it, where one is known.
    pub fn remedy(self) -> Option<Remedy> {
        match self {
            Self::PackedTwice { .. } => Some(Remedy::UnpackAgain),
            Self::Zip => Some(Remedy::Unzip),
            Self::Tar => Some(Remedy::Untar),
            Self::Journal => Some(Remedy::ExportJournal),
            Self::Utf16 => Some(Remedy::FromUtf16),
            Self::Empty | Self::Program | Self::Parquet | Self::Sqlite | Self::Binary | Self::Json | Self::Xml => None,
        }
    }
}

impl Display for LooksLike {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::PackedTwice { inner, outer } => return write!(out, "{inner} data inside {outer} data"),
            Self::Empty => "an empty file",
            Self::Zip => "a zip archive",
            Self::Tar => "a tar archive",
            Self::Program => "a program (ELF)",
            Self::Parquet => "a Parquet file",
            Self::Sqlite => "an SQLite database",
            Self::Journal => "a systemd journal",
            Self::Utf16 => "UTF-16 text",
            Self::Binary => "binary data",
            Self::Json => "JSON",
            Self::Xml => "XML or HTML",
        })
    }
}

/// Tells the kind of content that begins with `bytes`; `unpacked_from` names the format that it was unpacked from.
pub fn looks_like(bytes: &[u8], unpacked_from: Option<&'static str>) -> Option<LooksLike> {
    if let (Some(inner), Some(outer)) = (Format::of(bytes), unpacked_from) {
        return Some(LooksLike::PackedTwice { inner: inner.name(), outer });
    }
    by_magic(bytes).or_else(|| by_bytes(bytes))
}

/// Tells content by its magic number.
fn by_magic(bytes: &[u8]) -> Option<LooksLike> {
    Some(match bytes {
        [] => LooksLike::Empty,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => LooksLike::Zip,
        [0x7F, b'E', b'L', b'F', ..] => LooksLike::Program,
        [b'P', b'A', b'R', b'1', ..] => LooksLike::Parquet,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => LooksLike::Utf16,
        _ if bytes.starts_with(b"SQLite format 3\0") => LooksLike::Sqlite,
        _ if bytes.starts_with(b"LPKSHHRH") => LooksLike::Journal,
        _ if bytes.get(257..262) == Some(b"ustar") => LooksLike::Tar,
        _ => return None,
    })
}

/// Tells content by the kinds of its bytes.
fn by_bytes(bytes: &[u8]) -> Option<LooksLike> {
    let nuls = bytes.iter().filter(|byte| **byte == 0).count();
    let alternating =
        |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 >= bytes.len();
    if nuls * 4 >= bytes.len() && (alternating(0) != alternating(1)) {
        return Some(LooksLike::Utf16);
    }
    let controls = bytes.iter().filter(|byte| **byte < 32 && !b"\t\n\r\x1b\x0c".contains(byte)).count();
    if controls * 20 > bytes.len() {
        return Some(LooksLike::Binary);
    }
    match bytes.trim_ascii_start() {
        [b'{' | b'[', b'"' | b'{' | b'\n' | b'\r' | b' ' | b'}' | b']', ..] => Some(LooksLike::Json),
        [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..] => Some(LooksLike::Xml),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told() {
        let what = |bytes: &[u8], from| looks_like(bytes, from).map(|what| what.to_string());
        assert_eq!(what(b"", None).as_deref(), Some("an empty file"));
        assert_eq!(what(b"\x1f\x8b\x08\0", Some("gzip")).as_deref(), Some("gzip data inside gzip data"));
        assert_eq!(what(b"{\"name\": 1}", None).as_deref(), Some("JSON"));
        assert_eq!(what(b"2\x000\x002\x000\x00", None).as_deref(), Some("UTF-16 text"));
        assert_eq!(what(b"\xff\xfe2\0", None).as_deref(), Some("UTF-16 text"));
        assert_eq!(what(b"\x01\x02\x03\x04abc", None).as_deref(), Some("binary data"));
        assert_eq!(what(b"[2026-11-23] INFO hello\n", None), None);
        assert_eq!(what(b"<html>", None).as_deref(), Some("XML or HTML"));
    }
}
