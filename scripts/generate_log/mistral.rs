//! A profiler log like Mistral's.
//!
//! Many requests run at once and their lines are interleaved by time. A request is a tree of spans that is grown whole
//! from the call rules in [`MODEL`], so memory does not grow with the log. Names, self times and calls were measured in
//! genuine logs of Mistral 23.0.0.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::error::Error;
use std::io;

use crate::options::{Options, Shape};
use crate::output::Output;
use crate::random::{Random, Uuid};
use crate::text::{date, write_digits, write_number};

/// Deepest nesting found in genuine logs.
const MAX_DEPTH: u32 = 15;
/// Requests in flight. Most of them wait for another process most of the time.
const SLOTS: usize = 80;
/// Processes; each keeps one long-lived `base_id` for tens of thousands of spans.
const PROCESSES: usize = 4;
/// 2026-11-02T08:00:00 in microseconds.
const EPOCH: u64 = 1_793_606_400_000_000;
const SECOND: u64 = 1_000_000;
/// Mistral marks spans above this.
const SLOW: u64 = SECOND / 2;

/// Lets the slots take turns by the time at which they write, until the log is full.
pub(crate) fn write_log(options: &Options, output: &mut Output) -> io::Result<()> {
    let model = Model::parse(MODEL).map_err(io::Error::other)?;
    let world = &mut World::new(&model, options);
    let mut lines = Lines::new(options);
    let mut slots: Vec<Slot> = (0..SLOTS).map(|number| Slot::new(world, number)).collect();
    let mut turns: BinaryHeap<Reverse<(u64, usize)>> =
        slots.iter().enumerate().map(|(number, slot)| Reverse((slot.turn, number))).collect();
    while let Some(mut turn) = turns.peek_mut() {
        let number = turn.0.1;
        let slot = &mut slots[number];
        if !output.line(|out| lines.write(world, slot, out))? {
            PeekMut::pop(turn);
            break;
        }
        slot.advance(world, number);
        *turn = Reverse((slot.turn, number));
    }
    output.flush()
}

// ------------------------------------------------------------------------------ the model

/// The rules of [`MODEL`], parsed.
struct Model {
    kinds: Vec<Kind>,
    /// Kinds that requests begin with, each with the sum of the weights up to it.
    roots: Vec<(u64, usize)>,
}

/// One trace name and what its code does.
struct Kind {
    name: &'static str,
    /// Natural logarithms of the self time in microseconds at [`QUANTILES`].
    self_time: [f64; 8],
    calls: Vec<Call>,
}

/// Where in the distribution the self times of [`MODEL`] stand.
const QUANTILES: [f64; 8] = [0.0, 0.10, 0.25, 0.50, 0.75, 0.90, 0.97, 1.0];
/// Time from the stop of a span to the start of an asynchronous child, in microseconds, at [`QUANTILES`].
const ASYNC_GAP: [f64; 8] = [26.0, 1237.0, 2500.0, 6120.0, 5_999_243.0, 34_851_556.0, 36_471_829.0, 40_090_133.0];

/// In `chance` percent of the executions `callee` is called `at_least` times, and again with `again` percent.
#[derive(Clone, Copy)]
struct Call {
    callee: usize,
    chance: u64,
    at_least: u64,
    again: u64,
    /// In another process, after the caller stopped.
    later: bool,
}

impl Model {
    fn parse(text: &'static str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let lines = || text.lines().filter(|line| !line.is_empty());
        let names: Vec<&str> =
            lines().filter_map(|line| line.split(' ').next().filter(|word| !word.is_empty())).collect();
        let find = |name: &str| names.iter().position(|n| *n == name).ok_or_else(|| format!("no kind {name}"));
        let mut model = Self { kinds: Vec::new(), roots: Vec::new() };
        for line in lines() {
            match (line.strip_prefix("  "), model.kinds.last_mut()) {
                (Some(call), Some(kind)) => kind.calls.push(Call::parse(call, find)?),
                _ => model.kinds.push(Kind::parse(line)?),
            }
        }
        let mut sum = 0;
        for (name, weight) in ROOTS {
            sum += weight;
            model.roots.push((sum, find(name)?));
        }
        Ok(model)
    }

    fn draw_root(&self, random: &mut Random) -> usize {
        let ticket = random.below(self.roots.last().map_or(1, |root| root.0));
        self.roots.iter().find(|root| ticket < root.0).map_or(0, |root| root.1)
    }
}

