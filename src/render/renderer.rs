//! The registry of renderers: each analysis lists its own.

use std::fmt::{self, Debug, Formatter};
use std::io::{self, Write};

use super::Style;

/// One way of writing the model of an analysis.
pub struct Renderer<M> {
    /// Its name, as `--format` takes it.
    pub name: &'static str,
    /// The help of the command line: a sentence without its full stop.
    pub help: &'static str,
    /// The usual readers.
    pub audience: Audience,
    /// Writes a model.
    pub write: fn(&M, &Style, &mut dyn Write) -> io::Result<()>,
}

/// Readers of an output. What is shown by default depends on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// People at a terminal.
    Terminal,
    /// People who read it elsewhere: in a merge request, a wiki, a browser.
    Page,
    /// Other programs.
    Program,
}

impl<M> Debug for Renderer<M> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "Renderer({})", self.name)
    }
}

/// The result of an analysis, ready to be written by each of several renderers.
pub trait Model: Sized + 'static {
    /// All renderers, the one for a terminal first.
    const RENDERERS: &'static [Renderer<Self>];

    /// The renderer of a name.
    fn renderer(name: &str) -> Option<&'static Renderer<Self>> {
        Self::RENDERERS.iter().find(|renderer| renderer.name == name)
    }

    /// Writes it with the renderer of a name, without colours. An unknown name is an error of the kind
    /// [`InvalidInput`](io::ErrorKind::InvalidInput).
    fn write_as(&self, name: &str, out: &mut dyn Write) -> io::Result<()> {
        let unknown = || io::Error::new(io::ErrorKind::InvalidInput, format!("there is no format {name:?}"));
        (Self::renderer(name).ok_or_else(unknown)?.write)(self, &Style::PLAIN, out)
    }
}
