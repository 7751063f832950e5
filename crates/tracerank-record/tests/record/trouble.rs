//! Records programs that do what nobody expects: nothing is lost, nobody waits for ever, and what is
//! written can be read.

use std::fmt::{self, Debug, Formatter};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use tracerank_record::{Config, Profiler, Request};
use tracing::{Dispatch, debug_span, dispatcher, field, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{registry, reload};

use crate::recorded::{KEY, Recording, lines, only, spans};

/// Work that ends at all ends within this time on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn span() {
    info_span!("a").in_scope(|| ());
}

/// Runs in a thread; whether that ends.
fn ends(run: impl FnOnce() + Send + 'static) -> bool {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::spawn(move || {
        run();
        sender.send(()).unwrap();
    });
    let ends = receiver.recv_timeout(PATIENCE) != Err(mpsc::RecvTimeoutError::Timeout);
    if ends {
        thread.join().unwrap();
    }
    ends
}

fn in_time(run: impl FnOnce() + Send + 'static) {
    assert!(ends(run), "it hangs");
}

fn profiler(log: &Path) -> (Profiler, Dispatch) {
    let profiler = Profiler::from_config(Config::new(log).hmac_key(KEY)).unwrap();
    let dispatch = Dispatch::new(registry().with(profiler.layer()));
    (profiler, dispatch)
}

// ---- Fields ----

/// A value that is shown by code of the program's own.
struct Shown<F: Fn()>(F);

impl<F: Fn()> Debug for Shown<F> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("before")?;
        (self.0)();
        out.write_str(" and after")
    }
}

