//! Parents of spans: in one thread, across threads, in futures, after panics.
//!
//! Each test has its timeline drawn above it.

use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tracerank_record::Request;
use tracing::{Instrument, Span, dispatcher, info_span, instrument};

use crate::recorded::{Recording, only, spans};

#[instrument(name = "outer", skip_all)]
fn outer() {
    inner();
    inner();
}

#[instrument(name = "inner", skip_all)]
fn inner() {}

/// A future that is ready at its second poll.
async fn twice() {
    let mut is_ready = false;
    std::future::poll_fn(|_| {
        let poll = if is_ready { Poll::Ready(()) } else { Poll::Pending };
        is_ready = true;
        poll
    })
    .await;
}

/// Polls once, in this thread.
fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

// outer  |---------------|
// inner    |--|    |--|
#[test]
fn functions_that_call_each_other() {
    let recording = Recording::new();
    recording.inside(outer);
    assert_eq!(
        recording.marks(),
        ["outer-start", "inner-start", "inner-stop", "inner-start", "inner-stop", "outer-stop"]
    );
    let lines = recording.lines();
    assert!(lines.iter().all(|line| line.base == lines[0].base));
    assert_eq!(lines[0].parent, lines[0].base, "a span that is nobody's child has the base id for its parent");
    assert_eq!(lines[1].parent, lines[0].id);
    assert_eq!(lines[3].parent, lines[0].id);
}

// a  |-----------|
// b     |------------|     guards that are dropped in the order in which they were made
#[test]
fn guards_dropped_in_any_order() {
    let recording = Recording::new();
    recording.inside(|| {
        let a = info_span!("a").entered();
        let b = info_span!("b").entered();
        drop(a);
        info_span!("c").in_scope(|| ());
        drop(b);
        info_span!("d").in_scope(|| ());
    });
    assert_eq!(recording.paths(), ["a", "a/b", "a/b/c", "d"]);
}

// a        |-----------------|
// a again     |---|             recursion: each call is a span
#[test]
fn recursion() {
    #[instrument(name = "a", skip_all)]
    fn descend(depth: u32) {
        if depth > 0 {
            descend(depth - 1);
        }
    }
    let recording = Recording::new();
    recording.inside(|| descend(3));
    assert_eq!(recording.paths(), ["a", "a/a", "a/a/a", "a/a/a/a"]);
}

// main     parent |------------------------|
// thread 1           |--|  child of the span that was current where the thread was started
// thread 2               |--|  child of an explicit parent
// thread 3                    |--|  neither: not profiled
#[test]
fn threads() {
    let recording = Recording::new();
    recording.inside(|| {
        let parent = info_span!("parent").entered();
        let request = Request::current().unwrap();
        let in_thread = |run: &(dyn Fn() + Sync)| {
            thread::scope(|scope| {
                scope.spawn(|| dispatcher::with_default(&recording.dispatch, run)).join().unwrap();
            });
        };
        in_thread(&|| request.in_scope(|| info_span!("given").in_scope(|| ())));
        in_thread(&|| info_span!(parent: &*parent, "explicit").in_scope(|| info_span!("below").in_scope(|| ())));
        in_thread(&|| parent.in_scope(|| info_span!("entered").in_scope(|| ())));
        in_thread(&|| info_span!("outside").in_scope(|| ()));
    });
    assert_eq!(
        recording.paths(),
        ["parent", "parent/entered", "parent/explicit", "parent/explicit/below", "parent/given"]
    );
}

// root      |--------------------|
// detached     |--|  parent: None, so a root of the same request
// stranger        |--|  with a parent that is not profiled, as it was made before the request
#[test]
fn explicit_parents() {
    let recording = Recording::new();
    recording.outside(|| {
        let before = info_span!("before");
        recording.request().in_scope(|| {
            let root = info_span!("root").entered();
            info_span!(parent: None, "detached").in_scope(|| ());
            info_span!(parent: &before, "stranger").in_scope(|| ());
            let between = before.in_scope(|| info_span!(parent: &*root, "between"));
            info_span!(parent: between.id(), "below").in_scope(|| ());
        });
        before.in_scope(|| info_span!("after").in_scope(|| ()));
    });
    assert_eq!(recording.paths(), ["detached", "root", "root/between", "root/between/below", "stranger"]);
}

