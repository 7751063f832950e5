//! Steps that are common to the commands that put spans into trees.

use anyhow::Result;
use tracerank_summary::Wanted;

use super::Global;
use super::inputs::Inputs;
use super::messages::Messages;
use super::progress::Progress;
use super::spans::NameArgs;
use crate::engine::Engine;
use crate::error::Error;
use crate::input::Source;
use crate::spans::{Counts, KeepsName, TreeReading, Trees};

impl Inputs {
    /// Reads all of them and puts their spans into trees, which take at most `limit` bytes of memory. Also makes a
    /// summary, if `wanted` is given.
    pub(super) fn grow(
        &self,
        engine: &Engine,
        limit: usize,
        wanted: Option<Wanted>,
        global: &Global,
    ) -> Result<TreeReading> {
        let _progress = Progress::start(global.progress, self.sources(), engine.progress());
        Ok(self.engine(engine).grow(self.sources(), limit, wanted)?)
    }

    /// The same without a summary, of the spans that count alone.
    pub(super) fn grow_counted(
        &self,
        engine: &Engine,
        limit: usize,
        names: &NameArgs,
        global: &Global,
    ) -> Result<TreeReading> {
        let _progress = Progress::start(global.progress, self.sources(), engine.progress());
        let keeps = |name: &[u8]| names.keep(name);
        let keeps: Option<KeepsName<'_>> = if names.are_missing() { None } else { Some(&keeps) };
        Ok(self.engine(engine).grow_counted(self.sources(), limit, keeps)?)
    }

    /// Reads all of them by a list's own way, and shows the progress.
    pub(super) fn list<T>(
        &self,
        engine: &Engine,
        global: &Global,
        list: impl FnOnce(&Engine, &[Source]) -> Result<T, Error>,
    ) -> Result<T> {
        let _progress = Progress::start(global.progress, self.sources(), engine.progress());
        Ok(list(&self.engine(engine), self.sources())?)
    }
}

/// Prints the counts of the trees as details.
pub(super) fn detail(messages: &Messages, Trees { tree, readings, unordered, .. }: &Trees) {
    lines_of(&tree.counts).into_iter().for_each(|line| messages.detail(line));
    if *readings > 1 {
        let why = if unordered.is_empty() { "" } else { "inputs are not in order, or since " };
        messages.detail(format_args!(
            "read {readings} times, since {why}the spans of all trace groups need more memory than the limit"
        ));
    }
}

/// A line for each kind of span that occurs, with its number.
fn lines_of(counts: &Counts) -> Vec<String> {
    let Counts { roots, missing_parents, groups, spread_groups, largest_group_records, .. } = *counts;
    let records = if largest_group_records == 1 { "record" } else { "records" };
    let mut lines = vec![
        format!("{roots} root spans, {missing_parents} of them with a parent that is in no input"),
        format!("{groups} trace groups, the largest with {largest_group_records} {records}"),
    ];
    if spread_groups > 0 {
        lines.push(format!("{spread_groups} trace groups in more than one input"));
    }
    let odd = [
        (counts.asynchronous, "began after their parents stopped (asynchronous)"),
        (counts.outliving, "stopped after their parents did"),
        (counts.early, "began before their parents: clocks differ"),
        (counts.unfinished, "have no stop (unfinished) and are not counted"),
        (counts.cut_off, "have no start (cut off)"),
        (counts.lone, "have no start, so that their durations are not known"),
        (counts.reversed, "stop in a line before that of their start, and count as two"),
        (counts.repeated, "have the trace id of an earlier span"),
        (counts.cycles, "are their own ancestors and count as roots"),
    ];
    lines.extend(odd.into_iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} spans {what}")));
    if counts.steps_back > 0 {
        lines.push(format!("{} records are earlier than the one before them", counts.steps_back));
    }
    lines
}
