//! The command line: one file for each command.

mod check;
mod diff;
mod format;
mod formats;
mod inputs;
mod lenient;
mod log_format;
mod malformed;
mod memory;
mod messages;
mod output;
mod outputs;
mod plan;
mod problems;
mod process;
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
mod suggest;
mod summarize;
mod tree;
mod trees;

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use messages::Messages;

use crate::engine::Engine;
use crate::formats::LogFormat;
use log_format::Asked;

/// Exit codes. Scripts rely on these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no: a gate failed, or with `--strict` there was a warning about records.
    No = 1,
    /// The command failed.
    Failed = 2,
    /// There is too little data to tell.
    TooLittle = 3,
}

impl Exit {
    /// The more important of two: a failure before a no, and a no before too little data.
    fn or_worse(self, other: Self) -> Self {
        let by_weight = [Self::Failed, Self::No, Self::TooLittle];
        by_weight.into_iter().find(|exit| [self, other].contains(exit)).unwrap_or(Self::Done)
    }
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the answer is no: check found something slower or over its
     budget, or with --strict there was a warning about records
  2  failed: wrong usage; an input that is missing, unreadable or
     without a record; an output not written whole
  3  diff and check: too little data to tell";

/// Rank where the time goes in start/stop trace logs (OpenStack Mistral, osprofiler) and access logs (nginx)
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
    Formats(formats::FormatsArgs),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// Parse with N threads, at most 1024 [default: one per processor, two if a large log is not in the page cache]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Read files instead of mapping them into memory
    ///
    /// Use this for logs that are truncated while they are read (logrotate's copytruncate). Standard output then gets
    /// the report of the readable part, and the exit code is 2. Mapping is the default because it costs no copy.
    #[arg(long, global = true)]
    no_mmap: bool,

    /// Read all inputs in this log format: a name, a pattern or a file in TOML [default: found by content]
    ///
    /// A pattern is a line with gaps, such as '{time:iso} {name} {dur:ms}', a list of keys such as
    /// 'logfmt:name=job,dur=took:dur', or the format in the words of nginx, Apache or Envoy. Several patterns are tried in
    /// their order. tracerank formats lists the names, and prints the patterns of each.
    #[arg(long, global = true, value_name = "FORMAT", value_parser = log_format::AskedParser)]
    log_format: Vec<Asked>,

    /// What these make together.
    #[arg(skip)]
    format: Option<Arc<dyn LogFormat>>,

    /// Exit with code 1 if there is a warning about records
    ///
    /// They are malformed, torn, there more than once or not in order, clocks differ, or filters leave none of them.
    #[arg(long, global = true)]
    strict: bool,

    /// Show progress on standard error; auto: on a terminal, after one second
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    progress: When,

    /// Colour messages, and text on standard output; auto: on a terminal
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: When,

    /// Append a profile of tracerank's own stages to FILE, a log like any other
    #[arg(long, global = true, value_name = "FILE")]
    profile_self: Option<PathBuf>,

    /// Print no warnings, only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,

    /// Print counts of lines and spans, the log format and the speed on standard error
    #[arg(short, long, global = true)]
    verbose: bool,
}

impl Global {
    /// The engine with the options for reading logs.
    fn engine(&self) -> Engine {
        let mut engine = Engine::default().map(!self.no_mmap);
        if let Some(threads) = self.threads {
            engine = engine.threads(threads.into());
        }
        match self.format() {
            Some(format) => engine.log_format(format),
            None => engine,
        }
    }

    /// The log format that was asked for.
    fn format(&self) -> Option<Arc<dyn LogFormat>> {
        self.format.clone()
    }

    /// The log format of this name, which may be the one that was asked for.
    fn format_named(&self, name: &str) -> Option<Arc<dyn LogFormat>> {
        let asked = self.format().filter(|format| format.name() == name);
        asked.or_else(|| crate::formats::find(name))
    }

    /// Tells whether text for standard output, or for elsewhere, has colours.
    fn colours_text(&self, is_stdout: bool) -> bool {
        let takes_colours = || io::stdout().is_terminal() && AutoStream::choice(&io::stdout()) != ColorChoice::Never;
        self.color.resolve(|| is_stdout && takes_colours())
    }
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

/// Reads the command line. A path in place of a command is a log to report.
fn parsed(mut arguments: Vec<OsString>) -> Result<Cli, clap::Error> {
    let error = match Cli::try_parse_from(&arguments) {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    let suggest = |mut error: clap::Error, arguments: &[OsString]| {
        suggest::nearest_option(&mut error, arguments);
        error
    };
    let Some(ContextValue::String(unknown)) = error.get(ContextKind::InvalidSubcommand) else {
        return Err(suggest(error, &arguments));
    };
    if !arguments.iter().any(|argument| argument == unknown.as_str() && Path::new(argument).exists()) {
        return Err(error);
    }
    arguments.insert(1, "report".into());
    Cli::try_parse_from(&arguments).map_err(|error| suggest(error, &arguments))
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    process::ignore_file_size_signal();
    let mut cli = match parsed(env::args_os().collect()) {
        Ok(cli) => cli,
        Err(said) => return ExitCode::from(say(&said) as u8),
    };
    let messages = Messages::new(&cli.global);
    match log_format::together(&cli.global.log_format) {
        Ok(format) => cli.global.format = format,
        Err(error) => return ExitCode::from(failed(&error, &messages) as u8),
    }
    let result = match cli.command {
        Command::Report(args) => report::run(&args, &cli.global, &messages),
        Command::Tree(args) => tree::run(&args, &cli.global, &messages),
        Command::Slowest(args) => slowest::run(&args, &cli.global, &messages),
        Command::Show(args) => show::run(&args, &cli.global, &messages),
        Command::Summarize(args) => summarize::run(&args, &cli.global, &messages),
        Command::Plan(args) => plan::run(&args, &messages),
        Command::Formats(args) => formats::run(&args, &cli.global, &messages),
        Command::Diff(args) => diff::run(&args, &cli.global, &messages),
        Command::Check(args) => check::run(&args, &cli.global, &messages),
        Command::Completions(args) => shell::completions(&args, &mut Cli::command()),
        Command::Man(args) => shell::man(&args, Cli::command()),
    };
    ExitCode::from(result.unwrap_or_else(|error| failed(&error, &messages)) as u8)
}

/// Prints the help, the version or the error that stands in the place of a command line.
fn say(said: &clap::Error) -> Exit {
    if said.use_stderr() {
        // An error is ignored: nobody reads a closed standard error.
        let _ = said.print();
        return Exit::Failed;
    }
    let print = || {
        process::check_stdout()?;
        said.print()?;
        io::stdout().flush()
    };
    let printed = print().map_err(output::stdout_failed);
    printed.map_or_else(|error| failed(&error, &Messages::default()), |()| Exit::Done)
}

/// Prints the error that ended the command. The reader of standard output may go away.
fn failed(error: &anyhow::Error, messages: &Messages) -> Exit {
    if output::is_closed_pipe(error) {
        return Exit::Done;
    }
    messages.failure(error);
    Exit::Failed
}
