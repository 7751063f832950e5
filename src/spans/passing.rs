//! The spans that pass the filters: only these count.

use std::ops::Range;

use super::span::Stop;
use crate::engine::Filter;

/// Tells whether spans of a name count.
pub(crate) type KeepsName<'a> = &'a (dyn Fn(&[u8]) -> bool + Sync);

/// The spans that have nodes of their own in a tree.
#[derive(Clone, Copy)]
pub(crate) enum Nodes<'a> {
    /// All, whether they count or not.
    All,
    /// Those that count, and of these only the names that are kept. The spans below another one hang at the nearest
    /// node above it.
    Counted(Option<KeepsName<'a>>),
}

/// The filters, as spans of a partition are asked.
#[derive(Debug, Clone)]
pub(crate) struct Passing {
    /// The times of the stops that are kept, in microseconds.
    times: Range<i64>,
    /// The shortest duration that is kept, in nanoseconds.
    least_ns: i64,
    /// Tells of each name, by number, whether it is kept; none if all are.
    names: Option<Vec<bool>>,
    /// Spans that don't pass have no nodes.
    pub(super) has_only_counted: bool,
}

impl Passing {
    /// Makes it of the filter and the names; none if all spans pass.
    pub(super) fn new(filter: &Filter, nodes: Nodes<'_>, names: &[Box<[u8]>]) -> Option<Self> {
        let (keeps, has_only_counted) = match nodes {
            Nodes::All => (None, false),
            Nodes::Counted(keeps) => (keeps, true),
        };
        let names = keeps.map(|keeps| names.iter().map(|name| keeps(name)).collect());
        let (times, least_ns) = (filter.kept_times(), filter.least_duration_ns());
        let is_filter = names.is_some() || times != ALL_TIMES || least_ns > i64::MIN;
        is_filter.then_some(Self { times, least_ns, names, has_only_counted })
    }

    /// Says whether a span passes. One that is unfinished has neither the time nor the duration that a filter may ask
    /// for.
    pub(super) fn passes(&self, name: u32, stop: Option<Stop>) -> bool {
        let has_name = self.names.as_ref().is_none_or(|kept| kept.get(name as usize).copied().unwrap_or(false));
        has_name
            && match stop {
                Some(stop) => self.passes_filter(stop),
                None => self.times == ALL_TIMES && self.least_ns == i64::MIN,
            }
    }

    /// Says whether a span that has stopped passes, whatever its name is.
    pub(super) fn passes_filter(&self, stop: Stop) -> bool {
        self.times.contains(&stop.time_us) && stop.duration_ns >= self.least_ns
    }
}

const ALL_TIMES: Range<i64> = i64::MIN..i64::MAX;
