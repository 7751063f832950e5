//! Detects the format of a log, and the envelopes around its lines, from a sample of its content.

use std::sync::Arc;

use super::envelope::{self, Enveloped, MAX_LAYERS};
use super::{LogFormat, known};
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
    fn of(sample: &Sample<'_>, format: &dyn LogFormat) -> Self {
        let (mut count, mut scratch) = (Self::default(), Scratch::default());
        let goes_on = |before: &[u8], line: &[u8]| format.joins_lines() && format.goes_on(before, line);
        for record in sample.records(goes_on) {
            count.lines += 1;
            match format.parse(&record, &mut scratch) {
                Line::Record(_) | Line::Several => count.records += 1,
                Line::Malformed(_) => count.malformed += 1,
                Line::Other => {}
            }
        }
        count
    }
}

/// Says whether a line of a sample is a record: enough where records bear a sure mark.
pub(super) fn has_record(sample: &Sample<'_>, format: &dyn LogFormat) -> bool {
    Count::of(sample, format).records > 0
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
/// The names of the formats that claim it, if several do and the first one does not.
pub fn detect(sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Vec<&'static str>> {
    let found = best(sample, &claiming)?;
    found.or_else(|| known().first().map(Arc::clone)).ok_or_else(Vec::new)
}

/// Finds the envelopes around the lines of a log that is to be read as `format`.
pub(crate) fn within_envelopes(sample: &Sample<'_>, format: &Arc<dyn LogFormat>) -> Arc<dyn LogFormat> {
    let best = best(sample, &|_: &Sample<'_>| Ok(Some(Arc::clone(format))));
    best.ok().flatten().unwrap_or_else(|| Arc::clone(format))
}

/// The format that claims a sample, if one does.
type Claimed = Result<Option<Arc<dyn LogFormat>>, Vec<&'static str>>;

/// Finds the format that claims a sample.
fn claiming(sample: &Sample<'_>) -> Claimed {
    let [first, others @ ..] = known() else { return Ok(None) };
    if first.claims(sample) {
        return Ok(Some(Arc::clone(first)));
    }
    let claiming: Vec<&Arc<dyn LogFormat>> = others.iter().filter(|format| format.claims(sample)).collect();
    match claiming.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(Arc::clone(only))),
        several => Err(several.iter().map(|format| format.name()).collect()),
    }
}

/// Finds the format that claims a sample as it is. If none does, or if that can't read one of ten records, then the one
/// that reads the most of them within envelopes.
fn best(sample: &Sample<'_>, claiming: &dyn Fn(&Sample<'_>) -> Claimed) -> Claimed {
    let plain = claiming(sample)?;
    let count = plain.as_ref().map(|format| Count::of(sample, &**format)).unwrap_or_default();
    if count.records > 0 && count.malformed * 10 <= count.records {
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
