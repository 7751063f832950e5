//! The fast path: both of its forms say the same of every line, and nothing that the whole grammar does not say.

use std::collections::HashMap;
use std::fs;

use proptest::prelude::*;
use tracerank::formats::osprofiler::parse;
use tracerank::record::{Line, Record};
use tracerank::stages::{Durations, FastPath, Recognised, parse_duration};
use tracerank_testing::naive;

/// Behind a log, so that its last lines are looked at, too: the fast path leaves what is near the end of its text alone.
const BEHIND: [u8; 512] = [b'\n'; 512];

/// The logs of `testdata/corpus`, and how many of 100 lines the fast path takes at least.
const CORPUS: [(&str, u64); 11] = [
    ("basic.log", 98),
    ("killed.log", 98),
    ("long-span.log", 98),
    ("db.log", 70),
    ("db-errors.log", 70),
    ("mixed.log", 0),
    ("odd-ids.log", 50),
    ("prefixed-plain.log", 98),
    ("prefixed.log", 0),
    ("prefixed-thread.log", 0),
    ("prefixed-verbose.log", 0),
];

/// The name behind each end of a stop line, by the whole grammar. This is what a table learns.
type Tails = HashMap<Vec<u8>, Vec<u8>>;

/// The lines of a log without their line feeds, each with its offset.
fn lines(log: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    log.split_inclusive(|byte| *byte == b'\n').scan(0, |offset, line| {
        let at = *offset;
        *offset += line.len();
        Some((at, line.strip_suffix(b"\n").unwrap_or(line)))
    })
}

fn learn_tails(log: &[u8]) -> Tails {
    let mut tails = Tails::new();
    for (_, line) in lines(log) {
        if let Line::Record(record) = parse(line)
            && record.duration_ns.is_some()
        {
            tails.insert(line[offset_of(line, record.name)..].to_vec(), record.name.to_vec());
        }
    }
    tails
}

fn offset_of(line: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - line.as_ptr().addr()
}

/// Holds both forms against each other and against the grammar; returns how many lines of the log were taken by them.
fn check(log: &[u8]) -> Result<u64, TestCaseError> {
    let tails = learn_tails(log);
    let padded = [log, &BEHIND].concat();
    let mut taken = 0;
    for (at, line) in lines(log) {
        let best = FastPath::Best.recognise(&padded[at..]);
        prop_assert_eq!(best, FastPath::Portable.recognise(&padded[at..]), "{}", line.escape_ascii());
        if let Some(recognised) = best {
            prop_assert_eq!(recognised.len, line.len(), "{}", line.escape_ascii());
            taken += u64::from(agrees(line, recognised, &tails)?);
        }
    }
    prop_assert_eq!(FastPath::Best.recognise_lines(&padded), FastPath::Portable.recognise_lines(&padded));
    Ok(taken)
}

/// Whether what was recognised is enough to count the line; if so, it is what the grammar says.
fn agrees(line: &[u8], recognised: Recognised, tails: &Tails) -> Result<bool, TestCaseError> {
    let name = match (recognised.is_start, recognised.duration_ns) {
        (true, _) => None,
        (false, None) => return Ok(false),
        (false, Some(_)) => match tails.get(&line[recognised.name..]) {
            Some(name) => Some(name),
            None => return Ok(false),
        },
    };
    let Line::Record(record) = parse(line) else {
        return Err(TestCaseError::fail(format!("recognised, but no record: {}", line.escape_ascii())));
    };
    prop_assert_eq!(places(line, &record), (recognised.ids, recognised.name), "{}", line.escape_ascii());
    prop_assert_eq!(record.duration_ns, recognised.duration_ns, "{}", line.escape_ascii());
    prop_assert!(name.is_none_or(|name| name == record.name), "{}", line.escape_ascii());
    Ok(true)
}

/// Where the base id and the name of a record begin.
fn places(line: &[u8], record: &Record<'_>) -> (usize, usize) {
    (offset_of(line, record.ids.unwrap().base), offset_of(line, record.name))
}

#[test]
fn genuine_logs() {
    for (name, least_percent) in CORPUS {
        let log = fs::read(format!("testdata/corpus/{name}")).unwrap();
        let taken = check(&log).unwrap();
        let all = lines(&log).count() as u64;
        assert!(taken * 100 >= all * least_percent, "{name}: {taken} of {all}");
    }
}

#[test]
fn damaged_logs() {
    for entry in fs::read_dir("testdata/malformed").unwrap() {
        check(&fs::read(entry.unwrap().path()).unwrap()).unwrap();
    }
}

#[test]
fn a_duration_that_does_not_end() {
    let uuid = "07210e9e-c012-4ace-9cc8-6d9626eb3011";
    for duration in ["", "0", "0.00678", "0.006782 ", "0123456789abcdef", "0123456789abcdef "] {
        let line = format!("2026-11-23T06:18:00.000000 {duration}{uuid} {uuid} {uuid} workflow-start-stop\n");
        check(line.repeat(3).as_bytes()).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn generated_logs(log in naive::logs::log()) {
        check(&log)?;
    }

    #[test]
    fn any_text_in_the_place_of_a_duration(text in prop_oneof![
        "[0-9]\\.[0-9]{1,9}",
        "[0-9](\\.[0-9]{1,2})?e-[0-9]{2}",
        "-?[0-9]{1,3}\\.[0-9]{1,6}",
        "[0-9.e+-]{1,14}",
        "[0-9./:;EeF+-]{1,14}",
    ]) {
        let durations = Durations::new([text.as_bytes()]);
        let (read, ns) = FastPath::Best.sum(&durations);
        prop_assert_eq!((read, ns), FastPath::Portable.sum(&durations));
        prop_assert!(read == 0 || parse_duration(text.as_bytes()) == Some(ns));
    }
}
