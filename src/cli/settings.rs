//! The settings of a comparison: the options that `diff` and `check` share.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

use anyhow::Result;
use clap::Args;
use jiff::SignedDuration;
use regex::bytes::Regex;

use super::messages::hinted;
use crate::analyses::diff::{Diff, Per, Settings};
use crate::render::display::Terminal;

/// The options of a comparison.
#[derive(Debug, Args)]
#[command(next_help_heading = "Comparison")]
pub(super) struct ComparisonArgs {
    /// Divide calls and totals by the number of spans of NAME instead of root spans
    ///
    /// Use this to compare runs of different length by their work, such as --per engine-start-workflow. NAME is a whole
    /// trace name. A root span is one whose parent id is its base id.
    #[arg(long, value_name = "NAME")]
    per: Option<OsString>,

    /// Compare only trace names that match REGEX; (?i) at its beginning ignores case
    ///
    /// The fewer names are judged, the less certain each change has to be.
    #[arg(long, alias = "name", value_name = "REGEX")]
    names: Option<Regex>,

    /// Smallest change that counts, in percent; the whole 95 % interval of a ratio has to exceed it
    #[arg(long, value_name = "PERCENT", default_value = "5%", value_parser = margin, allow_hyphen_values = true)]
    margin: f64,

    /// Smallest change of a name's total time per root that counts, such as 200us, 1ms or 1.5s
    #[arg(long, value_name = "DURATION", default_value = "1ms", value_parser = floor_ns, allow_hyphen_values = true)]
    floor: f64,
}

impl ComparisonArgs {
    /// The divisor of calls and totals.
    pub(super) fn per(&self) -> Per {
        self.per.as_ref().map_or(Per::Root, |name| Per::Name(name.as_bytes().to_vec()))
    }

    /// The names that are compared; none for all.
    pub(super) fn names(&self) -> Option<&Regex> {
        self.names.as_ref()
    }

    /// The settings that define a change.
    pub(super) fn settings(&self) -> Settings {
        Settings { margin: self.margin, floor_ns: self.floor, ..Settings::default() }
    }

    /// Checks that the names of `--per` and `--names` are in the logs. It is an error if nothing can be compared
    /// because they are not.
    pub(super) fn check(&self, diff: &Diff) -> Result<()> {
        if let Some(per) = &self.per {
            let lacking = match (diff.base_units.contains(&0), diff.new_units == 0) {
                (false, false) => None,
                (true, false) => Some("the base"),
                (false, true) => Some("the new run"),
                (true, true) => Some("the base and the new run"),
            };
            if let Some(lacking) = lacking {
                let what = format!("--per: there is no span named {} in {lacking}", Terminal(per.as_bytes()));
                return Err(hinted(what, "NAME is a whole trace name: tracerank report -c count,name LOG shows them"));
            }
        }
        if let Some(names) = self.names.as_ref().filter(|_| diff.names.is_empty()) {
            let what = format!("--names: no trace name matches {}", Terminal(names.as_str().as_bytes()));
            return Err(hinted(what, "tracerank report -c count,name LOG shows the names"));
        }
        Ok(())
    }
}

/// Reads `5%`. Without its sign, 5 could mean five times.
fn margin(text: &str) -> Result<f64, String> {
    let percent = text.strip_suffix('%').ok_or_else(|| format!("the percent sign is missing: {}%", text.trim()))?;
    let number: Option<f64> = percent.trim_end().parse().ok();
    let number = number.filter(|number| number.is_finite() && *number >= 0.0);
    Ok(number.ok_or("not a percentage of zero or more, such as 5% or 2.5%")? / 100.0)
}

/// Reads a duration such as `200ms`, `1.5s` or `2us`, in nanoseconds.
pub(super) fn floor_ns(text: &str) -> Result<f64, String> {
    duration_ns(text).map(|ns| ns as f64)
}

/// The same as an integer; those of more than 292 years are as long as any span.
pub(super) fn duration_ns(text: &str) -> Result<i64, String> {
    let duration: Option<SignedDuration> = text.parse().ok();
    let duration = duration.filter(|duration| !duration.is_negative());
    let duration = duration.ok_or("not a duration of zero or more with its unit, such as 200us, 1ms or 1.5s")?;
    Ok(i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins() {
        for (text, expected) in [("5%", 0.05), ("2.5%", 0.025), ("0%", 0.0), ("12 %", 0.12), ("150%", 1.5)] {
            assert_eq!(margin(text), Ok(expected));
        }
        assert_eq!(margin("5").unwrap_err(), "the percent sign is missing: 5%");
        for text in ["%", "-5%", "nan%", "inf%", "five%", "5%%", "0x5%"] {
            assert!(margin(text).unwrap_err().starts_with("not a percentage"), "{text}");
        }
    }

    #[test]
    fn floors() {
        for (text, expected) in [
            ("200ms", 2e8),
            ("1.5s", 1.5e9),
            ("2us", 2e3),
            ("2µs", 2e3),
            ("5ns", 5.0),
            ("0s", 0.0),
            ("1m 30s", 9e10),
            ("2m", 1.2e11),
        ] {
            assert_eq!(floor_ns(text), Ok(expected), "{text}");
        }
        for text in ["", "1", "0", "-1ms", "1ms ago", "1 day", "ms", "nans", "five ms"] {
            assert!(floor_ns(text).unwrap_err().starts_with("not a duration"), "{text}");
        }
    }
}
