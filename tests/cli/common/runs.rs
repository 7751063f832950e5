//! Logs of runs that can be compared: many requests, each a trace group, whose spans are as long as in another run but for what a test changes.

use super::{PARENT, TIME};

/// Code that requests run.
#[derive(Debug, Clone)]
pub struct Work {
    pub name: Vec<u8>,
    /// How often a request runs it.
    pub calls: u64,
    /// How long it takes, give or take a tenth.
    pub micros: u64,
    /// One in so many requests runs it.
    pub one_in: u64,
}

/// Work of all requests.
pub fn work(name: impl AsRef<[u8]>, calls: u64, micros: u64) -> Work {
    Work { name: name.as_ref().to_vec(), calls, micros, one_in: 1 }
}

/// The log of so many requests, each with a root span of 10 ms, `request`. Another seed makes another run of the same.
pub fn run_log(requests: u64, works: &[Work], seed: u64) -> Vec<u8> {
    (0..requests).flat_map(|request| request_log(request, works, seed)).collect()
}

fn request_log(request: u64, works: &[Work], seed: u64) -> Vec<u8> {
    let base_id = format!("{seed:08x}-0000-4000-8000-{request:012x}");
    let mut lines = Vec::new();
    for (number, work) in works.iter().enumerate().filter(|(_, work)| request.is_multiple_of(work.one_in)) {
        for call in 0..work.calls {
            let place = ((seed * 1_000 + request) * 100 + number as u64) * 100 + call;
            let (duration, name) = (seconds(work.micros, place), &work.name);
            lines.extend(format!("{TIME} {duration} {base_id} {PARENT} {} ", trace_id(place)).into_bytes());
            lines.extend([name.as_slice(), b"-stop\n"].concat());
        }
    }
    let root = seconds(10_000, seed * 1_000_000 + request);
    let trace_id = format!("8a3afb21-72ad-45e4-87fe-{:012x}", seed * 1_000_000 + request);
    lines.extend(format!("{TIME} {root} {base_id} {base_id} {trace_id} request-stop\n").into_bytes());
    lines
}

/// The id of a span of its own.
fn trace_id(place: u64) -> String {
    format!("7d51a0c4-3e0b-4f8e-9a5d-{place:012x}")
}

/// The same without a root: all spans have a parent that is in another log.
pub fn rootless(log: &[u8]) -> Vec<u8> {
    let lines = std::str::from_utf8(log).unwrap().lines().map(|line| {
        let mut fields: Vec<&str> = line.split(' ').collect();
        fields[3] = PARENT;
        fields.join(" ") + "\n"
    });
    lines.collect::<String>().into_bytes()
}

/// A duration within a tenth of `micros`: which, hangs on `place`, by the mixing of `SplitMix64`.
fn seconds(micros: u64, place: u64) -> String {
    let mixed = place.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = mixed ^ (mixed >> 27);
    let micros = micros * 9 / 10 + mixed % (micros / 5 + 1);
    format!("{}.{:06}", micros / 1_000_000, micros % 1_000_000)
}
