//! The floor that the benchmarks compare with: counts the newlines of a mapped file, and does nothing else.
//!
//! `floor FILE [--threads N]`

#![allow(unsafe_code, reason = "mapping a file is unsafe")]

use std::error::Error;
use std::fs::File;
use std::process::ExitCode;

use memmap2::Mmap;
use rayon::prelude::*;

const RANGE: usize = 4 << 20;

fn main() -> ExitCode {
    match arguments().and_then(|(path, threads)| count(&path, threads)) {
        Ok(lines) => {
            println!("{lines}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::from(2)
        }
    }
}

/// The file, and the number of threads; 0 stands for all.
fn arguments() -> Result<(String, usize), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.as_slice() {
        [path] => Ok((path.clone(), 0)),
        [path, flag, threads] if flag == "--threads" => Ok((path.clone(), threads.parse()?)),
        _ => Err("usage: floor FILE [--threads N]".into()),
    }
}

fn count(path: &str, threads: usize) -> Result<usize, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{path}: {error}"))?;
    // SAFETY: the map is only read, and nothing changes a benchmark's log while it runs. Were the file truncated after
    // all, SIGBUS would end the program: a failed measurement, no wrong one.
    let map = unsafe { Mmap::map(&file)? };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    let lines = || map.par_chunks(RANGE).map(|range| memchr::memchr_iter(b'\n', range).count()).sum();
    Ok(pool.install(lines))
}