impl Kind {
    fn parse(line: &'static str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut words = line.split(' ');
        let name = words.next().ok_or("no name")?;
        let mut self_time = [0.0; 8];
        for value in &mut self_time {
            *value = words.next().ok_or("too few quantiles")?.parse::<f64>()?.ln();
        }
        Ok(Self { name, self_time, calls: Vec::new() })
    }

    fn draw_self_time(&self, random: &mut Random) -> u64 {
        let mut micros = draw(&self.self_time, random).exp();
        match random.below(4000) {
            // The tail beyond what the measured logs were long enough to show.
            0 | 1 => micros = (micros / random.unit().max(0.01)).min(90e6),
            2 if self.calls.is_empty() => micros = micros.min(random.spread(1.0, 20.0) as f64),
            // An action that sleeps: the only spans of more than 1000 s that genuine logs hold.
            3 if self.name == SLEEPER => micros = random.spread(200e6, 4000e6) as f64,
            _ => {}
        }
        (micros as u64).max(1)
    }
}

const SLEEPER: &str = "default-executor-run-action";

/// A value from the distribution that has these quantiles, linear in between.
fn draw(values: &[f64; 8], random: &mut Random) -> f64 {
    let at = random.unit();
    let upper = QUANTILES.iter().position(|q| at < *q).unwrap_or(QUANTILES.len() - 1);
    let part = (at - QUANTILES[upper - 1]) / (QUANTILES[upper] - QUANTILES[upper - 1]);
    values[upper - 1] + part * (values[upper] - values[upper - 1])
}

impl Call {
    /// `[~]NAME CHANCE [xTIMES] [+AGAIN]`
    fn parse(text: &str, find: impl Fn(&str) -> Result<usize, String>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let mut words = text.split(' ');
        let name = words.next().ok_or("no callee")?;
        let callee = find(name.trim_start_matches('~'))?;
        let chance = words.next().ok_or("no chance")?.parse()?;
        let mut call = Self { callee, chance, at_least: 1, again: 0, later: name.starts_with('~') };
        for word in words {
            match word.split_at(1) {
                ("x", times) => call.at_least = times.parse()?,
                ("+", again) => call.again = again.parse()?,
                _ => return Err(format!("{word}: neither xTIMES nor +AGAIN").into()),
            }
        }
        Ok(call)
    }

    fn draw_times(&self, random: &mut Random) -> u64 {
        if !random.percent(self.chance) {
            return 0;
        }
        let mut times = self.at_least;
        while times < 40 && random.percent(self.again) {
            times += 1;
        }
        times
    }
}

// ------------------------------------------------------------------------------ the world

/// State that all requests share.
struct World<'m> {
    model: &'m Model,
    random: Random,
    /// The `base_id` that each process keeps, and for how many more spans.
    kept: [(Uuid, u64); PROCESSES],
    async_gap: [f64; 8],
    shape: Shape,
    names: u64,
    /// The number of the last span's name, and the step to the next one's.
    named: u64,
    stride: u64,
}

impl<'m> World<'m> {
    fn new(model: &'m Model, options: &Options) -> Self {
        let mut random = Random(options.seed);
        random.0 = random.next();
        let kept = std::array::from_fn(|_| (random.uuid(), random.spread(10e3, 90e3)));
        let names = options.names.max(1);
        let golden = (names as f64 * 0.618_033_988_75) as u64;
        let stride = (golden.max(1)..=names).find(|step| gcd(*step, names) == 1).unwrap_or(1);
        let async_gap = ASYNC_GAP.map(f64::ln);
        Self { model, random, kept, async_gap, shape: options.shape, names, named: 0, stride }
    }

    /// A `base_id` for a request that begins in `process`: its own, or the one that the process keeps.
    fn draw_base(&mut self, process: usize) -> Uuid {
        if self.random.percent(45) {
            return self.random.uuid();
        }
        if self.kept[process].1 == 0 {
            self.kept[process] = (self.random.uuid(), self.random.spread(10e3, 90e3));
        }
        self.kept[process].0
    }

    fn count_kept(&mut self, process: usize, base: &Uuid, spans: usize) {
        let (kept, left) = &mut self.kept[process];
        if kept == base {
            *left = left.saturating_sub(spans as u64);
        }
    }

