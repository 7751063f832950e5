//! Summaries in files: they say what the log says, add up however the log was cut, and refuse what is not whole.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use proptest::prelude::*;
use tempfile::TempDir;
use tracerank::analyses::report::{Column, Options, Report};
use tracerank::engine::{Duplicates, Engine};
use tracerank::render::Model;
use tracerank::summary::Scanned;
use tracerank::{Error, input};
use tracerank_summary::Wanted;
use tracerank_summary::saved::{self, Saved, Unreadable};
use tracerank_testing::naive;

/// A folder with a log in it.
struct Logs(TempDir);

impl Logs {
    fn new(log: &[u8]) -> Self {
        let logs = Self(tempfile::tempdir().unwrap());
        fs::write(logs.log(), log).unwrap();
        logs
    }

    fn log(&self) -> PathBuf {
        self.0.path().join("log")
    }

    /// Writes the summary of a part of the log to a file.
    fn summarize(&self, part: Range<u64>, name: &str) -> PathBuf {
        let [source] = resolve(&[self.log()]).try_into().unwrap();
        let scanned =
            engine(part.start.is_multiple_of(2)).scan(&[source.part(part).unwrap()], Wanted::SHARDED).unwrap();
        self.save(&scanned.into(), name)
    }

    fn save(&self, saved: &Saved, name: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, written(saved)).unwrap();
        path
    }
}

fn resolve(paths: &[PathBuf]) -> Vec<input::Source> {
    input::resolve(paths, false).unwrap()
}

fn engine(may_map: bool) -> Engine {
    Engine::default().map(may_map).threads(2)
}

fn read(paths: &[PathBuf]) -> Result<Scanned, Error> {
    engine(true).scan(&resolve(paths), Wanted::SHARDED)
}

fn written(saved: &Saved) -> Vec<u8> {
    let mut bytes = Vec::new();
    saved::write(saved, &mut bytes).unwrap();
    bytes
}

/// All that a report of these files can say, in the order of names or of their first occurrence.
fn report(paths: &[PathBuf], by_name: bool) -> String {
    let scanned = Engine::default().scan(&resolve(paths), Wanted::ALL).unwrap();
    let sort = if by_name { "name" } else { "total" }.parse().unwrap();
    let mut out = Vec::new();
    let summary = Arc::new(scanned.summary);
    for (format, columns) in [("json", Column::FLAT.as_slice()), ("text", &Column::DEFAULT)] {
        let options = Options { sort, columns: columns.to_vec(), ..Options::default() };
        let report = Report::new(Arc::clone(&summary), scanned.account, &options, None);
        report.write_as(format, &mut out).unwrap();
    }
    String::from_utf8(out).unwrap()
}

/// Ranges that cover a log and are cut at these places.
fn ranges(log: &[u8], cuts: &[prop::sample::Index]) -> Vec<Range<u64>> {
    let mut cuts: Vec<u64> = cuts.iter().map(|cut| cut.index(log.len() + 1) as u64).collect();
    cuts.extend([0, log.len() as u64]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| pair[0]..pair[1]).collect()
}

