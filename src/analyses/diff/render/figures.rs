//! Figures and verdicts as people read them.

use crate::analyses::diff::compare::Change;
use crate::analyses::diff::measure::Measure;
use crate::analyses::diff::names::{Diff, Named, Per};
use crate::analyses::diff::tally::percent;
use crate::analyses::diff::verdict::{Calls, Shift, Verdict};

/// The text in place of a missing figure.
pub(crate) const NOTHING: &str = "-";

/// The measures in the order in which people read them: first what it costs.
pub(crate) const ORDER: [Measure; 6] =
    [Measure::Total, Measure::Calls, Measure::Mean, Measure::P50, Measure::P95, Measure::P99];

/// The divisor of totals and calls, in a word.
pub(crate) fn unit(per: &Per) -> &'static str {
    match per {
        Per::Root => "root",
        Per::Name(_) => "unit",
    }
}

/// A verdict in words.
pub(crate) fn verdict(verdict: Verdict) -> String {
    verdict.as_str().replace('_', " ")
}

/// A figure of a measure: times in milliseconds, calls as a number.
pub(crate) fn value(measure: Measure, value: Option<f64>) -> String {
    let Some(value) = value else { return NOTHING.to_owned() };
    match measure {
        // A call in thousands of roots is still a number.
        Measure::Calls if value > 0.0 && value < 0.1 => significant(value),
        Measure::Calls => format!("{value:.3}"),
        _ => milliseconds(value),
    }
}

/// Nanoseconds as milliseconds.
pub(crate) fn milliseconds(ns: f64) -> String {
    format!("{:.3}", ns / 1e6)
}

/// Three digits that matter.
fn significant(value: f64) -> String {
    let decimals = 2 - value.log10().floor() as i32;
    if decimals > 9 { format!("{value:.2e}") } else { format!("{value:.*}", decimals.max(0) as usize) }
}

/// A ratio. Those too far from one for digits after the point are written with an exponent.
pub(crate) fn ratio(ratio: f64) -> String {
    if (1e-3..1e6).contains(&ratio) { format!("{ratio:.3}") } else { format!("{ratio:.2e}") }
}

/// The 95 % interval of a ratio.
pub(crate) fn interval(change: &Change) -> Option<String> {
    change.certainty.map(|certainty| format!("{} … {}", ratio(certainty.low), ratio(certainty.high)))
}

/// A ratio as a change in percent: `+25.0`.
pub(crate) fn change_percent(ratio: f64) -> String {
    let percent = (ratio - 1.0) * 100.0;
    if percent < 1e6 { signed(format!("{percent:+.1}")) } else { format!("{percent:+.2e}") }
}

/// More or less time in milliseconds, with its sign.
pub(crate) fn cost(ns: f64) -> String {
    signed(format!("{:+.3}", ns / 1e6))
}

/// Nothing has no sign.
fn signed(number: String) -> String {
    if number.contains(|digit| ('1'..='9').contains(&digit)) { number } else { number[1..].to_owned() }
}

/// A count, with a comma between thousands.
pub(crate) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut shown = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// Counts of several bases, from the lowest to the highest.
pub(crate) fn counts(counts: &[u64]) -> String {
    match (counts.iter().min(), counts.iter().max()) {
        (Some(low), Some(high)) if low < high => format!("{} … {}", count(*low), count(*high)),
        (Some(same), _) => count(*same),
        _ => NOTHING.to_owned(),
    }
}

/// The direction in which a measure moved, in a word.
pub(crate) fn moved(measure: Measure, shift: Shift) -> &'static str {
    match (measure, shift) {
        (Measure::Calls, Shift::Up) => "more",
        (Measure::Calls, Shift::Down) => "fewer",
        (_, Shift::Up) => "slower",
        (_, Shift::Down) => "faster",
    }
}

/// That a name is called more or less often.
pub(crate) fn calls(named: &Named) -> Option<&'static str> {
    match named.comparison.calls? {
        Calls::More => Some("more calls"),
        Calls::Fewer => Some("fewer calls"),
        Calls::NoChange => None,
    }
}

/// That a name's time did move, but too little to matter.
pub(crate) fn below_floor(named: &Named) -> Option<&'static str> {
    named.is_below_floor().then_some("time below the floor")
}

/// The number of names with each verdict, in a line.
pub(crate) fn tally(diff: &Diff) -> String {
    let verdicts = Verdict::ALL.map(|known| format!("{} {}", count(diff.count(known) as u64), verdict(known)));
    let calls = [Calls::More, Calls::Fewer]
        .map(|calls| format!("{} {}", count(diff.count_calls(calls) as u64), calls.as_str()));
    format!("{}; calls: {}", verdicts.join(", "), calls.join(", "))
}

/// The share of the base that could be compared, in a sentence.
pub(crate) fn share(diff: &Diff) -> String {
    let share = percent(diff.share_compared());
    if diff.is_telling() {
        format!("Names with enough data hold {share} % of the base's time.")
    } else {
        format!("Too little data to tell: names with enough of it hold only {share} % of the base's time.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(counts(&[1_240, 1_234]), "1,234 … 1,240");
        assert_eq!((counts(&[7, 7]), counts(&[])), ("7".to_owned(), "-".to_owned()));
        for (number, shown) in
            [(2.0, "2.000"), (0.5, "0.500"), (0.0123, "0.0123"), (0.000_012_34, "0.0000123"), (0.0, "0.000")]
        {
            assert_eq!(value(Measure::Calls, Some(number)), shown);
        }
        assert_eq!(value(Measure::Mean, Some(12_345_678.0)), "12.346");
        assert_eq!([1.25, 0.5, 1.0, 0.9999, 1e9].map(change_percent), ["+25.0", "-50.0", "0.0", "0.0", "+1.00e11"]);
        assert_eq!([-12_000.0, 3e6, 0.1].map(cost), ["-0.012", "+3.000", "0.000"]);
        assert_eq!([1.25, 1e-9, f64::MAX].map(ratio), ["1.250", "1.00e-9", "1.80e308"]);
    }
}
