//! `tracerank tree`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tracerank_summary::Account;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::{InputArgs, Inputs, logs_only};
use super::malformed::MalformedArgs;
use super::memory::MemoryArgs;
use super::messages::{Messages, hinted};
use super::run::{Job, Written};
use super::spans::{NameArgs, SpanArgs};
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::tree::{Options, Part, View, names_meant};
use crate::render::display::Terminal;
use crate::render::{Audience, Renderer};
use crate::spans::{CallTree, TreeReading};

/// Show the call tree of all spans, merged by path of names (calling-context tree)
///
/// Spans with the same names above them are merged. Each such path has its subtree (the self time of it and of all
/// below it), its share of all self time, its self time (without that of child spans), total, count, average and
/// longest time. The largest subtree comes first, and shares are the widths of a flame graph: they add up to 100 %.
///
/// Spans that began after their parent stopped stand below it, too, marked "async". They are a part of its subtree and
/// no part of its total, which can therefore be the smaller one.
///
/// With filters, only spans that pass them have a place in the tree. What is below another span hangs at the nearest one
/// above it that passes.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"), mut_arg("inputs", logs_only))]
pub(super) struct TreeArgs {
    #[command(flatten)]
    inputs: InputArgs,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced once the tree is whole, even if there were malformed records. On exit code 2 it stays as it
    /// was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<View>())]
    format: &'static Renderer<View>,

    /// Show paths of at most N names [default: all]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    depth: Option<u32>,

    /// Leave out paths whose subtree has less than this share of all self time, in percent [default: 0.5 for text,
    /// otherwise 0]
    ///
    /// With --focus and --callers, the share is of the self time of NAME and all below it. Text sums up the paths left
    /// out in a line of their own, and JSON in the field omitted of the node above them. In folded, svg and speedscope
    /// their time counts for the path above them, and that of root spans for "(others)".
    #[arg(short, long, value_name = "PERCENT", value_parser = percent)]
    min_percent: Option<f64>,

    /// Show only the part of the tree below spans of NAME, merged wherever they occur
    ///
    /// Where no span has that name, NAME is a regular expression for names.
    #[arg(long, value_name = "NAME")]
    focus: Option<String>,

    /// Show only the callers of spans of NAME, as an inverted tree with the time that NAME and all below it took for
    /// each
    #[arg(long, value_name = "NAME", conflicts_with = "focus")]
    callers: Option<String>,

    #[command(flatten)]
    malformed: MalformedArgs,

    #[command(flatten)]
    memory: MemoryArgs,

    #[command(flatten)]
    names: NameArgs,

    #[command(flatten)]
    spans: SpanArgs,
}

const EXAMPLES: &str = "\
Examples:
  The whole call tree; its three upper levels only:
    tracerank tree mistral.log
    tracerank tree --depth 3 mistral.log
  The calls below a task, wherever it occurs; its callers:
    tracerank tree --focus task-run mistral.log
    tracerank tree --callers task-run mistral.log
  Only what takes long, without the calls of the database:
    tracerank tree --min-duration 10ms --exclude '^db' mistral.log
  An interactive flame graph, for a browser:
    tracerank tree -f svg -o flames.svg mistral.log
  For other programs:
    tracerank tree -f speedscope -o trees.speedscope.json mistral.log
    tracerank tree -f folded mistral.log | flamegraph.pl > flames.svg";

/// The least share of a path that has a line in text, in percent.
const WORTH_A_LINE: f64 = 0.5;

/// Reads a percentage, with or without its sign.
fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let number: Option<f64> = number.parse().ok();
    number.filter(|number| (0.0..=100.0).contains(number)).ok_or_else(|| "not a percentage from 0 to 100".to_owned())
}

pub(super) fn run(args: &TreeArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    let job = Job { stage: || debug_span!("tree"), output: args.output.as_deref(), global, messages };
    job.answer(&args.inputs, &args.malformed, |inputs, target| {
        let engine = global.engine();
        let engine = engine.clone().filter(args.spans.filter(inputs, &engine, global)?);
        let grown = inputs.grow_counted(&engine, args.memory.limit(), &args.names, global)?;
        args.spans.warn_of_lacks(inputs, &grown.scanned.sources, global, messages);
        let write = || {
            let view = if inputs.is_answer(&grown.scanned) { Some(args.view(inputs, &grown)?) } else { None };
            let out = job.write(view.as_ref(), args.format, target)?;
            anyhow::Ok((out, view.as_ref().map_or(0, View::cut)))
        };
        let (out, cut) = debug_span!("write-tree").in_scope(write)?;
        let TreeReading { scanned, trees, .. } = grown;
        let (account, emptiness) = (scanned.account, args.spans.emptiness(&scanned.account, &scanned.sources));
        warning(cut).iter().for_each(|warning| messages.warning(warning));
        Ok(Written { out, account, scanned, trees: Some(trees), emptiness })
    })
}

/// Warns of spans whose outer callers are not shown.
fn warning(cut: u64) -> Option<String> {
    let (spans, have) = if cut == 1 { ("span", "has") } else { ("spans", "have") };
    (cut > 0).then(|| format!("{cut} {spans} {have} more callers above them than can be shown: only the next ones are"))
}

impl TreeArgs {
    fn options(&self, tree: &CallTree) -> Result<Options> {
        let part = match (&self.focus, &self.callers) {
            (Some(name), _) => Part::Below(names(name, tree)?),
            (None, Some(name)) => Part::Above(names(name, tree)?),
            (None, None) => Part::All,
        };
        let usual = if self.format.audience == Audience::Terminal { WORTH_A_LINE } else { 0.0 };
        let min_percent = self.min_percent.unwrap_or(usual);
        Ok(Options { part, depth: self.depth.map(|depth| depth as usize), min_percent })
    }

    /// The part of the tree that is shown.
    fn view(&self, inputs: &Inputs, grown: &TreeReading) -> Result<View> {
        let TreeReading { scanned, trees, .. } = grown;
        // No name is wrong where there is none, or the filters leave none.
        let Account { records, spans, filtered, .. } = scanned.account;
        let is_all_left_out = records == 0 || spans == 0 && filtered > 0;
        let options = if is_all_left_out { Options::default() } else { self.options(&trees.tree)? };
        Ok(View::new(&trees.tree, inputs.account_of(scanned), &options))
    }
}

/// The names that `--focus` or `--callers` means.
fn names(given: &str, tree: &CallTree) -> Result<BTreeSet<Box<[u8]>>> {
    names_meant(tree, given).map_err(|near| {
        let what = format!("there is no span named {}", Terminal(given.as_bytes()));
        if near.is_empty() {
            let hint =
                "NAME is a trace name or a regular expression: tracerank report -c count,name LOG shows all names";
            return hinted(what, hint);
        }
        let near: Vec<String> = near.iter().map(|name| Terminal(name).to_string()).collect();
        hinted(what, format!("did you mean {}?", near.join(", ")))
    })
}
