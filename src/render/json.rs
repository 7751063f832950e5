//! Pieces of JSON that several outputs share.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::escape;

/// Writes a lead text and then a value.
pub(crate) fn write_field(out: &mut dyn Write, before: &str, value: &impl Serialize) -> io::Result<()> {
    out.write_all(before.as_bytes())?;
    Ok(serde_json::to_writer(out, value)?)
}

/// Writes a lead text and then a list, one item per line.
pub(crate) fn write_list(
    out: &mut dyn Write,
    before: &str,
    items: impl Iterator<Item = impl Serialize>,
) -> io::Result<()> {
    write!(out, "{before}[")?;
    for (at, item) in items.enumerate() {
        write_field(out, if at == 0 { "\n" } else { ",\n" }, &item)?;
    }
    write!(out, "\n]")
}

/// Adds an entry of a text. JSON has no bytes: for invalid UTF-8, a second entry has the bytes in hexadecimal digits.
pub(crate) fn serialize_text<M: SerializeMap>(map: &mut M, field: &str, text: &[u8]) -> Result<(), M::Error> {
    map.serialize_entry(field, &escape::utf8(text))?;
    if std::str::from_utf8(text).is_err() {
        map.serialize_entry(&format!("{field}_hex"), &escape::hex(text))?;
    }
    Ok(())
}

/// The entries of a trace name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name<'a>(pub(crate) &'a [u8]);

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        serialize_text(&mut map, "name", self.0)?;
        map.end()
    }
}
