//! What makes the command at home in a shell: completions and manual pages.

use std::io::{self, Write};
use std::path::Path;

use anyhow::Result;
use clap::{Args, Command};
use clap_complete::Shell;

use super::output::Output;
use super::{EXIT_CODES, Exit, messages};

const COMPLETIONS: &str = "\
Examples:
  tracerank completions bash > ~/.local/share/bash-completion/completions/tracerank
  tracerank completions zsh > ~/.zfunc/_tracerank
  tracerank completions fish > ~/.config/fish/completions/tracerank.fish";

const MANUALS: &str = "\
Examples:
  tracerank man | man -l -
  tracerank man report > ~/.local/share/man/man1/tracerank-report.1";

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = format!("{COMPLETIONS}\n\n{EXIT_CODES}"))]
pub(super) struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_help = format!("{MANUALS}\n\n{EXIT_CODES}"))]
pub(super) struct ManArgs {
    /// The command that the page is of [default: all in short]
    command: Option<String>,
}

pub(super) fn completions(args: &CompletionsArgs, command: &mut Command) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "tracerank", &mut script);
    print(&script)
}

pub(super) fn man(args: &ManArgs, mut command: Command) -> Result<Exit> {
    command.build();
    let page = match &args.command {
        None => command,
        Some(name) => match command.find_subcommand(name) {
            Some(found) => found.clone(),
            None => {
                return Err(messages::hinted(format!("there is no command {name:?}"), "tracerank --help lists them"));
            }
        },
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff)?;
    print(&roff)
}

fn print(bytes: &[u8]) -> Result<Exit> {
    let mut out = Output::open(None::<&Path>, &[])?;
    let written: io::Result<()> = out.write_all(bytes);
    written.map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(Exit::Done)
}
