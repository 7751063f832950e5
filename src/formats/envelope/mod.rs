//! Envelopes: what containers, loggers and shippers put around each line of a log.
//!
//! ```text
//!  {"log":"a line\n","stream":"stdout"} ──► layer  takes one layer off ──► a line ──► the format that is inside
//!          escapes  of its strings ──────────┘
//! ```

mod escapes;
mod layer;

use std::sync::Arc;

use super::{Field, LineOrder, LogFormat};
use crate::input::Sample;
use crate::record::{Line, Piece, Scratch};
use crate::remedy::Parting;
use layer::{Opened, open};

/// The most layers around a line: an application's JSON in a container's JSON, with colours in it.
pub(super) const MAX_LAYERS: usize = 3;

/// A format within envelopes.
#[derive(Debug, Clone)]
pub(super) struct Enveloped {
    pub(super) inner: Arc<dyn LogFormat>,
    /// The layers around each line. Lines that have fewer are read, too.
    pub(super) layers: usize,
    /// The outermost layer can hold pieces of long lines.
    pub(super) has_pieces: bool,
}

/// The memory of an opened line.
#[derive(Debug, Default)]
pub(crate) struct Opening {
    /// The line without its layers, and the one that is opened next.
    line: Vec<u8>,
    next: Vec<u8>,
    /// All lines of a record, opened.
    record: Vec<u8>,
    /// Lent to the format inside, for lines as they are and for opened ones.
    plain: Scratch,
    opened: Scratch,
}

impl Opening {
    /// Takes off as many layers of a line as it has, up to some, into [`line`](Self::line).
    fn open(&mut self, line: &[u8], layers: usize) -> Opened {
        let outermost = open(line, &mut self.line);
        if outermost == Opened::Nothing {
            return outermost;
        }
        for _ in 1..layers {
            if open(&self.line, &mut self.next) == Opened::Nothing {
                break;
            }
            std::mem::swap(&mut self.line, &mut self.next);
        }
        outermost
    }

    /// Opens all lines of a record: pieces of a line follow each other without a line feed. False if none has a layer.
    fn open_record(&mut self, record: &[u8], layers: usize) -> bool {
        self.record.clear();
        let (mut is_opened, mut before) = (false, Opened::Piece);
        for line in record.split(|byte| *byte == b'\n') {
            if before != Opened::Piece {
                self.record.push(b'\n');
            }
            before = self.open(line, layers);
            is_opened |= before != Opened::Nothing;
            self.record.extend_from_slice(if before == Opened::Nothing { line } else { &self.line });
        }
        is_opened
    }
}

impl LogFormat for Enveloped {
    fn name(&self) -> &'static str {
        self.inner.name()
    }

    fn parse<'a>(&self, line: &'a [u8], scratch: &'a mut Scratch) -> Line<'a> {
        let opening: &mut Opening = scratch.memory.of();
        let is_opened = opening.open_record(line, self.layers);
        let Opening { record, plain, opened, .. } = opening;
        if is_opened {
            match self.inner.parse(record, opened) {
                parsed @ (Line::Record(_) | Line::Several) => return parsed,
                Line::Malformed(reason) => {
                    return match self.inner.parse(line, plain) {
                        parsed @ (Line::Record(_) | Line::Several) => parsed,
                        _ => Line::Malformed(reason),
                    };
                }
                Line::Other => {}
            }
        }
        self.inner.parse(line, plain)
    }

    /// The range of a piece is that of its line.
    fn pieces(&self, line: &[u8], scratch: &mut Scratch, take: &mut dyn FnMut(Piece<'_>)) {
        let opening: &mut Opening = scratch.memory.of();
        let is_opened = opening.open_record(line, self.layers);
        let Opening { record, plain, opened, .. } = opening;
        if is_opened && matches!(self.inner.parse(record, opened), Line::Several) {
            return self.inner.pieces(record, opened, &mut |piece| take(Piece { range: 0..line.len(), ..piece }));
        }
        self.inner.pieces(line, plain, take);
    }

    fn joins_lines(&self) -> bool {
        self.has_pieces || self.inner.joins_lines()
    }

    fn goes_on(&self, before: &[u8], line: &[u8]) -> bool {
        let [mut opened_before, mut opened] = [Opening::default(), Opening::default()];
        let outermost = opened_before.open(before, self.layers);
        if self.has_pieces && outermost == Opened::Piece {
            return true;
        }
        let text = |outermost, opened: &Opening, line: &[u8]| match outermost {
            Opened::Nothing => line.to_vec(),
            _ => opened.line.clone(),
        };
        self.inner.joins_lines() && {
            let of_line = opened.open(line, self.layers);
            self.inner.goes_on(&text(outermost, &opened_before, before), &text(of_line, &opened, line))
        }
    }

    fn declaration(&self) -> Option<String> {
        self.inner.declaration()
    }

    fn fields(&self, line: &[u8]) -> Vec<Field> {
        let mut opening = Opening::default();
        let is_opened = opening.open_record(line, self.layers);
        self.inner.fields(if is_opened { &opening.record } else { line })
    }

    fn parting(&self, line: &[u8]) -> Option<Parting> {
        self.inner.parting(line)
    }

    /// It is found by what is inside (see [`detect`](super::detect)).
    fn claims(&self, _: &Sample<'_>) -> bool {
        false
    }

    fn has_ids(&self) -> bool {
        self.inner.has_ids()
    }

    fn has_times(&self) -> bool {
        self.inner.has_times()
    }

    fn has_durations(&self) -> bool {
        self.inner.has_durations()
    }

    fn line_order(&self) -> LineOrder {
        self.inner.line_order()
    }
}

/// Takes one layer off each line of a sample. Gives their lines, one after the other, and whether some are pieces; none
/// if no line has a layer.
pub(super) fn opened(sample: &Sample<'_>) -> Option<(Vec<u8>, bool)> {
    let (mut all, mut line) = (Vec::new(), Vec::new());
    let (mut is_opened, mut has_pieces) = (false, false);
    for text in sample.lines() {
        let outermost = open(text, &mut line);
        is_opened |= outermost != Opened::Nothing;
        has_pieces |= outermost == Opened::Piece;
        all.extend_from_slice(if outermost == Opened::Nothing { text } else { &line });
        if outermost != Opened::Piece {
            all.push(b'\n');
        }
    }
    is_opened.then_some((all, has_pieces))
}
