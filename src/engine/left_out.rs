//! The sources that are left out of an answer, since they can't be read whole.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use super::Engine;
use super::outcome::SourceOutcome;
use super::verdict::mostly_unreadable_sources;
use crate::error::Error;
use crate::input::Source;

/// The sources that can't be read whole, each with the reason until it is told.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(BTreeMap<usize, Option<Error>>);

impl LeftOut {
    /// Says whether a source is not to be opened.
    pub(crate) fn has(&self, source: usize) -> bool {
        self.0.contains_key(&source)
    }

    /// Tells the outcomes of the last reading why sources are not in it.
    pub(crate) fn tell(&mut self, outcomes: &mut [SourceOutcome]) {
        for (source, reason) in &mut self.0 {
            outcomes[*source].cut = reason.take().or(outcomes[*source].cut.take());
        }
    }
}

impl Engine {
    /// Finds the sources that could not be read whole, if the engine keeps going without them. Says whether all has to
    /// be read again without them, since a part of them is in what was learnt. Where an input can't be read again, that
    /// part stays in it.
    pub(crate) fn leaves_out_more(
        &self,
        sources: &[Source],
        outcomes: &mut [SourceOutcome],
        left_out: &mut LeftOut,
    ) -> bool {
        if !self.keeps_going {
            return false;
        }
        let can_read_again =
            sources.iter().enumerate().all(|(nth, source)| source.len().is_some() || left_out.has(nth));
        let mut has_to_read_again = false;
        for (nth, outcome) in outcomes.iter_mut().enumerate() {
            if outcome.has_lines() && !can_read_again {
                continue;
            }
            if let Some(reason) = outcome.cut.take() {
                has_to_read_again |= outcome.has_lines();
                left_out.0.insert(nth, Some(reason));
            }
        }
        if !has_to_read_again && can_read_again {
            let mostly_unreadable = mostly_unreadable_sources(sources, outcomes);
            has_to_read_again = !mostly_unreadable.is_empty();
            left_out.0.extend(mostly_unreadable.into_iter().map(|(nth, reason)| (nth, Some(reason))));
        }
        if has_to_read_again {
            self.progress.store(0, Ordering::Relaxed);
        }
        has_to_read_again
    }
}