#[test]
fn a_field_that_records_another_while_it_is_shown() {
    in_time(|| {
        let recording = Recording::with(|config| config.with_fields(true));
        recording.inside(|| {
            let span = info_span!("a", one = field::Empty, two = field::Empty);
            let value = Shown(|| {
                span.record("two", 2);
                info_span!("b").in_scope(|| ());
            });
            span.record("one", field::debug(&value));
        });
        let spans = spans(&recording.lines());
        assert!(spans.values().any(|span| span.name == "b"));
        let json = only(&spans, "a").stop.json.as_deref();
        assert_eq!(json, Some(r#"{"two": 2, "one": "before and after"}"#));
    });
}

// outer  |----------------|
// bad        |--|            a field panics as it is shown: that is the end of the field, and of nothing else
// late           |--|        the same, recorded later
#[test]
fn a_field_that_panics_while_it_is_shown() {
    let recording = Recording::with(|config| config.with_fields(true));
    recording.inside(|| {
        let _outer = info_span!("outer").entered();
        let value = Shown(|| panic!("on purpose"));
        info_span!("bad", value = ?value, other = 1).in_scope(|| ());
        info_span!("late", value = field::Empty).record("value", field::debug(&value));
    });
    assert_eq!(recording.paths(), ["outer", "outer/bad", "outer/late"]);
    let spans = spans(&recording.lines());
    assert_eq!(only(&spans, "bad").start.json.as_deref(), Some(r#"{"value": "before", "other": 1}"#));
    assert_eq!(only(&spans, "late").stop.json.as_deref(), Some(r#"{"value": "before"}"#));
}

#[test]
fn a_field_that_is_recorded_again_and_again() {
    let recording = Recording::with(|config| config.with_fields(true));
    recording.inside(|| {
        let span = info_span!("a", progress = field::Empty, state = field::Empty);
        (0..1000).for_each(|at| {
            span.record("progress", at).record("state", "busy");
        });
    });
    assert_eq!(recording.lines()[1].json.as_deref(), Some(r#"{"progress": 999, "state": "busy"}"#));
}

/// A line of more than 4 MiB is none that the engine reads.
#[test]
fn huge_fields_are_left_out() {
    use tracerank::formats::osprofiler::parse;
    use tracerank::record::Line;

    let recording = Recording::with(|config| config.with_fields(true));
    recording.inside(|| {
        let (huge, large) = ("x".repeat(5 << 20), "x".repeat(400 << 10));
        let span = info_span!("a", huge, before = 1, large, larger = %large, largest = %large, then = field::Empty);
        span.record("then", huge.as_str());
        info_span!("b", huge, then = field::Empty).record("then", 2);
    });
    let log = fs::read(recording.path()).unwrap();
    assert!(
        log.strip_suffix(b"\n")
            .unwrap()
            .split(|byte| *byte == b'\n')
            .all(|line| matches!(parse(line), Line::Record(_)))
    );
    let spans = spans(&recording.lines());
    let names = |json: &Option<String>| -> Vec<String> {
        let Some(json) = json else { return Vec::new() };
        serde_json::from_str::<serde_json::Map<_, _>>(json).unwrap().into_iter().map(|(name, _)| name).collect()
    };
    let (a, b) = (only(&spans, "a"), only(&spans, "b"));
    assert_eq!(names(&a.start.json), ["before", "large", "larger"]);
    assert_eq!((&a.stop.json, &b.start.json), (&None, &None));
    assert_eq!(b.stop.json.as_deref(), Some(r#"{"then": 2}"#));
}

// ---- Layers ----

// outer   |-----------------|
// hidden    |-----------|      a filter keeps it from the layer
// here        |--|             child of hidden, so of outer, as far as anyone can see
// there           |--|         the same, in another thread
#[test]
fn a_parent_that_a_filter_hides() {
    let recording = Recording::new();
    let dispatch = Dispatch::new(registry().with(recording.profiler.layer().with_filter(LevelFilter::INFO)));
    dispatcher::with_default(&dispatch, || {
        recording.request().in_scope(|| {
            let _outer = info_span!("outer").entered();
            let hidden = debug_span!("hidden");
            info_span!(parent: &hidden, "here").in_scope(|| ());
            let there = || info_span!(parent: &hidden, "there").in_scope(|| ());
            thread::scope(|scope| {
                scope.spawn(|| dispatcher::with_default(&dispatch, there)).join().unwrap();
            });
        });
    });
    assert_eq!(recording.paths(), ["outer", "outer/here", "outer/there"]);
}

// request   |----------| a           |------|         the layer is taken away meanwhile: it ends all the same, and the
// thread is out of it then outside                |--|  with a new layer
#[test]
fn a_layer_that_is_taken_away() {
    let recording = Recording::new();
    let (layer, handle) = reload::Layer::new(Some(recording.profiler.layer()));
    dispatcher::with_default(&Dispatch::new(registry().with(layer)), || {
        recording.request().in_scope(|| {
            let _a = info_span!("a").entered();
            handle.reload(None).unwrap();
        });
        handle.reload(Some(recording.profiler.layer())).unwrap();
        let _other = recording.request();
        assert!(Request::current().is_none());
        info_span!("outside").in_scope(|| ());
    });
    assert_eq!(recording.paths(), ["a"]);
}

// request   |----------|
// a           |---|         its guard is forgotten, and so never dropped: the thread is out of it once it has ended
// outside                |--|
#[test]
fn a_guard_that_is_forgotten() {
    let recording = Recording::new();
    recording.outside(|| {
        recording.request().in_scope(|| {
            let a = info_span!("a");
            std::mem::forget(a.enter());
        });
        assert!(Request::current().is_none());
        let _other = recording.request();
        info_span!("outside").in_scope(|| ());
    });
    assert_eq!(recording.paths(), ["a"]);
}

// task   |--|   X       dropped half-way: what its values do then is part of it, too
// end            |--|
#[test]
fn a_future_that_is_dropped_half_way() {
    struct Ends;
    impl Drop for Ends {
        fn drop(&mut self) {
            info_span!("end").in_scope(|| ());
        }
    }
    let recording = Recording::new();
    recording.outside(|| {
        let task = async {
            let _ends = Ends;
            info_span!("task").in_scope(|| ());
            std::future::pending::<()>().await;
        };
        let mut future = Box::pin(recording.request().run(task));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(future);
        assert!(Request::current().is_none());
    });
    assert_eq!(recording.paths(), ["end", "task"]);
}

// ---- Logs that can't be written ----

#[test]
fn a_request_that_outlives_its_profiler_writes_what_waited_for_the_disk() {
    let folder = tempfile::TempDir::new().unwrap();
    let (logs, away) = (folder.path().join("logs"), folder.path().join("away"));
    fs::create_dir(&logs).unwrap();
    let (profiler, dispatch) = profiler(&logs.join("log"));
    fs::rename(&logs, &away).unwrap();
    dispatcher::with_default(&dispatch, || {
        let request = profiler.request(KEY).unwrap();
        request.in_scope(span);
        drop(profiler);
        // Long enough for the thread that writes to have ended; if it has not, it may do what is to be done here.
        thread::sleep(Duration::from_millis(200));
        fs::create_dir(&logs).unwrap();
        request.in_scope(span);
    });
    assert_eq!(spans(&lines(&logs.join("log"))).len(), 2);
}

#[test]
fn whoever_holds_standard_error_does_not_wait_for_the_log() {
    in_time(|| {
        let folder = tempfile::TempDir::new().unwrap();
        let logs = folder.path().join("logs");
        fs::create_dir(&logs).unwrap();
        let (profiler, dispatch) = profiler(&logs.join("log"));
        fs::remove_dir_all(&logs).unwrap();
        let request = || dispatcher::with_default(&dispatch, || profiler.request(KEY).unwrap().in_scope(span));
        thread::scope(|scope| {
            let stderr = io::stderr().lock();
            // It finds that nothing can be written, and has to wait until it can say so.
            scope.spawn(request);
            thread::sleep(Duration::from_millis(200));
            request();
            drop(stderr);
        });
    });
}

#[test]
fn a_panic_does_not_wait_for_a_lossy_log() {
    let recording = Recording::new();
    let fifo = recording.folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // Opened for both, so that neither end waits for the other; and full.
    let mut end = OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
    end.write_all(&vec![b'\n'; 64 << 10]).unwrap();
    let profiler = Profiler::from_config(Config::new(&fifo).hmac_key(KEY).lossy(true)).unwrap();
    let dispatch = Dispatch::new(registry().with(profiler.layer()));
    let request = profiler.request(KEY).unwrap();
    dispatcher::with_default(&dispatch, || request.in_scope(span));
    let ends = ends(|| assert!(catch_unwind(AssertUnwindSafe(|| panic!("on purpose"))).is_err()));
    // With a reader all of it arrives.
    let reader = BufReader::new(File::open(&fifo).unwrap());
    let reader = thread::spawn(|| reader.lines().map(Result::unwrap).filter(|line| !line.is_empty()).count());
    drop((request, dispatch, profiler, end));
    assert_eq!(reader.join().unwrap(), 2);
    assert!(ends, "it hangs");
}
