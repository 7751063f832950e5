//! The fields of a span as JSON, the way Python's `json.dumps` writes it: one line, blanks after commas and colons, and ASCII only.

use std::fmt::{Debug, Write as _};
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;
use tracing::field::{Field, Visit};

/// Appends fields to an object of JSON, which is empty as long as there is none.
pub(super) struct JsonFields<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> JsonFields<'a> {
    /// `out`: an object of JSON, or nothing.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    fn push(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        if self.out.pop().is_none() {
            self.out.push(b'{');
        } else {
            self.out.extend_from_slice(b", ");
        }
        write_json(self.out, field.name());
        self.out.extend_from_slice(b": ");
        write_json(self.out, value);
        self.out.push(b'}');
    }
}

impl Visit for JsonFields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, &value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.push(field, &value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.push(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.push(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = String::new();
        // A Debug that fails has said what it could.
        let _ = write!(text, "{value:?}");
        self.push(field, text.as_str());
    }
}

fn write_json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Neither a number nor a text can fail, and a vector takes all.
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(out, Ascii));
}

/// Texts as in `json.dumps`: what is not ASCII is written as its UTF-16 code units.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for character in fragment.chars() {
            if character.is_ascii() {
                out.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
