//! What an input without a single record is instead, so far as its first bytes tell.

use super::compressed::Format;

/// How many bytes of an input's content are kept to tell.
pub(crate) const SNIFFED: usize = 512;

/// What content that begins with `bytes` looks like, and what would mend it; `unpacked_from` names the format that it was unpacked from.
pub fn looks_like(bytes: &[u8], unpacked_from: Option<&str>) -> Option<(String, Option<&'static str>)> {
    let plain = |what: &str| Some((what.to_owned(), None));
    let mended = |what: &str, hint| Some((what.to_owned(), Some(hint)));
    if let (Some(inner), Some(outer)) = (Format::of(bytes), unpacked_from) {
        let what = format!("{} data inside {outer} data", inner.name());
        return Some((what, Some("unpack it once more: gzip -dc FILE | tracerank report, or the like")));
    }
    match bytes {
        [] => return plain("an empty file"),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => {
            return mended("a zip archive", "unpack it: unzip -p FILE | tracerank report");
        }
        [0x7F, b'E', b'L', b'F', ..] => return plain("a program (ELF)"),
        [b'P', b'A', b'R', b'1', ..] => return plain("a Parquet file"),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            return mended("UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8 FILE | tracerank report");
        }
        _ if bytes.starts_with(b"SQLite format 3\0") => return plain("an SQLite database"),
        _ if bytes.starts_with(b"LPKSHHRH") => {
            return mended("a systemd journal", "export it: journalctl --file FILE -o cat | tracerank report");
        }
        _ if bytes.get(257..262) == Some(b"ustar") => {
            return mended("a tar archive", "unpack it: tar -xOf FILE | tracerank report");
        }
        _ => {}
    }
    let nuls = bytes.iter().filter(|byte| **byte == 0).count();
    let alternating =
        |odd: usize| bytes.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count() * 4 >= bytes.len();
    if nuls * 4 >= bytes.len() && (alternating(0) != alternating(1)) {
        return mended("UTF-16 text", "convert it: iconv -f UTF-16 -t UTF-8 FILE | tracerank report");
    }
    let controls = bytes.iter().filter(|byte| **byte < 32 && !b"\t\n\r\x1b\x0c".contains(byte)).count();
    if controls * 20 > bytes.len() {
        return plain("binary data");
    }
    match bytes.trim_ascii_start() {
        [b'{' | b'[', b'"' | b'{' | b'\n' | b'\r' | b' ' | b'}' | b']', ..] => plain("JSON"),
        [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..] => plain("XML or HTML"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told() {
        let what = |bytes: &[u8], from| looks_like(bytes, from).map(|(what, _)| what);
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
