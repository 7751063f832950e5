//! The configuration of an OpenStack service: `mistral.conf`, and the logging file that it names.

mod handler;
mod ini;
mod literal;
mod logger;
mod logging;

use std::path::{Path, PathBuf};

use ini::{Dialect, IniFile};
use logger::Logger;
use logging::LoggingFile;

use crate::{Config, Error};

impl Config {
    /// Reads `[profiler]` of a configuration file, and the logging file that its `log_config_append` names.
    ///
    /// Takes `enabled`, `hmac_keys` and `profiler_log_name` from `[profiler]`. From Python's logging file, it takes the
    /// first handler that writes a file for that logger, and its formatter. If profiling is off, other defects are no
    /// error: the log is empty if it can't be found.
    ///
    /// `$name` in a value and oslo.config's other sources, such as the environment, are not supported. A setting that
    /// can't be followed is an error that names the file, the section and the key.
    pub fn from_oslo(path: impl AsRef<Path>) -> Result<Self, Error> {
        let service = Service::read(path.as_ref())?;
        if !service.is_enabled()? {
            let log = service.log_file().unwrap_or_default();
            return Ok(Self::new(log).enabled(false));
        }
        let keys = service.hmac_keys()?;
        let logger = service.logger()?;
        let sink = Logger::new(&service.logging_file()?, &logger).sink()?;
        let config = Self::new(sink.log).hmac_keys(&keys).logger(logger);
        Ok(config.format(sink.format, sink.date_format.as_deref()))
    }
}

/// The log that a service with this configuration file writes its profile to.
///
/// This is for readers of the log: keys and formats do not matter, profiling may be off, and Python may rotate the log.
pub fn log_file(conf: impl AsRef<Path>) -> Result<PathBuf, Error> {
    Service::read(conf.as_ref())?.log_file()
}

/// The other logs that a service with this configuration file writes its profile to: the records of a logger go to the
/// handlers of its parents, too, unless it has `propagate=0`.
pub fn other_log_files(conf: impl AsRef<Path>) -> Result<Vec<PathBuf>, Error> {
    Service::read(conf.as_ref())?.other_log_files()
}

/// The configuration file of a service.
struct Service {
    file: IniFile,
}

impl Service {
    fn read(path: &Path) -> Result<Self, Error> {
        Ok(Self { file: IniFile::read(path, Dialect::Oslo)? })
    }

    fn is_enabled(&self) -> Result<bool, Error> {
        let value = self.get("profiler", &["enabled", "profiler_enabled"])?.unwrap_or_else(|| "false".to_owned());
        match value.to_lowercase().as_str() {
            "true" | "1" | "on" | "yes" => Ok(true),
            "false" | "0" | "off" | "no" => Ok(false),
            _ => Err(self.file.error(format!("[profiler] enabled: {value} is neither true nor false"))),
        }
    }

    fn hmac_keys(&self) -> Result<String, Error> {
        let keys = self.get("profiler", &["hmac_keys"])?.unwrap_or_default();
        if keys.split(',').all(|key| key.trim().is_empty()) {
            return Err(self.file.error_with_hint(
                "[profiler] hmac_keys: no key is set",
                "set one: osprofiler falls back to SECRET_KEY where the option is missing, a key that everyone knows",
            ));
        }
        Ok(keys)
    }

    /// The name of the logger that profiles are given to. Python calls the one without a name `root`.
    fn logger(&self) -> Result<String, Error> {
        let name = self.get("profiler", &["profiler_log_name"])?.unwrap_or_else(|| "profiler_trace".to_owned());
        Ok(if name.is_empty() { "root".to_owned() } else { name })
    }

    fn log_file(&self) -> Result<PathBuf, Error> {
        if self.logging_file_name()?.is_none()
            && let Some(own) = self.own_log()?
        {
            return Ok(own);
        }
        let logger = self.logger()?;
        Logger::new(&self.logging_file()?, &logger).log_file()
    }

    /// The service's own log, as oslo.log writes it where no logging file is named: all loggers hand their records on to
    /// it.
    fn own_log(&self) -> Result<Option<PathBuf>, Error> {
        let get = |names: &[&str]| Ok(self.get("DEFAULT", names)?.filter(|name| !name.is_empty()).map(PathBuf::from));
        let (directory, file) = (get(&["log_dir", "log-dir", "logdir"])?, get(&["log_file", "log-file", "logfile"])?);
        match (directory, file) {
            (None, None) => Ok(None),
            (directory, Some(file)) => Ok(Some(self.beside(directory.unwrap_or_default().join(file)))),
            (Some(directory), None) => {
                let directory = directory.display();
                Err(self.file.error_with_hint(
                    format!("[DEFAULT] log_file: missing; the log in {directory} has the name of the program"),
                    "give the log itself as INPUT",
                ))
            }
        }
    }

