//! How answers are written: the renderers of each analysis, escapes for each kind of output, styles.
//!
//! An analysis yields a model that owns all it needs. A renderer of it is one file, and one line in [`Model::RENDERERS`]; what the command line offers as
//! `--format`, its help, manual pages and completions come from there.

pub(crate) mod display;
#[cfg(feature = "engine")]
pub(crate) mod escape;
#[cfg(feature = "engine")]
pub(crate) mod json;
#[cfg(feature = "engine")]
mod renderer;
#[cfg(feature = "engine")]
pub(crate) mod style;
#[cfg(feature = "engine")]
pub mod table;

#[cfg(feature = "engine")]
pub use renderer::{Audience, Model, Renderer};
#[cfg(feature = "engine")]
pub use style::Style;
