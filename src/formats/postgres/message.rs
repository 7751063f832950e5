//! The message of a duration: `12.418 ms  statement: SELECT …`.
//!
//! The forms are those of PostgreSQL's `src/backend/tcop/postgres.c`, of `fastpath.c` beside it, and of
//! `contrib/auto_explain`.

use super::plan;
use crate::formats::decimal::{OF_MILLISECONDS, parse_ns};
use crate::normalise::{Dialect, sql};
use crate::record::Reason;

/// The name of a duration without a statement, as `log_duration` writes it.
pub const NO_STATEMENT: &[u8] = b"(no statement)";
/// After its duration stands neither a statement nor another thing that PostgreSQL writes there.
pub const NOT_OF_A_STATEMENT: Reason =
    Reason::new("NotOfAStatement", "nothing that PostgreSQL writes after a duration stands there");

/// The thing that took the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A statement.
    Statement,
    /// A prepared statement, after its name.
    Execute,
    /// More rows of one, after its name.
    Fetch,
    /// A step of the extended protocol, after the name of the statement.
    Step(&'static [u8]),
    /// The plan of a statement.
    Plan,
    /// A call of a function.
    Call,
}

/// The words after a duration.
const FORMS: [(&[u8], Form); 7] = [
    (b"statement: ", Form::Statement),
    (b"execute fetch from ", Form::Fetch),
    (b"execute ", Form::Execute),
    (b"parse ", Form::Step(b"parse: ")),
    (b"bind ", Form::Step(b"bind: ")),
    (b"plan:", Form::Plan),
    (b"fastpath function call: ", Form::Call),
];

/// Parses what stands after `duration: `: gives the nanoseconds, and leaves the name in `name`. The other buffer is for
/// a statement that has escapes.
pub(super) fn parse(message: &[u8], name: &mut Vec<u8>, statement: &mut Vec<u8>) -> Result<i64, Reason> {
    name.clear();
    let number_len = message.iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.')).unwrap_or(message.len());
    let (number, rest) = message.split_at(number_len);
    let Some(rest) = rest.strip_prefix(b" ms") else {
        let breaks_off = b" ms".starts_with(rest) && number.iter().all(|byte| *byte != b'-');
        return Err(if breaks_off { Reason::CUT_SHORT } else { Reason::DURATION_NO_NUMBER });
    };
    let duration_ns = parse_ns(number, OF_MILLISECONDS)?;
    write_name(rest, name, statement)?;
    Ok(duration_ns)
}

/// Writes the name of what stands after the unit.
fn write_name(rest: &[u8], name: &mut Vec<u8>, statement: &mut Vec<u8>) -> Result<(), Reason> {
    if rest.trim_ascii().is_empty() {
        name.extend_from_slice(NO_STATEMENT);
        return Ok(());
    }
    let Some(rest) = rest.strip_prefix(b"  ") else { return Err(NOT_OF_A_STATEMENT) };
    let Some((form, rest)) = FORMS.iter().find_map(|(words, form)| Some((form, rest.strip_prefix(*words)?))) else {
        let breaks_off = FORMS.iter().any(|(words, _)| words.starts_with(rest));
        return Err(if breaks_off { Reason::CUT_SHORT } else { NOT_OF_A_STATEMENT });
    };
    match form {
        Form::Statement => write_statement(rest, name),
        Form::Execute => write_statement(after_name(rest)?, name),
        Form::Fetch => {
            after_name(rest)?;
            name.extend_from_slice(b"fetch");
        }
        Form::Step(step) => {
            name.extend_from_slice(step);
            write_statement(after_name(rest)?, name);
        }
        Form::Plan => {
            name.extend_from_slice(b"plan: ");
            write_statement(plan::statement(rest, statement)?, name);
        }
        Form::Call => {
            name.extend_from_slice(b"fastpath function call: ");
            write_statement(rest, name);
        }
    }
    Ok(())
}

/// Gives the text after the name of a prepared statement: `S_1: `, `S_1/C_2: `, `<unnamed>: `.
fn after_name(text: &[u8]) -> Result<&[u8], Reason> {
    let colon = memchr::memmem::find(text, b": ").ok_or(Reason::CUT_SHORT)?;
    Ok(&text[colon + 2..])
}

/// Appends the fingerprint of a statement, and something else where that is empty.
fn write_statement(statement: &[u8], name: &mut Vec<u8>) {
    let before = name.len();
    sql(statement, Dialect::Standard, name);
    if name.len() == before {
        name.extend_from_slice(NO_STATEMENT);
    }
}
