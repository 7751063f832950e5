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
mod text;
mod time;
mod trace;
mod tracks;
mod view;

use std::io::{self, Write};

pub use lookup::{Answer, Group, LookedUp, Searched, StoredRecord};
pub use trace::Trace;
use view::View;

/// What a tree is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people: a line for each span, with a bar on the time axis; milliseconds.
    #[default]
    Text,
    /// What `osprofiler trace show --json` prints; whole milliseconds.
    Json,
    /// A graph for Graphviz.
    Dot,
    /// Chrome's trace events, as Perfetto reads them; microseconds.
    Chrome,
}

/// What of a tree is shown, and how.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// How many levels of spans; none for all.
    pub depth: Option<usize>,
    /// Only spans that took so long, in nanoseconds, and what is above them. Unfinished ones are always shown.
    pub min_duration_ns: i64,
    /// Whether text has colours.
    pub coloured: bool,
    /// How many columns the terminal has, if text is for one.
    pub width: Option<usize>,
}

impl Trace {
    /// Writes it.
    pub fn write(&self, format: Format, options: &Options, out: &mut dyn Write) -> io::Result<()> {
        let view = View::new(self, options);
        match format {
            Format::Text => text::write(&view, options, out),
            Format::Json => json::write(&view, out),
            Format::Dot => dot::write(&view, out),
            Format::Chrome => chrome::write(&view, out),
        }
    }
}
