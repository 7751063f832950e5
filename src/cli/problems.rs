//! The wording of problems with inputs, and the exit code that they cause.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use tracerank_summary::{Malformed, Repeated};

use super::lenient::LenientArgs;
use super::messages::Messages;
use super::remedies::hint;
use super::{Exit, Global};
use crate::Remedy;
use crate::engine::{Problem, Severity};
use crate::error::Error;
use crate::input::LooksLike;
use crate::render::display::{Shown, Terminal};
use crate::render::input::FailedInput;

/// The inputs of a command, as its problems are told.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The arguments that the inputs come from.
    pub(super) arguments: &'a [PathBuf],
    /// What is done about damaged and empty inputs; none where nothing can be.
    pub(super) lenient: Option<LenientArgs>,
}

/// Prints the problems of inputs, and returns the exit code.
pub(super) fn judge(problems: &[Problem<'_>], context: Context<'_>, global: &Global, messages: &Messages) -> Exit {
    problems.iter().for_each(|problem| tell(problem, context, messages));
    match Severity::worst(problems) {
        Some(Severity::Failure) => Exit::Failed,
        Some(Severity::Warning) if global.strict => Exit::No,
        Some(Severity::Warning) | None => Exit::Done,
    }
}

fn tell(problem: &Problem<'_>, context: Context<'_>, messages: &Messages) {
    if let Some(failed) = failed(problem, context) {
        let hint = problem.remedy().as_ref().map(hint);
        let may_be_empty = context.lenient.is_some() && is_plain_emptiness(problem);
        let hint = if may_be_empty { Some(or_allow_empty(hint)) } else { hint };
        return messages.error(format_args!("{}: {}", Shown(&failed.path), failed.error), hint.as_deref());
    }
    match problem {
        Problem::MalformedRecords { count, torn, first } => {
            messages.warning(malformed(*count, *torn, first));
        }
        Problem::Copy { path, first } => {
            let what = format!("{} is a copy of {}, and is counted, too", Shown(path), Shown(first));
            let hint = problem.remedy().map_or_else(String::new, |remedy| hint(&remedy).into_owned());
            messages.mendable_warning(what, &hint);
        }
        Problem::Repeated { repeated, inputs, .. } => {
            let hint = problem.remedy().map_or_else(String::new, |remedy| hint(&remedy).into_owned());
            messages.mendable_warning(self::repeated(repeated, inputs), &hint);
        }
        Problem::NotInOrder { sources, first, steps_back, records } => {
            messages.warning(not_in_order(*sources, first, *steps_back, *records));
        }
        Problem::Unpaired { count, spans } => {
            let share = Share(*count, *spans);
            let why = "their place in the tree and self times are wrong; give the log in the order of time";
            messages.warning(format_args!("{count} of {spans} spans{share} stop before they start: {why}"));
        }
        Problem::Incomplete { unfinished, cut_off, spans } => {
            messages.warning(incomplete(*unfinished, *cut_off, *spans));
        }
        Problem::Early { count, spans } => {
            let share = Share(*count, *spans);
            let why = "the clocks of hosts differ, and self times are wrong; set the clocks, or read each host alone";
            messages.warning(format_args!("{count} of {spans} spans{share} began before their parents: {why}"));
        }
        _ => {}
    }
}

/// Tells which input is not in the answer as a whole for a problem, and why; none if all are for all that it says.
pub(super) fn failed(problem: &Problem<'_>, context: Context<'_>) -> Option<FailedInput> {
    let (argument, files, error) = match problem {
        Problem::Cut { error, lines } => {
            let keeps_going = context.lenient.is_some_and(|lenient| lenient.keep_going);
            return Some(failed_of(error, if keeps_going { *lines } else { 0 }));
        }
        Problem::NoRecord { argument, files, looks_like, .. } => (argument, *files, no_record(*files, *looks_like)),
        Problem::OnlyMalformed { argument, count, begin, .. } => {
            (argument, 1, format!("holds no whole record, only {count} malformed{}", looks(begin.as_deref())))
        }
        Problem::MostlyUnreadable { argument, unreadable, records, begin } => {
            let all = unreadable + records;
            let what = format_args!("{unreadable} of {all} records can't be read, too many for an answer");
            (argument, 1, format!("{what}{}", looks(begin.as_deref())))
        }
        Problem::SummaryWithoutRecord { argument } => (argument, 1, "is a summary without a record".to_owned()),
        _ => return None,
    };
    let path = context.arguments.get(*argument).cloned().unwrap_or_default();
    Some(FailedInput { path, error, files })
}

/// Tells of which input an error is, of which this many lines count all the same.
pub(super) fn failed_of(error: &Error, lines: u64) -> FailedInput {
    let path = error.path().map(Path::to_owned).unwrap_or_default();
    let text = error.to_string();
    let what = text.strip_prefix(&format!("{}: ", Shown(&path))).unwrap_or(&text);
    let kept = match lines {
        0 => String::new(),
        1 => "; the line before that counts".to_owned(),
        _ => format!("; the {lines} lines before that count"),
    };
    FailedInput { path, error: format!("{what}{kept}"), files: 1 }
}

/// Says whether all that is wrong with an input is that there is no record in it.
pub(super) fn is_emptiness(problem: &Problem<'_>) -> bool {
    matches!(problem, Problem::NoRecord { .. } | Problem::SummaryWithoutRecord { .. })
}

/// Says the same, if it does not look like anything else than a log.
fn is_plain_emptiness(problem: &Problem<'_>) -> bool {
    is_emptiness(problem) && matches!(problem.remedy(), None | Some(Remedy::LogWithRecords))
}

fn or_allow_empty(hint: Option<Cow<'static, str>>) -> Cow<'static, str> {
    const ALLOW_EMPTY: &str = "--allow-empty takes an input without a record as empty";
    hint.map_or(ALLOW_EMPTY.into(), |hint| format!("{hint} {ALLOW_EMPTY}").into())
}

fn looks(begin: Option<&[u8]>) -> String {
    begin.map_or_else(String::new, |begin| format!("; its lines look like this: {}", Terminal(begin)))
}

/// A share in brackets, in whole percent.
struct Share(u64, u64);

impl Display for Share {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let percent = u128::from(self.0) * 100 / u128::from(self.1.max(1));
        write!(out, " ({percent} %)")
    }
}

fn not_in_order(sources: usize, first: &Path, steps_back: u64, records: u64) -> String {
    let share = Share(steps_back, records);
    let first = Shown(first);
    let of_first = format!("{steps_back} of {records} records{share} are earlier than the one before them");
    let taken = "taken in the order of their timestamps";
    match sources {
        1 => format!("{first}: not in order, {of_first}; {taken}"),
        _ => format!("{sources} inputs are not in order, the first is {first}, where {of_first}; {taken}"),
    }
}

/// Says how many spans lack their stop, and how many their start.
fn incomplete(unfinished: u64, cut_off: u64, spans: u64) -> String {
    let lack = |count: u64, what: &str| format!("{count} of {spans} spans{} {what}", Share(count, spans));
    let lists = "tracerank slowest --unfinished lists them";
    match (unfinished, cut_off) {
        (_, 0) => {
            format!("{}: they are not counted; {lists}", lack(unfinished, "have no stop"))
        }
        (0, _) => {
            format!("{}: the log may begin after it; give rotated logs, too", lack(cut_off, "have no start"))
        }
        _ => {
            let both = format!("{}, and {cut_off} have no start", lack(unfinished, "have no stop"));
            format!("{both}: logs may be missing; give rotated ones, too; {lists}")
        }
    }
}

fn malformed(count: u64, torn: u64, first: &[Malformed]) -> String {
    let place = |place: &Malformed| {
        let Malformed { path, line, offset, reason } = place;
        let line = line.map_or_else(String::new, |line| format!(":{line}"));
        format!("{}{line} (byte {offset}): {}", Shown(path), Terminal(reason.as_bytes()))
    };
    let places = first.iter().map(place).collect::<Vec<_>>().join("; ");
    let numbers = match (count, torn) {
        (1, 0) => "1 malformed record".to_owned(),
        (_, 0) => format!("{count} malformed records"),
        (0, 1) => "1 torn record".to_owned(),
        (0, _) => format!("{torn} torn records"),
        _ => format!("{count} malformed and {torn} torn records"),
    };
    let begin = if places.is_empty() { "" } else { ": " };
    let more = if count.saturating_add(torn) > first.len() as u64 { "; …" } else { "" };
    format!("{numbers}{begin}{places}{more}")
}

/// Says how many records are there more than once, and where.
fn repeated(repeated: &Repeated, inputs: &[[PathBuf; 2]]) -> String {
    let Repeated { records, share, is_exact, .. } = repeated;
    let about = if *is_exact { "" } else { "about " };
    let percent = if *share < 0.001 { "less than 0.1".to_owned() } else { format!("{:.1}", share * 100.0) };
    let places: Vec<String> = inputs.iter().take(SHOWN_PAIRS).map(shared).collect();
    let more = if inputs.len() > SHOWN_PAIRS { "; …" } else { "" };
    let spans = if *records == 1 { "span is" } else { "spans are" };
    format!("{about}{records} {spans} counted again ({percent} % of all): {}{more}", places.join("; "))
}

/// The pairs of inputs that are shown.
const SHOWN_PAIRS: usize = 3;

fn shared([one, other]: &[PathBuf; 2]) -> String {
    if one == other {
        format!("{} holds records twice", Shown(one))
    } else {
        format!("{} and {} hold the same records", Shown(one), Shown(other))
    }
}

fn no_record(files: usize, looks_like: Option<LooksLike>) -> String {
    let of = if files > 1 { format!(" in any of its {files} files") } else { String::new() };
    let looks = looks_like.map_or_else(String::new, |what| format!("; it looks like {what}"));
    format!("holds no record{of}{looks}")
}
