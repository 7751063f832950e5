//! Looks up an id: finds the lines with it by their bytes, and parses only those.
//!
//! ```text
//!  Feed ──► search (one a thread) ──► Seen: ids that begin with it, records ──► Answer: the records of one trace group
//! ```
//!
//! A whole base id takes one reading. For the trace id of a span, or the beginning of an id, the first reading finds
//! the base id, and the second one the records. A whole trace id ends the first reading where it is found. The second
//! one searches the rest of the log for both ids.

mod needles;
mod order;
mod record;
mod repeats;
mod search;
mod seen;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

pub use record::StoredRecord;

use tracing::{Span, debug_span};

use crate::engine::ledger::Tally;
use crate::engine::left_out::LeftOut;
use crate::engine::openings::Openings;
use crate::engine::outcome::SourceOutcome;
use crate::engine::queue::Work;
use crate::engine::verdict::{Unreadable, problems_of_reading};
use crate::engine::{Engine, Gather, Problem, Worker};
use crate::error::Error;
use crate::input::Source;
use crate::spans::{Course, CourseWorker, Courses, Memory, Unordered};
use search::Search;
use seen::{MalformedHits, Seen};
use tracerank_summary::{Malformed, Repeated};

/// The result of a look-up of an id.
#[derive(Debug)]
#[non_exhaustive]
pub struct LookedUp {
    /// The answer: the meaning of the id.
    pub answer: Answer,
    /// The sources as they were read, in their order.
    pub sources: Vec<Searched>,
    /// Bytes of log that were searched, after decompression.
    pub bytes: u64,
    /// The number of malformed records with the id.
    pub malformed: u64,
    /// The number of torn records with the id.
    pub torn: u64,
    /// The first three of both.
    pub first: Vec<Malformed>,
    /// The sources with records of the group that are not in order, as far as that makes a difference to it.
    pub unordered: Vec<Unordered>,
    /// The records of the group that are there more than once, unless they are allowed.
    pub repeated: Option<Repeated>,
}

impl LookedUp {
    /// Lists the problems of the search of `sources`: malformed records, sources that ended early, repeated records, then
    /// sources not in order.
    pub fn problems(&self, sources: &[Source]) -> Vec<Problem<'_>> {
        let unreadable = Unreadable { malformed: self.malformed, torn: self.torn, first: &self.first };
        let cut = self.sources.iter().filter_map(|searched| Some((searched.cut.as_ref()?, searched.lines_before)));
        let mut problems = problems_of_reading(unreadable, cut);
        problems.extend(self.repeated.as_ref().map(|repeated| Problem::repeated(repeated, sources, true)));
        problems.extend(Unordered::problem(&self.unordered));
        problems
    }
}

/// The meaning of an id.
#[derive(Debug)]
pub enum Answer {
    /// A trace group, or a span in it.
    Found(Group),
    /// One of several ids that begin with it: the first few of them, in the order of bytes, and whether each is a base
    /// id.
    Several(Vec<(Box<[u8]>, bool)>),
    /// Spans in several trace groups: the base ids of some of them.
    InSeveral(Vec<Box<[u8]>>),
    /// Nothing.
    Nothing {
        /// True if it is, or begins, the parent id of spans: their parent is in no input.
        is_parent: bool,
    },
}

/// The records of a trace group.
#[derive(Debug)]
pub struct Group {
    /// Its base id.
    pub base_id: Box<[u8]>,
    /// The requested trace id; none if the group was requested.
    pub span: Option<Box<[u8]>>,
    /// All its records, in the order in which they are taken: that of the input, or that of time if it is not in order.
    pub records: Vec<StoredRecord>,
}

/// One source, as it was searched.
#[derive(Debug)]
#[non_exhaustive]
pub struct Searched {
    /// The beginning of its content, at most 512 bytes.
    pub begin: Vec<u8>,
    /// The compression that it is in.
    pub compression: Option<&'static str>,
    /// The log format that it was read as; none of an empty stream.
    pub log_format: Option<&'static str>,
    /// The error that ended it early, if any. All bytes before it were searched; of a source that was left out, none.
    pub cut: Option<Error>,
    /// The number of lines before that error that were searched, if an engine keeps going that can't read them again.
    lines_before: u64,
}