// request 1   a |--------------------|
// request 2         b |------|           one inside of the other: each span in the group that its code runs in
#[test]
fn a_request_in_a_request() {
    let recording = Recording::new();
    recording.inside(|| {
        info_span!("a").in_scope(|| {
            recording.request().in_scope(|| info_span!("b").in_scope(|| ()));
            info_span!("c").in_scope(|| ());
        });
    });
    assert_eq!(recording.paths(), ["a", "a/c", "b"]);
    let spans = spans(&recording.lines());
    let base = |name| only(&spans, name).start.base.clone();
    assert_eq!(base("a"), base("c"));
    assert_ne!(base("a"), base("b"));
}

// task 1   |--|    |--|        two futures, polled in turn in one thread
// task 2       |--|    |--|
#[test]
fn futures_that_take_turns() {
    async fn task(name: &'static str) {
        let first = if name == "one" { info_span!("first") } else { info_span!("second") };
        first.in_scope(|| ());
        twice().await;
        info_span!("last").in_scope(|| ());
    }
    let recording = Recording::new();
    recording.inside(|| {
        let mut one = pin!(task("one").instrument(info_span!("one")));
        let mut two = pin!(task("two").instrument(info_span!("two")));
        assert!(poll(one.as_mut()).is_pending());
        assert!(poll(two.as_mut()).is_pending());
        assert!(poll(one.as_mut()).is_ready());
        assert!(poll(two.as_mut()).is_ready());
    });
    assert_eq!(recording.paths(), ["one", "one/first", "one/last", "two", "two/last", "two/second"]);
}

// future   |--|            |--|     polled in two threads; the request goes with it
#[test]
fn a_future_that_changes_threads() {
    #[instrument(name = "task", skip_all)]
    async fn task() {
        inner();
        twice().await;
        inner();
    }
    let recording = Recording::new();
    let mut future = Box::pin(recording.request().run(task()));
    recording.outside(|| assert!(poll(future.as_mut()).is_pending()));
    recording.outside(|| info_span!("not in it").in_scope(|| ()));
    thread::scope(|scope| {
        scope.spawn(|| recording.outside(|| assert!(poll(future.as_mut()).is_ready())));
    });
    assert_eq!(recording.paths(), ["task", "task/inner", "task/inner"]);
}

// handler     |-----|
// background     |----------------|    outlives the handler, whose time ends where its code does
#[test]
fn a_child_that_outlives_its_parent() {
    let recording = Recording::new();
    let pause = Duration::from_millis(30);
    let (handler_end, took) = recording.inside(|| {
        let begin = Instant::now();
        let handler = info_span!("handler").entered();
        let background = info_span!("background");
        drop(handler);
        let took = begin.elapsed();
        thread::sleep(pause);
        background.in_scope(|| ());
        (Instant::now(), took)
    });
    assert!(handler_end.elapsed() < Duration::from_secs(60));
    let spans = spans(&recording.lines());
    let (handler, background) = (only(&spans, "handler"), only(&spans, "background"));
    assert_eq!(background.start.parent, handler.start.id);
    assert!(u128::from(handler.stop.took.unwrap()) <= took.as_micros(), "{handler:?}");
    assert!(background.stop.took.unwrap() >= 30_000, "{background:?}");
    assert!(handler.stop.at < background.stop.at);
}

// a  |====   ====|     entered twice, written once, from its making to its last leaving
#[test]
fn a_span_entered_many_times() {
    let recording = Recording::new();
    recording.inside(|| {
        let span = info_span!("a");
        (0..5).for_each(|_| span.in_scope(|| thread::sleep(Duration::from_millis(2))));
        let again = span.clone();
        again.in_scope(|| span.in_scope(|| ()));
    });
    assert_eq!(recording.marks(), ["a-start", "a-stop"]);
    assert!(recording.lines()[1].took.unwrap() >= 10_000);
}

// a  |---------|     never entered: until its last handle is dropped
#[test]
fn a_span_that_is_never_entered() {
    let recording = Recording::new();
    recording.inside(|| {
        let span = info_span!("a");
        thread::sleep(Duration::from_millis(5));
        drop(span);
    });
    assert!(recording.lines()[1].took.unwrap() >= 5_000);
}

