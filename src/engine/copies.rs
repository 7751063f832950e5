//! Copies of whole logs among inputs whose records have no ids: nothing else tells that a record is there twice.

use std::collections::HashMap;
use std::sync::Arc;

use tracerank_summary::Fingerprint;

use super::outcome::SourceOutcome;
use crate::input::{Block, GiveUp, Open, Opening, Source, open};

/// The inputs with the content of an earlier one.
#[derive(Debug, Default)]
pub(crate) struct Copies {
    /// The earlier input, and its copy.
    pub(crate) pairs: Vec<(usize, usize)>,
    /// The inputs that were compared with each other.
    compared: Vec<usize>,
}

impl Copies {
    /// Says whether both inputs were compared with the others.
    pub(crate) fn compares(&self, pair: [usize; 2]) -> bool {
        pair.iter().all(|input| self.compared.contains(input))
    }

    /// Says whether the second input is a copy of the first, or both are of a third.
    pub(crate) fn contains(&self, pair: [usize; 2]) -> bool {
        let [first, second] = pair.map(|input| self.first_of(input));
        first == second
    }

    /// Gives the first input with the same content.
    fn first_of(&self, input: usize) -> usize {
        self.pairs.iter().find(|(_, copy)| *copy == input).map_or(input, |(first, _)| *first)
    }
}

/// Finds the inputs with the content of an earlier one. Where length, beginning and end agree, all bytes are compared,
/// which reads both logs once more.
pub(crate) fn find(sources: &[Source], outcomes: &[SourceOutcome]) -> Copies {
    let mut by_fingerprint: HashMap<(u64, u64, u64), Vec<usize>> = HashMap::new();
    let mut copies = Copies::default();
    for (nth, outcome) in outcomes.iter().enumerate() {
        // A pipe has nothing to read once more.
        let is_file = sources[nth].len().is_some();
        let is_whole = sources[nth].range().is_none() && is_file && outcome.saved.is_none();
        let Some(file) = outcome.coverage.files().first().filter(|_| is_whole && outcome.lacks_ids) else { continue };
        let Fingerprint { len, head, tail } = file.fingerprint;
        copies.compared.push(nth);
        let alike = by_fingerprint.entry((len, head, tail)).or_default();
        match alike.iter().find(|first| len > 0 && is_same(&sources[**first], &sources[nth])) {
            Some(first) => copies.pairs.push((*first, nth)),
            None => alike.push(nth),
        }
    }
    copies
}

/// Says whether all bytes of two logs are the same, after decompression. What can't be read is not the same.
fn is_same(one: &Source, other: &Source) -> bool {
    let open = |source| match open(source, false, &Arc::default(), &GiveUp::default(), Opening::Only).ok()?.bytes {
        Open::Stream(stream) => Some(stream),
        Open::Mapped(..) | Open::Part(_) | Open::Saved(_) => None,
    };
    let (Some(mut one), Some(mut other)) = (open(one), open(other)) else { return false };
    let (mut block, mut other_block) = (Block::default(), Block::default());
    loop {
        match (one.next_block(&mut block, None), other.next_block(&mut other_block, None)) {
            (Ok(false), Ok(false)) => return true,
            (Ok(true), Ok(true)) if block.bytes() == other_block.bytes() => {}
            _ => return false,
        }
    }
}
