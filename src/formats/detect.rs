//! Detects the format of a log, and the envelopes around its lines, from a sample of its content.

use std::sync::Arc;

use super::envelope::{self, Enveloped, MAX_LAYERS};
use super::{LogFormat, known};
use crate::error::Undetected;
use crate::input::Sample;
use crate::record::{Line, Scratch};

/// The records of a sample, as a format reads them.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    lines: usize,
    records: usize,
    malformed: usize,
}

impl Count {
    /// Records after which no more are looked at where nine of ten can be read. All of a sample would take 1.4 % more
    /// instructions of a report of a small log among other lines.
    const ENOUGH: usize = 32;

    fn of(sample: &Sample<'_>, format: &dyn LogFormat) -> Self {
        Self::until(sample, format, |_| false)
    }

    /// Counts until it is known that the records can be read as they stand.
    fn of_plain(sample: &Sample<'_>, format: &dyn LogFormat) -> Self {
        Self::until(sample, format, |count| count.records >= Self::ENOUGH && count.is_read())
    }

    fn until(sample: &Sample<'_>, format: &dyn LogFormat, is_enough: impl Fn(&Self) -> bool) -> Self {
        let (mut count, mut scratch) = (Self::default(), Scratch::default());
        let mut take = |record: &[u8]| {
            count.lines += 1;
            match format.parse(record, &mut scratch) {
                Line::Record(_) | Line::Several => count.records += 1,
                Line::Malformed(_) => count.malformed += 1,
                Line::Other => {}
            }
            is_enough(&count)
        };
        if format.joins_lines() {
            sample.records(|before, line| format.goes_on(before, line)).iter().any(|record| take(record));
        } else {
            sample.lines().any(take);
        }
        count
    }

    /// Says whether there are records, and no more than one of ten can't be read.
    fn is_read(&self) -> bool {
        self.records > 0 && self.malformed * 10 <= self.records
    }
}

/// Says whether a line of a sample is a record: enough where records bear a sure mark.
pub(super) fn has_record(sample: &Sample<'_>, format: &dyn LogFormat) -> bool {
    Count::until(sample, format, |count| count.records > 0).records > 0
}

/// Says whether nine of ten lines of a sample are records: asked of formats whose records have no sure mark.
pub(super) fn is_mostly_records(sample: &Sample<'_>, format: &dyn LogFormat) -> bool {
    let Count { lines, records, .. } = Count::of(sample, format);
    records > 0 && records * 10 >= lines * 9
}

/// Detects the format of a log from a sample. It is the first one of [`FORMATS`](super::FORMATS) if none claims it.
///
/// # Errors
///
/// Several formats claim it and the first one does not, or nothing tells the unit of its durations.
pub fn detect(sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Undetected> {
    let found = best(sample, &claiming)?;
    found.or_else(|| known().first().map(Arc::clone)).ok_or_else(|| Undetected::Ambiguous(Vec::new()))
}

/// Finds the spelling of a format that a log is in, and the envelopes around its lines.
///
/// # Errors
///
/// Nothing tells the unit of its durations.
pub(crate) fn detect_as(format: &Arc<dyn LogFormat>, sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Undetected> {
    let best = best(sample, &|sample: &Sample<'_>| spelled(format, sample).map(Some))?;
    Ok(best.unwrap_or_else(|| Arc::clone(format)))
}

/// The format that claims a sample, if one does.
type Claimed = Result<Option<Arc<dyn LogFormat>>, Undetected>;

/// Finds the format that claims a sample.
fn claiming(sample: &Sample<'_>) -> Claimed {
    let [first, others @ ..] = known() else { return Ok(None) };
    if first.claims(sample) {
        return Ok(Some(Arc::clone(first)));
    }
    let claiming: Vec<&Arc<dyn LogFormat>> = others.iter().filter(|format| format.claims(sample)).collect();
    match claiming.as_slice() {
        [] => Ok(None),
        [only] => spelled(only, sample).map(Some),
        several => Err(Undetected::Ambiguous(several.iter().map(|format| format.name()).collect())),
    }
}

/// Gives the spelling of a format that a log of this sample is in.
///
/// # Errors
///
/// Nothing tells the unit of its durations.
fn spelled(format: &Arc<dyn LogFormat>, sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Undetected> {
    let spelling = format.spelling(sample).map_err(Undetected::NoUnit)?;
    Ok(spelling.unwrap_or_else(|| Arc::clone(format)))
}

/// Finds the format that claims a sample as it is. If none does, or if that can't read one of ten records, then the one
/// that reads the most of them within envelopes.
fn best(sample: &Sample<'_>, claiming: &dyn Fn(&Sample<'_>) -> Claimed) -> Claimed {
    let plain = claiming(sample)?;
    let count = plain.as_ref().map(|format| Count::of_plain(sample, &**format)).unwrap_or_default();
    if count.is_read() {
        return Ok(plain);
    }
    let (mut best, mut most) = (plain, count.records);
    let (mut opened, mut has_pieces) = (None, false);
    for layers in 1..=MAX_LAYERS {
        let Some((lines, pieces)) = envelope::opened(opened.as_ref().unwrap_or(sample)) else { break };
        let inside = Sample::of_opened(lines);
        has_pieces |= pieces && layers == 1;
        if let Some(inner) = claiming(&inside)? {
            let enveloped = Enveloped { inner, layers, has_pieces };
            let records = Count::of(sample, &enveloped).records;
            if records > most {
                best = Some(Arc::new(enveloped));
                most = records;
            }
        }
        opened = Some(inside);
    }
    Ok(best)
}
