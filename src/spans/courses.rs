//! The order of inputs, where nothing else is asked of all their records.

use std::sync::{Mutex, PoisonError};

use super::counted::Counted;
use super::names::{KnownNames, Names};
use super::order::Course;
use super::sink::Events;
use super::{Batch, Share};
use crate::engine::ledger::Tally;
use crate::engine::queue::Work;
use crate::engine::scanner::Scanner;
use crate::engine::{Filter, Gather, Worker, scan_work};

/// Learns in which order the records of each input are.
#[derive(Default)]
pub(crate) struct Courses {
    names: Names,
    filter: Filter,
    stretches: Mutex<Vec<Stretch>>,
}

/// The records of some work, and its place in the input.
struct Stretch {
    source: usize,
    offset: u64,
    course: Course,
}

/// One thread's part.
pub(crate) struct CourseWorker<'a> {
    scanner: Scanner<Events<'a, Counted<'a>>>,
    stretches: Vec<Stretch>,
}

/// The key of no trace group: events of none are collected.
const NO_GROUP: u64 = 0;

impl Courses {
    /// Gives the course of each of some sources, now that all threads are done.
    pub(crate) fn into_courses(self, sources: usize) -> Vec<Course> {
        let mut stretches = self.stretches.into_inner().unwrap_or_else(PoisonError::into_inner);
        stretches.sort_unstable_by_key(|stretch| (stretch.source, stretch.offset));
        let mut courses = vec![Course::default(); sources];
        stretches.iter().for_each(|stretch| courses[stretch.source].append(&stretch.course));
        courses
    }
}

impl Gather for Courses {
    type Worker<'a> = CourseWorker<'a>;

    fn worker(&self) -> CourseWorker<'_> {
        let names = KnownNames::new(&self.names);
        let events = Events::new(names, None, Share::ALL, Some(NO_GROUP), Counted::new(&self.filter, None));
        CourseWorker { scanner: Scanner::new(events), stretches: Vec::new() }
    }

    fn drain(&self, worker: CourseWorker<'_>) {
        self.stretches.lock().unwrap_or_else(PoisonError::into_inner).extend(worker.stretches);
    }
}

impl Worker for CourseWorker<'_> {
    fn take(&mut self, work: &Work) -> Tally {
        let tally = scan_work(&mut self.scanner, work);
        let (_, times) = self.scanner.sink().take(Batch::new(Share::ALL));
        let course = Course::of(&*work.format, times, tally.account.records);
        self.stretches.push(Stretch { source: work.source, offset: work.offset(), course });
        tally
    }
}
