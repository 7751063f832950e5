//! A handler in Python's logging file that writes a file: the file, and whether another program may write to it, too.

use std::path::{self, PathBuf};

use super::literal::{self, Value};
use super::logging::LoggingFile;
use crate::Error;

/// A handler that writes a file, to which records get.
pub(super) struct FileHandler<'a> {
    file: &'a LoggingFile,
    section: String,
    class: String,
}

impl<'a> FileHandler<'a> {
    /// The handler of a section, if it is of this kind.
    pub(super) fn new(file: &'a LoggingFile, section: String) -> Result<Self, Error> {
        let class = file.required(&section, "class")?;
        let handler = Self { file, section, class };
        if !handler.is_rotating() && !matches!(handler.short_class(), "FileHandler" | "handlers.WatchedFileHandler") {
            let what = format!(
                "{} is not supported, only FileHandler, handlers.WatchedFileHandler and, for a log that is only read, \
                 handlers.RotatingFileHandler and handlers.TimedRotatingFileHandler",
                handler.class
            );
            return Err(handler.error("class", &what));
        }
        match file.level_of(&handler.section)? {
            Some((level, false)) => Err(file.above_info(&handler.section, &level)),
            _ => Ok(handler),
        }
    }

    /// The section that it stands in.
    pub(super) fn section(&self) -> &str {
        &self.section
    }

    /// The file that it writes.
    pub(super) fn log(&self) -> Result<PathBuf, Error> {
        let (key, name) = self.argument(0, "filename")?;
        let name = match name {
            Some(Value::Text(name)) if !name.is_empty() => name,
            Some(Value::Other) => {
                return Err(self.error(key, "only a file name in quotes is supported, nothing computed"));
            }
            _ => return Err(self.error(key, "no file is named")),
        };
        // Absolute from now on, as in Python: the file must not change with the working directory.
        path::absolute(&name).map_err(|_| self.error(key, &format!("{name} is no path")))
    }

    /// Checks that others can add lines to the file.
    pub(super) fn check_shared(&self) -> Result<(), Error> {
        if self.is_rotating() {
            let what = format!("{} is not supported, for two programs can't rotate one log", self.class);
            let hint = "use handlers.WatchedFileHandler, and let logrotate rotate";
            return Err(self.file.error_with_hint(&self.section, "class", &what, hint));
        }
        self.check_mode()?;
        self.check_encoding()
    }

    fn is_rotating(&self) -> bool {
        matches!(self.short_class(), "handlers.RotatingFileHandler" | "handlers.TimedRotatingFileHandler")
    }

    /// The class as it is called inside of Python's `logging`.
    fn short_class(&self) -> &str {
        self.class.strip_prefix("logging.").unwrap_or(&self.class)
    }

    fn check_mode(&self) -> Result<(), Error> {
        let (key, mode) = self.argument(1, "mode")?;
        match mode {
            None => Ok(()),
            Some(Value::Text(mode)) if matches!(mode.as_str(), "a" | "a+" | "at") => Ok(()),
            Some(Value::Text(mode)) => Err(self.error(
                key,
                &format!("the mode {mode} is not supported, only a: a log that is shared must not be emptied"),
            )),
            Some(_) => Err(self.error(key, "only a mode in quotes is supported")),
        }
    }

    fn check_encoding(&self) -> Result<(), Error> {
        let (key, encoding) = self.argument(2, "encoding")?;
        let name = match encoding {
            None | Some(Value::Nothing) => return Ok(()),
            Some(Value::Text(name)) => name,
            Some(Value::Other) => return Err(self.error(key, "only an encoding in quotes is supported")),
        };
        match name.to_ascii_lowercase().replace('_', "-").as_str() {
            "utf-8" | "utf8" | "ascii" | "us-ascii" => Ok(()),
            _ => Err(self.error(key, &format!("the encoding {name} is not supported, only utf-8"))),
        }
    }

    /// An argument by its place or its name, and the key that gives it.
    fn argument(&self, place: usize, name: &str) -> Result<(&'static str, Option<Value>), Error> {
        let args = self.file.value(&self.section, "args")?.unwrap_or_else(|| "()".to_owned());
        let args = literal::tuple(&args)
            .ok_or_else(|| self.error("args", "only a tuple, as (\"/var/log/profile.log\",), is supported"))?;
        if let Some(value) = args.into_iter().nth(place) {
            return Ok(("args", Some(value)));
        }
        let Some(kwargs) = self.file.value(&self.section, "kwargs")? else { return Ok(("args", None)) };
        let kwargs = literal::dictionary(&kwargs).ok_or_else(|| {
            self.error("kwargs", "only a dictionary, as {\"filename\": \"/var/log/profile.log\"}, is supported")
        })?;
        Ok(("kwargs", kwargs.into_iter().rev().find(|(key, _)| key == name).map(|(_, value)| value)))
    }

    fn error(&self, key: &str, what: &str) -> Error {
        self.file.error(&self.section, key, what)
    }
}
