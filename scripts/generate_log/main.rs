//! Writes a log of a given size, from a seed: the same seed makes the same bytes (where the math library is the same).
//!
//! `generate_log --size 4G --seed 1 [--format mistral|access] [--shape mistral|prefixed|names] [--names N] [-o FILE]`

mod access;
mod mistral;
mod options;
mod output;
mod random;
mod text;

use std::error::Error;
use std::io::ErrorKind;
use std::process::ExitCode;

use options::{Format, Options};
use output::Output;

fn main() -> ExitCode {
    match Options::parse(std::env::args().skip(1)).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("generate_log: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut output = Output::create(options)?;
    let written = match options.format {
        Format::Mistral => mistral::write_log(options, &mut output),
        Format::Access => access::write_log(options.seed, &mut output),
    };
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
