//! Logs of databases, whose records have any number of lines: the same report however they are read.

use std::fs;
use std::path::Path;

use crate::common::Folder;
use crate::common::ways::gzip;

const LOGS: [&str; 6] = [
    "formats/postgres/statements.log",
    "formats/postgres/statements.csv",
    "formats/postgres/statements.json",
    "formats/postgres/plans.log",
    "formats/mysql-slow/mariadb.log",
    "cases/mysql-slow.log",
];

fn read(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(path)).unwrap()
}

/// The report of the only log in a folder.
fn report(log: &[u8]) -> String {
    let folder = Folder::new();
    folder.write("log", log);
    folder.run("report log").done().text().to_owned()
}

#[test]
fn a_log_has_one_report_however_it_is_read() {
    for path in LOGS {
        let (log, folder) = (read(path), Folder::new());
        let expected = report(&log);
        assert!(expected.lines().count() > 10, "{path}: {expected}");
        folder.write("log.gz", gzip(&log));
        assert_eq!(folder.run("report log.gz").done().text(), expected, "{path}, compressed");
        assert_eq!(folder.feed("report -", &log).done().text(), expected, "{path}, fed");
        let unended = log.strip_suffix(b"\n").unwrap();
        assert_eq!(report(unended), expected, "{path}, without its last line feed");
        assert_eq!(folder.feed("report -", unended).done().text(), expected, "{path}, fed, without its last line feed");
        let with_returns = String::from_utf8(log.clone()).unwrap().replace('\n', "\r\n");
        assert_eq!(report(with_returns.as_bytes()), expected, "{path}, with CRLF");
    }
}

#[test]
fn parts_that_are_cut_anywhere_are_the_whole() {
    for path in LOGS {
        let (log, folder) = (read(path), Folder::new());
        let expected = report(&log);
        folder.write("log", &log);
        for cut in [1, log.len() / 3, log.len() / 2, log.len() / 2 + 77, log.len() / 2 + 191, log.len() - 30] {
            folder.run(&format!("summarize --range 0..{cut} log -o a.trk")).done();
            folder.run(&format!("summarize --range {cut}.. log -o b.trk")).done();
            assert_eq!(folder.run("report a.trk b.trk").done().text(), expected, "{path}, cut at {cut}");
        }
    }
}

/// A container runtime wraps each line for itself.
#[test]
fn lines_of_a_container_have_the_report_of_the_log() {
    for path in ["formats/postgres/statements.log", "formats/mysql-slow/mariadb.log"] {
        let log = String::from_utf8(read(path)).unwrap();
        let docker = |line: &str| {
            let line = serde_json::to_string(&format!("{line}\n")).unwrap();
            format!("{{\"log\":{line},\"stream\":\"stderr\",\"time\":\"2026-03-12T10:00:01.482Z\"}}\n")
        };
        let wrapped: String = log.lines().map(docker).collect();
        assert_eq!(report(wrapped.as_bytes()), report(log.as_bytes()), "{path}, by Docker");
        let cri = |line: &str| format!("2026-03-12T10:00:01.482012345Z stderr F {line}\n");
        let wrapped: String = log.lines().map(cri).collect();
        assert_eq!(report(wrapped.as_bytes()), report(log.as_bytes()), "{path}, by a CRI runtime");
    }
}
