//! A log of many requests that are alike but for chance: what a comparison needs.

use std::collections::HashMap;
use std::fmt::Write;

use tracerank_testing::simulated::Random;

/// The names below a root, and how long they take at the median, in microseconds.
pub const NAMES: [(&str, f64); 6] = [
    ("engine-start-workflow", 30_000.0),
    ("task-handler-run-task", 20_000.0),
    ("task-complete", 8_000.0),
    ("action-schedule", 5_000.0),
    ("workflow-set-state", 3_000.0),
    ("db-select", 600.0),
];

/// The name of the roots.
pub const ROOT: &str = "request";

/// The log of so many requests, each with a base_id of its own and some five spans of each name, whose durations are log-normal and alike within a request.
pub fn requests(seed: u64, count: usize) -> Vec<u8> {
    const SHARED: f64 = 0.15;
    const OWN: f64 = 0.35;
    let mut random = Random::new(seed);
    let mut log = Log::default();
    for _ in 0..count {
        let base_id = uuid(&mut random);
        let root = uuid(&mut random);
        log.start(&base_id, &base_id, &root, ROOT);
        for (name, median) in NAMES {
            let of_request = SHARED * random.normal();
            for _ in 0..3 + random.below(5) {
                let span = uuid(&mut random);
                log.start(&base_id, &root, &span, name);
                log.stop(&base_id, &root, &span, name, median * (of_request + OWN * random.normal()).exp());
            }
        }
        log.stop(&base_id, &base_id, &root, ROOT, 250_000.0 * (SHARED * random.normal()).exp());
    }
    log.lines.into_bytes()
}

#[derive(Default)]
struct Log {
    lines: String,
    /// Microseconds since midnight.
    now: u64,
}

impl Log {
    fn start(&mut self, base_id: &str, parent_id: &str, trace_id: &str, name: &str) {
        self.now += 10;
        self.line("        ", [base_id, parent_id, trace_id], name, "start");
    }

    fn stop(&mut self, base_id: &str, parent_id: &str, trace_id: &str, name: &str, micros: f64) {
        self.now += micros as u64;
        self.line(&format!("{:.6}", micros / 1e6), [base_id, parent_id, trace_id], name, "stop");
    }

    fn line(&mut self, duration: &str, ids: [&str; 3], name: &str, marker: &str) {
        let (seconds, micros) = (self.now / 1_000_000, self.now % 1_000_000);
        let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let time = format!("2026-11-23T{hours:02}:{minutes:02}:{seconds:02}.{micros:06}");
        writeln!(self.lines, "{time} {duration} {} {name}-{marker}", ids.join(" ")).unwrap();
    }
}

fn uuid(random: &mut Random) -> String {
    let digits = format!("{:016x}{:016x}", random.bits(), random.bits());
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}

/// Two logs of one: each base_id falls into one of them.
pub fn halves(log: &[u8]) -> [Vec<u8>; 2] {
    let mut halves = [Vec::new(), Vec::new()];
    let mut of_base_ids = HashMap::new();
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        let next = of_base_ids.len() % 2;
        let base_id = line.split(|byte| *byte == b' ').rev().nth(3).unwrap();
        halves[*of_base_ids.entry(base_id).or_insert(next)].extend(line);
    }
    halves
}

/// The same log, in which spans of a name took `factor` times as long.
pub fn slowed(log: &[u8], name: &str, factor: f64) -> Vec<u8> {
    let end = format!(" {name}-stop\n");
    let lines = std::str::from_utf8(log).unwrap().split_inclusive('\n');
    let slowed = lines.map(|line| {
        if !line.ends_with(&end) {
            return line.to_owned();
        }
        let mut words: Vec<&str> = line.split(' ').collect();
        let duration = format!("{:.6}", words[1].parse::<f64>().unwrap() * factor);
        words[1] = &duration;
        words.join(" ")
    });
    slowed.collect::<String>().into_bytes()
}
