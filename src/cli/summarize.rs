//! `tracerank summarize`.

use std::io::{self, IsTerminal};
use std::ops::Range;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use tracerank_summary::Wanted;
use tracerank_summary::saved::{self, Saved};
use tracing::debug_span;

use super::inputs::{InputArgs, detail};
use super::malformed::{List, MalformedArgs};
use super::messages::{Messages, hinted};
use super::output::{Output, Target};
use super::run::Job;
use super::spans::SpanArgs;
use super::{EXIT_CODES, Exit, Global};

/// Save a summary of logs, to report and compare without the logs
///
/// The report of a summary is that of its log, to the byte. diff, check and summarize read summaries, too. A summary
/// takes some kilobytes for each trace name. Summaries that are given together are added up. Each knows its sources, so
/// nothing is counted twice. Spans by time and by base id are not in it; summaries that were made under different filters do
/// not add up.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct SummarizeArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Write the summary to FILE, or with - to standard output
    ///
    /// FILE is replaced once the summary is whole, even if there were malformed records. On exit code 2 it stays as it
    /// was.
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,

    /// Read only the lines that begin in this range of bytes: FROM..TO, FROM.. or ..TO
    ///
    /// The input is then one log that is not compressed. A range can begin and end anywhere. Summaries of ranges that
    /// cover a file without overlap add up to the summary of the file. tracerank plan prints such ranges.
    #[arg(long, value_name = "FROM..TO", value_parser = parse_range)]
    range: Option<Range<u64>>,

    #[command(flatten)]
    malformed: MalformedArgs,

    #[command(flatten)]
    spans: SpanArgs,
}

const EXAMPLES: &str = "\
Examples:
  A summary of each run; the report of one; the comparison of two:
    tracerank summarize mistral.log -o run-17.trk
    tracerank report run-17.trk
    tracerank diff run-16.trk run-17.trk
  One summary of many:
    tracerank summarize host-*.trk -o all.trk
  A part of a log, while other machines read other parts:
    tracerank summarize --range 0..4000000000 mistral.log -o part-1.trk
  From another host, which sends a few kilobytes instead of the log:
    ssh host tracerank summarize /var/log/mistral -o - > host.trk";

/// Reads a range of bytes. A missing number means the beginning or the end.
fn parse_range(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str, missing| if text.is_empty() { Some(missing) } else { text.parse().ok() };
    let ends = text.split_once("..").and_then(|(from, to)| number(from, 0).zip(number(to, u64::MAX)));
    match ends {
        Some((from, to)) if from <= to => Ok(from..to),
        Some((from, to)) => Err(format!("{from} is after {to}")),
        None => Err("a range of bytes reads like 0..1000000".to_owned()),
    }
}

pub(super) fn run(args: &SummarizeArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let Some(mut inputs) = args.inputs.resolve(messages)? else { return Ok(Exit::Failed) };
    if let Some(range) = &args.range {
        inputs = inputs.part(range.clone())?;
    }
    if args.output.as_os_str() == "-" && io::stdout().is_terminal() {
        bail!(hinted("refusing to write a binary summary to a terminal", "give -o a file"));
    }
    let job = Job { stage: || debug_span!("summarize"), output: Some(&args.output), global, messages };
    let list = args.malformed.open(inputs.sources(), job.output)?;
    inputs.list_in(list.as_ref());
    job.with_target(inputs.sources(), |target| {
        let begin = Instant::now();
        let engine = global.engine();
        let filter = args.spans.filter(&inputs, &engine, global)?;
        let scanned = inputs.scan(&engine.filter(filter), Wanted::SHARDED, global)?;
        list.map_or(Ok(()), List::finish)?;
        args.spans.warn_of_lacks(&inputs, &scanned.sources, global, messages);
        detail(messages, &scanned, scanned.account, false, begin.elapsed());
        let emptiness = args.spans.emptiness(&scanned.account, &scanned.sources);
        let exit = job.warn_of_emptiness(emptiness.as_deref());
        let failed = inputs.account_of(&scanned).failed;
        let exit = inputs.judge(&scanned, global, messages).or_worse(exit);
        if exit != Exit::Failed || inputs.keeps_going() && inputs.is_answer(&scanned) {
            write(&scanned.into(), target)?;
        }
        Ok(exit.or_worse(inputs.conclude(&failed, messages)))
    })
}

fn write(saved: &Saved, target: Target) -> Result<()> {
    let _span = debug_span!("write-summary").entered();
    let mut out: Output = target.open()?;
    saved::write(saved, &mut out).map_err(|error| out.failed(error))?;
    out.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges() {
        assert_eq!(parse_range("0..10"), Ok(0..10));
        assert_eq!(parse_range("..10"), Ok(0..10));
        assert_eq!(parse_range("10.."), Ok(10..u64::MAX));
        assert_eq!(parse_range(".."), Ok(0..u64::MAX));
        for wrong in ["", "10", "10-20", "a..b", "-1..3", "20..10", "0..99999999999999999999"] {
            assert!(parse_range(wrong).is_err(), "{wrong}");
        }
    }
}
