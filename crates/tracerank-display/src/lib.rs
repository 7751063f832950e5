//! Texts from outside, written for people: paths, names and errors, in a form that can't harm a terminal.
//!
//! ```
//! use tracerank_display::{Plain, Shown, Terminal};
//!
//! assert_eq!(Terminal(b"red\x1b[31m").to_string(), r"red\x1b[31m");
//! assert_eq!(Shown("-".as_ref()).to_string(), "standard input");
//! let error = std::io::Error::from_raw_os_error(2);
//! assert_eq!(Plain(&error).to_string(), "No such file or directory");
//! ```

use std::fmt::{self, Display, Formatter, Write};
use std::path::Path;

/// Bytes as text for a terminal. Bytes that are no UTF-8, and characters that could move the cursor, hide or reorder
/// text, are shown as `\x1b` or `\u{202e}`.
pub struct Terminal<'a>(pub &'a [u8]);

impl Display for Terminal<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            // Nearly every name is written in one piece.
            if chunk.valid().bytes().all(|byte| matches!(byte, b' '..=b'~')) {
                out.write_str(chunk.valid())?;
            } else {
                chunk.valid().chars().try_for_each(|character| write_visibly(character, out))?;
            }
            chunk.invalid().iter().try_for_each(|byte| write!(out, "\\x{byte:02x}"))?;
        }
        Ok(())
    }
}

fn write_visibly(character: char, out: &mut Formatter<'_>) -> fmt::Result {
    match character {
        '\0'..=' ' if character != ' ' => write!(out, "\\x{:02x}", character as u32),
        '\x7f' => out.write_str("\\x7f"),
        _ if is_invisible(character) => write!(out, "\\u{{{:x}}}", character as u32),
        _ => out.write_char(character),
    }
}

/// Tells controls, separators of lines, and format characters that reorder text or have no width.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// A path as text that can't harm a terminal; `-` as the standard input that it stands for.
pub struct Shown<'a>(pub &'a Path);

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if self.0.as_os_str() == "-" {
            return out.write_str("standard input");
        }
        Terminal(self.0.as_os_str().as_encoded_bytes()).fmt(out)
    }
}

/// An I/O error, or an error made of one, without Rust's "(os error 2)".
pub struct Plain<'a>(pub &'a dyn Display);

impl Display for Plain<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        out.write_str(text.split(" (os error").next().unwrap_or(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_sees() {
        for (name, shown) in [
            (b"workflow start".as_slice(), "workflow start"),
            ("größe".as_bytes(), "größe"),
            (b"red\x1b[31m\r\n\t", r"red\x1b[31m\x0d\x0a\x09"),
            (b"bad\xff\xc3", r"bad\xff\xc3"),
            ("a\u{202e}b\u{200b}\u{85}".as_bytes(), r"a\u{202e}b\u{200b}\u{85}"),
            (b"\0\x7f", r"\x00\x7f"),
        ] {
            assert_eq!(Terminal(name).to_string(), shown);
        }
    }
}
