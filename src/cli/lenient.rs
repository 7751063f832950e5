//! `--keep-going` and `--allow-empty`: answers in spite of inputs that are damaged, or hold nothing.

use clap::Args;

use super::Exit;
use super::messages::{Messages, list};
use crate::render::display::Shown;
use crate::render::input::FailedInput;

#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct LenientArgs {
    /// Leave out inputs that can't be read whole, and answer from the others
    ///
    /// Each of them is named, the answer is written, and the exit code is 2. Such an input is missing, unreadable,
    /// damaged or truncated, without a record, or has more malformed records than others. No line of it counts: if it
    /// fails only at its end, all inputs are read again without it. Beside standard input or a pipe, which can't be
    /// read again, the lines before the damage count, and their number is told.
    #[arg(long)]
    pub(super) keep_going: bool,

    /// Take inputs without a record for what they are: empty
    ///
    /// The answer is that of the others, or empty, and the exit code is 0. Without this, an input in which there is no
    /// record is an error.
    #[arg(long)]
    pub(super) allow_empty: bool,
}

/// Prints which inputs are not in an answer as a whole, as the last word on it. `inputs` is the number of all.
pub(super) fn conclude(failed: &[FailedInput], inputs: usize, messages: &Messages) -> Exit {
    if failed.is_empty() {
        return Exit::Done;
    }
    let count: usize = failed.iter().map(|failed| failed.files).sum();
    let paths = list(failed.iter().map(|failed| Shown(&failed.path).to_string()));
    messages.error(format_args!("{count} of {inputs} inputs could not be read whole: {paths}"), None);
    Exit::Failed
}
