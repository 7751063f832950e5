//! `tracerank diff`.

use crate::summary::Scanned;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use tracing::debug_span;

use super::format::renderer;
use super::inputs::{Inputs, Ways, read_runs};
use super::messages::{Messages, hinted};
use super::output::Target;
use super::run::{Job, finish};
use super::settings::ComparisonArgs;
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::diff::{Diff, Origin, Origins, View};
use crate::render::{Audience, Renderer};

/// Compare two logs or summaries name by name, and tell changes from chance
///
/// Each trace name has total and calls per root span, mean, percentiles and count in both logs, the ratio with its 95 %
/// confidence interval, and a verdict: slower, faster, no change, too little data, new or gone. The largest change of
/// total time per root span comes first. The number of calls is judged on its own. p99 is shown and not judged.
///
/// A name needs about 100 base ids in both logs. docs/statistics.md explains the method and gives its error rates.
#[derive(Debug, Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct DiffArgs {
    /// Base: a log, a saved summary, a directory of these, or - for standard input
    base: PathBuf,

    /// New run, which may be slower than the base; the same kinds of input
    new: PathBuf,

    /// Write to FILE instead of standard output
    ///
    /// FILE is replaced once the comparison is whole. On exit code 2 it stays as it was.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<View>())]
    format: &'static Renderer<View>,

    /// Show at most N names; all are judged and counted [default: all]
    #[arg(short = 'n', long, value_name = "N")]
    top: Option<usize>,

    #[command(flatten)]
    comparison: ComparisonArgs,

    /// Refused, with the reason
    #[arg(long, hide = true)]
    keep_going: bool,
}

const EXAMPLES: &str = "\
Examples:
  All changes from yesterday's log to today's; the ten largest:
    tracerank diff mistral.log.1 mistral.log
    tracerank diff -n 10 mistral.log.1 mistral.log
  Runs with different numbers of workflows, compared per workflow:
    tracerank diff --per engine-start-workflow before/ after/
  Only some names, and only changes of at least a second per root span:
    tracerank diff --names '^engine-' --margin 10% --floor 1s before.log after.log
  For a merge request, and for other programs:
    tracerank diff -f markdown -o diff.md before.log after.log
    tracerank diff -f json a.log b.log | jq '.names[] | select(.verdict == \"slower\")'
  From another host:
    ssh host cat mistral.log.gz | tracerank diff before.log -";

pub(super) fn run(args: &DiffArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    if args.keep_going {
        return Err(hinted(
            "diff does not keep going: runs of which a part is missing are not comparable",
            "compare without the damaged input; tracerank summarize --keep-going RUN -o RUN.trk makes such a run",
        ));
    }
    let Some((base, new)) = args.inputs(messages)? else { return Ok(Exit::Failed) };
    let sources = [base.sources(), new.sources()].concat();
    let job = Job { stage: || debug_span!("diff"), output: args.output.as_deref(), global, messages };
    job.with_target(&sources, |target| args.compare(&base, &new, target, &job))
}

impl DiffArgs {
    /// Resolves both logs. Returns none if a file can't be used; its error is on standard error then.
    fn inputs(&self, messages: &Messages) -> Result<Option<(Inputs, Inputs)>> {
        if [&self.base, &self.new].iter().all(|path| path.as_os_str() == "-") {
            return Err(hinted("standard input can't be both BASE and NEW", "give one of them as a file"));
        }
        let resolve = |path: &Path| Inputs::resolve(vec![path.to_owned()], Ways::Warn, messages);
        // Both are resolved first, so that the errors of both are printed.
        let (base, new) = (resolve(&self.base), resolve(&self.new));
        Ok(base.zip(new))
    }

    fn compare(&self, base: &Inputs, new: &Inputs, target: Target, job: &Job<'_>) -> Result<Exit> {
        let Job { global, messages, .. } = *job;
        let read = read_runs(&[base, new], global, messages)?;
        let [of_base, of_new] = read.as_slice() else { unreachable!("there are two") };
        let judge = || base.judge(of_base, global, messages).or_worse(new.judge(of_new, global, messages));
        if !base.is_answer(of_base) || !new.is_answer(of_new) {
            return Ok(judge());
        }
        let diff = debug_span!("compare-names").in_scope(|| self.diff(of_base, of_new));
        self.comparison.check(&diff)?;
        let origin = |path: &Path, scanned: &Scanned| Origin { path: path.to_owned(), account: scanned.account };
        let origins = Origins { bases: vec![origin(&self.base, of_base)], new: origin(&self.new, of_new) };
        let view = View { diff, origins, top: self.top };
        let out = debug_span!("write-diff").in_scope(|| job.write(Some(&view), self.format, target))?;
        let exit = judge().or_worse(self.told(&view.diff, messages));
        finish(out, exit != Exit::Failed)?;
        Ok(exit)
    }

    /// Returns the exit code, and warns of too little data. Text on standard output says so itself.
    fn told(&self, diff: &Diff, messages: &Messages) -> Exit {
        if diff.is_telling() {
            return Exit::Done;
        }
        if self.output.is_some() || self.format.audience != Audience::Terminal {
            messages.warning("too little data to tell whether anything changed");
        }
        Exit::TooLittle
    }

    fn diff(&self, base: &Scanned, new: &Scanned) -> Diff {
        let (per, settings) = (self.comparison.per(), self.comparison.settings());
        Diff::new(&[&base.summary], &new.summary, &per, self.comparison.names(), &settings)
    }
}
