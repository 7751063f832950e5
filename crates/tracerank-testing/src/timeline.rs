//! Logs written as the nesting of their spans.
//!
//! A closure is what goes on while a span is open; the clock stands still but for `wait`. So
//!
//! ```text
//! let logs = timeline(|t| {
//!     t.span("a", |t| {
//!         t.wait(3);
//!         t.span("b", |t| t.wait(5));
//!     });
//! });
//! ```
//!
//! is a log of four lines in which `a` takes 8 ms and `b` the last 5 ms of them. What closures cannot say, single
//! records can: a start that is left alone, a stop behind its parent's, one and the same span twice.

/// From how many milliseconds on Mistral marks a span.
const MARKED_FROM_MS: i64 = 501;

/// What the records of a span have in common.
#[derive(Debug, Clone)]
pub struct Handle {
    pub base_id: String,
    pub parent_id: String,
    pub trace_id: String,
    pub name: String,
    /// When the handle was made.
    pub began_ms: i64,
}

#[derive(Debug)]
pub struct Timeline {
    logs: Vec<Vec<u8>>,
    /// The log that is being written.
    input: usize,
    /// Milliseconds since noon.
    now_ms: i64,
    base_id: String,
    parent_id: String,
    ids: u64,
}

/// The logs that come of it, one an input, in the order of their numbers.
pub fn timeline(draw: impl FnOnce(&mut Timeline)) -> Vec<Vec<u8>> {
    let mut timeline = Timeline {
        logs: vec![Vec::new()],
        input: 0,
        now_ms: 0,
        base_id: String::new(),
        parent_id: String::new(),
        ids: 0,
    };
    timeline.group(draw);
    timeline.logs
}

impl Timeline {
    /// Time passes; less than none when the clock is set back.
    pub fn wait(&mut self, ms: i64) {
        self.now_ms += ms;
    }

    /// A span from now until the closure ends.
    pub fn span<T>(&mut self, name: &str, body: impl FnOnce(&mut Self) -> T) -> T {
        let span = self.start(name);
        let result = self.within(&span, body);
        self.stop(&span);
        result
    }

    /// A start record, whose span is left open.
    pub fn start(&mut self, name: &str) -> Handle {
        let span = self.handle(name);
        self.write_start(&span);
        span
    }

    /// A stop record, with the time since the start for duration.
    pub fn stop(&mut self, span: &Handle) {
        self.write_stop(span, self.now_ms - span.began_ms);
    }

    /// A stop record without a start.
    pub fn stop_alone(&mut self, name: &str, duration_ms: i64) -> Handle {
        let span = self.handle(name);
        self.write_stop(&span, duration_ms);
        span
    }

    /// What is written in the closure is below this span, open or not, in whatever group it is.
    pub fn within<T>(&mut self, span: &Handle, body: impl FnOnce(&mut Self) -> T) -> T {
        self.below(span.base_id.clone(), span.trace_id.clone(), body)
    }

    /// What is written in the closure is a trace group of its own.
    pub fn group<T>(&mut self, body: impl FnOnce(&mut Self) -> T) -> T {
        let base_id = self.id();
        self.below(base_id.clone(), base_id, body)
    }

    fn below<T>(&mut self, base_id: String, parent_id: String, body: impl FnOnce(&mut Self) -> T) -> T {
        let base_id = std::mem::replace(&mut self.base_id, base_id);
        let parent_id = std::mem::replace(&mut self.parent_id, parent_id);
        let result = body(self);
        self.base_id = base_id;
        self.parent_id = parent_id;
        result
    }

    /// What is written from now on goes to this input, the first being 0.
    pub fn input(&mut self, input: usize) {
        self.input = input;
        self.logs.resize(self.logs.len().max(input + 1), Vec::new());
    }

    // ---- Single records ----

    /// A span that begins now, of which nothing is written.
    pub fn handle(&mut self, name: &str) -> Handle {
        Handle {
            base_id: self.base_id.clone(),
            parent_id: self.parent_id.clone(),
            trace_id: self.id(),
            name: name.to_owned(),
            began_ms: self.now_ms,
        }
    }

    pub fn write_start(&mut self, span: &Handle) {
        self.write(span, "        ", "-start");
    }

    pub fn write_stop(&mut self, span: &Handle, duration_ms: i64) {
        let marker = if duration_ms >= MARKED_FROM_MS { "-stop  <- !!!" } else { "-stop" };
        self.write(span, &format!("{:?}", duration_ms as f64 / 1e3), marker);
    }

    /// Any line.
    pub fn write_line(&mut self, line: &str) {
        self.logs[self.input].extend_from_slice(line.as_bytes());
        self.logs[self.input].push(b'\n');
    }

    fn write(&mut self, span: &Handle, duration: &str, marker: &str) {
        let Handle { base_id, parent_id, trace_id, name, .. } = span;
        let time = timestamp(self.now_ms);
        self.write_line(&format!("{time} {duration} {base_id} {parent_id} {trace_id} {name}{marker}"));
    }

    /// A UUID that no other call gives: of version 4, and always the same ones.
    fn id(&mut self) -> String {
        self.ids += 1;
        let [high, low] = [mixed(2 * self.ids), mixed(2 * self.ids + 1)];
        let high = (high & !0xf000) | 0x4000;
        let low = (low & !(0b11 << 62)) | 0b10 << 62;
        let digits = format!("{high:016x}{low:016x}");
        [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]).join("-")
    }
}

/// As Python's `isoformat()` has it, which leaves out a fraction of zero.
fn timestamp(ms_since_noon: i64) -> String {
    let [seconds, ms] = [ms_since_noon.div_euclid(1000) + 12 * 3600, ms_since_noon.rem_euclid(1000)];
    let whole = format!("2026-11-23T{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    if ms == 0 { whole } else { format!("{whole}.{ms:03}000") }
}

/// The finaliser of `SplitMix64`.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
