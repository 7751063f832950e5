//! Logs of PostgreSQL: the durations of statements in the text of standard error, in csvlog and in jsonlog.
//!
//! ```text
//!  text: any prefix, LOG:  duration: …   ─┐
//!  csv:  …,LOG,00000,"duration: …         ├──► message: the duration, and a name of the statement after it
//!  json: …"message":"duration: …          ─┘      └── plan: the statement in a plan of auto_explain
//! ```

mod csv;
mod escapes;
mod json;
mod message;
mod plan;
mod text;

use std::sync::Arc;

pub use csv::PostgresCsv;
pub use json::PostgresJson;
pub use message::{NO_STATEMENT, NOT_OF_A_STATEMENT};
pub use text::Postgres;

use super::Registered;
use super::stamp::KnownMinute;
use crate::record::{Kind, Record};

/// The entry of the text of standard error in the registry.
pub(super) const REGISTERED: Registered = Registered {
    help: "PostgreSQL's log with any log_line_prefix: statements with durations (log_min_duration_statement)",
    make: || Arc::new(Postgres),
};

/// The entry of csvlog in the registry.
pub(super) const REGISTERED_CSV: Registered =
    Registered { help: "PostgreSQL's csvlog: statements with durations", make: || Arc::new(PostgresCsv) };

/// The entry of jsonlog in the registry.
pub(super) const REGISTERED_JSON: Registered =
    Registered { help: "PostgreSQL's jsonlog: statements with durations", make: || Arc::new(PostgresJson) };

/// Memory from record to record.
#[derive(Debug, Default)]
struct Remembered {
    minute: KnownMinute,
    /// The place of the mark in the last record.
    mark: usize,
    /// A message without its escapes.
    message: Vec<u8>,
    /// A statement without its escapes.
    statement: Vec<u8>,
}

/// The span of a statement.
fn record(name: &[u8], time_us: Option<i64>, duration_ns: i64) -> Record<'_> {
    let duration_ns = Some(duration_ns);
    Record { kind: Kind::Whole, time_us, time_rest_ns: 0, duration_ns, ids: None, name, tail: None, json: &[] }
}
