//! The prefix that Python's `logging.Formatter` puts before a message.

mod conversion;
mod date_format;
mod thread;

use std::time::SystemTime;

use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::Error;
use conversion::{Conversion, Value};
use date_format::DateFormat;

/// osprofiler's level, and its number.
const LEVEL: (&str, u64) = ("INFO", 20);

/// A line format of Python's `logging`, of which the message is the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogFormat {
    pieces: Vec<Piece>,
    dates: DateFormat,
    /// As it is when the program starts, like in Python.
    zone: TimeZone,
}

/// A piece of the prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Attribute(Attribute, Conversion),
}

/// An attribute of a record that is known only when it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Asctime,
    Created,
    Milliseconds,
    Process,
    Thread,
    ThreadName,
}

impl LogFormat {
    /// From a format as `%(asctime)s - %(message)s`, the format of its times, and the name of the logger.
    ///
    /// Times are local: of the zone that `TZ` or the system has now.
    pub(crate) fn new(format: &str, date_format: Option<&str>, logger: &str) -> Result<Self, Error> {
        let wrong = |what| Error::Format { format: format.to_owned(), what };
        let wrong_date = |what| Error::Format { format: date_format.unwrap_or_default().to_owned(), what };
        let pieces = pieces_of(format, logger).map_err(wrong)?;
        let dates = DateFormat::new(date_format).map_err(wrong_date)?;
        // The C library takes UTC for a zone that it can't find.
        let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
        Ok(Self { pieces, dates, zone })
    }

    /// Tells whether the prefix is empty.
    pub(crate) fn is_bare(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Writes the prefix. `%(thread)d` and `%(threadName)s` are those of the caller.
    pub(crate) fn write_prefix(&self, out: &mut Vec<u8>, at: SystemTime) {
        // No clock is beyond jiff's years.
        let at = Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.zone.clone());
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Attribute(attribute, conversion) => {
                    out.extend_from_slice(conversion.text(&self.value(*attribute, &at)).as_bytes());
                }
            }
        }
    }

    fn value(&self, attribute: Attribute, at: &Zoned) -> Value {
        match attribute {
            Attribute::Asctime => Value::Text(self.dates.text(at)),
            Attribute::Created => Value::Float(at.timestamp().as_nanosecond() as f64 / 1e9),
            Attribute::Milliseconds => Value::Float(f64::from(at.millisecond())),
            Attribute::Process => Value::Integer(u64::from(std::process::id())),
            Attribute::Thread => Value::Integer(thread::id()),
            Attribute::ThreadName => Value::Text(thread::name()),
        }
    }
}

/// The pieces before the message, or the defect of the format.
fn pieces_of(format: &str, logger: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Pieces { pieces: Vec::new(), text: String::new() };
    let mut rest = format;
    while let Some((text, behind)) = rest.split_once('%') {
        pieces.text.push_str(text);
        if let Some(behind) = behind.strip_prefix('%') {
            pieces.text.push('%');
            rest = behind;
            continue;
        }
        let (name, behind) = behind
            .strip_prefix('(')
            .and_then(|behind| behind.split_once(')'))
            .ok_or("has a % that neither %% nor a name in parentheses, as %(asctime)s, follows")?;
        if name == "message" {
            check_end(behind)?;
            return pieces.finish();
        }
        let (conversion, behind) =
            Conversion::parse(behind).ok_or_else(|| format!("writes %({name}) in a way that isn't supported"))?;
        pieces.push(name, conversion, logger)?;
        rest = behind;
    }
    Err("has no %(message)s".to_owned())
}

/// Checks that a format ends after the name of the message.
fn check_end(behind: &str) -> Result<(), String> {
    match behind.strip_prefix('s') {
        Some("") => Ok(()),
        Some(_) => Err("goes on after %(message)s, which isn't supported: a record is the end of its line".to_owned()),
        None => Err("writes %(message) with something other than s, which isn't supported".to_owned()),
    }
}

/// Pieces, as they are found.
struct Pieces {
    pieces: Vec<Piece>,
    /// The text since the last piece, the same for all records.
    text: String,
}

impl Pieces {
    fn push(&mut self, name: &str, conversion: Conversion, logger: &str) -> Result<(), String> {
        let is_text = matches!(name, "asctime" | "name" | "levelname" | "threadName");
        if is_text && !conversion.takes_text() {
            return Err(format!("writes %({name}) as a number, which it isn't"));
        }
        let changing = match name {
            "name" => Err(Value::Text(logger.to_owned())),
            "levelname" => Err(Value::Text(LEVEL.0.to_owned())),
            "levelno" => Err(Value::Integer(LEVEL.1)),
            "asctime" => Ok(Attribute::Asctime),
            "created" => Ok(Attribute::Created),
            "msecs" => Ok(Attribute::Milliseconds),
            "process" => Ok(Attribute::Process),
            "thread" => Ok(Attribute::Thread),
            "threadName" => Ok(Attribute::ThreadName),
            _ => return Err(unknown(name)),
        };
        match changing {
            Ok(attribute) => {
                self.end_text()?;
                self.pieces.push(Piece::Attribute(attribute, conversion));
            }
            Err(constant) => self.text.push_str(&conversion.text(&constant)),
        }
        Ok(())
    }

    fn end_text(&mut self) -> Result<(), String> {
        if self.text.contains(['\n', '\r']) {
            return Err("breaks the line before the message".to_owned());
        }
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<Piece>, String> {
        self.end_text()?;
        Ok(self.pieces)
    }
}

/// The reason why an attribute can't be written.
fn unknown(name: &str) -> String {
    let why = match name {
        "module" | "filename" | "pathname" | "lineno" | "funcName" => "a place in Python code",
        "processName" | "taskName" | "relativeCreated" => "known in Python only",
        _ => "of oslo.log or of another program's making",
    };
    format!("asks for %({name}), which is {why}, and isn't supported")
}

#[cfg(test)]
mod tests;
