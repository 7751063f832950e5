//! A logger in Python's logging file: the log that its records get to, and their format.

use std::path::PathBuf;

use super::handler::FileHandler;
use super::logging::LoggingFile;
use crate::Error;
use crate::log_format::LogFormat;

/// A format that is the message alone, as where none is given.
const BARE: &str = "%(message)s";

/// The log of a logger, and its format.
pub(super) struct Sink {
    /// The file.
    pub(super) log: PathBuf,
    /// The format of a line.
    pub(super) format: String,
    /// The format of its times.
    pub(super) date_format: Option<String>,
}

/// A logger by its name.
pub(super) struct Logger<'a> {
    file: &'a LoggingFile,
    name: &'a str,
}

impl<'a> Logger<'a> {
    /// The logger of a logging file, which need not have it: then the nearest parent counts.
    pub(super) fn new(file: &'a LoggingFile, name: &'a str) -> Self {
        Self { file, name }
    }

    /// The log and the format of its records, for a program that adds some.
    pub(super) fn sink(&self) -> Result<Sink, Error> {
        self.check_level()?;
        let handler = self.file_handler()?;
        handler.check_shared()?;
        let (format, date_format) = self.format_of(handler.section())?;
        Ok(Sink { log: handler.log()?, format, date_format })
    }

    /// The file that its records are written to, for readers of the log.
    pub(super) fn log_file(&self) -> Result<PathBuf, Error> {
        self.file_handler()?.log()
    }

    /// The other files that its records are written to: its handlers are those of its parents, too, as far as records
    /// are handed on. What can't be read is passed over.
    pub(super) fn other_log_files(&self) -> Vec<PathBuf> {
        let mut logs = Vec::new();
        let mut name = Some(self.name);
        while let Some(current) = name {
            if let Ok(Some(section)) = self.section(current) {
                let handlers = self.handlers_of(&section).unwrap_or_default();
                let files =
                    handlers.into_iter().map(|handler| FileHandler::new(self.file, format!("handler_{handler}")));
                logs.extend(files.filter_map(|handler| handler.ok()?.log().ok()));
                if !self.propagates(&section).unwrap_or(false) {
                    break;
                }
            }
            name = parent_of(current);
        }
        let first = self.log_file().ok();
        logs.retain(|log| Some(log) != first.as_ref());
        logs
    }

    /// Its first handler that writes a file, or the defect of the first handler.
    fn file_handler(&self) -> Result<FileHandler<'a>, Error> {
        let mut refused = None;
        for handler in self.handlers()? {
            match FileHandler::new(self.file, format!("handler_{handler}")) {
                Ok(handler) => return Ok(handler),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        Err(refused.unwrap_or_else(|| {
            let what = format!("neither the logger {} nor one of its parents has a handler", self.name);
            let hint = format!("add a logger with qualname={} and a FileHandler", self.name);
            self.file.error_with_hint("loggers", "keys", &what, &hint)
        }))
    }

    /// Its handlers, or those of the nearest parent that has any, as far as records are handed on.
    ///
    /// A logger's own handlers come first. Those of its parents are ignored then: they write the log of the whole
    /// service.
    fn handlers(&self) -> Result<Vec<String>, Error> {
        let mut name = Some(self.name);
        while let Some(current) = name {
            if let Some(section) = self.section(current)? {
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
    fn section(&self, name: &str) -> Result<Option<String>, Error> {
        let mut found = None;
        for key in self.file.list("loggers", "keys")? {
            let section = format!("logger_{key}");
            let qualname = if key == "root" { Some(key) } else { self.file.value(&section, "qualname")? };
            if qualname.is_some_and(|qualname| qualname == name || (qualname.is_empty() && name == "root")) {
                found = Some(section);
            }
        }
        Ok(found)
    }

    fn propagates(&self, section: &str) -> Result<bool, Error> {
        let Some(value) = self.file.value(section, "propagate")? else { return Ok(true) };
        let number = value.trim().parse::<i64>();
        number
            .map(|number| number != 0)
            .map_err(|_| self.file.error(section, "propagate", &format!("{value} is no number")))
    }

    /// The level that counts is its own, or the first that one of its parents has. oslo.log lets a root
    /// without one log all.
    fn check_level(&self) -> Result<(), Error> {
        let mut name = Some(self.name);
        while let Some(current) = name {
            if let Some(section) = self.section(current)? {
                match self.file.level_of(&section)? {
                    Some((level, false)) => return Err(self.file.above_info(&section, &level)),
                    Some((_, true)) => return Ok(()),
                    None => {}
                }
            }
            name = parent_of(current);
        }
        Ok(())
    }

    fn handlers_of(&self, section: &str) -> Result<Vec<String>, Error> {
        let known = self.file.list("handlers", "keys")?;
        let handlers = self.file.list(section, "handlers")?;
        match handlers.iter().find(|handler| !known.contains(handler)) {
            Some(unknown) => {
                Err(self.file.error(section, "handlers", &format!("{unknown} is missing in [handlers] keys")))
            }
            None => Ok(handlers),
        }
    }

    /// The formats of lines and times of a handler.
    fn format_of(&self, handler: &str) -> Result<(String, Option<String>), Error> {
        let Some(formatter) = self.file.value(handler, "formatter")?.filter(|name| !name.is_empty()) else {
            return Ok((BARE.to_owned(), None));
        };
        if !self.file.list("formatters", "keys")?.contains(&formatter) {
            return Err(self.file.error(handler, "formatter", &format!("{formatter} is missing in [formatters] keys")));
        }
        let section = format!("formatter_{formatter}");
        self.check_formatter(&section)?;
        // Here a % stands for itself.
        let raw = |key| self.file.raw(&section, key).filter(|value| !value.is_empty()).map(str::to_owned);
        let format = raw("format").unwrap_or_else(|| BARE.to_owned());
        let date_format = raw("datefmt");
        LogFormat::new(&format, date_format.as_deref(), self.name)
            .map_err(|error| self.file.error_of_section(&section, &error))?;
        Ok((format, date_format))
    }

    /// Checks that a formatter is Python's own, in the old style.
    fn check_formatter(&self, section: &str) -> Result<(), Error> {
        if let Some(class) = self.file.value(section, "class")?.filter(|class| !class.is_empty())
            && class != "logging.Formatter"
        {
            return Err(self.file.error(
                section,
                "class",
                &format!("{class} is not supported, only logging.Formatter"),
            ));
        }
        if let Some(style) = self.file.raw(section, "style").filter(|style| *style != "%") {
            return Err(self.file.error(section, "style", &format!("{style} is not supported, only %")));
        }
        match self.file.raw(section, "defaults") {
            Some(_) => Err(self.file.error(section, "defaults", "not supported")),
            None => Ok(()),
        }
    }
}

/// The logger that records are handed on to.
fn parent_of(logger: &str) -> Option<&str> {
    match logger.rsplit_once('.') {
        Some((parent, _)) => Some(parent),
        None => (logger != "root").then_some("root"),
    }
}
