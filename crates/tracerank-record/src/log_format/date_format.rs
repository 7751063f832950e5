//! The format of times in a log, as Python hands it to the C library's `strftime`, in terms of jiff's.

use jiff::{Timestamp, Zoned, fmt::strtime, tz::TimeZone};

/// Python's default format; milliseconds follow it.
const DEFAULT: &str = "%Y-%m-%d %H:%M:%S";

/// A format of times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DateFormat {
    format: String,
    with_milliseconds: bool,
}

impl DateFormat {
    /// Reads `datefmt`, or returns its defect.
    pub(super) fn new(date_format: Option<&str>) -> Result<Self, String> {
        let Some(given) = date_format.filter(|format| !format.is_empty()) else {
            return Ok(Self { format: DEFAULT.to_owned(), with_milliseconds: true });
        };
        let format = translated(given)?;
        strtime::format(&format, &Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC))
            .map_err(|error| format!("isn't a format of times: {error}"))?;
        Ok(Self { format, with_milliseconds: false })
    }

    /// A time as text.
    pub(super) fn text(&self, at: &Zoned) -> String {
        // Every directive was tried. Only years without a name remain, for which any text with the time will do.
        let text = strtime::format(&self.format, at).unwrap_or_else(|_| at.timestamp().to_string());
        if self.with_milliseconds { format!("{text},{:03}", at.millisecond()) } else { text }
    }
}

/// A format for jiff that gives what glibc's `strftime` gives in the C locale, which Python leaves in place.
fn translated(format: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = format.chars();
    while let Some(character) = rest.next() {
        match character {
            '\n' | '\r' => return Err("breaks the line".to_owned()),
            '%' => directive(&mut rest, &mut out)?,
            other => out.push(other),
        }
    }
    Ok(out)
}

/// Reads the directive after a `%`.
fn directive(rest: &mut impl Iterator<Item = char>, out: &mut String) -> Result<(), String> {
    let first = rest.next();
    let (flag, kind) = match first {
        Some('-' | '_') => (first, rest.next()),
        _ => (None, first),
    };
    match (flag, kind) {
        // Numbers, with padding or without.
        (_, Some(kind @ ('d' | 'e' | 'H' | 'I' | 'j' | 'k' | 'l' | 'm' | 'M' | 'S' | 'U' | 'V' | 'W' | 'y'))) => {
            out.push('%');
            out.extend(flag);
            out.push(kind);
        }
        (None, Some(kind)) => out.push_str(&unpadded(kind)?),
        (_, kind) => {
            return Err(format!(
                "holds %{}{}, which isn't supported",
                flag.unwrap_or_default(),
                kind.unwrap_or_default()
            ));
        }
    }
    Ok(())
}

/// A directive without a flag. Those for a whole date or time differ between C and jiff, and are spelled out.
fn unpadded(kind: char) -> Result<String, String> {
    Ok(match kind {
        'a' | 'A' | 'b' | 'B' | 'C' | 'F' | 'g' | 'G' | 'h' | 'p' | 'P' | 'R' | 's' | 't' | 'T' | 'u' | 'w' | 'Y'
        | 'z' | 'Z' | '%' => format!("%{kind}"),
        'c' => "%a %b %e %H:%M:%S %Y".to_owned(),
        'D' | 'x' => "%m/%d/%y".to_owned(),
        'r' => "%I:%M:%S %p".to_owned(),
        'X' => "%H:%M:%S".to_owned(),
        'n' => return Err("breaks the line with %n".to_owned()),
        'f' => {
            return Err("holds %f, which Python's strftime doesn't know; %(msecs)03d in the format gives milliseconds"
                .to_owned());
        }
        _ => return Err(format!("holds %{kind}, which isn't supported")),
    })
}