    fn other_log_files(&self) -> Result<Vec<PathBuf>, Error> {
        if self.logging_file_name()?.is_none() && self.own_log()?.is_some() {
            return Ok(Vec::new());
        }
        let logger = self.logger()?;
        Ok(Logger::new(&self.logging_file()?, &logger).other_log_files())
    }

    fn logging_file_name(&self) -> Result<Option<String>, Error> {
        let names = ["log_config_append", "log_config", "log-config"];
        Ok(self.get("DEFAULT", &names)?.filter(|name| !name.is_empty()))
    }

    fn logging_file(&self) -> Result<LoggingFile, Error> {
        let Some(name) = self.logging_file_name()? else {
            return Err(self.file.error_with_hint(
                "[DEFAULT] log_config_append: no logging file is named",
                "name a file in the format of Python's logging.config.fileConfig, in which the logger profiler_trace has a FileHandler; \
                 without it profiles go into the service's own log, which isn't supported",
            ));
        };
        LoggingFile::read(&self.beside(name.into()))
    }

    /// A service takes a relative path from where it was started; we may have been started elsewhere.
    fn beside(&self, path: PathBuf) -> PathBuf {
        let beside = self.file.path().with_file_name(&path);
        if path.is_relative() && !path.exists() && beside.exists() { beside } else { path }
    }

    /// A value, under its name or one of its old names.
    fn get(&self, section: &str, names: &[&str]) -> Result<Option<String>, Error> {
        let found = names.iter().find_map(|name| Some((name, self.file.get(section, name)?)));
        let Some((name, value)) = found else { return Ok(None) };
        let value = without_dollars(without_quotes(value).as_str()).map_err(|()| {
            // The value is left out: it may be a key.
            self.file.error_with_hint(
                format!("[{section}] {name}: the value refers to another option with $, which isn't supported"),
                "write the value out, and $$ for a $ that stands for itself",
            )
        })?;
        Ok(Some(value))
    }
}

/// Removes quotes that are the first and the last character of a value's first line, as `oslo.config` does.
fn without_quotes(value: &str) -> String {
    let (first, rest) = value.split_at(value.find('\n').unwrap_or(value.len()));
    let inner = ['"', '\''].into_iter().find_map(|quote| first.strip_prefix(quote)?.strip_suffix(quote));
    // A quote alone is its own end.
    let inner = inner.unwrap_or(if matches!(first, "\"" | "'") { "" } else { first });
    [inner, rest].concat()
}

/// `$$` and `\$` stand for `$`, and so does a `$` that no name follows. A name would stand for the value of another
/// option.
fn without_dollars(value: &str) -> Result<String, ()> {
    let value = value.replace(r"\$", "$$");
    let mut parts = value.split('$');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    while let Some(part) = parts.next() {
        plain.push('$');
        if part.is_empty() {
            // $$: what follows the second is no name. At the end of the value there is none to follow.
            plain.push_str(parts.next().unwrap_or_default());
        } else if is_reference(part) {
            return Err(());
        } else {
            plain.push_str(part);
        }
    }
    Ok(plain)
}

/// Tells whether what follows a `$` names an option: `name…` or `{name}…`.
fn is_reference(text: &str) -> bool {
    let starts_name = |text: &str| text.starts_with(|first: char| first == '_' || first.is_ascii_alphabetic());
    let Some(braced) = text.strip_prefix('{') else { return starts_name(text) };
    let of_name = |character: char| matches!(character, '.' | '_') || character.is_ascii_alphanumeric();
    starts_name(braced) && braced.trim_start_matches(of_name).starts_with('}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes() {
        for (value, expected) in [
            ("plain", "plain"),
            ("\"a b\"", "a b"),
            ("' a '", " a "),
            ("\"a'", "\"a'"),
            ("\"", ""),
            ("''", ""),
            ("\"a\"\nb", "a\nb"),
            ("\"a\nb\"", "\"a\nb\""),
            ("a \"b\"", "a \"b\""),
        ] {
            assert_eq!(without_quotes(value), expected, "{value}");
        }
    }

    #[test]
    fn dollars() {
        for (value, expected) in [
            ("plain", Ok("plain")),
            ("a$$b", Ok("a$b")),
            (r"a\$b", Ok("a$b")),
            (r"a\\b", Ok(r"a\\b")),
            ("$", Ok("$")),
            ("a$", Ok("a$")),
            ("$$", Ok("$")),
            ("$$$", Ok("$$")),
            ("$5 $-", Ok("$5 $-")),
            ("$${a}", Ok("${a}")),
            ("${5}", Ok("${5}")),
            ("${a", Ok("${a")),
            ("$a", Err(())),
            ("$$$a", Err(())),
            ("x${a.b}y", Err(())),
            ("$_", Err(())),
        ] {
            assert_eq!(without_dollars(value), expected.map(str::to_owned), "{value}");
        }
    }
}