    /// The number of the next span's name. With `--names` every name comes once before one comes again.
    fn draw_name(&mut self, kind: usize) -> u64 {
        if self.shape != Shape::Names {
            return kind as u64;
        }
        self.named = (self.named + self.stride) % self.names;
        self.named
    }

    fn write_name(&self, name: u64, out: &mut Vec<u8>) {
        let kinds = &self.model.kinds;
        let kind = &kinds[(name % kinds.len() as u64) as usize];
        out.extend_from_slice(kind.name.as_bytes());
        if self.shape == Shape::Names {
            out.push(b'-');
            write_digits::<9>(name, out);
        }
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

// ------------------------------------------------------------------------------ one request

/// A tree of spans, as the lines that it writes.
#[derive(Default)]
struct Request {
    spans: Vec<Span>,
    events: Vec<Event>,
    /// Asynchronous calls that are still to be made.
    waiting: Vec<Pending>,
}

struct Span {
    /// `base_id`, `parent_id` and `trace_id`, each with a blank after it.
    ids: [u8; 111],
    name: u64,
    micros: u64,
}

#[derive(Clone, Copy)]
struct Event {
    at: u64,
    span: usize,
    stop: bool,
}

/// A span that is about to start.
#[derive(Clone, Copy)]
struct Pending {
    kind: usize,
    parent: Option<usize>,
    depth: u32,
    at: u64,
}

impl Request {
    fn regrow(&mut self, world: &mut World, process: usize, at: u64) {
        self.spans.clear();
        self.events.clear();
        let base = world.draw_base(process);
        let kind = world.model.draw_root(&mut world.random);
        self.waiting.push(Pending { kind, parent: None, depth: 1, at });
        while let Some(pending) = self.waiting.pop() {
            self.grow(world, &base, pending);
        }
        world.count_kept(process, &base, self.spans.len());
        // Stable: lines of one moment stay in the order in which the process wrote them.
        self.events.sort_by_key(|event| event.at);
    }

    /// Adds a span with all that it calls; gives the time at which it stops.
    fn grow(&mut self, world: &mut World, base: &Uuid, begin: Pending) -> u64 {
        let span = self.spans.len();
        let ids = self.draw_ids(world, base, begin.parent);
        let name = world.draw_name(begin.kind);
        self.spans.push(Span { ids, name, micros: 0 });
        self.events.push(Event { at: begin.at, span, stop: false });

        let model = world.model;
        let kind = &model.kinds[begin.kind];
        let mut idle = kind.draw_self_time(&mut world.random);
        let mut now = begin.at;
        let (first_later, depth) = (self.waiting.len(), begin.depth + 1);
        for call in kind.calls.iter().filter(|_| begin.depth < MAX_DEPTH) {
            for _ in 0..call.draw_times(&mut world.random) {
                let pending = Pending { kind: call.callee, parent: Some(span), depth, at: now };
                if call.later {
                    self.waiting.push(pending);
                } else {
                    let pause = world.random.below(idle / 2 + 1);
                    idle -= pause;
                    now = self.grow(world, base, Pending { at: now + pause, ..pending });
                }
            }
        }
        let micros = now + idle - begin.at;
        let stop = (now + idle).saturating_add_signed(draw_clock_error(&mut world.random)).max(now);
        self.spans[span].micros = micros;
        self.events.push(Event { at: stop, span, stop: true });
        for pending in &mut self.waiting[first_later..] {
            if pending.parent == Some(span) {
                pending.at = stop + 1 + draw(&world.async_gap, &mut world.random).exp() as u64;
            }
        }
        stop
    }

    fn draw_ids(&self, world: &mut World, base: &Uuid, parent: Option<usize>) -> [u8; 111] {
        let mut ids = [b' '; 111];
        ids[..36].copy_from_slice(base);
        match parent {
            Some(parent) => ids[37..73].copy_from_slice(&self.spans[parent].ids[74..110]),
            // The parent is in the log of another process.
            None if world.random.one_in(6) => ids[37..73].copy_from_slice(&world.random.uuid()),
            None => ids[37..73].copy_from_slice(base),
        }
        ids[74..110].copy_from_slice(&world.random.uuid());
        ids
    }
}

/// Timestamps and durations come from separate clock readings: a few microseconds apart, now and then up to 100.
fn draw_clock_error(random: &mut Random) -> i64 {
    match random.below(32) {
        0..24 => random.below(8) as i64 - 1,
        24..31 => random.below(45) as i64 - 16,
        _ => random.below(200) as i64 - 100,
    }
}

// ------------------------------------------------------------------------------ a slot

/// One request after the other, by one thread of one process.
struct Slot {
    request: Request,
    /// The next event to be written.
    next: usize,
    /// When it is written; its own time lies a little earlier now and then.
    turn: u64,
    thread: u64,
}

impl Slot {
    fn new(world: &mut World, number: usize) -> Self {
        let thread = 139_967_625_459_392 + number as u64 * 8_392_704;
        let mut slot = Self { request: Request::default(), next: 0, turn: 0, thread };
        let at = EPOCH + world.random.below(2 * SECOND);
        slot.begin(world, number, at);
        slot
    }

    fn begin(&mut self, world: &mut World, number: usize, at: u64) {
        self.request.regrow(world, number % PROCESSES, at);
        self.next = 0;
        self.turn = at;
    }

    fn advance(&mut self, world: &mut World, number: usize) {
        self.next += 1;
        if self.next == self.request.events.len() {
            let pause = world.random.spread(1e3, 1e6);
            return self.begin(world, number, self.turn + pause);
        }
        // Several processes append to one file: a line can be written after later ones of another process.
        let delay = if world.random.one_in(100) { world.random.spread(1.0, 200e3) } else { 0 };
        self.turn = self.turn.max(self.request.events[self.next].at + delay);
    }
}

// ------------------------------------------------------------------------------ the lines

struct Lines {
    prefixed: bool,
    clock: Clock,
}

impl Lines {
    fn new(options: &Options) -> Self {
        Self { prefixed: options.shape == Shape::Prefixed, clock: Clock { second: u64::MAX, text: [0; 19] } }
    }

    /// Writes the slot's next line.
    fn write(&mut self, world: &World, slot: &Slot, out: &mut Vec<u8>) {
        let event = slot.request.events[slot.next];
        let span = &slot.request.spans[event.span];
        if self.prefixed {
            self.clock.write_prefix(event.at, slot.thread, out);
        }
        self.clock.write(event.at, out);
        out.push(b' ');
        if event.stop {
            write_seconds(span.micros, out);
        } else {
            out.extend_from_slice(b"        ");
        }
        out.push(b' ');
        out.extend_from_slice(&span.ids);
        world.write_name(span.name, out);
        match (event.stop, span.micros > SLOW) {
            (false, _) => out.extend_from_slice(b"-start\n"),
            (true, false) => out.extend_from_slice(b"-stop\n"),
            (true, true) => out.extend_from_slice(b"-stop  <- !!!\n"),
        }
    }
}

/// Timestamps; the text of the last second is kept.
struct Clock {
    second: u64,
    text: [u8; 19],
}

impl Clock {
    /// As Python's `datetime.isoformat()`: no fraction at a whole second.
    fn write(&mut self, micros: u64, out: &mut Vec<u8>) {
        self.set(micros / SECOND);
        out.extend_from_slice(&self.text);
        if !micros.is_multiple_of(SECOND) {
            out.push(b'.');
            write_digits::<6>(micros % SECOND, out);
        }
    }

    /// `%(asctime)s %(thread)s %(levelname)s %(module)s [-] `
    fn write_prefix(&mut self, micros: u64, thread: u64, out: &mut Vec<u8>) {
        self.set(micros / SECOND);
        out.extend_from_slice(&self.text[..10]);
        out.push(b' ');
        out.extend_from_slice(&self.text[11..]);
        out.push(b',');
        write_digits::<3>(micros % SECOND / 1000, out);
        out.push(b' ');
        write_digits::<15>(thread, out);
        out.extend_from_slice(b" INFO profiler [-] ");
    }

    fn set(&mut self, second: u64) {
        if self.second == second {
            return;
        }
        self.second = second;
        let (year, month, day) = date(second / 86_400);
        let time = second % 86_400;
        let mut text = Vec::with_capacity(19);
        write_digits::<4>(year, &mut text);
        for (mark, value) in
            [(b'-', month), (b'-', day), (b'T', time / 3600), (b':', time / 60 % 60), (b':', time % 60)]
        {
            text.push(mark);
            write_digits::<2>(value, &mut text);
        }
        self.text.copy_from_slice(&text);
    }
}

/// Seconds as Python prints them: the shortest text, in scientific notation below 100 µs.
fn write_seconds(micros: u64, out: &mut Vec<u8>) {
    let (seconds, fraction) = (micros / SECOND, micros % SECOND);
    match micros {
        0 => out.extend_from_slice(b"0.0"),
        1..100 => write_scientific(micros, out),
        _ => {
            write_number(seconds, out);
            out.push(b'.');
            write_digits::<6>(fraction, out);
            let zeros = out.iter().rev().take(5).take_while(|digit| **digit == b'0').count();
            out.truncate(out.len() - zeros);
        }
    }
}

fn write_scientific(micros: u64, out: &mut Vec<u8>) {
    let (first, second) = if micros < 10 { (micros, 0) } else { (micros / 10, micros % 10) };
    write_digits::<1>(first, out);
    if second != 0 {
        out.push(b'.');
        write_digits::<1>(second, out);
    }
    out.extend_from_slice(if micros < 10 { b"e-06" } else { b"e-05" });
}

// ------------------------------------------------------------------------------ the data

/// The spans that requests begin with, and their weights.
const ROOTS: [(&str, u64); 9] = [
    ("executor-client-run-action", 200),
    ("task-handler-run-task", 100),
    ("task-handler-on-action-complete", 50),
    ("engine-start-workflow", 30),
    ("task-handler-refresh-task-state", 36),
    ("workflow-handler-check-and-complete", 36),
    ("workflow-handler-check-and-fix-integrity", 26),
    ("engine-on-action-complete", 20),
    ("default-executor-run-action", 10),
];

/// One trace name a line with its self time in microseconds at [`QUANTILES`], below it what it calls: the chance in
/// percent, `xN`: at least N times, `+P`: again with P percent; `~`: asynchronously. The chances of the asynchronous
/// calls are set so that one span in twenty starts after its parent stopped.
const MODEL: &str = "\
lang-base-instantiate-spec 20 34 48 83 153 281 510 5645
  lang-base-instantiate-spec 40 +44
  lang-base-parse-cmd-and-input 60 +13
wf-controller-get-controller 22 29 35 43 67 109 170 3480
lang-base-parse-cmd-and-input 18 19 22 27 43 58 74 423
task-handler-check-affected-tasks 24 29 32 57 145 1382 2710 17001
  wf-controller-get-controller 39
data-flow-evaluate-task-outbound-context 31 41 48 71 106 148 258 3394
task-set-state 24 1089 2323 3101 5927 9962 17504 35231
task-run 69 92 106 133 174 250 705 7285
  task-run-new 84
  task-run-existing 16
task-handler-create-task 57 93 99 110 134 173 264 1337
  task-handler-build-task-from-command 100
  task-create-new 99
task-handler-build-task-from-command 24 27 29 34 43 60 80 2169
task-create-new 76 84 92 113 159 204 297 1918
  task-create-task-execution 58
  task-defer 42
task-handler-run-task 1583 2402 2924 4759 7365 12351 26674 84299
  task-run 100
  task-handler-check-affected-tasks 99
  lang-base-instantiate-spec 4
workflow-controller-continue-workflow 57 62 65 76 1767 2689 3874 8286
  direct-wf-controller-find-next-commands-for-task 73
dispatcher-dispatch-commands 25 29 82 94 128 210 444 2475
  task-handler-create-task 81 +27
  workflow-handler-set-state 1
regular-task-get-action-input 23 37 50 138 1061 2385 16333 122109
task-run-new 31 37 45 2588 5940 14333 20658 76137
  workflow-action-schedule 3
  task-set-state 62 +2
  regular-task-get-action-input 61 +18
  regular-task-get-target 59 +18
  action-schedule 56 +17
  lang-base-instantiate-spec 7
regular-task-get-target 23 26 28 33 38 49 74 427
engine-on-action-complete 2018 6366 37574 161292 422252 777749 1301966 1478042
  action-handler-on-action-complete 100
action-handler-on-action-complete 1725 2218 2665 3542 6329 12024 19362 44116
  action-handler-build-action 100
  regular-action-complete 96
  task-handler-on-action-complete 73
  workflow-action-complete 4
action-handler-build-action 59 1852 2106 2773 4846 10476 20517 27711
  lang-base-instantiate-spec 7
action-schedule 940 1222 1477 2005 3684 6374 8899 42074
executor-client-run-action 584 1167 1537 2217 3562 6083 8095 16591
  default-executor-run-action 5
  ~default-executor-run-action 86
engine-client-on-action-complete 422 845 1166 1523 2728 11460 339191 1047473
  ~engine-on-action-complete 48
  ~task-handler-run-task 27
  ~engine-start-workflow 5
task-handler-on-action-complete 664 752 866 1501 2693 5163 6687 10872
  lang-base-instantiate-spec 100
  regular-task-on-action-complete 74
  task-handler-check-affected-tasks 100
  with-items-task-on-action-complete 26
default-executor-run-action 782 1564 2066 2669 4953 9531 26969 3001841
  engine-client-on-action-complete 97
  ~engine-on-action-complete 48
  ~task-handler-run-task 27
  ~engine-start-workflow 5
regular-action-complete 108 119 127 155 201 546 10571 16890
  action-log-result 100
action-log-result 86 95 99 114 146 215 438 4108
task-create-task-execution 674 928 1074 1538 2658 5385 7600 19197
task-complete 1567 2466 3225 4841 9225 17434 29240 59097
  task-set-state 100
  wf-controller-get-controller 100 x2 +50
  workflow-controller-continue-workflow 99
  dispatcher-dispatch-commands 99
  data-flow-evaluate-task-outbound-context 66 +33
  lang-base-instantiate-spec 13
direct-wf-controller-find-next-commands-for-task 84 98 106 114 140 177 303 692
  data-flow-evaluate-task-outbound-context 100
  direct-wf-controller-find-next-tasks 100
direct-wf-controller-find-next-tasks 36 47 55 60 73 89 139 5837
regular-task-on-action-complete 60 83 88 104 148 193 369 960
  task-complete 100
task-defer 784 1442 2229 3624 7247 12100 26522 28540
  task-create-task-execution 48
workflow-set-state 878 1093 1332 1737 2296 3280 4016 5327
direct-wf-controller-get-induced-join-state 25 27 30 50 78 110 150 198
workflow-handler-check-and-complete 759 857 1090 1677 3015 5116 6831 16731
  workflow-check-and-complete 96
workflow-check-and-complete 821 869 1064 1864 7591 16708 20283 234067
  wf-controller-get-controller 38
  data-flow-evaluate-task-outbound-context 38
  workflow-set-state 38
workflow-handler-schedule-check-and-fix-integrity 637 705 804 914 1284 2746 3958 8090
workflow-handler-start-workflow 1238 1606 2504 3412 5105 6302 11602 17571
  workflow-start 100
  workflow-handler-schedule-check-and-fix-integrity 100
workflow-start 2198 2462 2767 4265 5281 7223 12547 17686
  lang-base-instantiate-spec 32
  workflow-set-state 100
  wf-controller-get-controller 100
  workflow-controller-continue-workflow 100
  dispatcher-dispatch-commands 100
with-items-task-on-action-complete 1220 1470 1863 6516 10190 18648 30061 41411
  task-complete 16
  regular-task-get-action-input 35
  regular-task-get-target 35
  action-schedule 35
engine-start-workflow 748 829 1031 64081 133177 172421 578729 1076073
  workflow-handler-start-workflow 100
  workflow-handler-check-and-complete 100
task-run-existing 5399 6225 6747 8918 10779 19892 22009 138893
  task-set-state 100
  wf-controller-get-controller 100
  regular-task-get-action-input 100
  regular-task-get-target 100
  action-schedule 100
  data-flow-evaluate-task-outbound-context 89 x2 +26
task-handler-refresh-task-state 7927 17798 38033 54594 126766 397431 402666 466952
  wf-controller-get-controller 100
  direct-wf-controller-get-join-logical-state 100
  task-set-state 100
  task-run 100
  task-handler-check-affected-tasks 100
direct-wf-controller-get-join-logical-state 1291 1349 1630 1756 2756 4703 10558 18309
  direct-wf-controller-get-induced-join-state 100 x2 +31
workflow-handler-check-and-fix-integrity 1402 1486 1545 2608 10686 19483 26344 164206
  workflow-handler-schedule-check-and-fix-integrity 6
workflow-action-schedule 1685 1685 1911 2510 4118 4118 36011 36011
  lang-base-instantiate-spec 17
  workflow-handler-start-workflow 100
workflow-action-complete 27 27 28 28 29 39 39 39
workflow-handler-set-state 3503 3503 3503 3503 4151 4151 4151 4151
  wf-controller-get-controller 100
  data-flow-evaluate-task-outbound-context 100
  workflow-set-state 100
";
