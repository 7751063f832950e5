//! The fate of each source.

use std::ops::Range;

use tracerank_summary::{Account, Coverage, Covered, EndTimes, Fingerprint, Malformed, Summary};
use xxhash_rust::xxh3::Xxh3;

use super::ledger::Ledger;
use super::places::Places;
use super::times::{Sampled, Stretch};
use crate::error::Error;
use crate::formats::LogFormat;
use crate::input::Source;
use crate::remedy::Parted;

/// The outcome of reading a source.
#[derive(Debug, Default)]
pub(crate) struct SourceOutcome {
    pub(crate) ledger: Ledger,
    /// Bytes of its content that were read.
    pub(crate) bytes: u64,
    /// The beginning of its content.
    pub(crate) begin: Vec<u8>,
    /// The times of some of its records.
    pub(crate) times: Sampled,
    /// The compression that it is in.
    pub(crate) compression: Option<&'static str>,
    /// The log format that it was read as.
    pub(crate) log_format: Option<&'static str>,
    /// That format has no ids.
    pub(crate) lacks_ids: bool,
    /// Its first line and the place where that departs from the pattern that it was read by.
    pub(crate) parting: Option<Parted>,
    /// The error that ended it early. The part that was read is still of use.
    pub(crate) cut: Option<Error>,
    /// The bytes of files that were read.
    pub(crate) coverage: Coverage,
    /// What a saved summary says of the lines that it was made of.
    pub(crate) saved: Option<SavedOutcome>,
    /// Bytes of a mapped file that are to be read.
    pub(super) expected: u64,
}

/// Bytes in which the first line of a log is looked for.
const FIRST_LINE: usize = 64 << 10;

/// Looks at the first line that is not blank, if it departs from a pattern.
pub(super) fn parted(format: &dyn LogFormat, bytes: &[u8]) -> Option<Parted> {
    let begin = &bytes[..bytes.len().min(FIRST_LINE)];
    let line = begin.split(|byte| *byte == b'\n').find(|line| !line.trim_ascii().is_empty())?;
    format.parting(line).map(|parting| Parted { line: line.to_vec(), parting })
}

impl SourceOutcome {
    /// Says whether lines of it were read that are in what was learnt.
    pub(crate) fn has_lines(&self) -> bool {
        !self.ledger.is_empty()
    }

    /// Says whether nothing of it was read, since it can't be read whole.
    pub(crate) fn is_left_out(&self) -> bool {
        self.cut.is_some() && !self.has_lines()
    }

    /// Notes the times of the first and of the last record of a log in its coverage, now that all of it was read.
    pub(super) fn note_ends(&mut self) {
        if self.saved.is_none() {
            self.coverage.set_ends(self.times.ends);
        }
    }

    /// Looks at the times of the first and of the last record of a mapped file that was read up to `end`.
    pub(super) fn look_at_ends(&mut self, format: &dyn LogFormat, bytes: &[u8], end: u64) {
        let Some(ends) = self.ledger.ends(end.min(bytes.len() as u64)) else { return };
        let looks = [Sampled::at_first as fn(&Stretch<'_>) -> Sampled, Sampled::at_last];
        for (range, look) in ends.into_iter().zip(looks) {
            let range = range.start as usize..range.end as usize;
            if let Some(begin) = Places::new(format, bytes).first(&range) {
                self.times.add(look(&Stretch { format, bytes, range: begin..range.end, offset: 0 }));
            }
        }
    }

    /// Gives the account of its lines, and its first malformed records.
    pub(crate) fn account(&mut self, source: &Source) -> (Account, Vec<Malformed>) {
        if let Some(SavedOutcome { account, malformed, .. }) = self.saved.take() {
            return (account, malformed);
        }
        // Only the parts before this one know how many lines precede it.
        let is_whole = source.range().is_none_or(|range| range.start == 0);
        let files = u64::from(!self.is_left_out());
        let times_us = self.times.of_steps();
        let account = Account { files, bytes: self.bytes, times_us, ..self.ledger.account() };
        let malformed = self.ledger.malformed().map(|(line, place)| {
            let line = is_whole.then_some(line);
            Malformed {
                path: source.path().to_owned(),
                line,
                offset: place.offset,
                reason: place.reason.as_str().into(),
            }
        });
        (account, malformed.collect())
    }
}

/// The outcome of a saved summary.
#[derive(Debug)]
pub(crate) struct SavedOutcome {
    pub(crate) account: Account,
    pub(crate) malformed: Vec<Malformed>,
    /// All spans were looked at for its sample.
    pub(crate) is_sampled: bool,
    /// A hash of the figures of all names.
    pub(crate) figures: u64,
}

impl SavedOutcome {
    pub(super) fn new(account: Account, malformed: Vec<Malformed>, summary: &Summary) -> Self {
        let is_sampled = summary.repeats().known() == account.spans;
        let mut figures = Xxh3::new();
        for row in summary.rows() {
            figures.update(row.name);
            let stats = row.stats;
            figures.update(&[stats.min_ns(), stats.max_ns()].map(i64::to_le_bytes).concat());
            figures.update(&[i128::from(stats.count()), stats.total_ns()].map(i128::to_le_bytes).concat());
        }
        Self { account, malformed, is_sampled, figures: figures.digest() }
    }
}

/// The content of one source, as far as it was read.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourceContent {
    /// The account of its lines.
    pub account: Account,
    /// The beginning of its content, at most 512 bytes.
    pub begin: Vec<u8>,
    /// The compression that it is in.
    pub compression: Option<&'static str>,
    /// The log format that it was read as; none of a saved summary, and of an empty stream.
    pub log_format: Option<&'static str>,
    /// The first line, where that departs from the pattern that it was read by.
    pub parting: Option<Parted>,
    /// The error that ended it early, if one did: the summary has the lines before it that the account tells of. Of a
    /// source that was left out, that is none.
    pub cut: Option<Error>,
    /// It is a saved summary.
    pub is_saved: bool,
    /// The first and the last time of the spans that the filter left out, in microseconds since 1970, if it has any.
    pub left_out: Option<[i64; 2]>,
}

impl SourceContent {
    /// Says whether nothing of it was read, since it can't be read whole.
    pub(crate) fn is_left_out(&self) -> bool {
        self.cut.is_some() && self.account.lines == 0
    }
}

/// Gives the lines that are read of a file.
pub(super) fn covered(file: &Source, fingerprint: Fingerprint, range: Range<u64>) -> Coverage {
    let ranges = if range.is_empty() { Vec::new() } else { vec![range] };
    let (path, identity) = (file.path().to_owned(), file.identity());
    [Covered { path, identity, fingerprint, ranges, ends: EndTimes::default() }].into_iter().collect()
}
