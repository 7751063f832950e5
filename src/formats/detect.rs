//! Detects the format of a log from a sample of its content.

use std::sync::Arc;

use super::{LogFormat, NoUnit, known};
use crate::input::Sample;
use crate::record::{Line, Scratch};

/// Says whether a line of a sample is a record: enough where records bear a sure mark.
pub(super) fn has_record(sample: &Sample<'_>, format: &dyn LogFormat) -> bool {
    let mut scratch = Scratch::default();
    sample.lines().any(|line| matches!(format.parse(line, &mut scratch), Line::Record(_) | Line::Several))
}

/// Says whether nine of ten lines of a sample are records: asked of formats whose records have no sure mark.
pub(super) fn is_mostly_records(sample: &Sample<'_>, format: &dyn LogFormat) -> bool {
    let mut scratch = Scratch::default();
    let (mut lines, mut records) = (0_usize, 0_usize);
    for line in sample.lines() {
        lines += 1;
        records += usize::from(matches!(format.parse(line, &mut scratch), Line::Record(_) | Line::Several));
    }
    records > 0 && records * 10 >= lines * 9
}

/// The reason why the format of a log is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undetected {
    /// Several formats claim it: their names.
    Ambiguous(Vec<&'static str>),
    /// Nothing tells the unit of its durations.
    NoUnit(NoUnit),
}

/// Detects the format of a log from a sample. It is the first one of [`FORMATS`](super::FORMATS) if none claims it.
///
/// # Errors
///
/// Several formats claim it and the first one does not, or nothing tells the unit of its durations.
pub fn detect(sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Undetected> {
    let [first, others @ ..] = known() else { return Err(Undetected::Ambiguous(Vec::new())) };
    if first.claims(sample) {
        return Ok(Arc::clone(first));
    }
    let claiming: Vec<&Arc<dyn LogFormat>> = others.iter().filter(|format| format.claims(sample)).collect();
    match claiming.as_slice() {
        [] => Ok(Arc::clone(first)),
        [only] => spelled(only, sample),
        several => Err(Undetected::Ambiguous(several.iter().map(|format| format.name()).collect())),
    }
}

/// Gives the spelling of a format that a log of this sample is in.
///
/// # Errors
///
/// Nothing tells the unit of its durations.
pub(crate) fn spelled(format: &Arc<dyn LogFormat>, sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Undetected> {
    let spelling = format.spelling(sample).map_err(Undetected::NoUnit)?;
    Ok(spelling.unwrap_or_else(|| Arc::clone(format)))
}