fn cuts() -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_report_of_a_summary_is_that_of_the_log(log in naive::logs::log()) {
        let logs = Logs::new(&log);
        let saved: Saved = read(&[logs.log()]).unwrap().into();
        let summary = logs.save(&saved, "run.trk");
        prop_assert_eq!(report(std::slice::from_ref(&summary), false), report(&[logs.log()], false));
        // And so is the summary of the summary.
        let again: Saved = read(&[summary]).unwrap().into();
        prop_assert_eq!(written(&again), written(&saved));
        prop_assert_eq!(again.malformed, saved.malformed);
    }

    #[test]
    fn any_parts_in_any_order_are_the_whole(log in naive::logs::log(), cuts in cuts(), turn in 0..4_usize) {
        let logs = Logs::new(&log);
        let mut parts: Vec<PathBuf> = Vec::new();
        for (nth, part) in ranges(&log, &cuts).into_iter().enumerate() {
            parts.push(logs.summarize(part, &format!("{nth}.trk")));
        }
        prop_assert_eq!(report(&parts, false), report(&[logs.log()], false));
        let (whole, of_parts) = (read(&[logs.log()]).unwrap(), read(&parts).unwrap());
        prop_assert_eq!(of_parts.account, whole.account);
        prop_assert_eq!(of_parts.coverage, whole.coverage);

        let turned = turn % parts.len();
        parts.rotate_left(turned);
        prop_assert_eq!(report(&parts, true), report(&[logs.log()], true));

        // Some of them together, and then all.
        let (some, others) = parts.split_at(turned);
        let some: Saved = read(some).unwrap().into();
        let mut merged = vec![logs.save(&some, "some.trk")];
        merged.extend_from_slice(others);
        prop_assert_eq!(report(&merged, true), report(&[logs.log()], true));
    }

    #[test]
    fn what_is_not_whole_is_refused(log in naive::logs::log(), at in any::<prop::sample::Index>(), bit in 0..8_u32) {
        let logs = Logs::new(&log);
        let mut bytes = written(&read(&[logs.log()]).unwrap().into());
        prop_assert!(saved::read(&bytes[..at.index(bytes.len())]).is_err());
        let longer = [bytes.as_slice(), b"\n"].concat();
        prop_assert!(matches!(saved::read(longer.as_slice()), Err(Unreadable::TooLong)));
        // The checksum is of the content, and zstd has bits that say nothing of it. But no damage makes another summary.
        let at = at.index(bytes.len());
        let whole = bytes.clone();
        bytes[at] ^= 1_u8 << bit;
        if let Ok(saved) = saved::read(bytes.as_slice()) {
            prop_assert_eq!(written(&saved), whole, "bit {} of byte {}", bit, at);
        }
    }
}

fn testdata(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)
}

#[test]
fn nothing_is_covered_twice() {
    let log = fs::read(testdata("corpus/basic.log")).unwrap();
    let (logs, others) = (Logs::new(&log), Logs::new(&log));
    let [first, second, overlapping] = [(0..5000), (5000..9000), (8999..20_000)]
        .map(|part: Range<u64>| logs.summarize(part.clone(), &format!("{}.trk", part.start)));
    // A copy is the same log.
    let copy = others.summarize(4999..5001, "copy.trk");
    assert!(read(&[first.clone(), second.clone()]).is_ok());
    for (paths, range) in [
        ([&first, &first], 0..5000),
        ([&second, &overlapping], 8999..9000),
        ([&second, &logs.log()], 5000..9000),
        ([&logs.log(), &second], 5000..9000),
        ([&logs.log(), &others.log()], 0..log.len() as u64),
        ([&copy, &first], 4999..5000),
        ([&second, &copy], 5000..5001),
    ] {
        let paths = paths.map(PathBuf::clone);
        let sources = input::resolve(&paths, true).unwrap();
        let Error::CoveredTwice { path, first, range: found, .. } =
            engine(true).scan(&sources, Wanted::SHARDED).unwrap_err()
        else {
            panic!("another error: {paths:?}");
        };
        assert_eq!(([first, path], found), (paths, range));
        assert!(engine(true).duplicates(Duplicates::Allow).scan(&sources, Wanted::SHARDED).is_ok());
    }
}

#[test]
fn a_packed_log_and_one_that_grew_are_the_same_log() {
    let log = fs::read(testdata("corpus/basic.log")).unwrap();
    let logs = Logs::new(&log);
    let summary = logs.summarize(0..1000, "part.trk");
    let packed = logs.0.path().join("log.zst");
    fs::write(&packed, zstd::encode_all(log.as_slice(), 1).unwrap()).unwrap();
    assert!(matches!(read(&[summary.clone(), packed]), Err(Error::CoveredTwice { range, .. }) if range == (0..1000)));

    let grown = Logs::new(&[log.as_slice(), b"another line\n"].concat());
    let rest = grown.summarize(log.len() as u64..log.len() as u64 + 13, "rest.trk");
    let before = logs.summarize(0..log.len() as u64, "before.trk");
    assert!(matches!(read(&[before.clone(), grown.log()]), Err(Error::CoveredTwice { .. })));
    assert_eq!(report(&[before, rest], false), report(&[grown.log()], false));
}

/// Where the flags of the zstd frame are.
const FLAGS: usize = 16;

