//! One pass over the members of a line.

use std::ops::Range;

use crate::formats::json::{Broken, Cursor, Text};

/// The keys that are looked for in an object.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    keys: Vec<(Box<[u8]>, Node)>,
    /// The members that the value is, each with its rank among the ways to write it.
    slots: Vec<(usize, u8)>,
}

impl Node {
    /// Adds a path to a member, of a rank among the ways to write it: the lowest one that is there counts.
    pub(super) fn add(&mut self, path: &[String], slot: usize, rank: u8) {
        let Some((key, rest)) = path.split_first() else { return self.slots.push((slot, rank)) };
        let key = key.as_bytes();
        let known = self.keys.iter().position(|(known, _)| **known == *key);
        let at = known.unwrap_or_else(|| {
            self.keys.push((key.into(), Self::default()));
            self.keys.len() - 1
        });
        self.keys[at].1.add(rest, slot, rank);
    }

    /// Captures the members of the object at a cursor that are looked for.
    #[inline]
    pub(super) fn walk(&self, cursor: &mut Cursor<'_>, captured: &mut Captured) -> Result<(), Broken> {
        cursor.members(|cursor, key| match self.keys.iter().find(|(known, _)| key.is(known)) {
            Some((_, node)) => node.take(cursor, captured),
            None => Ok(()),
        })?;
        Ok(())
    }

    /// Captures a value, and those in it. It is all that counts of values with the same key before it.
    fn take(&self, cursor: &mut Cursor<'_>, captured: &mut Captured) -> Result<(), Broken> {
        self.forget(captured);
        if !self.keys.is_empty() {
            self.walk(cursor, captured)?;
        }
        if self.slots.is_empty() {
            return Ok(());
        }
        let begin = cursor.at();
        if let Some(text) = cursor.scalar()? {
            let begin = begin + usize::from(text.is_quoted());
            for (slot, rank) in &self.slots {
                captured.set(
                    *slot,
                    Capture {
                        begin: begin as u32,
                        end: (begin + text.raw().len()) as u32,
                        rank: *rank,
                        text: kind_of(text),
                    },
                );
            }
        }
        Ok(())
    }

    fn forget(&self, captured: &mut Captured) {
        self.slots.iter().for_each(|(slot, rank)| captured.forget(*slot, *rank));
        self.keys.iter().for_each(|(_, node)| node.forget(captured));
    }
}

/// What a captured value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A number, or a word such as `true`.
    Word,
    Plain,
    /// A text with an escape.
    Escaped,
}

fn kind_of(text: Text<'_>) -> Kind {
    match (text.is_quoted(), text.has_escape()) {
        (false, _) => Kind::Word,
        (true, false) => Kind::Plain,
        (true, true) => Kind::Escaped,
    }
}

/// A value, by its place in the line.
#[derive(Debug, Clone, Copy)]
struct Capture {
    begin: u32,
    end: u32,
    rank: u8,
    text: Kind,
}

/// The values of the members that are looked for, each if it is there.
#[derive(Debug, Default)]
pub(super) struct Captured(Vec<[Option<Capture>; WAYS]>);

/// The most ways to write a member.
pub(super) const WAYS: usize = 8;

impl Captured {
    /// Begins a line, in which this many members are looked for.
    #[inline]
    pub(super) fn clear(&mut self, slots: usize) {
        self.0.clear();
        self.0.resize(slots, [None; WAYS]);
    }

    fn set(&mut self, slot: usize, capture: Capture) {
        self.0[slot][usize::from(capture.rank) % WAYS] = Some(capture);
    }

    fn forget(&mut self, slot: usize, rank: u8) {
        self.0[slot][usize::from(rank) % WAYS] = None;
    }

    /// Says whether there is any member.
    pub(super) fn has_any(&self) -> bool {
        self.0.iter().flatten().any(Option::is_some)
    }

    /// Says whether a member is there, `null` among them.
    pub(super) fn has(&self, slot: usize) -> bool {
        self.find(slot).is_some()
    }

    #[inline]
    fn find(&self, slot: usize) -> Option<&Capture> {
        self.0[slot].iter().flatten().next()
    }

    /// Gives a member as it stands in its line, its place, and the number of the way in which it is written.
    #[inline]
    pub(super) fn get<'a>(&self, slot: usize, line: &'a [u8]) -> Option<(Text<'a>, Range<usize>, usize)> {
        let capture = self.find(slot)?;
        let range = capture.begin as usize..capture.end as usize;
        let raw = &line[range.clone()];
        let text = match capture.text {
            Kind::Word => Text::word(raw),
            Kind::Plain => Text::new(raw, false),
            Kind::Escaped => Text::new(raw, true),
        };
        Some((text, range, capture.rank.into()))
    }
}
