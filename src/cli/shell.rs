//! Shell integration: completions and manual pages.

use std::io::{self, Write};

use anyhow::Result;
use clap::builder::Resettable;
use clap::{Args, Command};
use clap_complete::Shell;

use super::output::Target;
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
    /// Shell to print completions for
    shell: Shell,
}

/// Print a manual page
#[derive(Debug, Args)]
#[command(after_help = format!("{MANUALS}\n\n{EXIT_CODES}"))]
pub(super) struct ManArgs {
    /// Command to print the page of [default: the overview]
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
    let title = page.get_display_name().unwrap_or("tracerank").to_owned();
    let behind = page.get_after_help().map(ToString::to_string).unwrap_or_default();
    let source = concat!("tracerank ", env!("CARGO_PKG_VERSION"));
    let mut roff = Vec::new();
    clap_mangen::Man::new(page.after_help(Resettable::Reset)).title(title).source(source).render(&mut roff)?;
    for section in behind.split("\n\n") {
        write_section(&mut roff, section)?;
    }
    print(&roff)
}

/// Writes the text that follows the options in the help, as a section of its own. Its lines stay as they are.
fn write_section(roff: &mut Vec<u8>, section: &str) -> io::Result<()> {
    let (title, lines) = section.split_once(":\n").unwrap_or(("Notes", section));
    let lines = lines.replace('\\', "\\e").replace('-', "\\-").replace("\n'", "\n\\&'").replace("\n.", "\n\\&.");
    write!(roff, ".SH {}\n.nf\n{lines}\n.fi\n", title.to_uppercase())
}

fn print(bytes: &[u8]) -> Result<Exit> {
    let mut out = Target::stdout()?.open()?;
    let written: io::Result<()> = out.write_all(bytes);
    written.map_err(|error| out.failed(error))?;
    out.finish()?;
    Ok(Exit::Done)
}
