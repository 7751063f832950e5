//! What an answer tells of its input.

use std::path::PathBuf;

use serde::ser::{Serialize, SerializeMap, Serializer};
use tracerank_summary::Account;

use super::json::serialize_text;
use super::time::utc_text;

/// The input of an answer, as `input` in JSON has it.
#[derive(Debug, Clone, Default)]
pub struct InputAccount {
    /// The account of all lines.
    pub account: Account,
    /// The inputs that are not in the answer as a whole. Only in JSON if there are any.
    pub failed: Vec<FailedInput>,
}

/// Its fields in JSON, with the times of its records, where they are known.
#[derive(serde::Serialize)]
struct Fields<'a> {
    #[serde(flatten)]
    account: &'a Account,
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last: Option<String>,
    #[serde(skip_serializing_if = "slice_is_empty")]
    failed: &'a [FailedInput],
}

fn slice_is_empty(failed: &[FailedInput]) -> bool {
    failed.is_empty()
}

impl Serialize for InputAccount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { account, failed } = self;
        let [first, last] = [0, 1].map(|end| utc_text(account.times_us?[end]));
        Fields { account, first, last, failed }.serialize(serializer)
    }
}

/// An input that is not in an answer as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedInput {
    /// Its path.
    pub path: PathBuf,
    /// The reason.
    pub error: String,
    /// The number of files that it stands for.
    pub files: usize,
}

impl From<Account> for InputAccount {
    fn from(account: Account) -> Self {
        Self { account, failed: Vec::new() }
    }
}

impl Serialize for FailedInput {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        serialize_text(&mut map, "path", self.path.as_os_str().as_encoded_bytes())?;
        map.serialize_entry("error", &self.error)?;
        map.end()
    }
}
