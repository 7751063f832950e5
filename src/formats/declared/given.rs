//! Patterns that users give, on the command line and in files.

use serde::Deserialize;

use super::keyed::Syntax;

/// A pattern, and the name of its records.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The pattern, in any of the languages that patterns are written in.
    pub pattern: String,
    /// The name, made of the pattern's gaps; none for the usual one.
    pub name: Option<String>,
}

impl From<&str> for Given {
    fn from(pattern: &str) -> Self {
        Self { pattern: pattern.to_owned(), name: None }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Vec<Given>,
}

impl Given {
    /// Parses a file: a table `[[format]]` for each pattern, with `pattern` and, if it is not the usual one, `name`.
    ///
    /// # Errors
    ///
    /// It is not TOML, or has other members; the text has the line.
    pub fn of_toml(text: &str) -> Result<Vec<Self>, String> {
        let parsed: Result<File, toml::de::Error> = toml::from_str(text);
        let file = parsed.map_err(|error| {
            let begin = error.span().map_or(0, |span| span.start.min(text.len()));
            let line = text.as_bytes()[..begin].iter().filter(|byte| **byte == b'\n').count() + 1;
            format!("line {line}: {}", error.message())
        })?;
        if file.format.is_empty() { Err("there is no [[format]] in it".to_owned()) } else { Ok(file.format) }
    }
}

/// Says whether a text is a pattern, and not the name of a format.
pub fn is_pattern(text: &str) -> bool {
    text.contains(['{', '$', '%']) || Syntax::split(text).is_some()
}
