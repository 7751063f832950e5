//! The `tracerank` command; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tracerank::cli::main()
}