/// Every version that was ever written stays readable. `testdata/compat/README.md` says how the files were made.
#[test]
fn files_of_all_versions_are_read() {
    for version in 1..=saved::VERSION {
        let file = testdata(&format!("compat/format-{version}.trk"));
        let expected = fs::read_to_string(testdata("compat/report.json")).unwrap();
        assert_eq!(report(&[file], false), expected, "format {version}");
    }
}

#[test]
fn a_frame_without_a_checksum_is_refused() {
    let bytes = fs::read(testdata("compat/format-1.trk")).unwrap();
    let body = zstd::decode_all(&bytes[12..]).unwrap();
    let checked = [&bytes[..12], &frame(&body)].concat();
    assert!(saved::read(checked.as_slice()).is_ok());
    let unchecked = [&bytes[..12], &zstd::encode_all(body.as_slice(), 1).unwrap()].concat();
    assert!(matches!(saved::read(unchecked.as_slice()), Err(Unreadable::Damaged(_))));
    // A flag of the frame that decoders pass over.
    let mut flagged = bytes;
    flagged[FLAGS] ^= 0x10;
    assert!(matches!(saved::read(flagged.as_slice()), Err(Unreadable::Damaged(_))));
}

#[test]
fn what_else_can_be_wrong_is_told() {
    let bytes = fs::read(testdata("compat/format-1.trk")).unwrap();
    let with = |at: usize, byte: u8| {
        let mut bytes = bytes.clone();
        bytes[at] = byte;
        saved::read(bytes.as_slice()).unwrap_err().to_string()
    };
    assert_eq!(with(0, b'x'), "it is no summary");
    assert_eq!(with(8, 7), "it is a summary in format 7, and this version of tracerank reads up to 2");
    assert_eq!(with(8, 0), "the summary is damaged: there is no format 0");
    assert!(with(bytes.len() - 1, 0).starts_with("the summary is damaged: "));
    assert_eq!(saved::read(&bytes[..bytes.len() / 2]).unwrap_err().to_string(), "the summary breaks off");
    assert_eq!(saved::read(&bytes[..4]).unwrap_err().to_string(), "the summary breaks off");
}

fn frame(body: &[u8]) -> Vec<u8> {
    let mut frame = zstd::Encoder::new(Vec::new(), 1).unwrap();
    frame.include_checksum(true).unwrap();
    std::io::Write::write_all(&mut frame, body).unwrap();
    frame.finish().unwrap()
}

/// A frame that says that it holds a gigabyte, or that takes a gigabyte to read, costs no more memory than what is in it.
#[test]
fn promises_are_not_believed() {
    let head = [saved::MAGIC.as_slice(), &saved::VERSION.to_le_bytes()].concat();
    let framed = |body: &[u8]| [head.as_slice(), &frame(body)].concat();
    let long = framed(&[0xFF, 0xFF, 0xFF, 0x1F]);
    assert!(matches!(saved::read(long.as_slice()), Err(Unreadable::CutOff)));
    let longer = framed(&[0xFF; 12]);
    assert!(matches!(saved::read(longer.as_slice()), Err(Unreadable::Contradiction(_))));
    let zeros = framed(&vec![0; 100 << 20]);
    assert!(matches!(saved::read(zeros.as_slice()), Err(Unreadable::Contradiction(_))));
    let mut wide = zstd::Encoder::new(Vec::new(), 1).unwrap();
    wide.window_log(27).unwrap();
    wide.long_distance_matching(true).unwrap();
    wide.include_checksum(true).unwrap();
    std::io::Write::write_all(&mut wide, &vec![0; 200 << 20]).unwrap();
    let wide = [head.as_slice(), &wide.finish().unwrap()].concat();
    assert!(matches!(saved::read(wide.as_slice()), Err(Unreadable::Damaged(_))));
}

/// Long enough to be mapped, and to have cuts in lines of all sorts.
#[test]
fn parts_of_a_mapped_log_are_the_log() {
    let log = fs::read(testdata("corpus/mixed.log")).unwrap();
    let logs = Logs::new(&log);
    let len = log.len() as u64;
    for step in [len / 2, 300_000, 333_333] {
        let starts = (0..len).step_by(step as usize);
        let parts: Vec<PathBuf> =
            starts.map(|start| logs.summarize(start..start + step, &format!("{start}.trk"))).collect();
        assert_eq!(report(&parts, false), report(&[logs.log()], false));
    }
}
