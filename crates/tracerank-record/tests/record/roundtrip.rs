//! tracerank counts what was recorded: spans, and times between what the test measured inside of its spans and
//! around them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tracerank::{engine::Engine, input};
use tracerank_record::Request;
use tracerank_summary::Wanted;
use tracing::{Instrument, info_span};

use crate::recorded::Recording;

/// Names, how many spans they had, and the least and the most that these took together, in nanoseconds.
type Expected = Mutex<BTreeMap<&'static str, (u64, u64, u64)>>;

/// Runs in a span of one of three names, and notes what it took.
fn measured<T>(expected: &Expected, name: &'static str, run: impl FnOnce() -> T) -> T {
    let around = Instant::now();
    let inside = Cell::new(Duration::ZERO);
    let span = match name {
        "outer" => info_span!("outer"),
        "middle" => info_span!("middle"),
        _ => info_span!("inner"),
    };
    let result = span.in_scope(|| {
        let begin = Instant::now();
        let result = run();
        inside.set(begin.elapsed());
        result
    });
    drop(span);
    note(expected, name, inside.get(), around.elapsed());
    result
}

fn note(expected: &Expected, name: &'static str, inside: Duration, around: Duration) {
    let mut expected = expected.lock().unwrap();
    let (count, least, most) = expected.entry(name).or_default();
    *count += 1;
    // Durations are written in whole microseconds, cut off.
    *least += (inside.as_nanos() as u64).saturating_sub(1000);
    *most += around.as_nanos() as u64;
}

fn work(expected: &Expected) {
    measured(expected, "outer", || {
        for _ in 0..3 {
            measured(expected, "middle", || {
                measured(expected, "inner", || thread::sleep(Duration::from_millis(1)));
                measured(expected, "inner", || ());
            });
        }
    });
}

#[track_caller]
fn assert_reported(recording: &Recording, expected: &Expected) {
    recording.profiler.flush();
    let sources = input::resolve(&[recording.path()], false).unwrap();
    let scanned = Engine::default().scan(&sources, Wanted::ALL).unwrap();
    assert_eq!((scanned.account.other, scanned.account.malformed), (0, 0));
    let expected = expected.lock().unwrap();
    assert_eq!(scanned.summary.rows().count(), expected.len());
    for row in scanned.summary.rows() {
        let (count, least, most) = expected[std::str::from_utf8(row.name).unwrap()];
        assert_eq!(row.stats.count(), count);
        let total = row.stats.total_ns();
        assert!((least.into()..=most.into()).contains(&total), "{least} {row:?} {most}");
    }
}

#[test]
fn of_one_thread() {
    let (recording, expected) = (Recording::new(), Expected::default());
    recording.inside(|| (0..20).for_each(|_| work(&expected)));
    assert_reported(&recording, &expected);
}

#[test]
fn of_threads() {
    let (recording, expected) = (Recording::new(), Expected::default());
    recording.inside(|| {
        measured(&expected, "outer", || {
            let request = Request::current().unwrap();
            thread::scope(|scope| {
                (0..8).for_each(|_| drop(scope.spawn(|| recording.outside(|| request.in_scope(|| work(&expected))))));
            });
        });
    });
    assert_reported(&recording, &expected);
}

#[test]
fn of_futures() {
    let (recording, expected) = (Recording::new(), Expected::default());
    let task = async || {
        for _ in 0..5 {
            work(&expected);
            let mut was_polled = false;
            std::future::poll_fn(|_| {
                if std::mem::replace(&mut was_polled, true) { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
        }
    };
    let request = recording.request();
    recording.outside(|| {
        let begin = Instant::now();
        let mut tasks: Vec<_> =
            (0..10).map(|_| Box::pin(request.run(async { task().instrument(info_span!("task")).await }))).collect();
        let mut context = Context::from_waker(Waker::noop());
        while !tasks.is_empty() {
            tasks.retain_mut(|task| pin!(task).poll(&mut context).is_pending());
        }
        (0..10).for_each(|_| note(&expected, "task", Duration::ZERO, begin.elapsed()));
    });
    drop(request);
    assert_reported(&recording, &expected);
}

/// A format with a prefix, as Mistral's guide has them.
#[test]
fn behind_a_prefix() {
    let recording = Recording::with(|config| {
        config
            .format("%(asctime)s %(process)d %(threadName)s %(levelname)-8s [-] %(message)s", Some("%y-%m-%d %H:%M:%S"))
    });
    let expected = Expected::default();
    recording.inside(|| work(&expected));
    assert_reported(&recording, &expected);
    let log = std::fs::read_to_string(recording.path()).unwrap();
    assert!(log.lines().all(|line| line.contains(" INFO     [-] 20")), "{log}");
}
