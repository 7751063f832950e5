//! The steps that commands share, from the inputs to the exit code.

use std::io::{self, Write};
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use tracerank_summary::Account;
use tracing::Span;

use super::inputs::{InputArgs, Inputs, detail};
use super::malformed::{List, MalformedArgs};
use super::messages::Messages;
use super::output::{Output, Target};
use super::profile::Profile;
use super::{Exit, Global, trees};
use crate::input::Source;
use crate::render::{Model, Renderer, Style};
use crate::spans::Trees;
use crate::summary::Scanned;

/// The steps of a command that all commands share.
pub(super) struct Job<'a> {
    /// Opens the span of the command, as `--profile-self` has it.
    pub(super) stage: fn() -> Span,
    /// The file for the answer; none for standard output.
    pub(super) output: Option<&'a Path>,
    pub(super) global: &'a Global,
    pub(super) messages: &'a Messages,
}

/// An answer, written, and the data that it was made of.
pub(super) struct Written {
    /// The output, written but not yet in its place.
    pub(super) out: Output,
    /// The result of the scan.
    pub(super) scanned: Scanned,
    /// The account with all filters in it.
    pub(super) account: Account,
    /// The trees, if there are any.
    pub(super) trees: Option<Trees>,
    /// The reason why there is nothing in the answer, if that is so.
    pub(super) emptiness: Option<String>,
}

impl Job<'_> {
    /// Answers a question about one log.
    pub(super) fn answer(
        &self,
        inputs: &InputArgs,
        malformed: &MalformedArgs,
        answer: impl FnOnce(&Inputs, Target) -> Result<Written>,
    ) -> Result<Exit> {
        let Some(mut inputs) = inputs.resolve(self.messages)? else { return Ok(Exit::Failed) };
        let list = malformed.open(inputs.sources(), self.output)?;
        inputs.list_in(list.as_ref());
        self.with_target(inputs.sources(), |target| {
            let begin = Instant::now();
            let Written { out, scanned, account, trees, emptiness } = answer(&inputs, target)?;
            list.map_or(Ok(()), List::finish)?;
            detail(self.messages, &scanned, account, trees.is_some(), begin.elapsed());
            trees.iter().for_each(|trees| trees::detail(self.messages, trees));
            let mut problems = scanned.problems(inputs.sources());
            let failed = inputs.failed(&problems);
            problems.extend(trees.iter().flat_map(Trees::problems));
            let exit = self.warn_of_emptiness(emptiness.as_deref());
            let exit = inputs.judge_problems(problems, self.global, self.messages).or_worse(exit);
            let is_written = exit != Exit::Failed || inputs.keeps_going() && inputs.is_answer(&scanned);
            finish(out, is_written)?;
            Ok(exit.or_worse(inputs.conclude(&failed, self.messages)))
        })
    }

    /// Warns that there is nothing in an answer, which is a no to `--strict`.
    pub(super) fn warn_of_emptiness(&self, why: Option<&str>) -> Exit {
        why.iter().for_each(|why| self.messages.warning(why));
        if why.is_some() && self.global.strict { Exit::No } else { Exit::Done }
    }

    /// Tries the output before any work is done in vain, and does the work.
    pub(super) fn with_target(&self, sources: &[Source], work: impl FnOnce(Target) -> Result<Exit>) -> Result<Exit> {
        let target = Target::new(self.output, sources)?;
        self.profiled(sources, || work(target))
    }

    /// Does the work, and records it for `--profile-self`.
    pub(super) fn profiled(&self, sources: &[Source], work: impl FnOnce() -> Result<Exit>) -> Result<Exit> {
        let profile = Profile::start(self.global.profile_self.as_deref(), sources, self.output)?;
        let exit = (self.stage)().in_scope(work);
        if profile.is_none_or(Profile::finish) { exit } else { exit.map(|_| Exit::Failed) }
    }

    /// Writes a model to its target, or nothing if there is none.
    pub(super) fn write<M: Model>(&self, model: Option<&M>, renderer: &Renderer<M>, target: Target) -> Result<Output> {
        let style = self.style(&target);
        let mut out = target.open()?;
        if let Some(model) = model {
            let written = (renderer.write)(model, &style, &mut out).and_then(|()| out.flush());
            written.map_err(|error| out.failed(error))?;
        }
        Ok(out)
    }

    fn style(&self, target: &Target) -> Style {
        let is_stdout = matches!(target, Target::Stdout);
        let width = if is_stdout { terminal_width() } else { None };
        Style { coloured: self.global.colours_text(is_stdout), width }
    }
}

/// Puts an output in its place, if it is what was asked for. If not, standard output has the partial answer, and a file
/// stays as it was, since the file that was written beside it is removed with `out`.
pub(super) fn finish(out: Output, is_written: bool) -> Result<()> {
    if is_written { out.finish() } else { Ok(()) }
}

/// The width of standard output in columns, if it is a terminal.
fn terminal_width() -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}