/// One reading of all sources.
struct Reading {
    /// The findings of each id.
    seen: Vec<Seen>,
    /// The findings of each thread.
    by_thread: Vec<Vec<Seen>>,
    /// Bytes that were searched.
    bytes: u64,
    outcomes: Vec<SourceOutcome>,
    /// The courses of sources that can be read only once.
    courses: Vec<Course>,
}

/// The most records that may be kept.
#[derive(Debug, Clone, Copy)]
struct MostKept {
    bytes: usize,
    /// The memory limit that it is a part of.
    limit: usize,
}

impl MostKept {
    const ALL: Self = Self { bytes: usize::MAX, limit: usize::MAX };
}

/// The memory that it takes to show a trace group, in that of its records: these once more while they are sorted, spans
/// and trees of them, and the rows.
const TO_SHOW: usize = 3;

/// The end of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    /// All is read.
    End,
    /// The id is known as the trace id of a span, with its base id, if both can be looked for together.
    Span,
    /// All is read, of which only base ids are of interest.
    EndOfGroups,
}

/// The group that an id belongs to, and the trace id if it is a span's; or else the answer.
type ResolvedId = Result<(Box<[u8]>, Option<Box<[u8]>>), Answer>;

impl Engine {
    /// Looks for a base id or a trace id, or the beginning of one that no other id has; a whole id comes before longer
    /// ones, and a base id before a trace id of the same text. The filter does not apply.
    ///
    /// A source that can't be read twice is an error if the id is not a whole base id. So is a trace group for which the
    /// program would need more than `limit` bytes of memory, pages of mapped files aside.
    pub fn look_up(&self, sources: &[Source], id: &[u8], limit: usize) -> Result<LookedUp, Error> {
        let most = Memory::of_group(limit, self.threads_for(sources))?;
        let most = MostKept { bytes: most / TO_SHOW, limit };
        let (openings, mut left_out) = (Openings::default(), LeftOut::default());
        let mut search = |ids: &[&[u8]], until| self.search(sources, ids, until, &openings, &mut left_out, most);
        let mut reading = search(&[id], Until::Span)?;
        let mut bytes = reading.bytes;
        if let Some(base_id) = reading.group_of_span() {
            check_again(sources, &base_id)?;
            reading = search(&[id, &base_id], Until::End)?;
            bytes += reading.bytes;
        }
        let (mut unordered, mut repeated) = (Vec::new(), None);
        let answer = match meaning(&reading.seen[0], id) {
            Ok((base_id, span)) => {
                if span.is_some() && reading.seen.len() == 1 {
                    check_again(sources, &base_id)?;
                    reading = search(&[&base_id], Until::End)?;
                    bytes += reading.bytes;
                }
                let mut records = records_of(std::mem::take(&mut reading.by_thread), &base_id);
                repeated = repeats::treat(&mut records, &base_id, self.duplicates);
                let courses = self.courses(sources, &records, &reading.courses)?;
                order::sort(&mut records, &base_id, &courses);
                order::tell_durations(&mut records);
                unordered = Unordered::among(sources, &courses);
                Answer::Found(Group { base_id, span, records })
            }
            Err(answer) => answer,
        };
        let count = |of: fn(&MalformedHits) -> u64| reading.seen.last().map(|seen| of(&seen.malformed));
        let malformed = count(|hits| hits.count).unwrap_or_default();
        let torn = count(|hits| hits.torn).unwrap_or_default();
        let first = reading.malformed(sources);
        left_out.tell(&mut reading.outcomes);
        let searched = reading.outcomes.into_iter().map(|outcome| {
            let lines_before = outcome.ledger.account().lines;
            let SourceOutcome { begin, compression, log_format, cut, .. } = outcome;
            Searched { begin, compression, log_format, cut, lines_before }
        });
        Ok(LookedUp { answer, sources: searched.collect(), bytes, malformed, torn, first, unordered, repeated })
    }

