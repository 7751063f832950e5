//! A naive span engine, to judge the real one by.
//!
//! It follows docs/spans.md sentence by sentence, and its functions are named after the words of that page. All spans
//! are in memory, and whoever looks for one looks through them all.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Record, days_of_month, is_leap_year, lines, number, parse_line};

/// Where a record stands and when it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// From 0, in the order in which the inputs were given.
    pub input: usize,
    /// Its number in the order in which the records of the input are taken, from 1.
    pub place: u64,
    /// Since the beginning of the year 0000.
    pub time_ns: i128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Finished,
    CutOff,
    Unfinished,
}

/// Why a span is a root span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Root {
    BaseId,
    Missing,
    Cycle,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub group: Vec<u8>,
    pub trace_id: Vec<u8>,
    pub parent_id: Vec<u8>,
    pub name: Vec<u8>,
    pub kind: Kind,
    /// None if it is unfinished.
    pub duration_ns: Option<i64>,
    /// Its first record: its start, or its stop if it is cut off.
    pub first: At,
    /// None if it is unfinished.
    pub stop: Option<At>,
    /// The span's place in `Forest::spans`; None if it is a root span.
    pub parent: Option<usize>,
    pub root: Option<Root>,
    /// Whether it has a part in its parent's self time.
    pub counts: bool,
    pub is_asynchronous: bool,
    pub outlives: bool,
    pub began_before_parent: bool,
    /// None if it is unfinished.
    pub self_ns: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    pub spans: u64,
    pub unfinished: u64,
    pub cut_off: u64,
    pub repeated: u64,
    pub roots: u64,
    pub missing_parents: u64,
    pub cycles: u64,
    pub asynchronous: u64,
    pub outliving: u64,
    pub reversed: u64,
    pub early: u64,
    pub groups: u64,
    /// Groups with records in more than one input.
    pub spread_groups: u64,
    pub largest_group_records: u64,
    pub steps_back: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forest {
    /// In the order of their first records.
    pub spans: Vec<Span>,
    pub counts: Counts,
}

/// Reads whole inputs, in the order in which they are given.
pub fn read(inputs: &[&[u8]]) -> Forest {
    read_those(inputs, |records| records)
}

/// The same, if each record counts once: those that come again are left out, after the order was decided on with them.
pub fn read_once(inputs: &[&[u8]]) -> Forest {
    read_those(inputs, |records| {
        let mut seen = BTreeSet::new();
        let id = |(at, record): &(At, Record<'_>)| {
            let ids = [record.base_id, record.trace_id, record.name].map(<[u8]>::to_vec);
            (ids, at.time_ns, record.duration_ns)
        };
        records.into_iter().filter(|record| seen.insert(id(record))).collect()
    })
}

fn read_those<'a>(inputs: &[&'a [u8]], choose: impl FnOnce(Vec<(At, Record<'a>)>) -> Vec<(At, Record<'a>)>) -> Forest {
    let of_inputs: Vec<_> = inputs.iter().enumerate().map(|(input, log)| records(input, log)).collect();
    let steps_back = of_inputs.iter().map(|records| steps_back(records)).sum();
    let records = choose(of_inputs.into_iter().flat_map(in_order).collect());
    let mut spans = spans(&records);
    pair_once_more(&mut spans);
    find_parents(&mut spans);
    break_cycles(&mut spans);
    see_which_children_count(&mut spans);
    see_which_began_before_their_parents(&mut spans);
    let self_times: Vec<_> = (0..spans.len()).map(|span| self_time(&spans, span)).collect();
    for (span, self_ns) in spans.iter_mut().zip(self_times) {
        span.self_ns = self_ns;
    }
    let counts = Counts { steps_back, ..counts(&spans, &records) };
    Forest { spans, counts }
}

/// All records of an input in the order of its lines.
fn records(input: usize, log: &[u8]) -> Vec<(At, Record<'_>)> {
    let mut records = Vec::new();
    for (_, text) in lines(log) {
        for record in parse_line(text).records() {
            let place = records.len() as u64 + 1;
            records.push((At { input, place, time_ns: time_ns(record.timestamp) }, record));
        }
    }
    records
}

// ---- The order of records ----

