//! Files of sections and keys, read as `oslo.config` reads them or as Python's `configparser` does.
//!
//! Both read lines, and differ in comments and indentation. The `ini` crate reads characters. This module therefore
//! reads the lines, and gives the crate a text that means the same to all three: no comments, one blank before the
//! continuation of a value, no `\` at the end of a line.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ini::{Ini, ParseOption};

use crate::Error;
use tracerank_display::Terminal;

/// The largest size of a configuration. A larger file was named by mistake, and would be read into memory as a whole.
const LARGEST: u64 = 1 << 20;

/// The rules that a file is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `oslo.config`: sections in any case, `#` and `;` at the start of a line, values that end with a blank line.
    Oslo,
    /// `configparser`: keys in any case, comments that may be indented, `[DEFAULT]` for keys that a section lacks.
    Python,
}

/// A file, read.
#[derive(Debug)]
pub(super) struct IniFile {
    path: PathBuf,
    dialect: Dialect,
    sections: BTreeMap<String, BTreeMap<String, String>>,
}

impl IniFile {
    /// Reads a file of at most a mebibyte.
    pub(super) fn read(path: &Path, dialect: Dialect) -> Result<Self, Error> {
        let text = read_text(path)?;
        let mut file = Self { path: path.to_owned(), dialect, sections: BTreeMap::new() };
        let plain = PlainText::of(&text, dialect).map_err(|what| file.error(what))?;
        let options = ParseOption {
            enabled_quote: false,
            enabled_escape: false,
            enabled_indented_mutiline_value: true,
            enabled_preserve_key_leading_whitespace: false,
        };
        let ini = Ini::load_from_str_opt(&plain, options).map_err(|error| file.error(error.to_string()))?;
        for (section, properties) in &ini {
            let values = file.sections.entry(dialect.section(section.unwrap_or_default())).or_default();
            values.extend(properties.iter().map(|(key, value)| (dialect.key(key), value.to_owned())));
        }
        Ok(file)
    }

    /// The value of a key as it is written; the last where there are several.
    pub(super) fn get(&self, section: &str, key: &str) -> Option<&str> {
        let of = |section: &str| self.sections.get(section)?.get(key);
        let inherited = || of("DEFAULT").filter(|_| self.dialect == Dialect::Python);
        of(section).or_else(inherited).map(String::as_str)
    }

    /// Tells whether there is such a section.
    pub(super) fn has(&self, section: &str) -> bool {
        self.sections.contains_key(section)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// An error of this file.
    pub(super) fn error(&self, what: impl AsRef<str>) -> Error {
        Error::Config { path: self.path.clone(), what: Terminal(what.as_ref().as_bytes()).to_string(), hint: None }
    }

    /// An error of this file, with a remedy.
    pub(super) fn error_with_hint(&self, what: impl AsRef<str>, hint: impl Into<String>) -> Error {
        let what = Terminal(what.as_ref().as_bytes()).to_string();
        Error::Config { path: self.path.clone(), what, hint: Some(hint.into()) }
    }
}

impl Dialect {
    fn section(self, name: &str) -> String {
        if self == Self::Oslo && name != "DEFAULT" { name.to_lowercase() } else { name.to_owned() }
    }

    fn key(self, name: &str) -> String {
        if self == Self::Python { name.to_lowercase() } else { name.to_owned() }
    }
}

/// The text of a regular file: a pipe could keep us waiting, a device never end.
fn read_text(path: &Path) -> Result<String, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let wrong = |what: &str| Error::Config { path: path.to_owned(), what: what.to_owned(), hint: None };
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::Error::from(io::ErrorKind::IsADirectory)));
    }
    if !metadata.is_file() {
        return Err(wrong("not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(wrong("larger than 1 MiB, which no configuration is"));
    }
    String::from_utf8(bytes).map_err(|_| wrong("not in UTF-8"))
}

/// The text for the `ini` crate, as it grows.
struct PlainText {
    text: String,
    dialect: Dialect,
    /// The indentation of the key whose value may still go on.
    open: Option<usize>,
    in_section: bool,
}

impl PlainText {
    /// The same text, plainly, or its defect.
    fn of(text: &str, dialect: Dialect) -> Result<String, String> {
        let mut plain = Self { text: String::with_capacity(text.len()), dialect, open: None, in_section: false };
        // Python takes any of these for the end of a line.
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        for (number, line) in text.lines().enumerate() {
            plain.line(line.trim_end()).map_err(|what| format!("line {}: {what}", number + 1))?;
        }
        Ok(plain.text)
    }

    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        let body = line.trim_start();
        let indent = line.chars().count() - body.chars().count();
        let oslo = self.dialect == Dialect::Oslo;
        if body.is_empty() || (body.starts_with(['#', ';']) && (!oslo || indent == 0)) {
            if oslo {
                self.open = None;
            }
            return Ok(());
        }
        match self.open {
            Some(depth) if indent > depth => {
                self.push_value(body);
                Ok(())
            }
            None if oslo && indent > 0 => Err("indented, but there is no value that it could continue"),
            _ => self.section_or_key(body, indent),
        }
    }

    fn section_or_key(&mut self, body: &str, indent: usize) -> Result<(), &'static str> {
        let section = body.strip_prefix('[').and_then(|rest| match self.dialect {
            Dialect::Oslo => rest.strip_suffix(']'),
            // Python takes the last bracket, whatever follows it.
            Dialect::Python => rest.rfind(']').map(|end| &rest[..end]),
        });
        if let Some(name) = section {
            return self.push_section(name);
        }
        if !self.in_section {
            return Err("no section, as [DEFAULT], stands before this");
        }
        let Some((key, value)) = body.split_once(['=', ':']) else {
            return Err("neither a section nor a key with a value");
        };
        self.push_key(key.trim(), value.trim(), indent)
    }

    fn push_section(&mut self, name: &str) -> Result<(), &'static str> {
        if name.is_empty() {
            return Err("the section has no name");
        }
        // The crate would read this as another name.
        if name.trim() != name || name.contains(['\\', ']']) {
            return Err(r"blanks at the ends of a section's name, \ and ] aren't supported");
        }
        self.in_section = true;
        self.open = None;
        self.text.extend(["[", name, "]\n"]);
        Ok(())
    }

    fn push_key(&mut self, key: &str, value: &str, indent: usize) -> Result<(), &'static str> {
        if key.is_empty() {
            return Err("the key has no name");
        }
        if key.starts_with('[') || key.contains('\\') {
            return Err(r"a key that begins with [ or has a \ isn't supported");
        }
        self.open = Some(indent);
        self.text.extend([key, " ="]);
        self.push_value(value);
        Ok(())
    }

    /// A line of a value. The crate would join a line that ends with `\` with the next; the blank after it is trimmed
    /// again.
    fn push_value(&mut self, value: &str) {
        self.text.extend([" ", value, if value.ends_with('\\') { " \n" } else { "\n" }]);
    }
}
