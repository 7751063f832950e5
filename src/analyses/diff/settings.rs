//! The settings that define a change.

use super::measure::Measure;

/// The value that is compared with the margin, once it is certain (by Holm's correction) that there is a change at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The whole confidence interval of the ratio: a change that is found is hardly ever smaller than the margin, so
    /// runs may differ a little by chance.
    Interval,
    /// The ratio: finds more where there are few names, and more changes that are smaller than the margin.
    Estimate,
}

impl Rule {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Interval => "interval",
            Self::Estimate => "estimate",
        }
    }
}

/// The settings that define a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The measures that are tested.
    pub gated: Vec<Measure>,
    /// The chance that any name is taken for changed if none is.
    pub level: f64,
    /// The smallest change that matters: 0.05 is a ratio above 1.05 or below 1/1.05.
    pub margin: f64,
    /// The rule for the margin.
    pub rule: Rule,
    /// A change of total per root below this makes a name neither slower nor faster, in nanoseconds.
    pub floor_ns: f64,
    /// With fewer base_ids on a side there is too little data.
    pub min_base_ids: u64,
    /// With fewer shards on a side that have the name there is too little data.
    pub min_shards: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            gated: vec![Measure::Calls, Measure::Mean, Measure::P50, Measure::P95, Measure::Total],
            level: 0.05,
            margin: 0.05,
            rule: Rule::Interval,
            floor_ns: 1e6,
            min_base_ids: 100,
            min_shards: 20,
        }
    }
}
