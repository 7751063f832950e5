//! The wording of problems with inputs, and the exit code that they cause.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use tracerank_summary::{Malformed, Repeated};

use super::messages::Messages;
use super::remedies::hint;
use super::{Exit, Global};
use crate::engine::{Look, Problem, Severity};
use crate::input::LooksLike;
use crate::render::display::{Shown, Terminal};

/// Prints the problems of the inputs that `arguments` mean, and returns the exit code.
pub(super) fn judge(problems: &[Problem<'_>], arguments: &[PathBuf], global: &Global, messages: &Messages) -> Exit {
    problems.iter().for_each(|problem| tell(problem, arguments, messages));
    match Severity::worst(problems) {
        Some(Severity::Failure) => Exit::Failed,
        Some(Severity::Warning) if global.strict => Exit::No,
        Some(Severity::Warning) | None => Exit::Done,
    }
}

fn tell(problem: &Problem<'_>, arguments: &[PathBuf], messages: &Messages) {
    let name = |argument: &usize| arguments.get(*argument).map_or_else(String::new, |path| Shown(path).to_string());
    let what = match problem {
        Problem::MalformedRecords { count, torn, first } => {
            return messages.warning(malformed(*count, *torn, first));
        }
        Problem::Copy { path, first } => {
            let what = format!("{} is a copy of {}, and is counted, too", Shown(path), Shown(first));
            let hint = problem.remedy().map_or_else(String::new, |remedy| hint(&remedy).into_owned());
            return messages.mendable_warning(what, &hint);
        }
        Problem::Repeated { repeated, inputs, .. } => {
            let hint = problem.remedy().map_or_else(String::new, |remedy| hint(&remedy).into_owned());
            return messages.mendable_warning(self::repeated(repeated, inputs), &hint);
        }
        Problem::NotInOrder { sources, first, steps_back, records } => {
            return messages.warning(not_in_order(*sources, first, *steps_back, *records));
        }
        Problem::Unpaired { count, spans } => {
            let share = Share(*count, *spans);
            let why = "their place in the tree and self times are wrong; give the log in the order of time";
            return messages.warning(format_args!("{count} of {spans} spans{share} stop before they start: {why}"));
        }
        Problem::Early { count, spans } => {
            let share = Share(*count, *spans);
            let why = "the clocks of hosts differ, and self times are wrong; set the clocks, or read each host alone";
            return messages.warning(format_args!("{count} of {spans} spans{share} began before their parents: {why}"));
        }
        Problem::Cut(error) => error.to_string(),
        Problem::NoRecord { argument, files, looks_like, .. } => {
            format!("{}: {}", name(argument), no_record(*files, *looks_like))
        }
        Problem::OnlyMalformed { argument, count, look } => {
            format!("{}: holds no whole record, only {count} malformed{}", name(argument), looks(look.as_ref()))
        }
        Problem::MostlyUnreadable { argument, unreadable, records, look } => {
            let all = unreadable + records;
            let what = format_args!("{unreadable} of {all} records can't be read, too many for an answer");
            format!("{}: {what}{}", name(argument), looks(look.as_ref()))
        }
        Problem::SummaryWithoutRecord { argument } => format!("{}: is a summary without a record", name(argument)),
    };
    messages.mendable(what, problem.remedy().as_ref());
}

fn looks(look: Option<&Look>) -> String {
    match look {
        Some(Look::InJson(member)) => format!("; its lines are JSON, with the log in {}", Terminal(member.as_bytes())),
        Some(Look::Text(begin)) => format!("; its lines look like this: {}", Terminal(begin)),
        _ => String::new(),
    }
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
