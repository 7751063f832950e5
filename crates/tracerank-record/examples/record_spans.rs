//! Measures the overhead of a span once, in one kind of program, in a process of its own.
//!
//! `record_spans KIND SPANS THREADS LOG` prints the nanoseconds of processor time per span. `scripts/bench_record`
//! compares them.

use std::env;
use std::error::Error;
use std::fs;
use std::thread;
use std::time::Instant;

use tracerank_record::{Config, Profiler, Request};
use tracing::{Subscriber, info_span};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

const KEY: &str = "secret_word";
/// As deep as the spans of the benchmark for osprofiler.
const DEPTH: u64 = 10;

/// A layer that does nothing, which leaves the cost of `tracing` and its registry.
///
/// (Without any layer, a registry never frees a span.)
struct Idle;

impl<S: Subscriber> Layer<S> for Idle {}

fn nested(depth: u64) {
    let _entered = info_span!("engine-on-action-complete").entered();
    if depth > 1 {
        nested(depth - 1);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [kind, spans, threads, log] = arguments.as_slice() else {
        return Err("usage: record_spans none|layer|idle|elsewhere|inside|shared SPANS THREADS LOG".into());
    };
    let (spans, threads): (u64, u64) = (spans.parse()?, threads.parse()?);
    let _ = fs::remove_file(log);
    let profiler = Profiler::from_config(Config::new(log).hmac_key(KEY))?;
    match kind.as_str() {
        "none" => {}
        "layer" => Registry::default().with(Idle).init(),
        _ => Registry::default().with(profiler.layer()).init(),
    }
    let held = profiler.request(KEY).filter(|_| matches!(kind.as_str(), "elsewhere" | "shared"));
    let in_request = || match kind.as_str() {
        "inside" => profiler.request(KEY),
        "shared" => held.clone(),
        _ => None,
    };
    let repeat = spans / DEPTH / threads;
    let run = || {
        let request = in_request();
        let _entered = request.as_ref().map(Request::enter);
        (0..repeat).for_each(|_| nested(DEPTH));
    };
    let begin = Instant::now();
    thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(run))));
    profiler.flush();
    let took = begin.elapsed();
    let processors = thread::available_parallelism()?.get() as u64;
    println!("{}", took.as_nanos() as f64 * threads.min(processors) as f64 / (repeat * threads * DEPTH) as f64);
    Ok(())
}
