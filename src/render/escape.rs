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

/// Bytes as text in a cell of CSV that a spreadsheet opens. They are escaped as for a terminal. An apostrophe stands
/// before characters that begin a formula, at the beginning of the cell or after a character that spreadsheets of many
/// countries take for the separator (OWASP, "CSV Injection").
pub(crate) fn csv(bytes: &[u8]) -> String {
    let text = Terminal(bytes).to_string();
    let mut before = ';';
    text.chars().fold(String::new(), |mut escaped, character| {
        if before == ';' && "=+-@＝＋－＠".contains(character) {
            escaped.push('\'');
        }
        escaped.push(character);
        before = character;
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            (b"=\xff", r"'=\xff"),
        ] {
            assert_eq!(csv(name), cell);
        }
    }
}
