//! The result of a comparison as a whole.

use super::names::{Diff, Named, Per};
use super::verdict::{Calls, Verdict};

/// Below this share of the base's time, a verdict on the rest says little about the program.
const TELLING: f64 = 0.5;

impl Diff {
    /// The number of names with this verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.names.iter().filter(|name| name.comparison.verdict == verdict).count()
    }

    /// The number of names that are called more often, or less often, or neither.
    pub fn count_calls(&self, calls: Calls) -> usize {
        self.names.iter().filter(|name| name.comparison.calls == Some(calls)).count()
    }

    /// The share (0 to 1) of the base's time that is in names of which both runs had enough to say whether they
    /// changed. Time of nested spans counts once for each of them, as it does in a report.
    pub fn share_compared(&self) -> f64 {
        let all: i128 = self.names.iter().map(Named::base_time_ns).sum();
        let known = self.names.iter().filter(|name| name.comparison.verdict.is_known());
        let known: i128 = known.map(Named::base_time_ns).sum();
        if all > 0 { known as f64 / all as f64 } else { 0.0 }
    }

    /// Tells whether there is enough data to tell: names that have enough of it hold half of the base's time or more.
    pub fn is_telling(&self) -> bool {
        self.share_compared() >= TELLING
    }

    /// Notes that the reader of the figures needs, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.lacks_units() {
            let what = match self.per {
                Per::Root => "root span (one whose parent id is its base id)",
                Per::Name(_) => "span to divide by",
            };
            notes.push(format!(
                "A run has no {what}, so that calls and totals can't be compared: divide by the spans of another name."
            ));
        }
        if self.is_of_one_group {
            notes.push(
                "All spans of a run are of one trace group, or of none: nothing tells which of them are independent."
                    .to_owned(),
            );
        } else if self.count(Verdict::TooLittleData) > 0 {
            let least = self.settings.min_base_ids;
            notes.push(format!(
                "Too little data: fewer than {least} base ids have the name in a run, or its spans are in few of them."
            ));
        }
        if self.base_units.len() == 1 {
            notes.push(
                "With a single base, a change of the program can't be told from drift of the machine.".to_owned(),
            );
        }
        notes
    }

    fn lacks_units(&self) -> bool {
        self.new_units == 0 || self.base_units.contains(&0)
    }
}

/// A share in percent, rounded down: it is a hundred only if it is all, a half only if it is one, and zero only if it
/// is nothing.
pub(crate) fn percent(share: f64) -> String {
    let tenths = (share * 1000.0).floor();
    let tenths = if share > 0.0 { tenths.max(1.0) } else { tenths };
    format!("{:.1}", tenths / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        let shown = [0.0, 1e-9, 0.4999, 0.5, 0.999_99, 1.0].map(percent);
        assert_eq!(shown, ["0.0", "0.1", "49.9", "50.0", "99.9", "100.0"]);
    }
}
