//! The spellings of access logs: the samples of testdata/formats/access, held against what made them and against a naive
//! twin, and what is none of them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use tracerank::engine::Engine;
use tracerank::formats::declared::{DECLARATIONS, Declaration, Declared};
use tracerank::formats::{self, LogFormat};
use tracerank::input::{self, Sample};
use tracerank::record::{Line, Scratch};
use tracerank::{NoUnit, Undetected};
use tracerank_summary::Wanted;
use tracerank_testing::pattern::{self as naive, Parsed};

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata")
}

/// The paths of the samples.
fn samples() -> Vec<PathBuf> {
    let files = fs::read_dir(testdata().join("formats/access")).unwrap().map(|entry| entry.unwrap().path());
    let mut logs: Vec<_> = files.filter(|path| path.extension().is_some_and(|extension| extension == "log")).collect();
    logs.sort();
    assert_eq!(logs.len(), 15);
    logs
}

fn access() -> std::sync::Arc<dyn LogFormat> {
    formats::find("access").unwrap()
}

/// The patterns that a log is found to be of.
fn declaration_of(log: &[u8]) -> String {
    formats::detect(&Sample::of(log)).unwrap().declaration().unwrap()
}

#[test]
fn each_sample_is_read_as_it_was_made() {
    for log in samples() {
        let expected = fs::read_to_string(log.with_extension("tsv")).unwrap();
        let (ends, rows) = expected.split_once('\n').unwrap();
        for may_map in [true, false] {
            let sources = input::resolve(std::slice::from_ref(&log), false).unwrap();
            let scanned = Engine::default().map(may_map).scan(&sources, Wanted::ALL).unwrap();
            assert_eq!(scanned.sources[0].log_format, Some("access"), "{}", log.display());
            let row = |row: tracerank_summary::Row<'_>| {
                let (name, stats) = (String::from_utf8_lossy(row.name), row.stats);
                format!("{name}\t{}\t{}\t{}\n", stats.count(), stats.total_ns(), stats.max_ns())
            };
            assert_eq!(scanned.summary.rows().map(row).collect::<String>(), rows, "{}", log.display());
            assert_eq!((scanned.account.records, scanned.account.lines), (60, 60));
        }
        let content = fs::read(&log).unwrap();
        let format = formats::detect(&Sample::of(&content)).unwrap();
        let mut scratch = Scratch::default();
        let times = lines(&content).into_iter().filter_map(|line| match format.parse(&line, &mut scratch) {
            Line::Record(record) => record.time_us,
            _ => None,
        });
        let times: Vec<i64> = times.collect();
        let text = |time: Option<&i64>| time.map_or_else(|| "-".to_owned(), i64::to_string);
        assert_eq!(format!("# ends\t{}\t{}", text(times.iter().min()), text(times.iter().max())), ends);
    }
}

#[test]
fn each_sample_is_of_one_spelling() {
    let mut found = BTreeMap::new();
    for log in samples() {
        let declaration = declaration_of(&fs::read(&log).unwrap());
        let first = declaration.lines().next().unwrap().to_owned();
        found.insert(log.file_stem().unwrap().to_string_lossy().into_owned(), first);
    }
    for (name, program) in [
        ("alb", "AWS"),
        ("common", "the common"),
        ("elb", "AWS"),
        ("envoy", "Envoy"),
        ("haproxy", "HAProxy"),
        ("haproxy-alone", "HAProxy"),
        ("ingress-nginx", "Kubernetes"),
        ("istio", "Envoy"),
        ("logfmt", "key=value"),
        ("lograge", "Rails"),
        ("ltsv", "Labeled"),
        ("nginx", "nginx's combined with $request_time at"),
        ("nginx-upstream-first", "nginx's combined with $upstream_response_time $request_time"),
        ("nginx-upstream-last", "nginx's combined with $request_time $upstream_response_time"),
        ("traefik", "Traefik"),
    ] {
        assert!(found[name].starts_with(&format!("# {program}")), "{name}: {}", found[name]);
    }
}

#[test]
fn the_cases_that_people_have_are_read() {
    for (name, lines, total) in [("access-nginx.log", 400, 3_893_000_000), ("access.ltsv", 200, 2_890_000_000)] {
        let log = fs::read(testdata().join("cases").join(name)).unwrap();
        let sources = input::resolve(&[testdata().join("cases").join(name)], false).unwrap();
        let scanned = Engine::default().scan(&sources, Wanted::ALL).unwrap();
        assert_eq!((scanned.account.records, scanned.account.lines), (lines, lines), "{name}");
        let health = scanned.summary.rows().find(|row| row.name == b"GET /health").unwrap();
        assert_eq!(health.stats.total_ns(), total, "{name}");
        // The last field, whatever reads it.
        let last = |line: &[u8]| -> f64 {
            let text = String::from_utf8_lossy(line);
            text.rsplit([' ', ':']).next().unwrap().parse().unwrap()
        };
        let sum: f64 = self::lines(&log).iter().map(|line| last(line)).sum();
        let found: i128 = scanned.summary.rows().map(|row| row.stats.total_ns()).sum();
        assert_eq!(found, (sum * 1000.0).round() as i128 * 1_000_000, "{name}");
    }
}

