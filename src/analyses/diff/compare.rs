//! Compares one name in one or several base runs and in a new run.

use std::ops::Index;

use super::estimate::Estimate;
use super::measure::{Measure, estimates};
use super::settings::Settings;
use super::shards::{SHARDS, Side};
use super::student;
use super::verdict::{Calls, Shift, Verdict};

/// The certainty of a ratio. All numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certainty {
    /// The lower end of the ratio's 95 % confidence interval.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The probability of a ratio at least as far from 1 if nothing changed.
    pub p: f64,
    /// The standard error of the ratio's logarithm.
    pub log_error: f64,
    /// The degrees of freedom of the t distribution that the interval and the p-value come from.
    pub freedom: u32,
}

impl Certainty {
    fn new(ratio: f64, error: Error) -> Option<Self> {
        let (log, log_error, freedom) = (ratio.ln(), error.variance.sqrt(), error.freedom());
        let reach = student::quantile_975(freedom) * log_error;
        let p = match (log == 0.0, log_error > 0.0) {
            (true, _) => 1.0,
            (false, false) => 0.0,
            (false, true) => student::two_sided(log / log_error, freedom),
        };
        let certainty =
            Self { low: (log - reach).exp(), high: (log + reach).exp().min(f64::MAX), p, log_error, freedom };
        log_error.is_finite().then_some(certainty)
    }
}

/// One measure in the base and in the new run. All numbers are finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// In the base, the geometric mean if there are several; none without spans of the name or without roots. Times are
    /// in nanoseconds.
    pub base: Option<f64>,
    /// In the new run.
    pub new: Option<f64>,
    /// New by base; none unless both are above zero. (Percentiles of zero and below count as half a nanosecond in it.)
    pub ratio: Option<f64>,
    /// The certainty of the ratio; none when there is too little data.
    pub certainty: Option<Certainty>,
    /// The largest distance of a base from the mean of the bases, as a logarithm; zero for one base.
    pub spread: f64,
    /// The p-value after Holm's correction for all tests of all names; none if the measure was not tested.
    pub adjusted_p: Option<f64>,
    /// The change, if it is one.
    pub shift: Option<Shift>,
}

impl Change {
    fn new(bases: &[Estimate], new: Estimate, enough: bool) -> Self {
        let (pooled, spread) = pool(bases);
        let base = if let [only] = bases { only.value } else { pooled };
        let ratio = pooled.zip(new.compared).filter(|(base, new)| *base > 0.0 && *new > 0.0);
        let ratio = ratio.map(|(base, new)| new / base).filter(|ratio| ratio.is_normal());
        let error = Error::of_ratio(bases, new).filter(|_| enough);
        let certainty = ratio.zip(error).and_then(|(ratio, error)| Certainty::new(ratio, error));
        Self { base, new: new.value, ratio, certainty, spread, adjusted_p: None, shift: None }
    }
}

/// Merges several bases into one, each of the same weight. Also returns their largest distance from it, as a logarithm.
fn pool(bases: &[Estimate]) -> (Option<f64>, f64) {
    if let [only] = bases {
        return (only.compared, 0.0);
    }
    let logs = bases.iter().map(|base| base.compared.filter(|value| *value > 0.0).map(f64::ln));
    let Some(logs) = logs.collect::<Option<Vec<f64>>>().filter(|logs| !logs.is_empty()) else {
        return (None, 0.0);
    };
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    (Some(mean.exp()), logs.iter().fold(0.0, |far: f64, log| far.max((log - mean).abs())))
}

/// The error of a sum of independent estimates: its variance, and what that is uncertain by.
#[derive(Clone, Copy, Default)]
struct Error {
    variance: f64,
    /// The sum of the squares of the variances that were added up.
    squares: f64,
}

impl Error {
    /// The error of the logarithm of the new figure by the geometric mean of the bases.
    fn of_ratio(bases: &[Estimate], new: Estimate) -> Option<Self> {
        let share = 1.0 / bases.len() as f64;
        let of_bases = bases.iter().map(|base| base.log_error.map(|error| error * share));
        of_bases.chain([new.log_error]).try_fold(Self::default(), |sum, error| Some(sum.plus(error?.powi(2))))
    }

    fn plus(self, variance: f64) -> Self {
        Self { variance: self.variance + variance, squares: self.squares + variance * variance }
    }

    /// The degrees of freedom by Welch and Satterthwaite: 62 for two sides alike, down to 31 where one has all of the
    /// error. It is rounded down to an even number, and more bases do not raise it.
    fn freedom(self) -> u32 {
        let of_side = (SHARDS - 1) as f64;
        let freedom = of_side * self.variance * self.variance / self.squares;
        // NaN, where nothing varies, makes the least.
        (freedom.clamp(of_side, 2.0 * of_side) as u32).max(SHARDS as u32 - 2) & !1
    }
}

/// The sides on which a name occurs, and whether it has enough data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    Enough,
    TooLittle,
    OnlyBase,
    OnlyNew,
}

/// All measures of one name, and the verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    pub(super) changes: [Change; Measure::ALL.len()],
    pub(super) presence: Presence,
    /// The verdict; [`Verdict::TooLittleData`] until the name is judged.
    pub verdict: Verdict,
    /// The change of the number of calls; none if it can't be told, or isn't to be.
    pub calls: Option<Calls>,
}

impl Index<Measure> for Comparison {
    type Output = Change;

    fn index(&self, measure: Measure) -> &Change {
        &self.changes[measure as usize]
    }
}

/// Compares a name in the new run with the same name in the bases, of which there is usually one. Of several bases,
/// those with enough data count, or, if none has enough, those with any.
///
/// [`judge`](super::judge) then judges the comparisons of all names together.
pub fn compare<C: AsRef<[(u16, u64)]>>(bases: &[Side<C>], new: &Side<C>, settings: &Settings) -> Comparison {
    let present: Vec<&Side<C>> = bases.iter().filter(|base| base.count() > 0).collect();
    let ample: Vec<&Side<C>> = present.iter().copied().filter(|base| is_enough(base, settings)).collect();
    let presence = match (present.is_empty(), new.count() == 0) {
        (true, false) => Presence::OnlyNew,
        (false, true) => Presence::OnlyBase,
        (false, false) if !ample.is_empty() && is_enough(new, settings) => Presence::Enough,
        _ => Presence::TooLittle,
    };
    let counted = if ample.is_empty() { present } else { ample };
    let enough = presence == Presence::Enough;
    let of_bases: Vec<_> = counted.into_iter().map(|base| estimates(base, enough)).collect();
    let of_new = if new.count() > 0 { estimates(new, enough) } else { [Estimate::NONE; Measure::ALL.len()] };
    let changes = Measure::ALL.map(|measure| {
        let bases: Vec<Estimate> = of_bases.iter().map(|estimates| estimates[measure as usize]).collect();
        Change::new(&bases, of_new[measure as usize], enough)
    });
    Comparison { changes, presence, verdict: Verdict::TooLittleData, calls: None }
}

/// Tells whether a side has enough data for its standard errors to mean something. No more base_ids can have the name
/// than it has spans.
fn is_enough<C: AsRef<[(u16, u64)]>>(side: &Side<C>, settings: &Settings) -> bool {
    side.base_ids.min(side.count()) >= settings.min_base_ids && side.filled() >= settings.min_shards
}
