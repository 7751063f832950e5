//! One trace group, or one span, with all that is below it, as a tree in time order; one file a renderer.
//!
//! ```text
//!  records of a trace group ──► Trace (spans, whose child, when) ──► View (what of it is shown) ──► text, JSON, DOT, Chrome's trace events
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
    /// Only spans that took so long, in nanoseconds, and what is above them. Unfinished ones are always shown.
    pub min_duration_ns: i64,
}