#[test]
fn other_logs_of_testdata_are_not_claimed() {
    for folder in ["corpus", "cases", "malformed", "compare"] {
        for entry in fs::read_dir(testdata().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() || path.file_name().unwrap().to_string_lossy().starts_with("access") {
                continue;
            }
            let log = fs::read(&path).unwrap();
            assert!(!access().claims(&Sample::of(&log)), "{}", path.display());
        }
    }
}

// ---- Two times ----

const COMBINED: &str = r#"203.0.113.7 - - [12/Mar/2026:10:00:01 +0000] "GET / HTTP/1.1" 200 512 "-" "curl/8.11""#;

/// The milliseconds of each line's request.
fn request_times(times: &[&str]) -> Vec<i64> {
    let log = times.iter().map(|times| format!("{COMBINED} {times}\n")).collect::<Vec<_>>().concat();
    let format = formats::detect(&Sample::of(log.as_bytes())).unwrap();
    let mut scratch = Scratch::default();
    let times = lines(log.as_bytes()).into_iter().map(|line| match format.parse(&line, &mut scratch) {
        Line::Record(record) => record.duration_ns.unwrap() / 1_000_000,
        _ => -1,
    });
    times.collect()
}

#[test]
fn the_larger_time_of_most_lines_is_the_requests() {
    assert_eq!(request_times(&["0.003 0.005", "0.003 0.003"]), [5, 3]);
    assert_eq!(request_times(&["0.005 0.003", "0.003 0.003"]), [5, 3]);
    assert_eq!(request_times(&["0.003 0.003"]), [3], "on a tie, the last one");
    assert_eq!(request_times(&["0.005 0.003", "0.001 0.002", "0.002 0.001"]), [5, 1, 2], "the clock of a server");
    assert_eq!(request_times(&["0.005 0.003", "0.001 0.002"]), [3, 2], "as many of both");
}

#[test]
fn a_list_or_none_is_the_time_of_servers() {
    assert_eq!(request_times(&["- 0.005", "0.001, 0.002 : 0.001 0.004"]), [5, 4]);
    assert_eq!(request_times(&["0.005 -", "0.004 0.001, 0.002 : 0.001"]), [5, 4]);
}

// ---- Units ----

#[test]
fn a_whole_number_is_refused_with_patterns_that_read_it() {
    let without_unit = |log: &str| match formats::detect(&Sample::of(log.as_bytes())) {
        Err(Undetected::NoUnit(NoUnit { patterns })) => patterns,
        other => panic!("{other:?}: {log}"),
    };
    for line in
        [format!("{COMBINED} 551\n"), "a - - [12/Mar/2026:10:00:01 +0000] \"GET / HTTP/1.1\" 200 5 551\n".to_owned()]
    {
        let patterns = without_unit(&line.repeat(3));
        for (pattern, ns) in patterns.iter().zip([551_000, 551_000_000]) {
            let format = Declared::of_patterns([pattern.as_str()]).unwrap();
            let mut scratch = Scratch::default();
            let Line::Record(record) = format.parse(line.trim_end().as_bytes(), &mut scratch) else {
                panic!("{pattern}")
            };
            assert_eq!((record.name, record.duration_ns), (b"GET /".as_slice(), Some(ns)));
        }
    }
    assert_eq!(without_unit("method=GET path=/ duration=58.33\n").len(), 2);
    // A few of them among others are malformed records.
    let mixed = format!("{COMBINED} 0.551\n").repeat(30) + &format!("{COMBINED} 551\n");
    assert!(formats::detect(&Sample::of(mixed.as_bytes())).is_ok());
}

// ---- The twin ----

fn lines(log: &[u8]) -> Vec<Vec<u8>> {
    log.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(<[u8]>::to_vec).collect()
}

fn read(format: &Declared, line: &[u8], scratch: &mut Scratch) -> Option<Parsed> {
    match format.parse(line, scratch) {
        Line::Record(record) => {
            let (name, time_us) = (record.name.to_vec(), record.time_us);
            Some(Parsed { name, time_us, duration_ns: record.duration_ns.unwrap() })
        }
        _ => None,
    }
}

#[track_caller]
fn same(declaration: &Declaration<'_>, line: &[u8], scratch: &mut Scratch) -> Option<Parsed> {
    let format = Declared::compile(declaration).unwrap();
    let found = read(&format, line, scratch);
    let Declaration { patterns, named, nameless, spelling, .. } = *declaration;
    assert_eq!(found, naive::parse(patterns, named, nameless, line), "{spelling}: {}", line.escape_ascii());
    found
}

