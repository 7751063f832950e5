//! Reads a logging file as Python's `logging.config.fileConfig` does, for the file and the format of a logger.

use std::path::{Path, PathBuf};

use super::handler::FileHandler;
use super::ini::{Dialect, IniFile};
use crate::Error;
use crate::log_format::LogFormat;

/// A format that is the message alone, as where none is given.
const BARE: &str = "%(message)s";

/// Levels that keep INFO out, which is what osprofiler logs with.
const ABOVE_INFO: [&str; 5] = ["CRITICAL", "FATAL", "ERROR", "WARN", "WARNING"];
/// Levels that let INFO through; TRACE is oslo.log's.
const UP_TO_INFO: [&str; 3] = ["INFO", "DEBUG", "TRACE"];

/// A logging file.
pub(super) struct LoggingFile {
    file: IniFile,
}

/// The log of a logger, and its format.
pub(super) struct Sink {
    /// The file.
    pub(super) log: PathBuf,
    /// The format of a line.
    pub(super) format: String,
    /// The format of its times.
    pub(super) date_format: Option<String>,
}

impl LoggingFile {
    /// Reads a logging file.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        Ok(Self { file: IniFile::read(path, Dialect::Python)? })
    }

    /// The log and the format of a logger's records, for a program that adds some.
    pub(super) fn sink(&self, logger: &str) -> Result<Sink, Error> {
        self.check_level(logger)?;
        let handler = self.file_handler(logger)?;
        handler.check_shared()?;
        let (format, date_format) = self.format_of(handler.section(), logger)?;
        Ok(Sink { log: handler.log()?, format, date_format })
    }

    /// The file that the records of a logger are written to, for readers of the log.
    pub(super) fn log_file(&self, logger: &str) -> Result<PathBuf, Error> {
        self.file_handler(logger)?.log()
    }

    /// The first handler of a logger that writes a file, or the defect of the first handler.
    fn file_handler(&self, logger: &str) -> Result<FileHandler<'_>, Error> {
        let mut refused = None;
        for handler in self.handlers_for(logger)? {
            match FileHandler::new(self, format!("handler_{handler}")) {
                Ok(handler) => return Ok(handler),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| {
            let what = format!("[loggers] keys: neither the logger {logger} nor one of its parents has a handler");
            self.file.error_with_hint(what, format!("add a logger with qualname={logger} and a FileHandler"))
        }))
    }

    /// The handlers of a logger, or of the nearest parent that has any, as far as records are handed on.
    ///
    /// A logger's own handlers come first. Those of its parents are ignored then: they write the log of the whole
    /// service.
    fn handlers_for(&self, logger: &str) -> Result<Vec<String>, Error> {
        let mut name = Some(logger);
        while let Some(current) = name {
            if let Some(section) = self.logger_section(current)? {
                let handlers = self.handlers_of(&section)?;
                if !handlers.is_empty() || !self.propagates(&section)? {
                    return Ok(handlers);
                }
            }
            name = parent_of(current);
        }
        Ok(Vec::new())
    }

    /// The section of the logger with this name. Of several, Python keeps the last one.
    fn logger_section(&self, name: &str) -> Result<Option<String>, Error> {
        let mut found = None;
        for key in self.list("loggers", "keys")? {
            let section = format!("logger_{key}");
            let qualname = if key == "root" { Some(key) } else { self.value(&section, "qualname")? };
            if qualname.is_some_and(|qualname| qualname == name || (qualname.is_empty() && name == "root")) {
                found = Some(section);
            }
        }
        Ok(found)
    }

    fn propagates(&self, section: &str) -> Result<bool, Error> {
        let Some(value) = self.value(section, "propagate")? else { return Ok(true) };
        let number = value.trim().parse::<i64>();
        number.map(|number| number != 0).map_err(|_| self.error(section, "propagate", &format!("{value} is no number")))
    }

    /// The level that counts for a logger is its own, or the first that one of its parents has. oslo.log lets a root
    /// without one log all.
    fn check_level(&self, logger: &str) -> Result<(), Error> {
        let mut name = Some(logger);
        while let Some(current) = name {
            if let Some(section) = self.logger_section(current)? {
                match self.level_of(&section)? {
                    Some((level, false)) => return Err(self.above_info(&section, &level)),
                    Some((_, true)) => return Ok(()),
                    None => {}
                }
            }
            name = parent_of(current);
        }
        Ok(())
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

    fn handlers_of(&self, logger: &str) -> Result<Vec<String>, Error> {
        let known = self.list("handlers", "keys")?;
        let handlers = self.list(logger, "handlers")?;
        match handlers.iter().find(|handler| !known.contains(handler)) {
            Some(unknown) => Err(self.error(logger, "handlers", &format!("{unknown} is missing in [handlers] keys"))),
            None => Ok(handlers),
        }
    }

    /// The formats of lines and times of a handler.
    fn format_of(&self, handler: &str, logger: &str) -> Result<(String, Option<String>), Error> {
        let Some(formatter) = self.value(handler, "formatter")?.filter(|name| !name.is_empty()) else {
            return Ok((BARE.to_owned(), None));
        };
        if !self.list("formatters", "keys")?.contains(&formatter) {
            return Err(self.error(handler, "formatter", &format!("{formatter} is missing in [formatters] keys")));
        }
        let section = format!("formatter_{formatter}");
        self.check_formatter(&section)?;
        // Here a % stands for itself.
        let raw = |key| self.file.get(&section, key).filter(|value| !value.is_empty()).map(str::to_owned);
        let format = raw("format").unwrap_or_else(|| BARE.to_owned());
        let date_format = raw("datefmt");
        LogFormat::new(&format, date_format.as_deref(), logger)
            .map_err(|error| self.file.error(format!("[{section}] {error}")))?;
        Ok((format, date_format))
    }

    /// Checks that a formatter is Python's own, in the old style.
    fn check_formatter(&self, section: &str) -> Result<(), Error> {
        if let Some(class) = self.value(section, "class")?.filter(|class| !class.is_empty())
            && class != "logging.Formatter"
        {
            return Err(self.error(section, "class", &format!("{class} is not supported, only logging.Formatter")));
        }
        if let Some(style) = self.file.get(section, "style").filter(|style| *style != "%") {
            return Err(self.error(section, "style", &format!("{style} is not supported, only %")));
        }
        match self.file.get(section, "defaults") {
            Some(_) => Err(self.error(section, "defaults", "not supported")),
            None => Ok(()),
        }
    }

    /// A list of names, separated by commas.
    fn list(&self, section: &str, key: &str) -> Result<Vec<String>, Error> {
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

    /// The error of a value.
    pub(super) fn error(&self, section: &str, key: &str, what: &str) -> Error {
        self.file.error(format!("[{section}] {key}: {what}"))
    }

    /// The error of a value, with a remedy.
    pub(super) fn error_with_hint(&self, section: &str, key: &str, what: &str, hint: &str) -> Error {
        self.file.error_with_hint(format!("[{section}] {key}: {what}"), hint)
    }
}

/// The logger that records are handed on to.
fn parent_of(logger: &str) -> Option<&str> {
    match logger.rsplit_once('.') {
        Some((parent, _)) => Some(parent),
        None => (logger != "root").then_some("root"),
    }
}
