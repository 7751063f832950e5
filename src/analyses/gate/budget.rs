//! Budgets: absolute limits, for runs without a base.

use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use jiff::SignedDuration;
use regex::bytes::Regex;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use toml::Spanned;

use crate::Error;
use crate::analyses::diff::{Figures, Measure};

/// A quantity that a budget can limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// The mean duration.
    Mean,
    /// The duration that half of the spans do not exceed.
    P50,
    /// The duration that 95 % of the spans do not exceed.
    P95,
    /// The duration that 99 % of the spans do not exceed.
    P99,
    /// The longest duration.
    Max,
    /// The sum of durations per root, or per unit of another divisor.
    TotalPerRoot,
    /// The number of spans.
    Count,
    /// The number of spans per root, or per unit of another divisor.
    CountPerRoot,
}

impl Quantity {
    /// Its name in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::P99 => "p99",
            Self::Max => "max",
            Self::TotalPerRoot => "total_per_root",
            Self::Count => "count",
            Self::CountPerRoot => "count_per_root",
        }
    }

    /// Its value: times in nanoseconds. None where there is nothing to divide by.
    pub fn of(self, figures: &Figures<'_>) -> Option<f64> {
        match self {
            Self::Mean => figures[Measure::Mean],
            Self::P50 => figures[Measure::P50],
            Self::P95 => figures[Measure::P95],
            Self::P99 => figures[Measure::P99],
            Self::Max => Some(figures.max_ns as f64),
            Self::TotalPerRoot => figures[Measure::Total],
            Self::Count => Some(figures.count as f64),
            Self::CountPerRoot => figures[Measure::Calls],
        }
    }

    /// Tells whether it is a time, not a number of spans.
    pub fn is_time(self) -> bool {
        !matches!(self, Self::Count | Self::CountPerRoot)
    }
}

/// The limit of a quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// The limited quantity.
    pub quantity: Quantity,
    /// The largest value that is within the budget: times in nanoseconds.
    pub most: f64,
}

/// One `[[budget]]`: the limits of a name, or of each name that a pattern matches.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::path::Path;
/// use tracerank::analyses::gate::Budget;
///
/// let file = r#"
///     [[budget]]
///     name = "task-*"
///     p95 = "200ms"
///     count_per_root = 40
/// "#;
/// let budgets = Budget::parse(file, Path::new("budget.toml"))?;
/// assert!(budgets[0].is_for(b"task-complete") && !budgets[0].is_for(b"sub-task-complete"));
/// assert_eq!(budgets[0].limits[0].most, 200e6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Budget {
    /// The name or pattern, as it stands in the file.
    pub name: String,
    /// The limits, at least one.
    pub limits: Vec<Limit>,
    pattern: Regex,
}

