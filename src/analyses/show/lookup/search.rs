//! Finds lines by the text in them.

use super::needles::Needles;
use super::seen::Seen;
use crate::engine::places::Places;
use crate::engine::queue::{Lines, Work};
use crate::formats::LogFormat;
use crate::record::{Line, MAX_LINE, Piece, Scratch};

/// One thread's search for some ids.
pub(super) struct Search<'a> {
    needles: Needles<'a>,
    /// The findings of each.
    seen: Vec<Seen>,
    /// Memory for the line that is parsed.
    line: Vec<u8>,
    scratch: Scratch,
}

impl<'a> Search<'a> {
    /// Prepares a search for one id, or for several long ones.
    pub(super) fn new(ids: &[&'a [u8]]) -> Self {
        let seen = ids.iter().map(|id| Seen::new(id)).collect();
        Self { needles: Needles::new(ids), seen, line: Vec::new(), scratch: Scratch::default() }
    }

    /// Prepares a search for trace groups whose base id begins with an id.
    pub(super) fn of_groups(id: &'a [u8]) -> Self {
        Self { seen: vec![Seen::of_groups(id)], ..Self::new(&[id]) }
    }

    /// The findings of each id so far.
    pub(super) fn seen(&self) -> &[Seen] {
        &self.seen
    }

    /// The same, at the end.
    pub(super) fn into_seen(self) -> Vec<Seen> {
        self.seen
    }

    /// Searches the lines of some work.
    pub(super) fn run(&mut self, work: &Work) {
        let (format, source) = (&*work.format, work.source);
        match &work.lines {
            Lines::Chunk { map, range } => {
                let bytes = map.bytes();
                let places = Places::new(format, bytes);
                let Some(begin) = places.first(range) else { return };
                // The last record goes on after the range.
                let end = places.first(&(range.end..bytes.len())).unwrap_or(bytes.len());
                self.lines(format, &bytes[begin..end], source, begin as u64);
            }
            Lines::Block(block) => self.lines(format, block.bytes(), source, block.offset),
        }
    }

    /// Searches whole records, which begin at `offset` of a source.
    fn lines(&mut self, format: &dyn LogFormat, bytes: &[u8], source: usize, offset: u64) {
        let places = Places::new(format, bytes);
        let mut at = 0;
        while let Some(found) = bytes.get(at..).and_then(|rest| self.needles.find(rest)) {
            let hit = at + found;
            let begin = places.begin_of(at, hit);
            let end = places.end_of(begin);
            self.take(format, &bytes[begin..end], source, offset + begin as u64);
            at = end + 1;
        }
    }

    fn take(&mut self, format: &dyn LogFormat, line: &[u8], source: usize, offset: u64) {
        // A copy, since others can write into a mapped file between two looks at a byte, and the parser relies on what
        // it has seen.
        let (mut copy, mut scratch) = (std::mem::take(&mut self.line), std::mem::take(&mut self.scratch));
        copy.clear();
        copy.extend_from_slice(&line[..line.len().min(MAX_LINE + 2)]);
        match format.parse(&copy, &mut scratch) {
            Line::Record(record) => self.seen.iter_mut().for_each(|seen| seen.take(&record, source, offset)),
            Line::Malformed(reason) => {
                self.seen.iter_mut().for_each(|seen| seen.take_malformed(&copy, source, offset, reason));
            }
            Line::Several => {
                format.pieces(&copy, &mut scratch, &mut |piece| self.take_piece(&copy, piece, source, offset));
            }
            Line::Other => {}
        }
        (self.line, self.scratch) = (copy, scratch);
    }

    /// Takes a part of a line that begins at `offset` of a source.
    fn take_piece(&mut self, line: &[u8], Piece { range, record }: Piece<'_>, source: usize, offset: u64) {
        let offset = offset + range.start as u64;
        for seen in &mut self.seen {
            match &record {
                Ok(record) => seen.take(record, source, offset),
                Err(reason) => seen.take_torn(&line[range.clone()], source, offset, *reason),
            }
        }
    }
}
