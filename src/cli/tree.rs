//! `tracerank tree`.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::InputArgs;
use super::memory::MemoryArgs;
use super::messages::{Messages, hinted};
use super::run::{Job, Written};
use super::spans::SpanArgs;
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::tree::{Options, Part, View};
use crate::render::display::Terminal;
use crate::render::{Audience, Renderer};
use crate::spans::TreeReading;

/// Show where inside what the time goes: the calling-context tree of all spans
///
/// Spans with the same names above them are put together: for each such path its total, self time (without that of children), count, average and longest time, and its share of the total time of root
/// spans. Spans that began after their parent stopped (asynchronous calls) stand below it, too, so that shares can add up to more than 100 %.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct TreeArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced when the tree is whole, malformed records or not; with exit code 2 it stays as it was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// How the tree is written
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<View>())]
    format: &'static Renderer<View>,

    /// Show paths of at most N names
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    depth: Option<u32>,

    /// Show paths from this share of the root spans' total time on, in percent
    ///
    /// What is left out is told in a line of its own; in folded, svg and speedscope it is a part of what it is below, roots are "(others)". [default: 0.5 for text, otherwise 0]
    #[arg(short, long, value_name = "PERCENT", value_parser = percent)]
    min_percent: Option<f64>,

    /// Only what is below spans of this name, wherever they are, put together
    #[arg(long, value_name = "NAME")]
    focus: Option<String>,

    /// Only what is above spans of this name, upside down: who calls them, and how much of their time is for whom
    #[arg(long, value_name = "NAME", conflicts_with = "focus")]
    callers: Option<String>,

    #[command(flatten)]
    memory: MemoryArgs,

    #[command(flatten)]
    spans: SpanArgs,
}

const EXAMPLES: &str = "\
Examples:
  Where inside what the time goes; the three upper levels only:
    tracerank tree mistral.log
    tracerank tree --depth 3 mistral.log
  What an action costs, wherever it is called; who calls it:
    tracerank tree --focus action-run mistral.log
    tracerank tree --callers action-run mistral.log
  An interactive flame graph, to be opened in a browser:
    tracerank tree -f svg -o flames.svg mistral.log
  For other programs:
    tracerank tree -f speedscope -o trees.speedscope.json mistral.log
    tracerank tree -f folded mistral.log | flamegraph.pl > flames.svg";

/// From this share on a path is worth a line for people.
const WORTH_A_LINE: f64 = 0.5;

/// Reads a share of a hundred, with its sign or without.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let number: Option<f64> = number.parse().ok();
    number.filter(|number| (0.0..=100.0).contains(number)).ok_or_else(|| "not a share of a hundred".to_owned())
}

pub(super) fn run(args: &TreeArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let engine = global.engine().filter(args.spans.filter());
    let job = Job { stage: || debug_span!("tree"), output: args.output.as_deref(), global, messages };
    job.answer(&args.inputs, |inputs, target| {
        let grown = inputs.grow(&engine, args.memory.limit(), None, global)?;
        let write = || {
            let view = args.view(&grown)?;
            job.write(view.as_ref(), args.format, target)
        };
        let out = debug_span!("write-tree").in_scope(write)?;
        let TreeReading { scanned, trees, .. } = grown;
        Ok(Written { out, account: scanned.account, scanned, trees: Some(trees), warning: None })
    })
}

impl TreeArgs {
    fn options(&self) -> Options {
        let part = match (&self.focus, &self.callers) {
            (Some(name), _) => Part::Below(name.as_bytes().to_vec()),
            (None, Some(name)) => Part::Above(name.as_bytes().to_vec()),
            (None, None) => Part::All,
        };
        let usual = if self.format.audience == Audience::Terminal { WORTH_A_LINE } else { 0.0 };
        let min_percent = self.min_percent.unwrap_or(usual);
        Options { part, depth: self.depth.map(|depth| depth as usize), min_percent }
    }

    /// What is shown, if there was a record.
    fn view(&self, grown: &TreeReading) -> Result<Option<View>> {
        let TreeReading { scanned, trees, .. } = grown;
        if scanned.account.records == 0 {
            return Ok(None);
        }
        let view = View::new(&trees.tree, scanned.account, &self.options());
        match self.focus.as_ref().or(self.callers.as_ref()).filter(|_| view.is_empty()) {
            None => Ok(Some(view)),
            Some(name) => {
                let what = format!("there is no span of {}", Terminal(name.as_bytes()));
                Err(hinted(what, "NAME is a whole trace name: tracerank report -c count,name LOG shows them"))
            }
        }
    }
}
