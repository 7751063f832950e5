//! A trace group, or a span with all spans below it, as a tree in time order; one file for each renderer.
//!
//! ```text
//!  records of a trace group ──► Trace (spans, parents, times) ──► View (spans shown) ──► text, JSON, DOT, Chrome
//! ```

mod chrome;
mod dot;
mod json;
pub(crate) mod lookup;
mod rows;
mod table;
mod text;
mod time;
mod trace;
mod tracks;
mod view;

pub use lookup::{Answer, Group, LookedUp, Searched, StoredRecord};
pub use trace::Trace;
pub use view::View;

use crate::render::{Model, Renderer};

impl Model for View {
    const RENDERERS: &'static [Renderer<Self>] = &[text::RENDERER, json::RENDERER, dot::RENDERER, chrome::RENDERER];
}

/// The part of a trace that is shown.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// The number of levels of spans; none for all.
    pub depth: Option<usize>,
    /// The least duration of a span that is shown, in nanoseconds. The spans above it are shown, too, and so are
    /// unfinished ones.
    pub min_duration_ns: i64,
}
