//! The look of text: its width, and its colours. The library has no crate for them: these few are all there are.

use std::fmt::{self, Display, Formatter};

/// The look of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// True if it is for a terminal that has colours.
    pub coloured: bool,
    /// The number of columns of the terminal, if text is for one.
    pub width: Option<usize>,
}

impl Style {
    /// Text for no terminal in particular.
    pub const PLAIN: Self = Self { coloured: false, width: None };

    pub(crate) fn paint(self) -> Paint {
        Paint { coloured: self.coloured }
    }
}

/// The meaning of a text, which determines its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing in particular.
    Plain,
    /// The reader looks for it.
    Strong,
    /// It matters little.
    Faint,
    /// It got worse.
    Bad,
    /// It got better.
    Good,
    /// It changed.
    Odd,
}

/// Colours text, or leaves it as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Paint {
    /// True if it is for a terminal that has colours.
    pub(crate) coloured: bool,
}

impl Paint {
    /// Text in the colour of its tone. Pad it to its width first.
    pub(crate) fn tone<T: Display>(self, tone: Tone, text: T) -> Toned<T> {
        Toned { tone: if self.coloured { tone } else { Tone::Plain }, text }
    }
}

/// Text in a colour (ECMA-48, "select graphic rendition").
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toned<T> {
    tone: Tone,
    text: T,
}

impl<T: Display> Display for Toned<T> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        let code = match self.tone {
            Tone::Plain => return text.fmt(out),
            Tone::Strong => "1",
            Tone::Faint => "2",
            Tone::Bad => "1;31",
            Tone::Good => "1;32",
            Tone::Odd => "1;33",
        };
        write!(out, "\x1b[{code}m{text}\x1b[0m")
    }
}
