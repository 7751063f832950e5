//! The times of a log by a few of its records, so that a scan that asks for no times need not look at each: the first
//! and the last record, and where all lines of a log are not in order, one of each MiB. Which ones they are depends on
//! the log alone, not on the pieces in which it is read.

use std::ops::Range;

use tracerank_summary::EndTimes;

use super::places::Places;
use super::sink::Times;
use crate::formats::LogFormat;
use crate::record::{Line, MAX_LINE, Piece, Record, Scratch};

/// The line at each multiple of this offset is looked at: four lines of a chunk's twenty thousand.
const STEP: u64 = 1 << 20;

/// The times of the records of a source that were looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sampled {
    steps: Times,
    pub(crate) ends: EndTimes,
}

impl Sampled {
    /// Looks at the lines of a stretch at the multiples of [`STEP`].
    pub(crate) fn at_steps(stretch: &Stretch<'_>) -> Self {
        let steps = stretch.steps().filter_map(|at| stretch.time_at(at, false)).map(Times::at);
        Self { steps: steps.fold(Times::default(), Times::joined), ends: EndTimes::default() }
    }

    /// Looks at the first record of a stretch.
    pub(crate) fn at_first(stretch: &Stretch<'_>) -> Self {
        Self { steps: Times::default(), ends: EndTimes { first: stretch.first(), last: None } }
    }

    /// Looks at the last record of a stretch.
    pub(crate) fn at_last(stretch: &Stretch<'_>) -> Self {
        Self { steps: Times::default(), ends: EndTimes { first: None, last: stretch.last() } }
    }

    /// Adds those of another stretch of the source.
    pub(crate) fn add(&mut self, other: Self) {
        self.steps.add(other.steps);
        self.ends.add(other.ends);
    }

    /// Gives the earliest and the latest at the multiples of [`STEP`], if there is any.
    pub(crate) fn of_steps(&self) -> Option<[i64; 2]> {
        self.steps.ends()
    }
}

/// Lines of a source.
pub(crate) struct Stretch<'a> {
    pub(crate) format: &'a dyn LogFormat,
    pub(crate) bytes: &'a [u8],
    /// The bytes in which the lines begin, the first of them at its start.
    pub(crate) range: Range<usize>,
    /// The offset in the source where `bytes` begin.
    pub(crate) offset: u64,
}

impl Stretch<'_> {
    /// Finds the beginnings of the records that hold a byte at a multiple of [`STEP`], each once: a record can be longer
    /// than many steps.
    fn steps(&self) -> impl Iterator<Item = usize> {
        let end = self.places().first(&(self.range.end..self.bytes.len())).unwrap_or(self.bytes.len());
        let (from, to) = (self.offset + self.range.start as u64, self.offset + end as u64);
        let steps = (from.div_ceil(STEP)..to.div_ceil(STEP)).map(|step| (step * STEP - self.offset) as usize);
        let mut seen = self.range.start;
        steps.filter_map(move |at| {
            let begin = (at >= seen).then(|| self.places().begin_of(seen, at))?;
            seen = self.bytes.len().min(self.places().end_of(begin) + 1);
            Some(begin)
        })
    }

    fn places(&self) -> Places<'_> {
        Places::new(self.format, self.bytes)
    }

    /// Finds the beginning of the record that holds a byte.
    fn record_of(&self, at: usize) -> usize {
        self.places().begin_of(self.range.start, at)
    }

    /// Gives the time of the first record, and the offset of its line.
    fn first(&self) -> Option<(u64, i64)> {
        let mut at = self.range.start;
        while at < self.range.end {
            if let Some(time_us) = self.time_at(at, false) {
                return Some((self.offset + at as u64, time_us));
            }
            at = self.places().end_of(at) + 1;
        }
        None
    }

    /// Gives the time of the last record, and the offset of its line.
    fn last(&self) -> Option<(u64, i64)> {
        let mut end = self.range.end;
        while end > self.range.start {
            let begin = self.record_of(end - 1);
            if let Some(time_us) = self.time_at(begin, true) {
                return Some((self.offset + begin as u64, time_us));
            }
            end = begin;
        }
        None
    }

    /// Gives the time of the record of the line that begins at `at`; of several the first or the last.
    fn time_at(&self, at: usize, is_last: bool) -> Option<i64> {
        // A copy: others can write into a mapped file.
        let line = &self.bytes[at..self.places().end_of(at)];
        let line = line[..line.len().min(MAX_LINE + 2)].to_vec();
        let mut scratch = Scratch::default();
        match self.format.parse(&line, &mut scratch) {
            Line::Record(Record { time_us, .. }) => time_us,
            Line::Several => {
                let mut times = Vec::new();
                let mut take = |piece: Piece<'_>| times.extend(piece.record.ok().and_then(|record| record.time_us));
                self.format.pieces(&line, &mut scratch, &mut take);
                if is_last { times.last() } else { times.first() }.copied()
            }
            Line::Other | Line::Malformed(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::osprofiler::Osprofiler;
    use crate::input::chunk::first_line;

    fn log() -> Vec<u8> {
        let id = "603f1fab-be78-438d-af13-d94ed3b7e416";
        let line = |n: usize| match n {
            0..5 | 29_990.. => "other\n".to_owned(),
            _ => {
                let (minute, second) = (n / 60 % 60, n % 60);
                format!("2020-02-27T{:02}:{minute:02}:{second:02}.000000          {id} {id} {id} x-start\n", n / 3600)
            }
        };
        (0..30_000).flat_map(|n| line(n).into_bytes()).collect()
    }

    #[test]
    fn the_same_records_are_looked_at_however_a_log_is_cut() {
        let log = log();
        let of = |cuts: &[usize]| {
            let mut sampled = Sampled::default();
            for cut in cuts.windows(2) {
                let Some(begin) = first_line(&log, &(cut[0]..cut[1])) else { continue };
                let stretch = Stretch { format: &Osprofiler, bytes: &log, range: begin..cut[1], offset: 0 };
                sampled.add(Sampled::at_last(&stretch));
                sampled.add(Sampled::at_steps(&stretch));
                sampled.add(Sampled::at_first(&stretch));
            }
            (sampled.of_steps(), sampled.ends)
        };
        let whole = of(&[0, log.len()]);
        let [first, last] = whole.1.times_us().unwrap();
        assert_eq!((last - first) / 1_000_000, 29_989 - 5);
        assert_eq!(whole.0.map(|[first, last]| last > first), Some(true), "there are three steps");
        for at in [1, 5, 30, 31, 1 << 20, (1 << 20) - 1, (1 << 20) + 1, (1 << 20) + 70, log.len() - 1, log.len() - 7] {
            assert_eq!(of(&[0, at, log.len()]), whole, "{at}");
            assert_eq!(of(&[0, at / 2, at, log.len()]), whole, "{at}");
        }
    }

    #[test]
    fn a_line_of_many_steps_is_looked_at_once() {
        let mut log = log();
        log.extend(b"x".repeat(5 << 20));
        log.extend(b"\nx\n");
        let stretch = Stretch { format: &Osprofiler, bytes: &log, range: 0..log.len(), offset: 0 };
        let mut steps: Vec<usize> = stretch.steps().collect();
        let before = self::log().len().div_ceil(1 << 20);
        steps.dedup();
        assert_eq!(steps.len(), before + 1, "of each mebibyte of records, and then the line");
        assert_eq!(stretch.steps().count(), before + 1, "each once");
    }
}