/// Declarations of types and shapes that the access family has not.
const OTHERS: [Declaration<'static>; 4] = [
    other(&["{start:epoch} {name:id} took {dur:us}us{}", "{time:epoch_ms} <{name:route}> {dur:hms}"]),
    other(&["{host} {time:iso} \"{name:request}\" {{{n:int}}} {dur:ns}", "{name} {dur:dur} {dur:list_s}"]),
    other(&["{name:route}|{dur:ms}|{x:list_s}", "\"{x} {name}\" [{dur:hms}]"]),
    other(&["logfmt:name=a,start=b:epoch,x=c:int,dur=d:us,dur=e:dur", "ltsv:name=a:request,time=b:iso,dur=d:hms"]),
];

const fn other(patterns: &'static [&'static str]) -> Declaration<'static> {
    Declaration { name: "other", spelling: "other", help: "", patterns, named: "<{name}>", nameless: None }
}

const LINES_OF_OTHERS: [&str; 16] = [
    "1773309601.5 a-b took 17.5us and more",
    "1773309601482 </a/7/b?x=1> 1:02:03.5",
    "h o 2026-03-12 10:00:01,4 +0100 \"GET /a/7 HTTP/1.1\" {17} 77",
    "h 2026-03-12T10:00:01Z \"-\" {-} 77.5",
    "a 1h2m 0.001, -",
    "/x/1|58.33|0.001 : 0.002",
    "\"x a \\\" b\" [02:03]",
    "a=x b=1773309601.482 c=7 d=17 e=18.2ms",
    "e=1s d=\"5\" a=\"b \\\" c\" z",
    "a:GET /x/7 HTTP/2\tb:2026-03-12T10:00:01Z\td:1:00:00",
    "d:00:01\ta:-",
    "99999999999999999 a took 1us",
    "a 9223372036.9s -",
    "\"x\" y\" [1:01]",
    "h 2026-02-30T10:00:01Z \"GET / HTTP/1.1\" {1} 1",
    "x 1\u{3bc}s 0.5",
];

/// A change of a line: cut off, a byte replaced, taken out or put in, a piece repeated.
fn changed(line: &[u8], changes: &[(u8, Index, Index, u8)]) -> Vec<u8> {
    let mut line = line.to_vec();
    for (what, at, to, byte) in changes {
        if line.is_empty() {
            break;
        }
        let (at, to) = (at.index(line.len()), to.index(line.len()));
        match what {
            0 => line.truncate(at),
            1 => line[at] = *byte,
            2 => drop(line.remove(at)),
            3 => line.insert(at, *byte),
            _ => {
                let piece = line[at.min(to)..at.max(to)].to_vec();
                line.splice(to..to, piece);
            }
        }
    }
    line
}

fn changes() -> impl Strategy<Value = Vec<(u8, Index, Index, u8)>> {
    let byte = prop_oneof![8 => select(b" \"\\[]-/:.,+=0159aZTms\t\r{}".as_slice()), 1 => any::<u8>()];
    let byte = byte.prop_filter("a line", |byte| *byte != b'\n');
    prop::collection::vec((0..5_u8, any::<Index>(), any::<Index>(), byte), 0..4)
}

#[test]
fn the_twin_reads_the_samples() {
    for log in samples() {
        let content = fs::read(&log).unwrap();
        let mut scratch = Scratch::default();
        for line in lines(&content) {
            let found = DECLARATIONS.iter().filter(|declaration| same(declaration, &line, &mut scratch).is_some());
            assert!(found.count() >= 1, "{}", line.escape_ascii());
        }
    }
    let mut scratch = Scratch::default();
    let read =
        LINES_OF_OTHERS.map(|line| OTHERS.iter().any(|other| same(other, line.as_bytes(), &mut scratch).is_some()));
    assert_eq!(read.map(u8::from), [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_twin_reads_damaged_lines_the_same_way(
        nth in any::<Index>(),
        changes in changes(),
        ending in select(["", "\r", " ", " \r", "\r\r"].as_slice()),
    ) {
        static ALL: LazyLock<Vec<Vec<u8>>> =
            LazyLock::new(|| samples().iter().flat_map(|log| lines(&fs::read(log).unwrap())).collect());
        let mut scratch = Scratch::default();
        let line = [changed(&ALL[nth.index(ALL.len())], &changes), ending.as_bytes().to_vec()].concat();
        for declaration in DECLARATIONS {
            same(declaration, &line, &mut scratch);
        }
        let line = changed(LINES_OF_OTHERS[nth.index(LINES_OF_OTHERS.len())].as_bytes(), &changes);
        for other in &OTHERS {
            same(other, &line, &mut scratch);
        }
    }
}
