//! Writes answers: the renderers of each analysis, escapes for each kind of output, styles.
//!
//! An analysis yields a model that owns all its data. A renderer of it is one file, and one line in
//! [`Model::RENDERERS`]. The choices of `--format`, their help, manual pages and completions come from there.

pub(crate) mod escape;
pub mod input;
pub(crate) mod json;
mod renderer;
pub(crate) mod style;
pub mod table;
pub(crate) mod time;

pub(crate) use tracerank_display as display;

pub use renderer::{Audience, Model, Renderer};
pub use style::Style;