fn steps_back(records: &[(At, Record<'_>)]) -> u64 {
    records.windows(2).filter(|pair| pair[1].0.time_ns < pair[0].0.time_ns).count() as u64
}

/// The records of an input as they are taken: in the order of their lines, unless more than one in twenty of them are
/// earlier than the one before them.
fn in_order(mut records: Vec<(At, Record<'_>)>) -> Vec<(At, Record<'_>)> {
    if steps_back(&records) * 20 <= records.len() as u64 {
        return records;
    }
    let [first, last] = [records.first(), records.last()].map(|record| record.map(|(at, _)| at.time_ns));
    if last < first {
        records.reverse();
    }
    let instant = |(at, record): &(At, Record<'_>)| (at.time_ns, record.duration_ns.is_some());
    records.sort_by_key(instant);
    let equals = records.chunk_by(|one, other| instant(one) == instant(other));
    let records: Vec<_> = equals.flat_map(in_order_of_families).collect();
    records.into_iter().zip(1..).map(|((at, record), place)| (At { place, ..at }, record)).collect()
}

/// Starts of one time with parents before children, or stops with children before parents.
fn in_order_of_families<'a>(equals: &[(At, Record<'a>)]) -> Vec<(At, Record<'a>)> {
    let mut left = equals.to_vec();
    if left[0].1.duration_ns.is_none() {
        return parents_first(left);
    }
    left.reverse();
    let mut stops = parents_first(left);
    stops.reverse();
    stops
}

/// Each record in its place, but after those of its parent.
fn parents_first(mut left: Vec<(At, Record<'_>)>) -> Vec<(At, Record<'_>)> {
    let mut sorted = Vec::new();
    while !left.is_empty() {
        let next = left.remove(0);
        put_after_its_parents(next, &mut left, &mut sorted);
    }
    sorted
}

fn put_after_its_parents<'a>(
    record: (At, Record<'a>),
    left: &mut Vec<(At, Record<'a>)>,
    sorted: &mut Vec<(At, Record<'a>)>,
) {
    let Record { base_id, parent_id, .. } = record.1;
    let has_parent = parent_id != base_id;
    let is_parent =
        |(_, other): &(At, Record<'_>)| has_parent && other.base_id == base_id && other.trace_id == parent_id;
    while let Some(parent) = left.iter().position(is_parent) {
        let parent = left.remove(parent);
        put_after_its_parents(parent, left, sorted);
    }
    sorted.push(record);
}

/// A timestamp as a number.
fn time_ns(timestamp: &[u8]) -> i128 {
    let [year, month, day, hour, minute, second] =
        [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].map(|digits| number(&timestamp[digits]));
    let microsecond = timestamp.get(20..).map_or(0, number);
    let leap_years_before = (0..year).filter(|&year| is_leap_year(year)).count() as i128;
    let days_of_months_before: u32 = (1..month).map(|month| days_of_month(year, month)).sum();
    let days = i128::from(year) * 365 + leap_years_before + i128::from(days_of_months_before + day - 1);
    let seconds = days * 86_400 + i128::from(hour * 3_600 + minute * 60 + second);
    seconds * 1_000_000_000 + i128::from(microsecond) * 1_000
}

// ---- Spans ----

fn spans(records: &[(At, Record<'_>)]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for &(at, ref record) in records {
        let Some(duration_ns) = record.duration_ns else {
            spans.push(unfinished(at, record));
            continue;
        };
        let is_open = |span: &Span| span.kind == Kind::Unfinished;
        let stopped = spans.iter_mut().rev().find(|span| is_open(span) && is_of(span, record.base_id, record.trace_id));
        match stopped {
            Some(span) => stop(span, at, record.name, duration_ns),
            None => spans.push(cut_off(at, record, duration_ns)),
        }
    }
    spans
}

/// Whether these are its ids: an id of another group is another id.
fn is_of(span: &Span, group: &[u8], trace_id: &[u8]) -> bool {
    span.trace_id == trace_id && span.group == group
}

/// What a start record opens.
fn unfinished(start: At, record: &Record<'_>) -> Span {
    Span {
        group: record.base_id.to_vec(),
        trace_id: record.trace_id.to_vec(),
        parent_id: record.parent_id.to_vec(),
        name: record.name.to_vec(),
        kind: Kind::Unfinished,
        duration_ns: None,
        first: start,
        stop: None,
        parent: None,
        root: None,
        counts: false,
        is_asynchronous: false,
        outlives: false,
        began_before_parent: false,
        self_ns: None,
    }
}

fn stop(span: &mut Span, stop: At, name: &[u8], duration_ns: i64) {
    span.kind = Kind::Finished;
    span.name = name.to_vec();
    span.duration_ns = Some(duration_ns);
    span.stop = Some(stop);
}

fn cut_off(stop: At, record: &Record<'_>, duration_ns: i64) -> Span {
    Span { kind: Kind::CutOff, duration_ns: Some(duration_ns), stop: Some(stop), ..unfinished(stop, record) }
}

/// The cut-off spans in their order each take the first unfinished one whose start stands in a later input.
fn pair_once_more(spans: &mut Vec<Span>) {
    let mut at = 0;
    while at < spans.len() {
        let span = &spans[at];
        let is_its_start = |other: &Span| {
            span.kind == Kind::CutOff
                && other.kind == Kind::Unfinished
                && is_of(other, &span.group, &span.trace_id)
                && other.first.input > span.first.input
        };
        let Some(start) = spans.iter().position(is_its_start) else {
            at += 1;
            continue;
        };
        let Span { name, duration_ns, stop, .. } = spans[at].clone();
        spans[start] = Span { kind: Kind::Finished, name, duration_ns, stop, ..spans[start].clone() };
        spans.remove(at);
    }
}

/// `[stop − duration, stop]`
fn interval(span: &Span) -> Option<(i128, i128)> {
    let stop_ns = span.stop?.time_ns;
    let duration_ns = i128::from(span.duration_ns?);
    (duration_ns >= 0).then_some((stop_ns - duration_ns, stop_ns))
}

// ---- Parents, children, roots ----

fn find_parents(spans: &mut [Span]) {
    for child in 0..spans.len() {
        if spans[child].parent_id == spans[child].group {
            spans[child].root = Some(Root::BaseId);
            continue;
        }
        spans[child].parent = parent(spans, child);
        if spans[child].parent.is_none() {
            spans[child].root = Some(Root::Missing);
        }
    }
}

/// The last one that stands before the child, or, if there is none, the first.
fn parent(spans: &[Span], child: usize) -> Option<usize> {
    let Span { group, parent_id, .. } = &spans[child];
    let is_parent = |span: &usize| is_of(&spans[*span], group, parent_id);
    (0..child).rev().find(is_parent).or_else(|| (child..spans.len()).find(is_parent))
}

/// Of the spans of a cycle the first becomes a root, and then it is a cycle no more.
fn break_cycles(spans: &mut [Span]) {
    for span in 0..spans.len() {
        if is_above(spans, span, span) {
            spans[span].parent = None;
            spans[span].root = Some(Root::Cycle);
        }
    }
}

/// Whether parents lead from a span to another (or back to itself).
fn is_above(spans: &[Span], above: usize, span: usize) -> bool {
    // As many as there are spans: from a span that is in no cycle itself, parents can lead into one.
    parents(spans, span).take(spans.len()).any(|parent| parent == above)
}

/// All that stands above a span, from its parent up.
fn parents(spans: &[Span], span: usize) -> impl Iterator<Item = usize> + '_ {
    std::iter::successors(spans[span].parent, |&parent| spans[parent].parent)
}

/// The names from its root down to itself.
pub fn path(forest: &Forest, span: usize) -> Vec<Vec<u8>> {
    path_of(forest, span, |_| true)
}

/// The same of the spans that are kept.
fn path_of(forest: &Forest, span: usize, keeps: impl Fn(&Span) -> bool) -> Vec<Vec<u8>> {
    let above = [span].into_iter().chain(parents(&forest.spans, span)).map(|span| &forest.spans[span]);
    let mut path: Vec<_> = above.filter(|span| keeps(span)).map(|span| span.name.clone()).collect();
    path.reverse();
    path
}

// ---- Which children count ----

fn see_which_children_count(spans: &mut [Span]) {
    for child in 0..spans.len() {
        let Some(parent) = spans[child].parent else {
            continue;
        };
        let (Some(stop), Some(parent_stop)) = (spans[child].stop, spans[parent].stop) else {
            continue;
        };
        let counts = begins_while_open(spans[child].first, parent_stop);
        spans[child].counts = counts;
        spans[child].is_asynchronous = !counts;
        spans[child].outlives = counts && stop.time_ns > parent_stop.time_ns;
    }
}

fn begins_while_open(first: At, parent_stop: At) -> bool {
    if first.input == parent_stop.input {
        first.place < parent_stop.place
    } else {
        first.time_ns <= parent_stop.time_ns
    }
}

/// A child began before its parent if its interval begins before the parent's, and so does its start record if both
/// have one.
fn see_which_began_before_their_parents(spans: &mut [Span]) {
    for child in 0..spans.len() {
        let Some(parent) = spans[child].parent else {
            continue;
        };
        let (child_of, parent_of) = (&spans[child], &spans[parent]);
        let (Some((begin, _)), Some((parent_begin, _))) = (interval(child_of), interval(parent_of)) else {
            continue;
        };
        let have_starts = child_of.kind == Kind::Finished && parent_of.kind == Kind::Finished;
        let starts_before = child_of.first.time_ns < parent_of.first.time_ns;
        spans[child].began_before_parent = begin < parent_begin && (starts_before || !have_starts);
    }
}

// ---- Self time ----

fn self_time(spans: &[Span], span: usize) -> Option<i64> {
    let duration_ns = spans[span].duration_ns?;
    let Some((begin, end)) = interval(&spans[span]) else {
        return Some(0);
    };
    let children = spans.iter().filter(|child| child.parent == Some(span) && child.counts);
    let clipped = children.filter_map(interval).map(|(from, to)| (from.max(begin), to.min(end)));
    Some(duration_ns - length_of_union(clipped.collect()) as i64)
}

fn length_of_union(mut intervals: Vec<(i128, i128)>) -> i128 {
    intervals.sort_unstable();
    let mut length = 0;
    let mut covered_to = i128::MIN;
    for (from, to) in intervals {
        length += (to - from.max(covered_to)).max(0);
        covered_to = covered_to.max(to);
    }
    length
}

// ---- Figures ----

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    pub name: Vec<u8>,
    pub count: u64,
    pub total_ns: i128,
    pub self_ns: i128,
    pub total_outer_ns: i128,
}

/// Those of each trace name that a span has which is not unfinished, by name.
pub fn figures(forest: &Forest) -> Vec<Figures> {
    figures_of(forest, |_| true)
}

/// The same of the spans that are kept.
pub fn figures_of(forest: &Forest, keeps: impl Fn(&Span) -> bool) -> Vec<Figures> {
    let mut figures: BTreeMap<&[u8], Figures> = BTreeMap::new();
    for (at, span) in forest.spans.iter().enumerate() {
        let (Some(duration_ns), Some(self_ns)) = (span.duration_ns, span.self_ns) else {
            continue;
        };
        if !keeps(span) {
            continue;
        }
        let name = span.name.clone();
        let empty = Figures { name, count: 0, total_ns: 0, self_ns: 0, total_outer_ns: 0 };
        let figures = figures.entry(&span.name).or_insert(empty);
        figures.count += 1;
        figures.total_ns += i128::from(duration_ns);
        figures.self_ns += i128::from(self_ns);
        if is_outer(&forest.spans, at) {
            figures.total_outer_ns += i128::from(duration_ns);
        }
    }
    figures.into_values().collect()
}

/// Whether no span of that name is above it, finished or not.
fn is_outer(spans: &[Span], span: usize) -> bool {
    let name = &spans[span].name;
    !parents(spans, span).any(|above| &spans[above].name == name)
}

/// The sum of the durations of all root spans: what percent is the share of.
pub fn roots_total_ns(forest: &Forest) -> i128 {
    roots_total_ns_of(forest, |_| true)
}

/// The same of the spans that are kept.
pub fn roots_total_ns_of(forest: &Forest, keeps: impl Fn(&Span) -> bool) -> i128 {
    let roots = forest.spans.iter().filter(|span| span.root.is_some() && span.duration_ns.is_some() && keeps(span));
    roots.filter_map(|root| root.duration_ns).map(i128::from).sum()
}

// ---- The calling-context tree ----

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    pub path: Vec<Vec<u8>>,
    pub count: u64,
    pub total_ns: i128,
    pub self_ns: i128,
    /// The self times of its spans and of all below them.
    pub subtree_ns: i128,
    /// None if all its spans are unfinished.
    pub max_ns: Option<i64>,
    pub asynchronous: u64,
}

/// The nodes, each followed by those below it.
pub fn tree(forest: &Forest) -> Vec<Node> {
    tree_with(forest, |_| true, |_| true)
}

/// The same of the spans that are kept, as if there were no others: what is below another one is below the nearest one
/// that is kept. Unfinished spans alone make no node.
pub fn tree_of(forest: &Forest, keeps: impl Fn(&Span) -> bool) -> Vec<Node> {
    tree_with(forest, &keeps, |span| keeps(span) && span.kind != Kind::Unfinished)
}

fn tree_with(forest: &Forest, keeps: impl Fn(&Span) -> bool, makes_nodes: impl Fn(&Span) -> bool) -> Vec<Node> {
    let mut nodes: BTreeMap<Vec<Vec<u8>>, Node> = BTreeMap::new();
    for (at, span) in forest.spans.iter().enumerate().filter(|(_, span)| makes_nodes(span)) {
        let path = path_of(forest, at, &keeps);
        for names in 1..=path.len() {
            let node = nodes.entry(path[..names].to_vec()).or_default();
            node.path = path[..names].to_vec();
            node.subtree_ns += i128::from(span.self_ns.unwrap_or(0));
        }
        let Some(node) = nodes.get_mut(&path) else { continue };
        node.asynchronous += u64::from(span.is_asynchronous);
        node.count += u64::from(span.kind != Kind::Unfinished);
        node.total_ns += i128::from(span.duration_ns.unwrap_or(0));
        node.self_ns += i128::from(span.self_ns.unwrap_or(0));
        node.max_ns = node.max_ns.max(span.duration_ns);
    }
    nodes_below(&[], &nodes.into_values().collect::<Vec<_>>())
}

fn nodes_below(path: &[Vec<u8>], nodes: &[Node]) -> Vec<Node> {
    let is_child = |node: &&Node| node.path.len() == path.len() + 1 && node.path.starts_with(path);
    let mut children: Vec<&Node> = nodes.iter().filter(is_child).collect();
    children.sort_by_key(|child| (Reverse(child.subtree_ns), &child.path));
    children.into_iter().flat_map(|child| [vec![child.clone()], nodes_below(&child.path, nodes)].concat()).collect()
}

// ---- What is counted on the way ----

fn counts(spans: &[Span], records: &[(At, Record<'_>)]) -> Counts {
    let count = |is_counted: fn(&Span) -> bool| spans.iter().filter(|span| is_counted(span)).count() as u64;
    let groups = groups(records);
    Counts {
        spans: count(|span| span.kind != Kind::Unfinished),
        unfinished: count(|span| span.kind == Kind::Unfinished),
        cut_off: count(|span| span.kind == Kind::CutOff),
        repeated: repeated(spans),
        roots: count(|span| span.root.is_some() && span.kind != Kind::Unfinished),
        missing_parents: count(|span| span.root == Some(Root::Missing)),
        cycles: count(|span| span.root == Some(Root::Cycle)),
        asynchronous: count(|span| span.is_asynchronous),
        outliving: count(|span| span.outlives),
        reversed: reversed(spans),
        early: count(|span| span.began_before_parent),
        groups: groups.len() as u64,
        spread_groups: groups.values().filter(|records| is_spread(records)).count() as u64,
        largest_group_records: groups.values().map(Vec::len).max().unwrap_or(0) as u64,
        steps_back: 0,
    }
}

/// Cut-off spans whose trace_id an unfinished span has, too.
fn reversed(spans: &[Span]) -> u64 {
    let is_unfinished =
        |of: &Span| spans.iter().any(|span| span.kind == Kind::Unfinished && is_of(span, &of.group, &of.trace_id));
    spans.iter().filter(|span| span.kind == Kind::CutOff && is_unfinished(span)).count() as u64
}

/// Spans whose trace_id an earlier span has.
fn repeated(spans: &[Span]) -> u64 {
    let different: BTreeSet<_> = spans.iter().map(|span| (&span.group, &span.trace_id)).collect();
    (spans.len() - different.len()) as u64
}

/// Where the records of each base_id stand.
fn groups<'a>(records: &[(At, Record<'a>)]) -> BTreeMap<&'a [u8], Vec<At>> {
    let mut groups: BTreeMap<&[u8], Vec<At>> = BTreeMap::new();
    for (at, record) in records {
        groups.entry(record.base_id).or_default().push(*at);
    }
    groups
}

fn is_spread(records: &[At]) -> bool {
    records.iter().any(|record| record.input != records[0].input)
}
