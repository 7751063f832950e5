//! Findings of a gate: each is of one measure of one name.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use super::budget::{Budget, Limit};
use super::limits::Checked;
use crate::analyses::diff::render::figures::{self, change_percent, milliseconds};
use crate::analyses::diff::{Change, Measure, Named, Per};
use crate::render::display::Terminal;

/// A kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A measure of time went up from the base to the new run.
    Slower,
    /// There are more spans per root than in the base.
    MoreCalls,
    /// There are fewer.
    FewerCalls,
    /// It is above a limit.
    OverBudget,
    /// A limit of something per root, where there is no root.
    NoRoots,
    /// A budget whose name or pattern no trace name matches.
    NoSuchName,
}

impl What {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::MoreCalls => "more_calls",
            Self::FewerCalls => "fewer_calls",
            Self::OverBudget => "over_budget",
            Self::NoRoots => "no_roots",
            Self::NoSuchName => "no_such_name",
        }
    }

    /// Tells whether it means that something could not be checked.
    pub fn is_lack(self) -> bool {
        matches!(self, Self::NoRoots | Self::NoSuchName)
    }
}

impl Display for What {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Slower => "slower",
            Self::MoreCalls => "more calls",
            Self::FewerCalls => "fewer calls",
            Self::OverBudget => "over budget",
            Self::NoRoots | Self::NoSuchName => "not checked",
        })
    }
}

/// A finding: one measure of one name.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The kind of the finding.
    pub what: What,
    /// True if the gate fails because of it.
    pub fails: bool,
    /// The trace name: any bytes. Where no name matches a budget, the name or pattern of the budget.
    pub name: Vec<u8>,
    /// The subject of it.
    pub about: About,
}

/// The numbers of a finding. Times are in nanoseconds.
#[derive(Debug, Clone)]
pub enum About {
    /// A measure in the base and in the new run, and the divisor of calls and totals.
    Change(Measure, Change, Per),
    /// A limit, and the value that it is for; none where there is nothing to divide by.
    Limit(Arc<Budget>, Limit, Option<f64>),
    /// A budget without a matching name.
    Budget(Arc<Budget>),
}

impl Finding {
    pub(super) fn of_change(what: What, fails: bool, named: &Named, measure: Measure, per: &Per) -> Self {
        let about = About::Change(measure, named.comparison[measure], per.clone());
        Self { what, fails, name: named.name.clone(), about }
    }

    /// The finding of a limit, if it is exceeded or could not be checked.
    pub(super) fn of_limit(name: &[u8], checked: &Checked) -> Option<Self> {
        let Checked { ref budget, limit, value } = *checked;
        let (what, fails) = match value {
            None => (What::NoRoots, false),
            Some(value) if value > limit.most => (What::OverBudget, true),
            Some(_) => return None,
        };
        Some(Self { what, fails, name: name.to_vec(), about: About::Limit(Arc::clone(budget), limit, value) })
    }

    pub(super) fn of_unmatched(budget: &Arc<Budget>) -> Self {
        let name = budget.name.as_bytes().to_vec();
        Self { what: What::NoSuchName, fails: false, name, about: About::Budget(Arc::clone(budget)) }
    }

    /// The measure, as it is called on the command line or in the file of budgets; none if it is about a whole budget.
    pub fn measure(&self) -> Option<&'static str> {
        match &self.about {
            About::Change(measure, ..) => Some(measure.as_str()),
            About::Limit(_, limit, _) => Some(limit.quantity.as_str()),
            About::Budget(_) => None,
        }
    }

    /// The numbers, as programs read them.
    pub(super) fn numbers(&self) -> Numbers<'_> {
        match &self.about {
            About::Change(measure, change, _) => Numbers {
                is_time: *measure != Measure::Calls,
                base: change.base,
                new: change.new,
                ratio: change.ratio,
                interval: change.certainty.map(|certainty| (certainty.low, certainty.high)),
                ..Numbers::default()
            },
            About::Limit(budget, limit, value) => Numbers {
                is_time: limit.quantity.is_time(),
                new: *value,
                limit: Some(limit.most),
                budget: Some(&budget.name),
                ..Numbers::default()
            },
            About::Budget(budget) => Numbers { budget: Some(&budget.name), ..Numbers::default() },
        }
    }

    /// The measure, as people read it.
    pub(super) fn label(&self) -> Option<String> {
        match &self.about {
            About::Change(measure @ (Measure::Total | Measure::Calls), _, per) => {
                Some(format!("{} per {}", measure.as_str(), figures::unit(per)))
            }
            _ => self.measure().map(str::to_owned),
        }
    }

    /// The values in the base and in the new run, as people read them, and their certainty or limit.
    pub(super) fn in_words(&self) -> Words {
        match &self.about {
            About::Change(measure, change, _) => {
                let shown = |value: Option<f64>| value.map(|value| show(value, *measure != Measure::Calls));
                Words { base: shown(change.base), new: shown(change.new), verdict: of_ratio(change) }
            }
            About::Limit(budget, limit, value) => {
                let shown = |value: f64| show(value, limit.quantity.is_time());
                let own = budget.name.as_bytes() == self.name;
                let of = if own { String::new() } else { format!(" of {}", Terminal(budget.name.as_bytes())) };
                let lack = if value.is_none() { "there is nothing to divide by; " } else { "" };
                let verdict = format!("{lack}the limit{of} is {}", shown(limit.most));
                Words { base: None, new: value.map(shown), verdict }
            }
            About::Budget(_) => {
                Words { base: None, new: None, verdict: "no trace name matches this budget".to_owned() }
            }
        }
    }
}

/// The numbers of a finding. Missing ones are left out: a change has no limit, and a budget no base.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Numbers<'a> {
    /// True if base, new and limit are nanoseconds, and not numbers of spans.
    pub(super) is_time: bool,
    pub(super) base: Option<f64>,
    pub(super) new: Option<f64>,
    pub(super) ratio: Option<f64>,
    /// The 95 % interval of the ratio.
    pub(super) interval: Option<(f64, f64)>,
    pub(super) limit: Option<f64>,
    /// The name or pattern of the budget.
    pub(super) budget: Option<&'a str>,
}

/// A finding's numbers as people read them.
pub(super) struct Words {
    pub(super) base: Option<String>,
    pub(super) new: Option<String>,
    /// The size of the change and its certainty, or the limit.
    pub(super) verdict: String,
}

impl Display for Finding {
    /// Without the name: `p95: 12.300 ms → 14.145 ms, +15.0 % (95 % interval +12.1 % to +18.0 %)`.
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if let Some(label) = self.label() {
            write!(out, "{label}: ")?;
        }
        let Words { base, new, verdict } = self.in_words();
        let values: Vec<String> = base.into_iter().chain(new).collect();
        let comma = if values.is_empty() { "" } else { ", " };
        write!(out, "{}{comma}{verdict}", values.join(" → "))
    }
}

/// The size of the change, and its certainty.
fn of_ratio(change: &Change) -> String {
    let percent = |ratio: f64| format!("{} %", change_percent(ratio));
    let interval = change.certainty.map(|certain| (percent(certain.low), percent(certain.high)));
    let interval = interval.map(|(low, high)| format!(" (95 % interval {low} to {high})")).unwrap_or_default();
    change.ratio.map_or_else(String::new, percent) + &interval
}

/// A time, or a number of spans.
fn show(value: f64, is_time: bool) -> String {
    match is_time {
        true => format!("{} ms", milliseconds(value)),
        false if value.fract() == 0.0 => format!("{value:.0}"),
        false => figures::value(Measure::Calls, Some(value)),
    }
}
