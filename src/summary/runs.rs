//! Several runs of one program, each from logs of its own: small ones are read at the same time.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use rayon::prelude::*;
use tracerank_summary::Wanted;
use tracing::Span;

use super::Scanned;
use crate::engine::Engine;
use crate::error::Error;
use crate::input::Source;

/// The bytes of all runs up to which they are read at the same time.
const SMALL: u64 = 32 << 20;

/// The result of reading a run.
#[derive(Debug)]
pub struct Run {
    /// The scan of its logs.
    pub scanned: Scanned,
    /// The time that reading them took.
    pub time: Duration,
}

impl Engine {
    /// Reads all of `runs`, each of which is the sources of one run, into summaries that can be compared.
    ///
    /// Before a run is read, `watch` gets its sources and its own [counter of bytes](Self::progress). Its result is
    /// dropped when the run is read.
    pub fn read_runs<W>(
        &self,
        runs: &[&[Source]],
        watch: impl Fn(&[Source], Arc<AtomicU64>) -> W + Sync,
    ) -> Vec<Result<Run, Error>> {
        let here = Span::current();
        let read = |sources: &&[Source]| {
            let _here = here.enter();
            let engine = self.with_own_progress();
            let _watched = watch(sources, engine.progress());
            let begin = Instant::now();
            let scanned = engine.scan(sources, Wanted::SHARDED)?;
            Ok(Run { scanned, time: begin.elapsed() })
        };
        if are_small(runs) { runs.par_iter().map(read).collect() } else { runs.iter().map(read).collect() }
    }
}

fn are_small(runs: &[&[Source]]) -> bool {
    let lens = runs.iter().copied().flatten().map(Source::len);
    lens.sum::<Option<u64>>().is_some_and(|len| len <= SMALL)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::Ordering;

    use super::*;
    use crate::input;

    #[test]
    fn each_run_is_read_and_counted_for_itself() {
        let runs = ["testdata/corpus/basic.log", "testdata/corpus/mixed.log"];
        let runs = runs.map(|path| input::resolve(&[path.into()], false).unwrap());
        let counters = Mutex::new(Vec::new());
        let watch = |sources: &[Source], bytes| counters.lock().unwrap().push((sources[0].path().to_owned(), bytes));
        let read = Engine::default().read_runs(&runs.each_ref().map(Vec::as_slice), watch);
        let counters = counters.into_inner().unwrap();
        for (sources, read) in runs.iter().zip(read) {
            let alone = Engine::default().scan(sources, Wanted::ALL).unwrap();
            assert_eq!(read.unwrap().scanned.account, alone.account);
            let (_, bytes) = counters.iter().find(|(path, _)| path == sources[0].path()).unwrap();
            assert_eq!(bytes.load(Ordering::Relaxed), alone.account.bytes);
        }
    }
}
