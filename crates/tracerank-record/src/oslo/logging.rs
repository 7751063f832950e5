//! Reads the values of a logging file as Python's `logging.config.fileConfig` does.

use std::fmt::Display;
use std::path::Path;

use super::ini::{Dialect, IniFile};
use crate::Error;

/// Levels that keep INFO out, which is what osprofiler logs with.
const ABOVE_INFO: [&str; 5] = ["CRITICAL", "FATAL", "ERROR", "WARN", "WARNING"];
/// Levels that let INFO through; TRACE is oslo.log's.
const UP_TO_INFO: [&str; 3] = ["INFO", "DEBUG", "TRACE"];

/// A logging file.
pub(super) struct LoggingFile {
    file: IniFile,
}

impl LoggingFile {
    /// Reads a logging file.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        Ok(Self { file: IniFile::read(path, Dialect::Python)? })
    }

    /// A level, if one is set, and whether INFO passes it.
    pub(super) fn level_of(&self, section: &str) -> Result<Option<(String, bool)>, Error> {
        let Some(level) = self.value(section, "level")? else { return Ok(None) };
        match level.as_str() {
            "NOTSET" => Ok(None),
            name if UP_TO_INFO.contains(&name) => Ok(Some((level, true))),
            name if ABOVE_INFO.contains(&name) => Ok(Some((level, false))),
            _ => Err(self.error(section, "level", &format!("{level} is no level"))),
        }
    }

    /// The error of a level that INFO does not pass.
    pub(super) fn above_info(&self, section: &str, level: &str) -> Error {
        self.error(section, "level", &format!("{level} keeps profiles out, which are logged with INFO"))
    }

    /// A list of names, separated by commas.
    pub(super) fn list(&self, section: &str, key: &str) -> Result<Vec<String>, Error> {
        let names = self.required(section, key)?;
        Ok(names.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// A value that has to be there.
    pub(super) fn required(&self, section: &str, key: &str) -> Result<String, Error> {
        if !self.file.has(section) {
            return Err(self.file.error(format!("the section [{section}] is missing")));
        }
        self.value(section, key)?.ok_or_else(|| self.error(section, key, "missing"))
    }

    /// A value in which `%%` stands for `%`. `%(name)s` would stand for another value.
    pub(super) fn value(&self, section: &str, key: &str) -> Result<Option<String>, Error> {
        let Some(value) = self.file.get(section, key) else { return Ok(None) };
        if value.replace("%%", "").contains('%') {
            let what = "only %% is supported, for a percent sign, and nothing else that begins with one";
            return Err(self.error(section, key, what));
        }
        Ok(Some(value.replace("%%", "%")))
    }

    /// A value in which a `%` stands for itself.
    pub(super) fn raw(&self, section: &str, key: &str) -> Option<&str> {
        self.file.get(section, key)
    }

    /// The error of a section, which says itself what is wrong.
    pub(super) fn error_of_section(&self, section: &str, error: &impl Display) -> Error {
        self.file.error(format!("[{section}] {error}"))
    }

    /// The error of a value.
    pub(super) fn error(&self, section: &str, key: &str, what: &str) -> Error {
        self.file.error(format!("[{section}] {key}: {what}"))
    }

    /// The error of a value, with a remedy.
    pub(super) fn error_with_hint(&self, section: &str, key: &str, what: &str, hint: &str) -> Error {
        self.file.error_with_hint(format!("[{section}] {key}: {what}"), hint)
    }
}
