//! Access logs: one format, of which each program has a spelling of its own. A log is in one of them, which a sample
//! tells.

use std::sync::{Arc, OnceLock};

use super::declarations::{ACCESS, DECLARATIONS, NGINX_UPSTREAM_FIRST, NGINX_UPSTREAM_LAST};
use super::{DURATION_NO_UNIT, Declared, make};
use crate::error::NoUnit;
use crate::formats::{Field, LogFormat, Registered, Spelling};
use crate::input::Sample;
use crate::record::{Line, Scratch};

/// Its entry of the registry.
pub(in crate::formats) const REGISTERED: Registered = Registered {
    help: "access logs with the request's time: of nginx, Envoy, HAProxy and others",
    make: || Arc::new(Access::default()),
};

/// All spellings.
#[derive(Debug, Default)]
struct Access {
    compiled: OnceLock<Vec<Arc<Declared>>>,
}

/// Counts of a sample's lines.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    lines: usize,
    records: usize,
    /// Records whose duration is a whole number without a unit.
    unitless: usize,
}

impl Counts {
    /// Counts the lines of a sample, unless too few of them can be of the format.
    fn of(sample: &Sample<'_>, format: &Declared) -> Option<Self> {
        let lines = sample.lines().count();
        let mut counts = Self { lines, ..Self::default() };
        let mut scratch = Scratch::default();
        let mut others = 0;
        for line in sample.lines() {
            match format.parse(line, &mut scratch) {
                Line::Record(_) => counts.records += 1,
                Line::Malformed(DURATION_NO_UNIT) => counts.unitless += 1,
                _ => others += 1,
            }
            if others * 10 > lines {
                return None;
            }
        }
        (lines > 0).then_some(counts)
    }

    fn are_records(&self) -> bool {
        self.records > 0 && self.records * 10 >= self.lines * 9
    }
}

impl Access {
    /// Gives all of them. Most logs are no access logs, and then none is compiled.
    fn all(&self) -> &[Arc<Declared>] {
        self.compiled.get_or_init(|| DECLARATIONS.iter().map(make).collect())
    }

    /// Finds the spelling of which most lines of a sample are: the first one of which nine of
    /// ten are.
    fn best(&self, sample: &Sample<'_>) -> Option<(&Arc<Declared>, Counts)> {
        let mut best: Option<(&Arc<Declared>, Counts)> = None;
        for spelling in self.all() {
            let Some(counts) = Counts::of(sample, spelling) else { continue };
            let rank = |counts: &Counts| (counts.records, counts.unitless);
            if best.as_ref().is_none_or(|(_, known)| rank(&counts) > rank(known)) {
                best = Some((spelling, counts));
            }
            if counts.are_records() {
                break;
            }
        }
        best
    }

    fn named(&self, spelling: &str) -> &Arc<Declared> {
        self.all().iter().find(|format| format.spelling() == spelling).unwrap_or(&self.all()[0])
    }

    /// Finds which of two times at the end of nginx's lines is the request's: the larger one in most lines of a sample,
    /// the last one if there are as many of both. A time that is a list, or none, is that of the servers behind.
    fn of_two_times(&self, sample: &Sample<'_>) -> &Arc<Declared> {
        let [last, first] = [NGINX_UPSTREAM_FIRST, NGINX_UPSTREAM_LAST].map(|known| self.named(known.spelling));
        let mut scratch = Scratch::default();
        let mut votes = 0_i64;
        for line in sample.lines() {
            let times = [last, first].map(|format| match format.parse(line, &mut scratch) {
                Line::Record(record) => record.duration_ns,
                _ => None,
            });
            // None is less than any.
            votes += times[0].cmp(&times[1]) as i64;
        }
        if votes >= 0 { last } else { first }
    }
}

impl LogFormat for Access {
    fn name(&self) -> &'static str {
        ACCESS.name
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        self.all()[0].parse(line, scratch)
    }

    fn has_ids(&self) -> bool {
        false
    }

    /// Its records have no sure mark, so nine of ten lines have to be records; or would be if their durations had units.
    fn claims(&self, sample: &Sample<'_>) -> bool {
        self.best(sample).is_some()
    }

    fn spelling(&self, sample: &Sample<'_>) -> Result<Option<Arc<dyn LogFormat>>, NoUnit> {
        let Some((best, counts)) = self.best(sample) else { return Ok(None) };
        if !counts.are_records() && counts.unitless >= counts.records {
            return Err(NoUnit { patterns: ["us", "ms"].map(|unit| best.with_unit(unit)).into() });
        }
        let has_two_times = [NGINX_UPSTREAM_FIRST, NGINX_UPSTREAM_LAST].map(|known| known.spelling);
        let format = if has_two_times.contains(&best.spelling()) { self.of_two_times(sample) } else { best };
        Ok(Some(Arc::<Declared>::clone(format)))
    }

    fn has_spellings(&self) -> bool {
        true
    }

    fn spellings(&self) -> Vec<Spelling> {
        let all = self.all().iter().zip(DECLARATIONS);
        all.map(|(format, known)| Spelling {
            name: known.spelling,
            help: known.help,
            format: Arc::<Declared>::clone(format),
        })
        .collect()
    }

    fn declaration(&self) -> Option<String> {
        Some(self.all().iter().filter_map(|format| format.declaration()).collect::<Vec<_>>().join("\n"))
    }

    fn fields(&self, line: &[u8]) -> Vec<Field> {
        self.all()[0].fields(line)
    }
}
