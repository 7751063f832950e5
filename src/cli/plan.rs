//! `tracerank plan`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use super::inputs::{Inputs, Ways};
use super::messages::{Messages, hinted};
use super::output::Target;
use super::{EXIT_CODES, Exit};
use crate::input::Source;
use crate::render::display::Shown;

/// Cut logs into parts of equal size, to be summarized in parallel
///
/// Prints one JSON object per line, such as {"part":1,"path":"mistral.log","range":"0..500000","bytes":500000}.
///
/// tracerank summarize --range takes the range. It is null for a file that can't be cut, because it is compressed or a
/// summary: summarize reads such a file without --range. Logs are not read, since a range can begin anywhere. A part that spans several files has a line for each.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct PlanArgs {
    /// Logs, compressed logs, saved summaries or directories; not standard input or pipes, which have no size
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,

    /// Number of parts, at most 1000000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    parts: u64,
}

const EXAMPLES: &str = "\
Examples:
  A log in eight parts, all summarized at the same time:
    tracerank plan mistral.log --parts 8 | jq -r '[.path, .range, .part] | @tsv' |
      xargs -P 0 -n 3 sh -c 'tracerank summarize \"$0\" --range \"$1\" -o \"part-$2.trk\"'
    tracerank report part-*.trk";

/// One line.
#[derive(Serialize)]
struct Share<'a> {
    part: u64,
    path: &'a str,
    range: Option<String>,
    bytes: u64,
}

pub(super) fn run(args: &PlanArgs, messages: &Messages) -> Result<Exit> {
    let Some(inputs) = Inputs::resolve(args.inputs.clone(), Ways::Warn, messages) else { return Ok(Exit::Failed) };
    let shares = plan(inputs.sources(), args.parts)?;
    let mut out = Target::stdout()?.open()?;
    for share in shares {
        let line = serde_json::to_string(&share)?;
        writeln!(out, "{line}").map_err(|error| out.failed(error))?;
    }
    out.finish()?;
    Ok(Exit::Done)
}

/// Cuts the concatenation of all files into parts of one size. Returns the ranges of files in each part. A file that
/// can't be cut belongs to the part in which it begins.
fn plan(sources: &[Source], parts: u64) -> Result<Vec<Share<'_>>> {
    let total: u128 = sources.iter().map(|source| u128::from(source.len().unwrap_or(0))).sum();
    let end_of = |part: u64| total * u128::from(part + 1) / u128::from(parts);
    let (mut shares, mut part, mut begin) = (Vec::new(), 0, 0);
    for source in sources {
        let path = path_as_text(source.path())?;
        let len = source.len().ok_or_else(|| no_file(source.path()))?;
        let (end, can_be_cut) = (begin + u128::from(len), source.has_ranges()?);
        let mut at = begin;
        while at < end {
            while part + 1 < parts && end_of(part) <= at {
                part += 1;
            }
            let to = if can_be_cut { end.min(end_of(part)) } else { end };
            let range = can_be_cut.then(|| format!("{}..{}", at - begin, to - begin));
            shares.push(Share { part: part + 1, path, range, bytes: (to - at) as u64 });
            at = to;
        }
        begin = end;
    }
    Ok(shares)
}

fn path_as_text(path: &Path) -> Result<&str> {
    let what = || format!("{}: is not UTF-8, which JSON requires", Shown(path));
    path.to_str().ok_or_else(|| hinted(what(), "rename it, or link to it by another name"))
}

fn no_file(path: &Path) -> anyhow::Error {
    hinted(format!("{}: is not a file and has no size", Shown(path)), "write it to a file, and plan that")
}
