//! The rule for the name of a record.

use super::MAX_PIECES;
use super::types::Type;
use crate::normalise::{Normalised, request, route};

/// The most gaps whose places are remembered: those of the name, and three ids.
const MAX_PLACES: usize = MAX_PIECES + 3;

/// The beginning and the end of each gap of the name, and then of ids.
pub(super) type Pieces = [(usize, usize); MAX_PLACES];

/// The place of a record's name.
pub(super) enum NameAt {
    /// In the line, from one byte to another.
    Line(usize, usize),
    /// In the memory that was lent.
    Scratch,
    /// In the declaration.
    Declaration,
}

/// A piece of a name.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Vec<u8>),
    /// The gap of this number, of those that names are made of.
    Gap(usize, Normaliser),
}

/// What makes one piece of many texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Normaliser {
    None,
    Route,
    Request,
}

impl Normaliser {
    /// The one for texts of a type.
    pub(super) fn of(kind: Type) -> Self {
        match kind {
            Type::Route => Self::Route,
            Type::Request => Self::Request,
            _ => Self::None,
        }
    }

    /// Appends what it makes of a text.
    pub(super) fn append(self, text: &[u8], name: &mut Vec<u8>) {
        let normalised = match self {
            Self::None => Normalised::Prefix(text.len()),
            Self::Route => route(text, name),
            Self::Request => request(text, name),
        };
        match normalised {
            Normalised::Prefix(len) => name.extend_from_slice(&text[..len]),
            Normalised::Appended => {}
        }
    }
}

/// The rule for the name of a record.
#[derive(Debug, Clone)]
pub(super) struct Naming {
    pub(super) pieces: Vec<Piece>,
    /// The pieces stand in the line one after the other, as in the name; only the last one can have a route.
    pub(super) is_contiguous: bool,
}

impl Naming {
    /// Finds or makes the name; none if a piece of it is empty.
    #[inline(always)]
    pub(super) fn name(&self, line: &[u8], pieces: &Pieces, name: &mut Vec<u8>) -> Option<NameAt> {
        name.clear();
        if self.is_contiguous {
            return self.contiguous(line, pieces, name);
        }
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => name.extend_from_slice(text),
                Piece::Gap(number, normaliser) => {
                    let (begin, end) = pieces[*number];
                    let len = name.len();
                    normaliser.append(&line[begin..end], name);
                    if name.len() == len {
                        return None;
                    }
                }
            }
        }
        Some(NameAt::Scratch)
    }

    /// Takes the name out of one stretch of the line, where it nearly always stands as it should be.
    #[inline]
    fn contiguous(&self, line: &[u8], pieces: &Pieces, name: &mut Vec<u8>) -> Option<NameAt> {
        let (mut begin, mut last) = (line.len(), (0, 0));
        let mut is_route = false;
        for piece in &self.pieces {
            if let Piece::Gap(number, normaliser) = piece {
                (last, is_route) = (pieces[*number], *normaliser == Normaliser::Route);
                begin = begin.min(last.0);
                if last.0 == last.1 {
                    return None;
                }
            }
        }
        if !is_route {
            return Some(NameAt::Line(begin, last.1));
        }
        extend(name, line, begin, last.0);
        match route(&line[last.0..last.1], name) {
            Normalised::Prefix(0) => None,
            Normalised::Prefix(len) => Some(NameAt::Line(begin, last.0 + len)),
            Normalised::Appended => Some(NameAt::Scratch),
        }
    }
}

/// Appends a part of a line. A copy of 16 bytes of which some are dropped is faster than a call for fewer.
#[inline]
fn extend(name: &mut Vec<u8>, line: &[u8], begin: usize, end: usize) {
    match line[begin..].first_chunk::<16>() {
        Some(chunk) if end - begin <= 16 => {
            let len = name.len() + end - begin;
            name.extend_from_slice(chunk);
            name.truncate(len);
        }
        _ => name.extend_from_slice(&line[begin..end]),
    }
}
