//! Detects the format of a log from a sample of its content.

use std::sync::Arc;

use super::{LogFormat, known};
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

/// Detects the format of a log from a sample. It is the first one of [`FORMATS`](super::FORMATS) if none claims it.
///
/// # Errors
///
/// The names of the formats that claim it, if several do and the first one does not.
pub fn detect(sample: &Sample<'_>) -> Result<Arc<dyn LogFormat>, Vec<&'static str>> {
    let [first, others @ ..] = known() else { return Err(Vec::new()) };
    if first.claims(sample) {
        return Ok(Arc::clone(first));
    }
    let claiming: Vec<&Arc<dyn LogFormat>> = others.iter().filter(|format| format.claims(sample)).collect();
    match claiming.as_slice() {
        [] => Ok(Arc::clone(first)),
        [only] => Ok(Arc::clone(only)),
        several => Err(several.iter().map(|format| format.name()).collect()),
    }
}
