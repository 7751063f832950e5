//! A comparison for programs: one object, a name a line.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Origin, View};
use crate::analyses::diff::compare::{Certainty, Change};
use crate::analyses::diff::measure::Measure;
use crate::analyses::diff::names::{Diff, Named, Per};
use crate::analyses::diff::settings::Settings;
use crate::analyses::diff::verdict::{Calls, Shift, Verdict};
use crate::render::input::InputAccount;
use crate::render::json::{Name, write_field, write_list};
use crate::render::table::Number;
use crate::render::{Audience, Renderer, Style, escape};

/// The version of this format; it changes when something is taken away or gets another meaning.
const SCHEMA: u32 = 1;

pub(super) const RENDERER: Renderer<View> = Renderer {
    name: "json",
    help: "One object: schema, base, new, per, settings, names, summary, notes; times in nanoseconds",
    audience: Audience::Program,
    write,
};

fn write(view: &View, _: &Style, out: &mut dyn Write) -> io::Result<()> {
    let View { diff, origins, .. } = view;
    let bases: Vec<Run<'_>> = origins.bases.iter().map(Run::new).collect();
    write_field(out, "{\"schema\":", &SCHEMA)?;
    write_field(out, ",\"base\":", &bases)?;
    write_field(out, ",\"new\":", &Run::new(&origins.new))?;
    write_field(out, ",\"per\":", &Units::new(diff))?;
    write_field(out, ",\"settings\":", &Judged::new(&diff.settings))?;
    write_list(out, ",\"names\":", view.shown().iter().map(Entry::new))?;
    write_field(out, ",\"summary\":", &Tally::new(diff))?;
    write_field(out, ",\"notes\":", &diff.notes())?;
    writeln!(out, "}}")
}

// ---- What was compared ----

/// The inputs of a run.
#[derive(Debug, Serialize)]
pub(crate) struct Run<'a> {
    path: Cow<'a, str>,
    input: InputAccount,
}

impl<'a> Run<'a> {
    pub(crate) fn new(origin: &'a Origin) -> Self {
        Self {
            path: escape::utf8(origin.path.as_os_str().as_encoded_bytes()),
            input: InputAccount::from(origin.account),
        }
    }
}

/// The divisor of calls and totals.
#[derive(Debug, Serialize)]
pub(crate) struct Units<'a> {
    /// None for root spans.
    name: Option<Cow<'a, str>>,
    count: Sides<'a, u64>,
}

impl<'a> Units<'a> {
    pub(crate) fn new(diff: &'a Diff) -> Self {
        let name = match &diff.per {
            Per::Root => None,
            Per::Name(name) => Some(escape::utf8(name)),
        };
        Self { name, count: Sides { base: &diff.base_units, new: diff.new_units } }
    }
}

/// The settings that define a change.
#[derive(Debug, Serialize)]
pub(crate) struct Judged {
    gated: Vec<&'static str>,
    level: Number,
    margin: Number,
    rule: &'static str,
    floor_ns: Number,
    min_base_ids: u64,
    min_shards: usize,
}

impl Judged {
    pub(crate) fn new(settings: &Settings) -> Self {
        let Settings { ref gated, level, margin, rule, floor_ns, min_base_ids, min_shards } = *settings;
        let gated = gated.iter().map(|measure| measure.as_str()).collect();
        let [level, margin, floor_ns] = [level, margin, floor_ns].map(Number);
        Self { gated, level, margin, rule: rule.as_str(), floor_ns, min_base_ids, min_shards }
    }
}

// ---- A name ----

/// One number of each base, and one of the new run.
#[derive(Debug, Serialize)]
struct Sides<'a, T> {
    base: &'a [T],
    new: T,
}

/// All that is known of one name.
#[derive(Debug, Serialize)]
pub(crate) struct Entry<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    verdict: &'static str,
    calls: Option<&'static str>,
    count: Sides<'a, u64>,
    /// Exact.
    total_ns: Sides<'a, i128>,
    measures: Measures<'a>,
}

impl<'a> Entry<'a> {
    pub(crate) fn new(named: &'a Named) -> Self {
        Self {
            name: Name(&named.name),
            verdict: named.comparison.verdict.as_str(),
            calls: named.comparison.calls.map(Calls::as_str),
            count: Sides { base: &named.base_counts, new: named.new_count },
            total_ns: Sides { base: &named.base_totals_ns, new: named.new_total_ns },
            measures: Measures(named),
        }
    }
}

#[derive(Debug)]
struct Measures<'a>(&'a Named);

impl Serialize for Measures<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Measure::ALL.len()))?;
        for measure in Measure::ALL {
            map.serialize_entry(field(measure), &Figures::new(&self.0.comparison[measure]))?;
        }
        map.end()
    }
}

/// The name of a measure in JSON and CSV: times carry their unit. A root is whatever calls and totals are divided by.
pub(super) fn field(measure: Measure) -> &'static str {
    match measure {
        Measure::Calls => "calls_per_root",
        Measure::Mean => "mean_ns",
        Measure::P50 => "p50_ns",
        Measure::P95 => "p95_ns",
        Measure::P99 => "p99_ns",
        Measure::Total => "total_ns_per_root",
    }
}

/// One measure.
#[derive(Debug, Serialize)]
struct Figures {
    base: Option<Number>,
    new: Option<Number>,
    ratio: Option<Number>,
    low: Option<Number>,
    high: Option<Number>,
    p: Option<Number>,
    adjusted_p: Option<Number>,
    shift: Option<&'static str>,
}

impl Figures {
    fn new(change: &Change) -> Self {
        let certain = |figure: fn(&Certainty) -> f64| change.certainty.as_ref().map(figure).map(Number);
        Self {
            base: change.base.map(Number),
            new: change.new.map(Number),
            ratio: change.ratio.map(Number),
            low: certain(|certainty| certainty.low),
            high: certain(|certainty| certainty.high),
            p: certain(|certainty| certainty.p),
            adjusted_p: change.adjusted_p.map(Number),
            shift: change.shift.map(Shift::as_str),
        }
    }
}

// ---- What it comes to ----

/// The number of names with each verdict.
#[derive(Debug, Serialize)]
pub(crate) struct Tally {
    #[serde(flatten)]
    verdicts: BTreeMap<&'static str, usize>,
    calls: BTreeMap<&'static str, usize>,
    /// Of the base's time, 0 to 1.
    share_compared: Number,
    /// True if there was enough data to tell.
    telling: bool,
}

impl Tally {
    pub(crate) fn new(diff: &Diff) -> Self {
        let calls = [Calls::More, Calls::Fewer, Calls::NoChange];
        Self {
            verdicts: Verdict::ALL.map(|verdict| (verdict.as_str(), diff.count(verdict))).into(),
            calls: calls.map(|calls| (calls.as_str(), diff.count_calls(calls))).into(),
            share_compared: Number(diff.share_compared()),
            telling: diff.is_telling(),
        }
    }
}
