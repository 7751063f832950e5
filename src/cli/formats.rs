//! `tracerank formats`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::messages::{Messages, hinted};
use super::output::Target;
use super::{EXIT_CODES, Exit, Global};
use crate::error::Error;
use crate::formats::{self, FORMATS, LogFormat, Spelling};
use crate::input::{self, Sample};
use crate::record::{Line, Record, Scratch};
use crate::render::display::{Shown, Terminal};
use crate::render::time::utc_text;

/// List the log formats, print the declaration of one, or show how a log is read
///
/// A declaration is a text in TOML, which --log-format takes from a file: a start for a format of your own.
///
/// For a log, its first records are shown field by field, and then the share of a sample of its lines that each format
/// would read.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct FormatsArgs {
    /// Name of a log format, or a log
    #[arg(value_name = "NAME|INPUT")]
    what: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  tracerank formats
  tracerank formats envoy > mine.toml
  tracerank formats access.log
  tracerank formats --log-format '{host} {time:iso} {name} {dur:ms}' app.log";

/// Records of a log that are shown.
const SHOWN_RECORDS: usize = 3;
/// Bytes of a field that are shown.
const SHOWN_BYTES: usize = 100;

pub(super) fn run(args: &FormatsArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let Some(what) = &args.what else {
        return print(&list());
    };
    if let Some(declaration) = what.to_str().and_then(declaration_of) {
        return print(&declaration);
    }
    if what.to_str() != Some("-") && !what.exists() {
        let what = format!("{}: neither a log format nor a file", Shown(what));
        return Err(hinted(what, "tracerank formats lists the log formats"));
    }
    look_at(what, global, messages)
}

fn print(text: &str) -> Result<Exit> {
    let mut out = Target::stdout()?.open()?;
    write!(out, "{text}").map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(Exit::Done)
}

/// All formats, and below them the spellings of those that have several.
fn list() -> String {
    let mut rows = Vec::new();
    for (registered, format) in FORMATS.iter().zip(formats::known()) {
        rows.push((format.name().to_owned(), registered.help));
        rows.extend(format.spellings().iter().map(|spelling| (format!("  {}", spelling.name), spelling.help)));
    }
    rows.push((
        "PATTERN".to_owned(),
        "any other, by --log-format '{time:iso} {name} {dur:ms}', or in nginx's, Apache's or Envoy's words",
    ));
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines = rows.iter().map(|(name, help)| format!("{name:width$}  {help}\n"));
    lines.collect::<Vec<_>>().concat()
}

/// The declaration of a format or of a spelling, if there is one of this name.
fn declaration_of(name: &str) -> Option<String> {
    let spellings = || formats::known().iter().flat_map(|format| format.spellings());
    let format = formats::find(name).or_else(|| {
        let spelling: Option<Spelling> = spellings().find(|spelling| spelling.name == name);
        spelling.map(|spelling| spelling.format)
    })?;
    let help =
        || FORMATS.iter().zip(formats::known()).find(|(_, known)| known.name() == name).map_or("", |(of, _)| of.help);
    Some(format.declaration().unwrap_or_else(|| format!("# {name}: {}\n# It is no pattern, but built in.\n", help())))
}

/// How much of a sample a format reads.
struct Share {
    name: String,
    records: usize,
}

/// What is shown of a log.
struct Look {
    /// The format that it is read as, or why it is read as none.
    found: Result<(String, Vec<String>), Error>,
    lines: usize,
    shares: Vec<Share>,
}

fn look_at(path: &Path, global: &Global, messages: &Messages) -> Result<Exit> {
    let sources = match input::resolve(&[path.to_owned()], false) {
        Ok(sources) => sources,
        Err(errors) => {
            errors.iter().for_each(|error| messages.library_error(error));
            return Ok(Exit::Failed);
        }
    };
    let [source] = sources.as_slice() else {
        return Err(hinted(format!("{}: holds several files", Shown(path)), "give one of them"));
    };
    let Some(look) = input::with_sample(source, |sample| Look::of(source.path(), sample, global))? else {
        return Err(hinted(format!("{}: is a summary", Shown(path)), "give the log that it was made of"));
    };
    if look.lines == 0 {
        return Err(hinted(format!("{}: holds no line", Shown(path)), "give a log with records"));
    }
    print(&look.text(path))?;
    match look.found {
        Ok(_) => Ok(Exit::Done),
        Err(error) => Err(error.into()),
    }
}

