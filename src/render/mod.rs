//! How answers are written: escapes for each kind of output, texts for people, styles.

pub(crate) mod display;
#[cfg(feature = "engine")]
pub(crate) mod escape;
#[cfg(feature = "engine")]
pub(crate) mod style;