    /// Finds the base ids that begin with `id`, in the order of bytes: the id alone if it is one itself, else the first
    /// few. The filter does not apply.
    pub fn groups_of(&self, sources: &[Source], id: &[u8]) -> Result<Vec<Box<[u8]>>, Error> {
        let (openings, mut left_out) = (Openings::default(), LeftOut::default());
        let reading = self.search(sources, &[id], Until::EndOfGroups, &openings, &mut left_out, MostKept::ALL)?;
        let found = reading.seen.into_iter().flat_map(|seen| seen.ids.into_keys());
        let mut found: Vec<Box<[u8]>> = found.collect();
        if found.first().is_some_and(|first| **first == *id) {
            found.truncate(1);
        }
        Ok(found)
    }

    /// Searches all sources but those of `left_out`, and adds those to them that can't be read whole.
    fn search(
        &self,
        sources: &[Source],
        ids: &[&[u8]],
        until: Until,
        openings: &Openings,
        left_out: &mut LeftOut,
        most: MostKept,
    ) -> Result<Reading, Error> {
        loop {
            let mut reading = self.search_all_but(left_out, sources, ids, until, openings, most)?;
            if !self.leaves_out_more(sources, &mut reading.outcomes, left_out) {
                return Ok(reading);
            }
        }
    }

    fn search_all_but(
        &self,
        left_out: &LeftOut,
        sources: &[Source],
        ids: &[&[u8]],
        until: Until,
        openings: &Openings,
        most: MostKept,
    ) -> Result<Reading, Error> {
        let stage = debug_span!("search").entered();
        let gather = SearchGather {
            ids,
            sources: sources.len(),
            once: sources.iter().map(|source| source.len().is_none()).collect(),
            courses: Courses::default(),
            without_ids: Mutex::default(),
            until,
            is_known: AtomicBool::new(false),
            bytes: AtomicU64::new(0),
            kept: AtomicUsize::new(0),
            most_kept: most.bytes,
            by_thread: Mutex::default(),
            stage: &stage,
        };
        let outcomes = self.read(sources, false, Some(openings), left_out, &gather)?;
        let SearchGather { by_thread, bytes, kept, courses, .. } = gather;
        if kept.into_inner() > most.bytes {
            return Err(Error::MemoryLimit { limit: most.limit });
        }
        let by_thread = by_thread.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut seen: Vec<Seen> = ids.iter().map(|id| Seen::new(id)).collect();
        for of_thread in &by_thread {
            seen.iter_mut().zip(of_thread).for_each(|(seen, of_thread)| seen.add(of_thread));
        }
        let courses = courses.into_courses(sources.len());
        Ok(Reading { seen, by_thread, bytes: bytes.into_inner(), outcomes, courses })
    }
}

/// The searches, one for each thread.
struct SearchGather<'a> {
    ids: &'a [&'a [u8]],
    /// The number of sources.
    sources: usize,
    /// Those that can be read only once: the order of their records is learnt beside the search.
    once: Vec<bool>,
    courses: Courses,
    /// Those whose records have no ids.
    without_ids: Mutex<BTreeSet<usize>>,
    until: Until,
    /// True if the id is known well enough, or no source can have it.
    is_known: AtomicBool,
    /// Bytes that were searched.
    bytes: AtomicU64,
    /// Bytes of records that are kept, and the most of them that there may be.
    kept: AtomicUsize,
    most_kept: usize,
    by_thread: Mutex<Vec<Vec<Seen>>>,
    stage: &'a Span,
}

struct SearchWorker<'a> {
    gather: &'a SearchGather<'a>,
    search: Search<'a>,
    /// Learns the order of sources that can be read only once, if there are any.
    course: Option<CourseWorker<'a>>,
    /// Bytes of the records that it keeps.
    kept: usize,
    /// Ends with the worker.
    #[expect(dead_code, reason = "it is there to be dropped")]
    stage: tracing::span::EnteredSpan,
}

