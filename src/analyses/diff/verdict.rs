//! The verdicts of all names together.

use super::compare::{Change, Comparison, Presence};
use super::estimate::Measure;
use super::holm;

/// The verdict of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// At least one measure of time went up.
    Slower,
    /// At least one measure of time went down.
    Faster,
    /// There is enough data, and none moved.
    NoChange,
    /// The data can't tell whether any measure moved.
    TooLittleData,
    /// It is in no base.
    New,
    /// It is in a base and not in the new run.
    Gone,
}

impl Verdict {
    /// All verdicts, in the order of the tally.
    pub const ALL: [Self; 6] = [Self::Slower, Self::Faster, Self::NoChange, Self::TooLittleData, Self::New, Self::Gone];

    /// Its name for programs: `too_little_data`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::NoChange => "no_change",
            Self::TooLittleData => "too_little_data",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }

    /// Tells whether both runs had enough data of the name.
    pub fn is_known(self) -> bool {
        matches!(self, Self::Slower | Self::Faster | Self::NoChange)
    }
}

/// The change of the number of calls per root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// It went up.
    More,
    /// It went down.
    Fewer,
    /// It did not move.
    NoChange,
}

impl Calls {
    /// Its name for programs: `no_change`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::More => "more",
            Self::Fewer => "fewer",
            Self::NoChange => "no_change",
        }
    }
}

/// The direction in which a measure moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// Up.
    Up,
    /// Down.
    Down,
}

impl Shift {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

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

/// Judges all names together: the more names, the more certain each change has to be.
pub fn judge(comparisons: &mut [Comparison], settings: &Settings) {
    for change in comparisons.iter_mut().flat_map(|comparison| &mut comparison.changes) {
        (change.adjusted_p, change.shift) = (None, None);
    }
    let tested = comparisons.iter_mut().filter(|comparison| comparison.presence == Presence::Enough);
    let tests = tested.flat_map(|comparison| comparison.changes.iter_mut().zip(Measure::ALL));
    let mut tests: Vec<Test<'_>> = tests.filter_map(|(change, measure)| Test::new(change, measure, settings)).collect();
    let p: Vec<f64> = tests.iter().map(|test| test.p).collect();
    for (test, adjusted) in tests.iter_mut().zip(holm::adjust(&p)) {
        test.conclude(adjusted, settings);
    }
    for comparison in comparisons {
        comparison.verdict = verdict(comparison, settings);
        comparison.calls = calls(&comparison[Measure::Calls], settings);
    }
}

/// One measure of one name that is tested.
struct Test<'a> {
    change: &'a mut Change,
    p: f64,
    /// The direction in which it moved, if it is beyond the margin.
    shift: Option<Shift>,
}

impl<'a> Test<'a> {
    fn new(change: &'a mut Change, measure: Measure, settings: &Settings) -> Option<Self> {
        let (ratio, certainty) = change.ratio.zip(change.certainty).filter(|_| settings.gated.contains(&measure))?;
        let margin = (settings.margin.max(0.0).ln_1p() + change.spread).exp();
        let (low, high) = match settings.rule {
            Rule::Estimate => (ratio, ratio),
            Rule::Interval => (certainty.low, certainty.high),
        };
        let down = (high * margin < 1.0).then_some(Shift::Down);
        Some(Self { change, p: certainty.p, shift: (low > margin).then_some(Shift::Up).or(down) })
    }

    fn conclude(&mut self, adjusted: f64, settings: &Settings) {
        self.change.adjusted_p = Some(adjusted);
        self.change.shift = self.shift.filter(|_| adjusted <= settings.level);
    }
}

/// The measures of time. Where they disagree, the first decides.
const TIMES: [Measure; 5] = [Measure::Total, Measure::Mean, Measure::P50, Measure::P95, Measure::P99];

fn verdict(comparison: &Comparison, settings: &Settings) -> Verdict {
    match comparison.presence {
        Presence::OnlyNew => return Verdict::New,
        Presence::OnlyBase => return Verdict::Gone,
        Presence::TooLittle => return Verdict::TooLittleData,
        Presence::Enough => {}
    }
    let gated = TIMES.into_iter().filter(|measure| settings.gated.contains(measure)).map(|measure| comparison[measure]);
    let untested = gated.clone().any(|change| change.adjusted_p.is_none());
    let shift = gated.into_iter().find_map(|change| change.shift).filter(|_| is_above_floor(comparison, settings));
    match shift {
        Some(Shift::Up) => Verdict::Slower,
        Some(Shift::Down) => Verdict::Faster,
        None if untested => Verdict::TooLittleData,
        None => Verdict::NoChange,
    }
}

/// Tells whether the change per root counts. Where there are no roots, it does.
fn is_above_floor(comparison: &Comparison, settings: &Settings) -> bool {
    let Change { base, new, .. } = comparison[Measure::Total];
    base.zip(new).is_none_or(|(base, new)| (new - base).abs() >= settings.floor_ns)
}

fn calls(change: &Change, settings: &Settings) -> Option<Calls> {
    change.adjusted_p.filter(|_| settings.gated.contains(&Measure::Calls))?;
    Some(match change.shift {
        Some(Shift::Up) => Calls::More,
        Some(Shift::Down) => Calls::Fewer,
        None => Calls::NoChange,
    })
}