impl Look {
    fn of(path: &Path, sample: &Sample<'_>, global: &Global) -> Self {
        let forced = global.format();
        let found = match &forced {
            Some(forced) => formats::detect_as(forced, sample),
            None => formats::detect(sample),
        };
        let found = found.map(|format| (format.name().to_owned(), first_records(sample, format.as_ref())));
        let lines = sample.lines().count();
        let mut shares = Vec::new();
        for format in forced.iter().filter(|format| formats::find(format.name()).is_none()).chain(formats::known()) {
            let spellings = format.spellings();
            if spellings.is_empty() {
                shares.push(Share { name: format.name().to_owned(), records: count(sample, format.as_ref()) });
            }
            for Spelling { name, format: spelled, .. } in spellings {
                let name = format!("{} ({name})", format.name());
                shares.push(Share { name, records: count(sample, spelled.as_ref()) });
            }
        }
        shares.sort_by_key(|share| std::cmp::Reverse(share.records));
        Self { found: found.map_err(|why| Error::undetected(path, why)), lines, shares }
    }

    fn text(&self, path: &Path) -> String {
        let mut text = Vec::new();
        if let Ok((name, records)) = &self.found {
            text.push(format!("{}: read as {name}\n\n", Shown(path)));
            text.extend(records.iter().cloned());
        }
        text.push(format!("share of {} lines that each format reads:\n", self.lines));
        text.extend(self.shares.iter().map(|Share { name, records }| {
            let percent = *records as f64 * 100.0 / self.lines as f64;
            format!("{percent:6.1} %  {name}\n")
        }));
        text.concat()
    }
}

/// The number of lines of a sample with a record.
fn count(sample: &Sample<'_>, format: &dyn LogFormat) -> usize {
    let mut scratch = Scratch::default();
    sample.lines().filter(|line| matches!(format.parse(line, &mut scratch), Line::Record(_) | Line::Several)).count()
}

/// The first records of a sample, field by field.
fn first_records(sample: &Sample<'_>, format: &dyn LogFormat) -> Vec<String> {
    let mut scratch = Scratch::default();
    let records = sample.lines().filter_map(|line| match format.parse(line, &mut scratch) {
        Line::Record(record) => Some(by_field(line, format, &record)),
        _ => None,
    });
    records.take(SHOWN_RECORDS).collect()
}

/// A line, its fields, and what these make.
fn by_field(line: &[u8], format: &dyn LogFormat, record: &Record<'_>) -> String {
    let fields = format.fields(line);
    let width = fields.iter().map(|field| field.name.len()).max().unwrap_or(0).max("duration".len());
    let fields = fields.iter().map(|field| format!("    {:width$}  {}\n", field.name, shown(&field.text)));
    let values = values(record).into_iter().map(|(name, value)| format!("  = {name:width$}  {value}\n"));
    let lines = [format!("{}\n", shown(line))].into_iter().chain(fields).chain(values).chain(["\n".to_owned()]);
    lines.collect::<Vec<_>>().concat()
}

/// What a record says, in the order in which it is shown.
fn values(record: &Record<'_>) -> Vec<(&'static str, String)> {
    let seconds = |ns: i64| {
        format!(
            "{}{}.{:09} s",
            if ns < 0 { "-" } else { "" },
            ns.unsigned_abs() / 1_000_000_000,
            ns.unsigned_abs() % 1_000_000_000
        )
    };
    let mut values = vec![("name", shown(record.name))];
    values.extend(record.duration_ns.map(|ns| ("duration", seconds(ns))));
    values.extend(record.time_us.and_then(utc_text).map(|time| ("time", time)));
    if let Some(ids) = record.ids {
        values.extend([("group", shown(ids.base)), ("parent", shown(ids.parent)), ("id", shown(ids.trace))]);
    }
    values
}

/// A text of a log, not all of it if it is long.
fn shown(text: &[u8]) -> String {
    let text = text.trim_ascii_end();
    let more = if text.len() > SHOWN_BYTES { "…" } else { "" };
    format!("{}{more}", Terminal(&text[..text.len().min(SHOWN_BYTES)]))
}
