//! The command line: one file a command.

mod check;
mod diff;
mod format;
mod inputs;
mod memory;
mod messages;
mod output;
mod outputs;
mod plan;
mod problems;
mod profile;
mod progress;
mod remedies;
mod report;
mod run;
mod settings;
mod shell;
mod show;
mod slowest;
mod spans;
mod summarize;
mod tree;
mod trees;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use messages::Messages;

use crate::engine::Engine;
use crate::formats::{self, FORMATS, LogFormat};

/// How the program ends. Scripts rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no: a gate failed, or `--strict` found malformed records.
    No = 1,
    /// It could not be done.
    Failed = 2,
    /// There is too little data to tell.
    TooLittle = 3,
}

impl Exit {
    /// The one of two that has to be known: what failed before a no, and that before what can't be told.
    fn or_worse(self, other: Self) -> Self {
        let by_weight = [Self::Failed, Self::No, Self::TooLittle];
        by_weight.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Self::Done)
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the answer is no: check found something slower or over its
     budget, or --strict malformed records
  2  it could not be done: wrong usage; an input that is missing or
     unreadable or holds no record; an output that is not whole
  3  diff and check: too little data to tell";

/// Tells where the time went: ranks the traced code of start/stop trace logs (OpenStack Mistral, osprofiler) by the time it took.
#[derive(Debug, Parser)]
#[command(name = "tracerank", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

#[derive(Debug, Subcommand)]
enum Command {
    Report(Box<report::ReportArgs>),
    Tree(Box<tree::TreeArgs>),
    Slowest(Box<slowest::SlowestArgs>),
    Show(Box<show::ShowArgs>),
    Diff(Box<diff::DiffArgs>),
    Check(Box<check::CheckArgs>),
    Summarize(summarize::SummarizeArgs),
    Plan(plan::PlanArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// How many threads parse, at most 1024 [default: one for each processor, two if a large log is not in memory]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Read files instead of mapping them into memory
    ///
    /// A mapped file costs no copy. Reading is for logs that are truncated while they are read (logrotate's copytruncate): then
    /// standard output gets the report of what could be read, and the exit code is 2.
    #[arg(long, global = true)]
    no_mmap: bool,

    /// The log format of all inputs [default: found for each by its content]
    #[arg(long, global = true, value_name = "NAME", value_parser = log_format())]
    log_format: Option<Arc<dyn LogFormat>>,

    /// End with exit code 1 if there is a malformed record
    #[arg(long, global = true)]
    strict: bool,

    /// Whether to show progress on standard error
    ///
    /// auto: on a terminal, for work of more than a second.
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    progress: When,

    /// Whether messages are coloured, and on standard output what is for people
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: When,

    /// Profile tracerank itself: append its stages to the log FILE, to be ranked like any other
    #[arg(long, global = true, value_name = "FILE")]
    profile_self: Option<PathBuf>,

    /// No warnings, only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Say what was read, and how fast, on standard error
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Global {
    /// How logs are read.
    fn engine(&self) -> Engine {
        let mut engine = Engine::default().map(!self.no_mmap);
        if let Some(threads) = self.threads {
            engine = engine.threads(threads.into());
        }
        match &self.log_format {
            Some(format) => engine.log_format(Arc::clone(format)),
            None => engine,
        }
    }

    /// Whether text has colours that goes to standard output, or elsewhere.
    fn colours_text(&self, is_stdout: bool) -> bool {
        let takes_colours = || io::stdout().is_terminal() && AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        self.color.resolve(|| is_stdout && takes_colours())
    }
}

/// Takes the name of a log format.
fn log_format() -> impl TypedValueParser<Value = Arc<dyn LogFormat>> {
    let values = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.help));
    PossibleValuesParser::new(values)
        .try_map(|name| formats::find(&name).ok_or_else(|| format!("there is no log format {name}")))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum When {
    Auto,
    Always,
    Never,
}

impl When {
    fn resolve(self, auto: impl FnOnce() -> bool) -> bool {
        match self {
            Self::Auto => auto(),
            Self::Always => true,
            Self::Never => false,
        }
    }
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let messages = Messages::new(&cli.global);
    let result = match cli.command {
        Command::Report(args) => report::run(&args, &cli.global, &messages),
        Command::Tree(args) => tree::run(&args, &cli.global, &messages),
        Command::Slowest(args) => slowest::run(&args, &cli.global, &messages),
        Command::Show(args) => show::run(&args, &cli.global, &messages),
        Command::Summarize(args) => summarize::run(&args, &cli.global, &messages),
        Command::Plan(args) => plan::run(&args, &messages),
        Command::Diff(args) => diff::run(&args, &cli.global, &messages),
        Command::Check(args) => check::run(&args, &cli.global, &messages),
        Command::Completions(args) => shell::completions(&args, &mut Cli::command()),
        Command::Man(args) => shell::man(&args, Cli::command()),
    };
    let exit = result.unwrap_or_else(|error| {
        if output::is_closed_pipe(&error) {
            return Exit::Done;
        }
        messages.failure(&error);
        Exit::Failed
    });
    ExitCode::from(exit as u8)
}
