//! `tracerank check`.

use crate::summary::Scanned;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use tracerank_summary::Summary;
use tracing::debug_span;

use super::format::{find, renderer};
use super::inputs::{Inputs, Ways, read_runs};
use super::messages::{Messages, hinted};
use super::outputs::{Export, Outputs, is_same_file};
use super::run::Job;
use super::settings::ComparisonArgs;
use super::{EXIT_CODES, Exit, Global};
use crate::analyses::diff::{Diff, Measure, Origin, Origins};
use crate::analyses::gate::{self, Budget, Compared, Gate, Limits, Outcome};
use crate::input::Source;
use crate::render::Renderer;
use crate::render::display::Shown;

/// Fail if a new run is slower than its bases or over its budget: a gate for CI
///
/// Compares the last run with the runs before it, name by name, as tracerank diff does. The exit code is 1 if a name
/// got slower or is over its budget, 3 if there is too little data to tell, and 0 otherwise. With --budget, names are
/// compared with absolute limits, and bases are optional.
#[derive(Debug, Args)]
#[command(override_usage = "tracerank check [OPTIONS] [BASE]... <NEW>", after_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub(super) struct CheckArgs {
    /// Bases, if any, then the new run: each a log, a saved summary, a directory of these, or - for standard input
    ///
    /// All bases have the same weight, and differences between them widen the margin. With a single base, a change of
    /// the program can't be told from drift of the machine.
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<PathBuf>,

    /// TOML file with absolute limits of names
    ///
    /// Each `[[budget]]` has a name, in which * stands for any text and ? for one character. Its limits are mean, p50,
    /// p95, p99, max and `total_per_root` ("200ms"), count and `count_per_root` (40). A budget that matches no name in
    /// the log counts as too little data: exit code 3.
    #[arg(long, value_name = "FILE")]
    budget: Option<PathBuf>,

    /// Measures that fail the gate when they rise, separated by commas: mean, p50, p95, p99, total, calls
    ///
    /// The fewer measures there are, the less certain each change has to be. More calls are reported in any case.
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "mean,p50,p95,total", value_parser = measure)]
    fail_on: Vec<Measure>,

    #[command(flatten)]
    comparison: ComparisonArgs,

    /// Write to FILE instead of standard output
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "text", value_parser = renderer::<Gate>(), help_heading = "Output")]
    format: &'static Renderer<Gate>,

    /// Also write to FILE in another format; can be given several times
    ///
    /// An example is --export junit=check.xml --export markdown=check.md. Files are replaced once all outputs are
    /// whole. On exit code 2 they stay as they were.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = export, help_heading = "Output")]
    export: Vec<Export>,

    /// Refused, with the reason
    #[arg(long, hide = true)]
    keep_going: bool,
}

const EXAMPLES: &str = "\
Examples:
  Is the new run slower?
    tracerank check base.log new.log
  Three bases, which show how much runs differ by chance:
    tracerank check monday.log tuesday.log wednesday.log new.log
  Only changes of more than 10 %, and only of mean and tail:
    tracerank check --margin 10% --fail-on mean,p95 base.log new.log
  Without a base, against limits of your own:
    tracerank check --budget budget.toml new.log
  Text for the log of a CI run, and a report for its server:
    tracerank check base.log new.log --export junit=check.xml";

fn measure(text: &str) -> Result<Measure, String> {
    let known = Measure::ALL.into_iter().find(|measure| measure.as_str() == text.trim());
    known.ok_or_else(|| {
        format!("there is no measure {text:?}; there are: {}", Measure::ALL.map(Measure::as_str).join(", "))
    })
}

fn export(text: &str) -> Result<Export, String> {
    let (format, file) = text.split_once('=').ok_or("this is not FORMAT=FILE, such as junit=check.xml")?;
    Ok(Export { format: find(format)?, file: file.into() })
}

pub(super) fn run(args: &CheckArgs, global: &Global, messages: &Messages) -> Result<Exit> {
    if args.keep_going {
        return Err(hinted(
            "check does not keep going: a gate does not judge by a part of a run",
            "repair the damaged input, or take it out of the run",
        ));
    }
    let budgets = args.budgets(global)?;
    if budgets.is_none() && args.runs.len() == 1 {
        return Err(hinted(
            "there is only one run, and nothing to compare it with",
            "give bases before it (tracerank check BASE NEW), or limits (--budget FILE)",
        ));
    }
    if args.runs.iter().filter(|run| run.as_os_str() == "-").count() > 1 {
        return Err(hinted("standard input can't be more than one run", "give the others as files"));
    }
    let Some(runs) = resolve(&args.runs, messages) else { return Ok(Exit::Failed) };
    let sources: Vec<Source> = runs.iter().flat_map(Inputs::sources).cloned().collect();
    let exports = args.exports();
    let outputs = Outputs::new(&exports, &sources, &[args.budget.as_deref(), global.profile_self.as_deref()])?;
    let job = Job { stage: || debug_span!("check"), output: None, global, messages };
    job.profiled(&sources, || args.check(&runs, budgets.as_deref(), outputs, global, messages))
}

