//! Measures the cost of a span, in a program that is profiled and in one that could be.

#![allow(missing_docs, reason = "criterion's macros make what is public")]
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tracerank_record::{Config, Profiler, Request};
use tracing::subscriber::with_default;
use tracing::{Dispatch, Subscriber, dispatcher, info_span};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Layer, SubscriberExt};

const KEY: &str = "secret_word";

fn span() {
    let _entered = info_span!("engine-on-action-complete").entered();
    black_box(());
}

fn nested(depth: u64) {
    let _entered = info_span!("engine-on-action-complete").entered();
    if depth > 1 {
        nested(depth - 1);
    }
}

fn log_path() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("bench-record.log")
}

fn empty_log() {
    std::fs::File::create(log_path()).unwrap();
}

fn profiler() -> Profiler {
    Profiler::from_config(Config::new(log_path()).hmac_key(KEY)).unwrap()
}

fn request(profiler: &Profiler) -> Request {
    profiler.request(KEY).unwrap()
}

/// A layer that does nothing: what is left is the cost of `tracing` and its registry. (Without any layer, a registry
/// never frees a span.)
struct Idle;

impl<S: Subscriber> Layer<S> for Idle {}

fn outside(c: &mut Criterion) {
    let mut group = c.benchmark_group("a span outside of a profiled request");
    group.bench_function("no subscriber", |b| b.iter(span));
    with_default(Registry::default().with(Idle), || {
        group.bench_function("a layer that does nothing", |b| b.iter(span));
    });
    let profiler = profiler();
    let subscriber = Dispatch::new(Registry::default().with(profiler.layer()));
    dispatcher::with_default(&subscriber, || {
        group.bench_function("no request", |b| b.iter(span));
        let _request = request(&profiler);
        group.bench_function("a request elsewhere", |b| b.iter(span));
    });
    group.finish();
}

fn inside(c: &mut Criterion) {
    let mut group = c.benchmark_group("a span in a profiled request");
    // A million spans a second are more than a disk takes for long: short, and each into an empty file.
    group.throughput(Throughput::Elements(1)).sample_size(20).measurement_time(Duration::from_millis(500));
    let profiler = profiler();
    // As services do: a subscriber of a scope would count its references in each span, and eight threads would wait for
    // that.
    tracing::subscriber::set_global_default(Registry::default().with(profiler.layer())).unwrap();
    request(&profiler).in_scope(|| {
        group.bench_function("one thread", |b| b.iter(span));
        empty_log();
        group.bench_function("one thread, ten of them nested", |b| b.iter(|| nested(10)));
    });
    for (name, is_shared) in [("eight threads, a request each", false), ("eight threads, one request", true)] {
        let shared = is_shared.then(|| request(&profiler));
        empty_log();
        let run = |spans: u64| {
            let request = shared.clone().unwrap_or_else(|| request(&profiler));
            request.in_scope(|| (0..spans).for_each(|_| span()));
        };
        group.bench_function(name, |b| {
            b.iter_custom(|spans| {
                let begin = Instant::now();
                thread::scope(|scope| (0..8).for_each(|_| drop(scope.spawn(|| run(spans.div_ceil(8))))));
                // What a span takes of one processor's time.
                begin.elapsed() * thread::available_parallelism().map_or(1, |n| n.get().min(8)) as u32
            });
        });
    }
    group.finish();
    let _ = std::fs::remove_file(log_path());
}

criterion_group! {
    name = benches;
    config = Criterion::default().measurement_time(Duration::from_secs(2)).warm_up_time(Duration::from_millis(500)).without_plots();
    targets = outside, inside
}
criterion_main!(benches);
