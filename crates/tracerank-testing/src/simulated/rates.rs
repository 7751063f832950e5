//! How often the gate finds a change where there is one, and where there is none.

use rayon::prelude::*;
use tracerank::analyses::diff::{Calls, Comparison, Measure, Rule, Settings, Verdict, compare, judge};

use super::whitney::mann_whitney;
use super::{Load, Random, Run};

/// Names that are judged together.
const FAMILY: usize = 50;
/// Of how many names of a family the spans themselves are compared, too.
const WHITNEYS: usize = 2;

/// How often something was found where nothing had changed.
#[derive(Debug, Default, Clone, Copy)]
pub struct Alarms {
    pub names: u32,
    /// By measure: p-values of 0.05 or less.
    pub measures: [u32; Measure::ALL.len()],
    /// Names with an alarm when each is judged alone, with no margin and no floor.
    pub alone: u32,
    pub whitneys: u32,
    pub whitney: u32,
    pub families: u32,
    /// Families with an alarm: with no margin and no floor, by the rule of the interval, by that of the estimate.
    pub family: [u32; 3],
}

impl Alarms {
    fn plus(mut self, other: Self) -> Self {
        self.names += other.names;
        self.measures.iter_mut().zip(other.measures).for_each(|(sum, more)| *sum += more);
        self.alone += other.alone;
        self.whitneys += other.whitneys;
        self.whitney += other.whitney;
        self.families += other.families;
        self.family.iter_mut().zip(other.family).for_each(|(sum, more)| *sum += more);
        self
    }

    fn count(&mut self, comparisons: &mut [Comparison]) {
        self.names += comparisons.len() as u32;
        self.families += 1;
        for (sum, measure) in self.measures.iter_mut().zip(Measure::ALL) {
            let certain = comparisons.iter().filter_map(|comparison| comparison[measure].certainty);
            *sum += certain.filter(|certainty| certainty.p <= 0.05).count() as u32;
        }
        for comparison in comparisons.chunks_mut(1) {
            judge(comparison, &settings_without_margin());
            self.alone += u32::from(is_alarm(&comparison[0]));
        }
        for (sum, settings) in self.family.iter_mut().zip(settings()) {
            judge(comparisons, &settings);
            *sum += u32::from(comparisons.iter().any(is_alarm));
        }
    }
}

/// How often a change of all durations was found.
#[derive(Debug, Default, Clone, Copy)]
pub struct Found {
    /// As one name alone, and as one of fifty: with no margin, by the rule of the interval, by that of the estimate.
    pub alone: [u32; 3],
    pub among: [u32; 3],
    pub times: u32,
}

impl Found {
    fn plus(mut self, other: Self) -> Self {
        self.alone.iter_mut().zip(other.alone).for_each(|(sum, more)| *sum += more);
        self.among.iter_mut().zip(other.among).for_each(|(sum, more)| *sum += more);
        self.times += other.times;
        self
    }
}

pub fn settings_without_margin() -> Settings {
    Settings { margin: 0.0, floor_ns: 0.0, ..Settings::default() }
}

fn settings() -> [Settings; 3] {
    [settings_without_margin(), Settings::default(), Settings { rule: Rule::Estimate, ..Settings::default() }]
}

/// Whether something was found that is not there. (Too little data is no alarm.)
fn is_alarm(comparison: &Comparison) -> bool {
    matches!(comparison.verdict, Verdict::Slower | Verdict::Faster)
        || matches!(comparison.calls, Some(Calls::More | Calls::Fewer))
}

/// Families of names without a change: how often each test is wrong, and the comparisons of the first ten.
pub fn alarms(seed: u64, base: Load, new: Load, bases: usize, families: usize) -> (Alarms, Vec<Comparison>) {
    let of_family = |family: usize| {
        let mut alarms = Alarms::default();
        let mut comparisons: Vec<Comparison> = Vec::with_capacity(FAMILY);
        for name in 0..FAMILY {
            let mut random = Random::new(seed.wrapping_mul(1 << 32).wrapping_add((family * FAMILY + name) as u64));
            let bases: Vec<Run> = (0..bases).map(|_| Run::new(&mut random, base, 1.0)).collect();
            let new = Run::new(&mut random, new, 1.0);
            if name < WHITNEYS {
                alarms.whitneys += 1;
                alarms.whitney += u32::from(mann_whitney(&bases[0].durations, &new.durations) <= 0.05);
            }
            let bases: Vec<_> = bases.into_iter().map(|run| run.side).collect();
            comparisons.push(compare(&bases, &new.side, &Settings::default()));
        }
        alarms.count(&mut comparisons);
        (alarms, if family < 10 { comparisons } else { Vec::new() })
    };
    let families: Vec<_> = (0..families).into_par_iter().map(of_family).collect();
    let (alarms, kept): (Vec<_>, Vec<_>) = families.into_iter().unzip();
    (alarms.into_iter().fold(Alarms::default(), Alarms::plus), kept.concat())
}

/// How often a name that takes `factor` times as long is found, among `others` that are as they were.
pub fn found(seed: u64, load: Load, factor: f64, times: usize, others: &[Comparison]) -> Found {
    let once = |time: usize| {
        let mut random = Random::new(seed.wrapping_mul(1 << 32).wrapping_add(time as u64));
        let [base, new] = super::pair(&mut random, load, factor).map(|run| run.side);
        let changed = compare(&[base], &new, &Settings::default());
        let others = others.iter().cycle().skip(time % others.len()).take(FAMILY - 1).cloned();
        let mut family: Vec<Comparison> = [changed].into_iter().chain(others).collect();
        let mut found = Found { times: 1, ..Found::default() };
        for (at, settings) in settings().into_iter().enumerate() {
            judge(&mut family, &settings);
            found.among[at] = u32::from(family[0].verdict == Verdict::Slower);
            judge(&mut family[..1], &settings);
            found.alone[at] = u32::from(family[0].verdict == Verdict::Slower);
        }
        found
    };
    (0..times).into_par_iter().map(once).reduce(Found::default, Found::plus)
}
