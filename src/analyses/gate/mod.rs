//! The gate: decides whether a change may go in, by its effect on the time that code takes.
//!
//! ```text
//!  Diff (bases, new run) ──┐
//!                          ├──► Gate: findings, outcome ──► text, Markdown, JSON, JUnit, GitHub
//!  Budgets, new run ───────┘
//! ```
//!
//! With a base, the gate fails when a name got slower, beyond margin and chance. With budgets, it fails when a name is
//! above an absolute limit. Both can be used at once.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::path::Path;
//! use tracerank_summary::Wanted;
//! use tracerank::analyses::diff::{Origin, Origins, Per};
//! use tracerank::analyses::gate::{Budget, Gate, Limits, Outcome};
//! use tracerank::engine::Engine;
//! use tracerank::render::Model;
//!
//! let log = std::fs::read("testdata/corpus/basic.log")?;
//! let (summary, account) = Engine::default().scan_bytes(&log, 0..log.len(), Wanted::SHARDED);
//! let budgets = Budget::parse("[[budget]]\nname = 'task-*'\nmax = '1s'", Path::new("budget.toml"))?;
//! let origins = Origins { bases: vec![], new: Origin { path: "basic.log".into(), account } };
//! let gate = Gate::new(origins, None, Some(Limits::new(&budgets, &summary, &Per::Root, None)));
//! gate.write_as("junit", &mut std::io::stdout())?;
//! assert_eq!(gate.outcome, Outcome::Pass);
//! # Ok(())
//! # }
//! ```

mod budget;
mod finding;
mod github;
mod json;
mod junit;
mod limits;
mod markdown;
mod table;
mod text;

pub use budget::{Budget, Limit, Quantity};
pub use finding::{About, Finding, What};
pub use limits::{Checked, Limited, Limits};

use crate::analyses::diff::{Calls, Diff, Measure, Origins, Settings, Shift, percent};
use crate::render::{Model, Renderer};

impl Model for Gate {
    const RENDERERS: &'static [Renderer<Self>] =
        &[text::RENDERER, json::RENDERER, markdown::RENDERER, junit::RENDERER, github::RENDERER];
}

/// The outcome of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is wrong.
    Pass,
    /// A name got slower, or is over its budget.
    Fail,
    /// Nothing was found wrong, but too little could be checked.
    TooLittle,
}

impl Outcome {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::TooLittle => "too_little_data",
        }
    }

    /// Its name for people.
    fn title(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::TooLittle => "TOO LITTLE DATA",
        }
    }
}

/// A comparison, and the measures that make a gate fail.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The comparison, made with the [`settings`] for these measures.
    pub diff: Diff,
    /// The measures that fail the gate when they go up.
    pub fail_on: Vec<Measure>,
}

/// The settings of a comparison that tests the measures that a gate fails on. Calls are always tested, since more calls
/// are reported in any case.
pub fn settings(fail_on: &[Measure], mut settings: Settings) -> Settings {
    let gated = Measure::ALL.into_iter().filter(|measure| *measure == Measure::Calls || fail_on.contains(measure));
    settings.gated = gated.collect();
    settings
}

/// A gate's answer.
#[derive(Debug)]
pub struct Gate {
    /// The outcome.
    pub outcome: Outcome,
    /// The findings: first those that fail the gate, then those that could not be checked, then the notes.
    pub findings: Vec<Finding>,
    origins: Origins,
    compared: Option<Compared>,
    limits: Option<Limits>,
}

impl Gate {
    /// Judges a comparison, a run against its budgets, or both. `origins` are the inputs of the runs.
    pub fn new(origins: Origins, compared: Option<Compared>, limits: Option<Limits>) -> Self {
        let mut findings: Vec<Finding> = compared.iter().flat_map(of_comparison).collect();
        findings.extend(limits.iter().flat_map(of_limits));
        findings.sort_by_key(|finding| (!finding.fails, !finding.what.is_lack()));
        let checks_nothing = compared.is_none() && limits.as_ref().is_none_or(|limits| limits.names.is_empty());
        let lacks = checks_nothing || findings.iter().any(|finding| finding.what.is_lack());
        let outcome = if findings.iter().any(|finding| finding.fails) {
            Outcome::Fail
        } else if lacks || compared.as_ref().is_some_and(|compared| !compared.diff.is_telling()) {
            Outcome::TooLittle
        } else {
            Outcome::Pass
        };
        Self { outcome, findings, origins, compared, limits }
    }

