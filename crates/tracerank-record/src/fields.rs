//! The fields of a span as JSON, the way Python's `json.dumps` writes it: one line, blanks after commas and colons, and
//! ASCII only.

use std::fmt::{Debug, Write as _};
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::ser::Formatter;
use tracing::field::{Field, Visit};

/// The largest length of an object of JSON. Readers of the log do not take a line of more than 4 MiB for a record.
const LARGEST: usize = 1 << 20;

/// A place for the fields of a span.
pub(crate) trait Fields {
    fn push(&mut self, name: &'static str, value: &(impl Serialize + ?Sized));
}

/// An object of JSON, which is empty as long as there is no field.
#[derive(Default)]
pub(crate) struct JsonFields(Vec<u8>);

impl JsonFields {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Appends a field, unless it makes the object too long.
    fn push_with(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
        let len = self.0.len();
        if self.0.pop().is_none() {
            self.0.push(b'{');
        } else {
            self.0.extend_from_slice(b", ");
        }
        write_json(&mut self.0, name);
        self.0.extend_from_slice(b": ");
        write(&mut self.0);
        self.0.push(b'}');
        if self.0.len() > LARGEST {
            self.0.truncate(len);
            if let Some(last) = self.0.last_mut() {
                *last = b'}';
            }
        }
    }
}

impl Fields for JsonFields {
    fn push(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        self.push_with(name, |out| write_json(out, value));
    }
}

/// Fields, each of which can be recorded several times. The last value counts.
#[derive(Default)]
pub(crate) struct LaterFields(Vec<(&'static str, Vec<u8>)>);

impl LaterFields {
    /// Takes in fields that were recorded later.
    pub(crate) fn update(&mut self, newer: Self) {
        newer.0.into_iter().for_each(|(name, json)| self.set(name, json));
    }

    pub(crate) fn to_json(&self) -> JsonFields {
        let mut object = JsonFields::default();
        self.0.iter().for_each(|(name, json)| object.push_with(name, |out| out.extend_from_slice(json)));
        object
    }

    fn set(&mut self, name: &'static str, json: Vec<u8>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = json,
            None => self.0.push((name, json)),
        }
    }
}

impl Fields for LaterFields {
    fn push(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) {
        let mut json = Vec::new();
        write_json(&mut json, value);
        // It would be left out of any object.
        if json.len() <= LARGEST {
            self.set(name, json);
        }
    }
}

/// Visits fields, and hands them to their place.
pub(crate) struct Visitor<'a, F>(pub(crate) &'a mut F);

impl<F: Fields> Visitor<'_, F> {
    fn push(&mut self, field: &Field, value: &(impl Serialize + ?Sized)) {
        self.0.push(field.name(), value);
    }
}

impl<F: Fields> Visit for Visitor<'_, F> {
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
        // A Debug that fails has said what it could. One that panics must not take the program along, which does not
        // ask for it otherwise.
        let _ = catch_unwind(AssertUnwindSafe(|| write!(text, "{value:?}")));
        self.push(field, text.as_str());
    }
}

fn write_json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Neither a number nor a text can fail, and a vector takes all.
    let _ = value.serialize(&mut serde_json::Serializer::with_formatter(out, Ascii));
}

/// Texts and floats as in `json.dumps`: characters other than printable ASCII are written as UTF-16 code units.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for character in fragment.chars() {
            // Other control characters are not part of a fragment.
            if character.is_ascii() && character != '\x7f' {
                out.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }

    /// The shortest digits that are the same float, with an exponent below 0.0001 and from 1e16 on.
    fn write_f64<W: ?Sized + Write>(&mut self, out: &mut W, value: f64) -> io::Result<()> {
        let digits = format!("{value:e}");
        match digits.split_once('e').map(|(digits, exponent)| (digits, exponent.parse::<i32>())) {
            Some((digits, Ok(exponent @ (..-4 | 16..)))) => write!(out, "{digits}e{exponent:+03}"),
            _ => write!(out, "{value:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(value: &(impl Serialize + ?Sized)) -> String {
        let mut out = Vec::new();
        write_json(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn floats_as_python_writes_them() {
        for (float, text) in [
            (0.0, "0.0"),
            (-1.5, "-1.5"),
            (1e-4, "0.0001"),
            (0.000_012, "1.2e-05"),
            (-1e-10, "-1e-10"),
            (5e-324, "5e-324"),
            (123_456_789_012_345.6, "123456789012345.6"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (1.5e300, "1.5e+300"),
            (f64::NAN, "null"),
        ] {
            assert_eq!(json(&float), text);
        }
    }

    #[test]
    fn texts_are_printable_ascii() {
        assert_eq!(json("a\"\\\n\x1b\x7fé😀"), r#""a\"\\\n\u001b\u007f\u00e9\ud83d\ude00""#);
    }
}
