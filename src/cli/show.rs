//! `tracerank show`.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Error, Result};
use clap::Args;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::{InputArgs, Inputs, logs_only, no_empty_answer, spellings, tell_formats};
use super::memory::{MemoryArgs, of_one_group};
use super::messages::{Messages, hinted, list};
use super::output::Target;
use super::run::{Job, finish};
use super::settings::duration_ns;
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::show::{Answer, Group, LookedUp, Options, Trace, View};
use crate::input::looks_like;
use crate::render::Renderer;
use crate::render::display::{Shown, Terminal};

/// Show one span or a whole trace group as a tree in time order
///
/// Each span has its offset from the first one, its duration, its self time, and a bar. The bar shows the place of the
/// span within its tree, or of a topmost span within the whole group.
///
/// Marks show spans that are asynchronous (began after their parents stopped; thin bars), outlive their parents, began
/// before them (by clocks that differ), are unfinished (no stop) or cut off (no start). They also show gaps, in which no
/// child of a span runs. docs/spans.md defines each of them.
#[derive(Debug, Args)]
#[command(
    after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"),
    mut_arg("inputs", logs_only),
    mut_arg("allow_empty", no_empty_answer),
    mut_arg("memory_limit", of_one_group)
)]
pub(super) struct ShowArgs {
    /// Base id (a whole trace group) or trace id (a span and all below it), or a unique beginning of one
    ///
    /// A whole id is found fastest. For a trace id or the beginning of an id, the inputs are read twice and can't be
    /// standard input. An id that is not there as it is given is looked for in lower and in upper case.
    #[arg(value_name = "ID")]
    id: OsString,

    #[command(flatten)]
    inputs: InputArgs,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced once the tree is whole. On exit code 2 it stays as it was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<View>())]
    format: &'static Renderer<View>,

    /// Show at most N levels of spans, and count the spans below them [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    depth: Option<u32>,

    /// Leave out spans shorter than DURATION, such as 200us, 1ms or 1.5s, and count them [default: 0s]
    ///
    /// Unfinished spans stay, and spans with a longer one below them. Self times and gaps do not change.
    #[arg(long, value_name = "DURATION", value_parser = duration_ns, allow_hyphen_values = true)]
    min_duration: Option<i64>,

    #[command(flatten)]
    memory: MemoryArgs,
}

const EXAMPLES: &str = "\
Examples:
  A whole request, by its base id or the beginning of it:
    tracerank show 4e648e13-f0c0-4862-a183-bc631e572f30 mistral.log
    tracerank show 4e64 mistral.log
  Only the upper three levels, and only spans of 10 ms or more:
    tracerank show 4e64 --depth 3 --min-duration 10ms mistral.log
  For osprofiler's own viewer, Graphviz, and ui.perfetto.dev:
    tracerank show 4e64 -f json -o trace.json mistral.log
    osprofiler trace show --html --out trace.html trace.json
    tracerank show 4e64 -f dot mistral.log | dot -Tsvg -o trace.svg
    tracerank show 4e64 -f chrome -o trace.json mistral.log";

pub(super) fn run(args: &ShowArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    if args.id.is_empty() {
        return Err(hinted("the id is empty", REPORT_HAS_NO_IDS));
    }
    if args.inputs.are_missing() && Path::new(&args.id).exists() {
        let what = format!("there is no id before the input {}", Shown(Path::new(&args.id)));
        return Err(hinted(
            what,
            "tracerank show ID INPUT, or ID - for standard input; tracerank slowest INPUT lists ids",
        ));
    }
    let Some(inputs) = args.inputs.resolve(messages)? else { return Ok(Exit::Failed) };
    let job = Job { stage: || debug_span!("show"), output: args.output.as_deref(), global, messages };
    job.with_target(inputs.sources(), |target| args.show(&inputs, target, &job))
}

const REPORT_HAS_NO_IDS: &str = "ids stand in the log: TIME DURATION BASE-ID PARENT-ID TRACE-ID name-stop";

