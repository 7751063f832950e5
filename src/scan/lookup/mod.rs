//! Looking an id up: the lines in which it stands are found by their bytes, and only those are parsed.
//!
//! ```text
//!  Feed ──► search (one a thread) ──► Seen: ids that begin with it, records ──► Answer: the records of one trace group
//! ```
//!
//! A whole base id takes one reading. The trace id of a span, and the beginning of one, tell the base id, and a second reading has the records.

mod record;
mod search;
mod seen;

use std::sync::{Mutex, PoisonError};

pub use record::Kept;

use tracing::debug_span;

use super::Scan;
use super::feed::{Feed, Mappings, Next, Outcome};
use crate::account::Malformed;
use crate::error::Error;
use crate::input::Source;
use search::Search;
use seen::Seen;

/// What came of looking for an id.
#[derive(Debug)]
#[non_exhaustive]
pub struct LookedUp {
    /// What the id means.
    pub answer: Answer,
    /// What each source was, in the order of the sources.
    pub sources: Vec<Searched>,
    /// Bytes of log that were searched, after decompression.
    pub bytes: u64,
    /// How many malformed records the id stands in, and the first three of them.
    pub malformed: (u64, Vec<Malformed>),
}

/// What an id means.
#[derive(Debug)]
pub enum Answer {
    /// A trace group, or a span in it.
    Found(Group),
    /// One of several ids that begin with it: the first few of them, in the order of bytes, and whether each is a base id.
    Several(Vec<(Box<[u8]>, bool)>),
    /// Spans in several trace groups: the base ids of some of them.
    InSeveral(Vec<Box<[u8]>>),
    /// Nothing.
    Nothing {
        /// It is, or begins, the parent id of spans: those of a span that is in no input.
        is_parent: bool,
    },
}

/// The records of a trace group.
#[derive(Debug)]
pub struct Group {
    /// Its base id.
    pub base_id: Box<[u8]>,
    /// The trace id that was asked for; none if the group was.
    pub span: Option<Box<[u8]>>,
    /// All its records, in the order of the input.
    pub records: Vec<Kept>,
}

/// What one source was.
#[derive(Debug)]
#[non_exhaustive]
pub struct Searched {
    /// The beginning of its content, at most 512 bytes.
    pub begin: Vec<u8>,
    /// What it is compressed with.
    pub format: Option<&'static str>,
    /// Why it ended early, if it did: what stood before was searched.
    pub cut: Option<Error>,
}

/// One reading of all sources.
struct Reading {
    seen: Seen,
    /// What each thread saw.
    by_thread: Vec<Seen>,
    outcomes: Vec<Outcome>,
}

/// Which group an id is of, and the trace id if it is a span's; or else the answer.
type Meant = Result<(Box<[u8]>, Option<Box<[u8]>>), Answer>;

impl Scan {
    /// Looks for a base id or a trace id, or the beginning of one that no other id has; a whole id comes before longer ones, and a base id before
    /// a trace id of the same text. The filter has no say in it.
    ///
    /// A source that can't be read twice is an error if the id is not a whole base id.
    pub fn look_up(&self, sources: &[Source], id: &[u8]) -> Result<LookedUp, Error> {
        let mappings = Mappings::default();
        let mut reading = self.search(sources, id, &mappings)?;
        let mut bytes = reading.bytes();
        let answer = match meaning(&reading.seen, id) {
            Ok((base_id, span)) => {
                if span.is_some() {
                    if let Some(once) = sources.iter().find(|source| source.len().is_none()) {
                        return Err(Error::SearchedOnce { path: once.path().to_owned(), base_id });
                    }
                    reading = self.search(sources, &base_id, &mappings)?;
                    bytes += reading.bytes();
                }
                let records = records_of(std::mem::take(&mut reading.by_thread), &base_id);
                Answer::Found(Group { base_id, span, records })
            }
            Err(answer) => answer,
        };
        let malformed = (reading.seen.malformed.count, reading.malformed(sources));
        let searched =
            reading.outcomes.into_iter().map(|Outcome { begin, format, cut, .. }| Searched { begin, format, cut });
        Ok(LookedUp { answer, sources: searched.collect(), bytes, malformed })
    }

    fn search(&self, sources: &[Source], id: &[u8], mappings: &Mappings) -> Result<Reading, Error> {
        let feed = Feed::new(sources, self.may_map, false, &self.progress).keeping(mappings);
        let by_thread = Mutex::new(Vec::new());
        let span = debug_span!("search").entered();
        let work = || {
            let _span = debug_span!(parent: &*span, "search-thread").entered();
            let mut search = Search::new(id);
            while let Some(Next::Parse(work)) = feed.next() {
                debug_span!("search-chunk").in_scope(|| search.run(&work));
                feed.done(work, super::Tally::default());
            }
            by_thread.lock().unwrap_or_else(PoisonError::into_inner).push(search.into_seen());
        };
        self.on_threads(sources, work)?;
        let outcomes = feed.finish()?;
        let by_thread = by_thread.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut seen = Seen::new(id);
        by_thread.iter().for_each(|of_thread| seen.add(of_thread));
        Ok(Reading { seen, by_thread, outcomes })
    }
}

impl Reading {
    fn bytes(&self) -> u64 {
        self.outcomes.iter().map(|outcome| outcome.bytes).sum()
    }

    fn malformed(&self, sources: &[Source]) -> Vec<Malformed> {
        let places = self.seen.malformed.first.iter();
        let path = |source: usize| sources.get(source).map(|source| source.path().to_owned()).unwrap_or_default();
        places
            .map(|(source, offset, reason)| Malformed {
                path: path(*source),
                line: None,
                offset: *offset,
                reason: *reason,
            })
            .collect()
    }
}

fn meaning(seen: &Seen, id: &[u8]) -> Meant {
    // Of ids that begin with it, it is the first one itself.
    let mut ids = seen.ids.iter();
    let Some((first, role)) = ids.next() else { return Err(Answer::Nothing { is_parent: seen.is_parent }) };
    if first.as_ref() != id && ids.next().is_some() {
        return Err(Answer::Several(seen.ids.iter().map(|(id, role)| (id.clone(), role.is_group)).collect()));
    }
    if role.is_group {
        return Ok((first.clone(), None));
    }
    match role.in_groups.first() {
        Some(only) if role.in_groups.len() == 1 => Ok((only.clone(), Some(first.clone()))),
        _ => Err(Answer::InSeveral(role.in_groups.iter().cloned().collect())),
    }
}

/// The records of a group, in the order of the input.
fn records_of(by_thread: Vec<Seen>, base_id: &[u8]) -> Vec<Kept> {
    let mut records: Vec<Kept> = by_thread.into_iter().flat_map(|seen| seen.into_records_of(base_id)).collect();
    // What each thread saw is in order already, and a stable sort makes use of it.
    records.sort_by_key(|record| (record.source, record.offset));
    records
}