/// Resolves the files of each run. Returns none if some can't be used; their errors are on standard error then.
fn resolve(runs: &[PathBuf], messages: &Messages) -> Option<Vec<Inputs>> {
    let resolved: Vec<_> = runs.iter().map(|run| Inputs::resolve(vec![run.clone()], Ways::Warn, messages)).collect();
    resolved.into_iter().collect()
}

/// Warns of runs with spans of a run before them: a run that is compared with itself always passes, and a base that is
/// given twice makes the others count less.
fn warn_of_same_runs(runs: &[Scanned], paths: &[PathBuf], messages: &Messages) {
    for (at, run) in runs.iter().enumerate() {
        let shares = runs[..at].iter().map(|before| run.share_in(before));
        let most = shares.enumerate().max_by(|one, other| one.1.total_cmp(&other.1));
        let Some((same, share)) = most.filter(|(_, share)| *share > 0.0) else { continue };
        let (run, before) = (Shown(&paths[at]), Shown(&paths[same]));
        let what = if share < 1.0 {
            format!("about {:.0} % of its spans are in the base {before}, too", (100.0 * share).clamp(1.0, 99.0))
        } else {
            format!("shares content with the base {before}")
        };
        let why = match (at + 1 == runs.len(), share < 1.0) {
            (true, false) => ": a run that is compared with itself always passes",
            (true, true) => ", and do not differ from themselves",
            (false, _) => ", which does not show how much runs differ",
        };
        messages.warning(format_args!("{run}: {what}{why}"));
    }
}

impl CheckArgs {
    fn budgets(&self, global: &Global) -> Result<Option<Vec<Budget>>> {
        let Some(path) = &self.budget else { return Ok(None) };
        if path.as_os_str() == "-" {
            return Err(hinted("standard input can't be the budget", "give --budget a file"));
        }
        if global.profile_self.as_ref().is_some_and(|profile| is_same_file(profile, path)) {
            let what = format!("{}: can't be both the budget and the profile", Shown(path));
            return Err(hinted(what, "give --profile-self another file"));
        }
        Ok(Some(Budget::read(path)?))
    }

    fn exports(&self) -> Vec<Export> {
        let file = self.output.clone().unwrap_or_else(|| "-".into());
        let main = Export { format: self.format, file };
        self.export.iter().cloned().chain([main]).collect()
    }

    fn check(
        &self,
        runs: &[Inputs],
        budgets: Option<&[Budget]>,
        outputs: Outputs,
        global: &Global,
        messages: &Messages,
    ) -> Result<Exit> {
        let scanned = read_runs(&runs.iter().collect::<Vec<_>>(), global, messages)?;
        warn_of_same_runs(&scanned, &self.runs, messages);
        let judged = runs.iter().zip(&scanned).map(|(run, scanned)| run.judge(scanned, global, messages));
        let exit = judged.fold(Exit::Done, Exit::or_worse);
        // A failure to read is not a verdict of slow: nothing is written.
        if exit == Exit::Failed {
            return Ok(exit);
        }
        Ok(exit.or_worse(self.decide(&scanned, budgets, outputs)?))
    }

    fn decide(&self, scanned: &[Scanned], budgets: Option<&[Budget]>, outputs: Outputs) -> Result<Exit> {
        let summaries: Vec<&Summary> = scanned.iter().map(|scanned| &scanned.summary).collect();
        let Some((new, bases)) = summaries.split_last() else { return Ok(Exit::Failed) };
        let Some(origins) = self.origins(scanned) else { return Ok(Exit::Failed) };
        let (per, names) = (self.comparison.per(), self.comparison.names());
        let settings = gate::settings(&self.fail_on, self.comparison.settings());
        let compare = || debug_span!("compare-names").in_scope(|| Diff::new(bases, new, &per, names, &settings));
        let diff = (!bases.is_empty()).then(compare);
        diff.as_ref().map_or(Ok(()), |diff| self.comparison.check(diff))?;
        let compared = diff.map(|diff| Compared { diff, fail_on: self.fail_on.clone() });
        let gate = Gate::new(origins, compared, budgets.map(|budgets| Limits::new(budgets, new, &per, names)));
        debug_span!("write-check").in_scope(|| outputs.write(&gate))?;
        Ok(match gate.outcome {
            Outcome::Pass => Exit::Done,
            Outcome::Fail => Exit::No,
            Outcome::TooLittle => Exit::TooLittle,
        })
    }

    /// The origins of the runs.
    fn origins(&self, scanned: &[Scanned]) -> Option<Origins> {
        let runs = self.runs.iter().zip(scanned);
        let runs = runs.map(|(path, scanned)| Origin { path: path.clone(), account: scanned.account });
        let mut bases: Vec<Origin> = runs.collect();
        let new = bases.pop()?;
        Some(Origins { bases, new })
    }
}