impl Gather for SearchGather<'_> {
    type Worker<'w>
        = SearchWorker<'w>
    where
        Self: 'w;

    fn worker(&self) -> SearchWorker<'_> {
        let stage = debug_span!(parent: self.stage, "search-thread").entered();
        let search = match (self.until, self.ids) {
            (Until::EndOfGroups, [id]) => Search::of_groups(id),
            _ => Search::new(self.ids),
        };
        let course = self.once.contains(&true).then(|| self.courses.worker());
        SearchWorker { gather: self, search, course, kept: 0, stage }
    }

    fn drain(&self, worker: SearchWorker<'_>) {
        self.by_thread.lock().unwrap_or_else(PoisonError::into_inner).push(worker.search.into_seen());
        worker.course.into_iter().for_each(|course| self.courses.drain(course));
    }
}

impl SearchGather<'_> {
    /// Notes a source whose records have no ids, in which there is nothing to look for.
    fn pass_by(&self, source: usize) {
        let mut without_ids = self.without_ids.lock().unwrap_or_else(PoisonError::into_inner);
        without_ids.insert(source);
        if without_ids.len() == self.sources {
            self.is_known.store(true, Ordering::Relaxed);
        }
    }
}

impl Worker for SearchWorker<'_> {
    fn take(&mut self, work: &Work) -> Tally {
        if !work.format.has_ids() {
            self.gather.pass_by(work.source);
            return Tally::default();
        }
        debug_span!("search-chunk").in_scope(|| self.search.run(work));
        let kept = self.search.seen().iter().map(Seen::kept_bytes).sum();
        // Those of a group that turned out not to be the only one are forgotten again.
        let before = std::mem::replace(&mut self.kept, kept);
        self.gather.kept.fetch_add(kept.wrapping_sub(before), Ordering::Relaxed);
        let mut tally = Tally::default();
        if let Some(course) = self.course.as_mut().filter(|_| self.gather.once[work.source]) {
            tally.account.lines = course.take(work).account.lines;
        }
        self.gather.bytes.fetch_add(work.len() as u64, Ordering::Relaxed);
        let is_span = |seen: &Seen| seen.long_group_of_span().is_some();
        if self.gather.until == Until::Span && self.search.seen().iter().any(is_span) {
            self.gather.is_known.store(true, Ordering::Relaxed);
        }
        tally
    }

    fn goes_on(&self) -> bool {
        let is_full = self.gather.kept.load(Ordering::Relaxed) > self.gather.most_kept;
        !is_full && !self.gather.is_known.load(Ordering::Relaxed)
    }
}

/// Returns an error if a source can't be read a second time.
fn check_again(sources: &[Source], base_id: &[u8]) -> Result<(), Error> {
    let Some(once) = sources.iter().find(|source| source.len().is_none()) else { return Ok(()) };
    Err(Error::SearchedOnce { path: once.path().to_owned(), base_id: base_id.into() })
}

impl Reading {
    /// The base id of the group that the first id is a span of, if the reading ended there.
    fn group_of_span(&self) -> Option<Box<[u8]>> {
        self.seen.first()?.long_group_of_span().map(Into::into)
    }

    /// The first malformed and torn records in which the last id stands.
    fn malformed(&self, sources: &[Source]) -> Vec<Malformed> {
        let places = self.seen.last().map(|seen| seen.malformed.first.as_slice()).unwrap_or_default().iter();
        let path = |source: usize| sources.get(source).map(|source| source.path().to_owned()).unwrap_or_default();
        places
            .map(|(source, offset, reason)| Malformed {
                path: path(*source),
                line: None,
                offset: *offset,
                reason: reason.as_str().into(),
            })
            .collect()
    }
}

fn meaning(seen: &Seen, id: &[u8]) -> ResolvedId {
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
fn records_of(by_thread: Vec<Vec<Seen>>, base_id: &[u8]) -> Vec<StoredRecord> {
    let seen = by_thread.into_iter().flatten();
    let mut records: Vec<StoredRecord> = seen.flat_map(|seen| seen.into_records_of(base_id)).collect();
    // What each thread saw is in order already, and a stable sort makes use of it.
    records.sort_by_key(|record| (record.source, record.offset));
    records
}
