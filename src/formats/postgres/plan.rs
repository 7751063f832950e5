//! The statement in a plan of `auto_explain`, whose format is text, JSON or YAML.

use super::escapes::unescape;
use crate::record::Reason;

/// Gives the statement of the plan that stands after `plan:`; an empty one where it is not there, or in XML. It is an
/// error if its quotes are not closed.
pub(super) fn statement<'a>(plan: &'a [u8], unescaped: &'a mut Vec<u8>) -> Result<&'a [u8], Reason> {
    let plan = plan.trim_ascii_start();
    let is_json = plan.starts_with(b"{");
    let (begin, key): (_, &[u8]) =
        if is_json { (memchr::memmem::find(plan, JSON_KEY), JSON_KEY) } else { (Some(0), TEXT_KEY) };
    let Some(text) = begin.and_then(|begin| plan[begin..].strip_prefix(key)) else { return Ok(&[]) };
    match text {
        // In JSON and in YAML, it is quoted, and in one line.
        [b'"', quoted @ ..] => {
            unescaped.clear();
            if unescape(quoted, unescaped) { Ok(unescaped) } else { Err(Reason::CUT_SHORT) }
        }
        _ if is_json => Ok(&[]),
        _ => Ok(before_plan(text)),
    }
}

const JSON_KEY: &[u8] = b"\"Query Text\": ";
const TEXT_KEY: &[u8] = b"Query Text: ";

/// Cuts a statement off before its parameters, and before the plan, whose first line tells its cost.
fn before_plan(text: &[u8]) -> &[u8] {
    let is_end = |feed: &usize| {
        let line = &text[feed + 1..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        line.trim_ascii_start().starts_with(b"Query Parameters: ") || memchr::memmem::find(line, b"  (cost=").is_some()
    };
    memchr::memchr_iter(b'\n', text).find(is_end).map_or(text, |end| &text[..end])
}