/// The largest length of a file of budgets, in bytes. A device can be longer.
const LONGEST: u64 = 4 << 20;

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    fs::File::open(path)?.take(LONGEST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > LONGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

impl Budget {
    /// Reads the budgets of a file.
    pub fn read(path: &Path) -> Result<Vec<Self>, Error> {
        let text = read(path).map_err(|source| Error::Open { path: path.to_owned(), source })?;
        match std::str::from_utf8(&text) {
            Ok(text) => Self::parse(text, path),
            Err(error) => {
                let good = String::from_utf8_lossy(&text[..error.valid_up_to()]);
                Err(bad(path, &good, good.len(), "this is not UTF-8"))
            }
        }
    }

    /// Reads budgets from the text of the file at `path`, which errors name.
    pub fn parse(text: &str, path: &Path) -> Result<Vec<Self>, Error> {
        let file: File = toml::from_str(text).map_err(|error| {
            let at = error.span().unwrap_or_default().start;
            bad(path, text, at, error.message())
        })?;
        if file.budget.is_empty() {
            return Err(bad(path, text, 0, "there is no [[budget]] in this file"));
        }
        let budgets = file.budget.into_iter().map(|entry| {
            let Range { start, .. } = entry.span();
            Self::new(entry.into_inner()).map_err(|reason| bad(path, text, start, &reason))
        });
        budgets.collect()
    }

    fn new(entry: Entry) -> Result<Self, String> {
        if entry.name.is_empty() {
            return Err("the name of this budget is empty; * is any name".to_owned());
        }
        let limits = entry.limits();
        if limits.is_empty() {
            return Err(
                "this budget has no limit: give it mean, p50, p95, p99, max, total_per_root, count or count_per_root"
                    .to_owned(),
            );
        }
        let pattern = pattern(&entry.name).map_err(|error| error.to_string())?;
        Ok(Self { name: entry.name, limits, pattern })
    }

    /// Tells whether it is for a name.
    pub fn is_for(&self, name: &[u8]) -> bool {
        self.pattern.is_match(name)
    }
}

/// A name in which `*` stands for any bytes and `?` for a character; all else stands for itself.
fn pattern(name: &str) -> Result<Regex, regex::Error> {
    // Escaped, `*` and `?` follow a backslash, and so does every backslash: none is taken for another's.
    let escaped = regex::escape(name).replace(r"\*", "(?s-u:.)*").replace(r"\?", "(?s:.)");
    Regex::new(&format!("^(?:{escaped})$"))
}

fn bad(path: &Path, text: &str, at: usize, reason: &str) -> Error {
    let before = text.get(..at).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Error::Budget {
        path: path.to_owned(),
        line: before.matches('\n').count() as u64 + 1,
        column: before[line_start..].chars().count() as u64 + 1,
        reason: reason.trim_end().replace('\n', ", "),
        is_single: has_single_budget(text, at),
    }
}

/// Tells whether `budget` stands at `at` and is no list: a value, or the table of a `[budget]` in one pair of brackets.
fn has_single_budget(text: &str, at: usize) -> bool {
    #[derive(Deserialize)]
    struct Header {
        budget: Spanned<toml::Value>,
    }
    let budget = toml::from_str(text).map(|Header { budget }| budget);
    budget.is_ok_and(|budget| budget.span().start == at && !budget.get_ref().is_array())
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    budget: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    mean: Option<Time>,
    p50: Option<Time>,
    p95: Option<Time>,
    p99: Option<Time>,
    max: Option<Time>,
    total_per_root: Option<Time>,
    count: Option<Number>,
    count_per_root: Option<Number>,
}

impl Entry {
    fn limits(&self) -> Vec<Limit> {
        let time = |time: &Option<Time>| time.as_ref().map(|time| time.0);
        let number = |number: &Option<Number>| number.as_ref().map(|number| number.0);
        let limits = [
            (Quantity::Mean, time(&self.mean)),
            (Quantity::P50, time(&self.p50)),
            (Quantity::P95, time(&self.p95)),
            (Quantity::P99, time(&self.p99)),
            (Quantity::Max, time(&self.max)),
            (Quantity::TotalPerRoot, time(&self.total_per_root)),
            (Quantity::Count, number(&self.count)),
            (Quantity::CountPerRoot, number(&self.count_per_root)),
        ];
        limits.into_iter().filter_map(|(quantity, most)| Some(Limit { quantity, most: most? })).collect()
    }
}

/// A duration in nanoseconds, written with its unit.
struct Time(f64);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = Time;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a duration with its unit, as in \"200ms\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
                let duration: SignedDuration = text.parse().map_err(|_| {
                    E::custom(format!("{text:?} is no duration; one is written as in \"200ms\", \"1.5s\", \"2us\""))
                })?;
                if duration.is_negative() {
                    return Err(E::custom(format!("{text:?} is less than nothing")));
                }
                Ok(Time(duration.as_nanos() as f64))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A number of spans, or of spans per root.
struct Number(f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = f64::deserialize(deserializer)?;
        if number.is_finite() && number >= 0.0 {
            Ok(Self(number))
        } else {
            Err(de::Error::custom(format!("{number} is no number of spans")))
        }
    }
}