// outer  |------X      a panic closes what it unwinds
// inner     |---X
#[test]
fn a_panic() {
    let recording = Recording::new();
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        recording.inside(|| {
            let _outer = info_span!("outer").entered();
            let _inner = info_span!("inner").entered();
            std::panic::resume_unwind(Box::new("on purpose"));
        });
    }));
    assert!(result.is_err());
    assert_eq!(recording.marks(), ["outer-start", "inner-start", "inner-stop", "outer-stop"]);
    // The thread is in no request any more.
    assert!(Request::current().is_none());
    recording.outside(|| info_span!("later").in_scope(|| ()));
    assert_eq!(recording.marks().len(), 4);
}

// Subscribers in each other's scope, whose spans have the same ids: each writes its own.
#[test]
fn subscribers_that_nest() {
    let (one, two) = (Recording::new(), Recording::new());
    one.inside(|| {
        let _a = info_span!("a").entered();
        two.outside(|| {
            info_span!("not profiled there").in_scope(|| info_span!("nor this").in_scope(|| ()));
            two.request().in_scope(|| info_span!("b").in_scope(|| info_span!("c").in_scope(|| ())));
        });
        info_span!("d").in_scope(|| ());
    });
    assert_eq!(one.paths(), ["a", "a/d"]);
    assert_eq!(two.paths(), ["b", "b/c"]);
}

// Two profilers in one subscriber: a request of one is nothing to the other.
#[test]
fn profilers_side_by_side() {
    use tracing_subscriber::layer::SubscriberExt;

    let (one, two) = (Recording::new(), Recording::new());
    let both = tracing_subscriber::registry().with(one.profiler.layer()).with(two.profiler.layer());
    tracing::subscriber::with_default(both, || {
        one.request().in_scope(|| info_span!("a").in_scope(|| ()));
        two.request().in_scope(|| info_span!("b").in_scope(|| ()));
        one.request().in_scope(|| {
            let _a = info_span!("outer").entered();
            two.request().in_scope(|| info_span!("inner").in_scope(|| ()));
        });
    });
    assert_eq!(one.paths(), ["a", "outer", "outer/inner"]);
    assert_eq!(two.paths(), ["b"]);
}

// Eight threads, five levels, a hundred times: nothing is lost, nothing is anybody else's.
#[test]
fn many_threads_in_one_request() {
    fn descend(depth: usize) {
        let _entered = [info_span!("l0"), info_span!("l1"), info_span!("l2"), info_span!("l3"), info_span!("l4")]
            .into_iter()
            .nth(depth)
            .map(Span::entered);
        if depth < 4 {
            descend(depth + 1);
        }
    }
    let recording = Recording::new();
    let request = recording.request();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| recording.outside(|| request.in_scope(|| (0..100).for_each(|_| descend(0)))));
        }
    });
    drop(request);
    let paths = recording.paths();
    // All five spans of a level are made, one is entered, and what is below it is its child.
    assert_eq!(paths.len(), 8 * 100 * 5 * 5);
    assert_eq!(paths.iter().filter(|path| *path == "l0/l1/l2/l3/l4").count(), 800);
}

// The start of a parent stands before that of its child, whichever thread it is in.
#[test]
fn the_order_of_lines_is_that_of_what_happened() {
    let recording = Recording::new();
    let request = recording.request();
    let (sender, receiver) = mpsc::channel::<Span>();
    let begin = || {
        recording.outside(|| request.in_scope(|| (0..2000).for_each(|_| sender.send(info_span!("parent")).unwrap())));
    };
    let go_on = |parent: Span| info_span!(parent: &parent, "child").in_scope(|| ());
    thread::scope(|scope| {
        let parents = scope.spawn(begin);
        recording.outside(|| receiver.iter().take(2000).for_each(go_on));
        parents.join().unwrap();
    });
    drop(request);
    let lines = recording.lines();
    let mut open = std::collections::HashSet::new();
    for line in &lines {
        match line.mark.as_str() {
            "parent-start" => assert!(open.insert(&line.id)),
            "child-start" => assert!(open.contains(&line.parent), "{line:?}"),
            _ => {}
        }
    }
    assert_eq!(lines.len(), 8000);
}
