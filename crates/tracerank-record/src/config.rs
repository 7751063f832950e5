//! Configuration: what is recorded, and in which log.

use std::fmt::{self, Debug, Formatter};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::log_format::LogFormat;

/// The configuration of a profiler.
///
/// It is built in code, read with serde, or, with the feature `oslo`, taken from the files of an OpenStack service with
/// `from_oslo`.
///
/// ```
/// use tracerank_record::Config;
///
/// let config = Config::new("/var/log/service_osprofile.log").hmac_key("secret_word").with_fields(true);
/// assert!(config.is_enabled());
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    enabled: bool,
    #[serde(deserialize_with = "one_or_many")]
    hmac_keys: Vec<String>,
    log: PathBuf,
    format: String,
    date_format: Option<String>,
    logger: String,
    with_fields: bool,
    lossy: bool,
}

impl Default for Config {
    /// Profiles nothing, as a service without a configuration does.
    fn default() -> Self {
        Self {
            enabled: false,
            hmac_keys: Vec::new(),
            log: PathBuf::new(),
            format: "%(message)s".to_owned(),
            date_format: None,
            logger: "profiler_trace".to_owned(),
            with_fields: false,
            lossy: false,
        }
    }
}

impl Config {
    /// Profiles into a log; on, and without any key yet.
    pub fn new(log: impl Into<PathBuf>) -> Self {
        Self { enabled: true, log: log.into(), ..Self::default() }
    }

    /// Turns profiling on or off.
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Adds a key that a request can be profiled with. An empty key is none.
    #[must_use]
    pub fn hmac_key(mut self, key: impl Into<String>) -> Self {
        let key = key.into();
        if !key.is_empty() {
            self.hmac_keys.push(key);
        }
        self
    }

    /// Adds keys as osprofiler has them: separated by commas, without the blanks around them.
    #[must_use]
    pub fn hmac_keys(self, keys: &str) -> Self {
        split_keys(keys).fold(self, Self::hmac_key)
    }

    /// Sets the format of a line, as in Python's `logging`, and the format of its times. The default is `%(message)s`.
    #[must_use]
    pub fn format(mut self, format: impl Into<String>, date_format: Option<&str>) -> Self {
        self.format = format.into();
        self.date_format = date_format.map(str::to_owned);
        self
    }

    /// Sets the name of the logger, `%(name)s` in a format. The default is `profiler_trace`.
    #[must_use]
    pub fn logger(mut self, logger: impl Into<String>) -> Self {
        self.logger = logger.into();
        self
    }

    /// Writes the fields of spans as JSON, or leaves them out. The default is off, since they can hold secrets or large
    /// values.
    ///
    /// A field with which a line would have more than 1 MiB of fields is left out. Of a field that is recorded several
    /// times, the last value counts.
    #[must_use]
    pub fn with_fields(mut self, with_fields: bool) -> Self {
        self.with_fields = with_fields;
        self
    }

    /// Drops and counts lines rather than making the program wait for the disk.
    #[must_use]
    pub fn lossy(mut self, lossy: bool) -> Self {
        self.lossy = lossy;
        self
    }

    /// Tells whether anything is profiled at all.
    pub fn is_enabled(&self) -> bool {
        self.enabled
    }

    /// The file that is written.
    pub fn log(&self) -> &Path {
        &self.log
    }

    pub(crate) fn line_format(&self) -> Result<LogFormat, Error> {
        LogFormat::new(&self.format, self.date_format.as_deref(), &self.logger)
    }

    pub(crate) fn has_fields(&self) -> bool {
        self.with_fields
    }

    pub(crate) fn is_lossy(&self) -> bool {
        self.lossy
    }

    pub(crate) fn into_keys(self) -> Vec<String> {
        self.hmac_keys
    }
}

/// The keys of a list that osprofiler would split.
fn split_keys(keys: &str) -> impl Iterator<Item = &str> {
    keys.split(',').map(str::trim).filter(|key| !key.is_empty())
}

/// Keys as a list, or as one text with commas.
fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Keys {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Keys::deserialize(deserializer)? {
        Keys::One(keys) => split_keys(&keys).map(str::to_owned).collect(),
        Keys::Many(keys) => keys.into_iter().filter(|key| !key.is_empty()).collect(),
    })
}

/// Shows only the number of keys, since they are secrets.
impl Debug for Config {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("Config")
            .field("enabled", &self.enabled)
            .field("hmac_keys", &format_args!("{} hidden", self.hmac_keys.len()))
            .field("log", &self.log)
            .field("format", &self.format)
            .field("date_format", &self.date_format)
            .field("logger", &self.logger)
            .field("with_fields", &self.with_fields)
            .field("lossy", &self.lossy)
            .finish()
    }
}