    /// The outcome, in a sentence.
    fn conclusion(&self) -> String {
        let of_comparison = self.compared.as_ref().map(|compared| self.sentence_of_comparison(compared));
        let of_limits = self.limits.as_ref().map(|limits| self.sentence_of_limits(limits));
        of_comparison.into_iter().chain(of_limits).collect::<Vec<_>>().join("; ")
    }

    fn sentence_of_comparison(&self, compared: &Compared) -> String {
        let judged = compared.diff.names.iter().filter(|named| named.comparison.verdict.is_known()).count();
        let slower = match (judged, self.names_with(What::Slower)) {
            (0, _) => "no name has enough of it".to_owned(),
            (_, slower) => format!("{} of {} got slower", none_or(slower), names(judged)),
        };
        let more = if compared.fail_on.contains(&Measure::Calls) { self.names_with(What::MoreCalls) } else { 0 };
        let more = if more == 0 { String::new() } else { format!(", {more} called more often") };
        let share = percent(compared.diff.share_compared());
        format!("{slower}{more}; {share} % of the base's time could be compared")
    }

    fn sentence_of_limits(&self, limits: &Limits) -> String {
        let over = match (limits.names.len(), self.names_with(What::OverBudget)) {
            (0, _) => "no name has a budget".to_owned(),
            (count, over) => format!("{} of {} with a budget exceeded it", none_or(over), names(count)),
        };
        match limits.unmatched.len() {
            0 => over,
            1 => format!("{over}; 1 budget is for no name in this log"),
            unmatched => format!("{over}; {unmatched} budgets are for no name in this log"),
        }
    }

    /// The number of names with a finding of this kind.
    fn names_with(&self, what: What) -> usize {
        let mut names: Vec<&[u8]> =
            self.findings.iter().filter(|finding| finding.what == what).map(|finding| &*finding.name).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    /// Notes that the reader of the answer needs, a sentence each.
    fn notes(&self) -> Vec<String> {
        let mut notes = self.compared.as_ref().map_or_else(Vec::new, |compared| compared.diff.notes());
        if self.compared.as_ref().is_some_and(|compared| compared.diff.base_units.len() == 1) {
            notes.push("Several bases tell: what differs between them widens the margin.".to_owned());
        }
        notes
    }

    /// The findings of one kind of one name, together.
    fn by_name(&self) -> impl Iterator<Item = &[Finding]> {
        self.findings.chunk_by(|one, next| (one.what, &one.name) == (next.what, &next.name))
    }
}

fn none_or(count: usize) -> String {
    if count == 0 { "none".to_owned() } else { count.to_string() }
}

fn names(count: usize) -> String {
    if count == 1 { "1 name".to_owned() } else { format!("{count} names") }
}

fn of_comparison(compared: &Compared) -> Vec<Finding> {
    let Compared { diff, fail_on } = compared;
    let mut findings = Vec::new();
    for named in &diff.names {
        let is_above_floor = named.cost_ns().is_none_or(|cost| cost.abs() >= diff.settings.floor_ns);
        let times = Measure::ALL.into_iter().filter(|measure| *measure != Measure::Calls && is_above_floor);
        let gated = times.filter(|measure| fail_on.contains(measure));
        // The verdict does not matter here: a longer tail is not made good by a mean that is not longer.
        let up = gated.filter(|measure| named.comparison[*measure].shift == Some(Shift::Up));
        findings.extend(up.map(|measure| Finding::of_change(What::Slower, true, named, measure, &diff.per)));
        let calls = match named.comparison.calls {
            Some(Calls::More) => Some((What::MoreCalls, fail_on.contains(&Measure::Calls))),
            Some(Calls::Fewer) => Some((What::FewerCalls, false)),
            _ => None,
        };
        findings.extend(calls.map(|(what, fails)| Finding::of_change(what, fails, named, Measure::Calls, &diff.per)));
    }
    findings
}

fn of_limits(limits: &Limits) -> Vec<Finding> {
    let of_names = limits.names.iter();
    let findings = of_names.flat_map(|of| of.checked.iter().filter_map(|checked| Finding::of_limit(&of.name, checked)));
    findings.chain(limits.unmatched.iter().map(Finding::of_unmatched)).collect()
}
