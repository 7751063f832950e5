//! Several runs of one program, each from logs of its own: small ones are read at the same time.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use tracing::Span;

use super::{Scan, Scanned};
use crate::error::Error;
use crate::input::Source;

/// Together no more than this many bytes, runs are read at the same time.
const SMALL: u64 = 32 << 20;

/// What was found in a run.
#[derive(Debug)]
pub struct Run {
    /// What its logs hold.
    pub scanned: Scanned,
    /// How long it took to read them.
    pub time: Duration,
}

impl Scan {
    /// Reads all of `runs`, each of which is the sources of one run. Before a run is read, `watch` gets its sources and its own
    /// [counter of bytes](Scan::progress); what it makes of them is dropped when the run is read.
    pub fn read_runs<W>(
        &self,
        runs: &[&[Source]],
        watch: impl Fn(&[Source], Arc<AtomicU64>) -> W + Sync,
    ) -> Vec<Result<Run, Error>> {
        let here = Span::current();
        let read = |sources: &&[Source]| {
            let _here = here.enter();
            let scan = Self { progress: Arc::default(), ..self.clone() };
            let _watched = watch(sources, scan.progress());
            let begin = Instant::now();
            let scanned = scan.run(sources)?;
            Ok(Run { scanned, time: begin.elapsed() })
        };
        if are_small(runs) { runs.par_iter().map(read).collect() } else { runs.iter().map(read).collect() }
    }
}

fn are_small(runs: &[&[Source]]) -> bool {
    let lens = runs.iter().copied().flatten().map(Source::len);
    lens.sum::<Option<u64>>().is_some_and(|len| len <= SMALL)
}
