//! How answers are written: escapes for each kind of output, texts for people, styles.

pub(crate) mod escape;
pub(crate) mod style;
pub(crate) mod time;

pub(crate) use tracerank_display as display;
