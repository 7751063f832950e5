//! Judges all names together.

use super::compare::{Change, Comparison, Presence};
use super::holm;
use super::measure::Measure;
use super::settings::{Rule, Settings};
use super::verdict::{Calls, Shift, Verdict};

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