impl ShowArgs {
    fn show(&self, inputs: &Inputs, target: Target, job: &Job<'_>) -> Result<Exit> {
        let Job { global, messages, .. } = *job;
        let begin = Instant::now();
        let found = self.look_up(inputs, global)?;
        let seconds = begin.elapsed().as_secs_f64();
        let speed = found.bytes as f64 / seconds / 1e9;
        messages.detail(format_args!("{} bytes searched, {seconds:.3} s, {speed:.2} GB/s", found.bytes));
        tell_formats(messages, found.sources.iter().filter_map(|searched| searched.log_format));
        let problems = found.problems(inputs.sources());
        let failed = inputs.failed(&problems);
        let exit = inputs.judge_problems(problems, global, messages);
        let conclude = || inputs.conclude(&failed, messages);
        let group = match self.group(found, inputs, job) {
            Ok(group) => group,
            Err(error) => {
                conclude();
                return Err(error);
            }
        };
        let trace = Trace::new(group);
        let exit = exit.or_worse(inputs.judge_problems(trace.early().into_iter().collect(), global, messages));
        let write = || job.write(Some(&View::new(trace, &self.options())), self.format, target);
        let out = debug_span!("write-tree").in_scope(write)?;
        finish(out, exit != Exit::Failed || inputs.keeps_going())?;
        Ok(exit.or_worse(conclude()))
    }

    /// Looks for the id as it is given, and then in the other case.
    fn look_up(&self, inputs: &Inputs, global: &Global) -> Result<LookedUp> {
        let limit = self.memory.limit();
        let as_given = inputs.look_up(&global.engine(), self.id.as_bytes(), limit, global)?;
        let is_missing = |found: &LookedUp| matches!(found.answer, Answer::Nothing { is_parent: false });
        if is_missing(&as_given) && inputs.can_be_read_again() {
            for id in spellings(self.id.as_bytes()).iter().skip(1) {
                let found = inputs.look_up(&global.engine(), id, limit, global)?;
                if !is_missing(&found) {
                    return Ok(found);
                }
            }
        }
        Ok(as_given)
    }

    /// The group that was found, or the error.
    fn group(&self, found: LookedUp, inputs: &Inputs, job: &Job<'_>) -> Result<Group> {
        let Job { global, messages, .. } = *job;
        let id = Terminal(self.id.as_bytes());
        match found.answer {
            Answer::Found(group) => return Ok(group),
            Answer::Several(ids) => return Err(several(&id, &ids)),
            Answer::InSeveral(groups) => return Err(in_several(&id, &groups)),
            Answer::Nothing { is_parent: true } => {
                let what = format!("{id}: the span is in no input, only its children are");
                return Err(hinted(
                    what,
                    "also give the log of the process that wrote it, or show a trace group instead",
                ));
            }
            Answer::Nothing { is_parent: false } => {}
        }
        for (source, searched) in inputs.sources().iter().zip(&found.sources) {
            if let Some(what) = looks_like(&searched.begin, searched.compression) {
                let remedy = what.remedy();
                messages.mendable(format_args!("{}: looks like {what}", Shown(source.path())), remedy.as_ref());
            }
        }
        let mut formats = found.sources.iter().filter_map(|searched| global.format_named(searched.log_format?));
        if let Some(format) = formats.find(|format| !format.has_ids()) {
            let what = format!("{id}: records of the log format {} have no ids", format.name());
            return Err(hinted(what, "each span is a root without children; tracerank slowest lists them"));
        }
        let what = format!("{id}: no id in the log begins with this, neither of a trace group nor of a span");
        Err(hinted(what, "give all rotated logs, or their directory"))
    }

    fn options(&self) -> Options {
        let depth = self.depth.map(|depth| depth as usize);
        Options { depth, min_duration_ns: self.min_duration.unwrap_or(0) }
    }
}

fn several(id: &Terminal<'_>, ids: &[(Box<[u8]>, bool)]) -> Error {
    let kind = |is_group: bool| if is_group { "trace group" } else { "span" };
    let listed = list(ids.iter().map(|(id, is_group)| format!("{} ({})", Terminal(id), kind(*is_group))));
    hinted(format!("{id}: several ids begin with it: {listed}"), "give more of the id")
}

fn in_several(id: &Terminal<'_>, groups: &[Box<[u8]>]) -> Error {
    let listed = list(groups.iter().map(|group| Terminal(group).to_string()));
    hinted(format!("{id}: spans of several trace groups have this id: {listed}"), "show one of the groups")
}
