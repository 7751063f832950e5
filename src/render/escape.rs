//! Escapes names out of a log, which are untrusted, for each kind of output.

use std::borrow::Cow;
use std::fmt::Write;

use crate::render::display::Terminal;

/// Bytes as text for a format with an escape of its own: as they are, or, if they are no UTF-8, as for a terminal.
pub(crate) fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(Terminal(bytes).to_string()),
    }
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Bytes as text in a cell of a Markdown table.
pub(crate) fn markdown(bytes: &[u8]) -> String {
    let text = Terminal(bytes).to_string();
    text.chars().fold(String::new(), |mut escaped, character| {
        if r"\`*_[]<>|&~$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
        escaped
    })
}

/// Text, escaped as for a terminal, without what XML can't hold: controls, which it has not, and the two code points
/// that are no characters.
pub(crate) fn xml(shown: &str) -> String {
    shown.replace('\u{fffe}', "\\u{fffe}").replace('\u{ffff}', "\\u{ffff}")
}

/// Bytes as text in a cell of CSV that a spreadsheet opens. They are escaped as for a terminal. An apostrophe stands
/// before characters that begin a formula, and before blanks before these, at the beginning of the cell or after a
/// character that spreadsheets of many countries take for the separator (OWASP, "CSV Injection").
pub(crate) fn csv(bytes: &[u8]) -> String {
    let text = Terminal(bytes).to_string();
    let parts = text.split(';').map(|part| {
        let is_formula = part.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
        if is_formula { format!("'{part}") } else { part.to_owned() }
    });
    parts.collect::<Vec<_>>().join(";")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// XML 1.0, production 2.
    #[test]
    fn xml_can_hold_every_name() {
        for character in '\0'..=char::MAX {
            let shown = xml(&Terminal(character.to_string().as_bytes()).to_string());
            let is_fit =
                |c| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
            assert!(shown.chars().all(is_fit), "{character:?}");
        }
    }

    #[test]
    fn what_markdown_sees() {
        assert_eq!(markdown(b"a|b*c"), r"a\|b\*c");
        assert_eq!(markdown(b"<script>`"), r"\<script\>\`");
    }

    #[test]
    fn what_a_spreadsheet_sees() {
        for (name, cell) in [
            (b"task-run = 1;2".as_slice(), "task-run = 1;2"),
            (b"=1+1", "'=1+1"),
            (b"+1", "'+1"),
            (b"-1", "'-1"),
            (b"@SUM(1)", "'@SUM(1)"),
            ("＝1＋1".as_bytes(), "'＝1＋1"),
            (b"\t=1", r"\x09=1"),
            (b"\r=1", r"\x0d=1"),
            (b"a;=1;-b", "a;'=1;'-b"),
            ("\u{a0}=1".as_bytes(), "'\u{a0}=1"),
            ("\u{3000}\u{2003} @a; +b".as_bytes(), "'\u{3000}\u{2003} @a;' +b"),
            (b" a", " a"),
            (b"=\xff", r"'=\xff"),
        ] {
            assert_eq!(csv(name), cell);
        }
    }
}
