//! What Python's `logging.Formatter` puts before a message.

use std::time::SystemTime;

use super::Error;

/// A line format of Python's `logging`, of which the message is the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LogFormat {}

impl LogFormat {
    /// From a format as `%(asctime)s - %(message)s`, and the format of its times.
    pub(super) fn new(_format: &str, _date_format: Option<&str>) -> Result<Self, Error> {
        Ok(Self {})
    }

    /// Whether nothing stands before the message.
    pub(super) fn is_bare(&self) -> bool {
        true
    }

    /// Writes what stands before the message.
    pub(super) fn write_prefix(&self, _out: &mut Vec<u8>, _at: SystemTime) {}
}
