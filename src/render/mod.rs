//! Writes answers: the renderers of each analysis, escapes for each kind of output, styles.
//!
//! An analysis yields a model that owns all it needs. A renderer of it is one file, and one line in
//! [`Model::RENDERERS`]; what the command line offers as `--format`, its help, manual pages and completions come from
//! there.

pub(crate) mod escape;
pub(crate) mod json;
mod renderer;
pub(crate) mod style;
pub mod table;
pub(crate) mod time;

pub(crate) use tracerank_display as display;

pub use renderer::{Audience, Model, Renderer};
pub use style::Style;
