//! Messages for people, on standard error. Data never goes there, and messages never go elsewhere.

use std::fmt::{self, Display};
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use super::remedies::hint;
use super::{Global, When};
use crate::{Error, Remedy};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default();

/// Prints messages: their colours, and which are printed.
pub(super) struct Messages {
    choice: ColorChoice,
    quiet: bool,
    verbose: bool,
}

impl Default for Messages {
    fn default() -> Self {
        let choice = if io::stderr().is_terminal() { ColorChoice::Auto } else { ColorChoice::Never };
        Self { choice, quiet: false, verbose: false }
    }
}

impl Messages {
    pub(super) fn new(global: &Global) -> Self {
        let choice = match global.color {
            When::Auto if !io::stderr().is_terminal() => ColorChoice::Never,
            When::Auto => ColorChoice::Auto,
            When::Always => ColorChoice::Always,
            When::Never => ColorChoice::Never,
        };
        Self { choice, quiet: global.quiet, verbose: global.verbose }
    }

    /// Prints an error, with its remedy.
    pub(super) fn error(&self, what: impl Display, hint: Option<&str>) {
        self.say(format_args!("{ERROR}tracerank:{ERROR:#} {what}"));
        if let Some(hint) = hint {
            self.hint(hint);
        }
    }

    fn hint(&self, hint: &str) {
        self.say(format_args!("{HINT}hint:{HINT:#} {hint}"));
    }

    /// Prints an error with the remedy that the library knows, if any.
    pub(super) fn mendable(&self, what: impl Display, remedy: Option<&Remedy>) {
        self.error(what, remedy.map(hint).as_deref());
    }

    /// Prints an error of the library.
    pub(super) fn library_error(&self, error: &Error) {
        self.mendable(error, error.remedy().as_ref());
    }

    /// Prints the error that ended the program.
    pub(super) fn failure(&self, error: &anyhow::Error) {
        if let Some(error) = error.downcast_ref::<Error>() {
            self.library_error(error);
        } else if let Some(error) = error.downcast_ref::<tracerank_record::Error>() {
            self.error(error, error.hint());
        } else if let Some(Hinted { what, hint }) = error.downcast_ref() {
            self.error(what, Some(hint));
        } else {
            self.error(error, None);
        }
    }

    /// Prints a warning: the work goes on. Not with `--quiet`.
    pub(super) fn warning(&self, what: impl Display) {
        if !self.quiet {
            self.say(format_args!("{WARNING}tracerank: warning:{WARNING:#} {what}"));
        }
    }

    /// Prints a warning with a remedy.
    pub(super) fn mendable_warning(&self, what: impl Display, hint: &str) {
        if !self.quiet {
            self.warning(what);
            self.hint(hint);
        }
    }

    /// Prints a detail, with `--verbose` only.
    pub(super) fn detail(&self, what: impl Display) {
        if self.verbose {
            self.say(format_args!("tracerank: {what}"));
        }
    }

    fn say(&self, line: fmt::Arguments<'_>) {
        // An error is ignored: nobody reads a closed standard error.
        let _ = writeln!(AutoStream::new(io::stderr(), self.choice), "{line}");
    }
}

/// An error with a hint.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
struct Hinted {
    what: String,
    hint: String,
}

pub(super) fn hinted(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Hinted { what: what.into(), hint: hint.into() }.into()
}

/// Ids or paths that a message lists.
const SHOWN: usize = 5;

/// The first few of some ids or paths, as text.
pub(super) fn list(items: impl Iterator<Item = String>) -> String {
    let mut items: Vec<String> = items.take(SHOWN + 1).collect();
    if let Some(more) = items.get_mut(SHOWN) {
        "…".clone_into(more);
    }
    items.join(", ")
}
