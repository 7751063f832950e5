//! The other end in the command: its own profile, and logs that a service's configuration names.

use crate::common::ways::gzip;
use crate::common::{Folder, names_of, stops};

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("log", stops(&["a", "b"]));
    folder
}

// ---- --profile-self ----

#[test]
fn its_own_profile_is_a_log_that_it_ranks() {
    let folder = folder();
    let plain = folder.run("report log").quiet();
    let ran = folder.run("report --profile-self self log --threads 1").quiet();
    assert_eq!(ran.stdout, plain.stdout);
    let ranked = folder.run("report --strict self").quiet();
    let mut names = names_of(ranked.text());
    names.sort_unstable();
    let stages = [
        "merge-tables",
        "open-log",
        "parse-chunk",
        "read-block",
        "report",
        "scan",
        "scan-thread",
        "sort-rows",
        "write-report",
    ];
    assert_eq!(names, stages);
}

#[test]
fn a_second_run_is_appended() {
    let folder = folder();
    folder.run("report --profile-self self log").quiet();
    let first = folder.read("self");
    folder.run("report --profile-self self log").quiet();
    assert!(folder.read("self").starts_with(&first));
    let ranked = folder.run("report -f csv -c count,name --name ^report$ self").quiet();
    assert_eq!(ranked.text(), "count,name\n2,report\n");
}

#[test]
fn all_threads_and_streams_are_in_it() {
    let folder = Folder::new();
    folder.write("log", stops(&vec!["a"; 20_000]));
    folder.feed("report --profile-self self --no-mmap --threads 2 log -", &stops(&vec!["a"; 20_000])).quiet();
    let ranked = folder.run("report -f csv -c count,name --name ^(scan-thread|open-log)$ -s name self").quiet();
    assert_eq!(ranked.text(), "count,name\n2,open-log\n2,scan-thread\n");
}

#[test]
fn what_the_profile_must_not_be() {
    let folder = folder();
    let log = folder.read("log");
    folder.run("report --profile-self log log").refused(2).saying_only(
        "tracerank: log: is an input, too, and would grow while it is read\nhint: give --profile-self another file\n",
    );
    folder.run("report --profile-self out -o out log").refused(2).saying_only(
        "tracerank: out: can't be both the output and the profile\nhint: give --profile-self another file\n",
    );
    folder
        .run("report --profile-self no/self log")
        .refused(2)
        .saying_only("tracerank: no/self: can't be opened for writing: No such file or directory\n");
    assert_eq!((folder.read("log"), folder.names()), (log, vec!["log".to_owned()]));
}

#[test]
fn a_profile_that_cannot_be_written_is_a_failure_but_the_report_is_whole() {
    let folder = folder();
    let plain = folder.run("report log").quiet();
    let ran = folder.run("report --profile-self /dev/full log");
    assert_eq!((ran.code, &ran.stdout), (Some(2), &plain.stdout));
    let said = "tracerank: /dev/full: the profile can't be written: No space left on device";
    assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
}

// ---- --mistral-conf ----

/// The configuration of the test data, with its log in this folder.
fn configured() -> Folder {
    const OSLO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/tracerank-record/testdata/oslo");
    let folder = folder();
    for name in ["mistral.conf", "wf_trace_logging.conf"] {
        let text = std::fs::read_to_string(format!("{OSLO}/{name}")).unwrap();
        folder.write(name, text.replace("/tmp/mistral_osprofile.log", "log"));
    }
    folder
}

#[test]
fn the_log_of_a_configuration_is_found() {
    let folder = configured();
    let ran = folder.run("report --mistral-conf mistral.conf").done();
    assert_eq!(ran.stdout, folder.run("report log").quiet().stdout);
    let ran =
        ran.saying("log: its records are written to /tmp/mistral.log, too\nhint: set propagate=0 in the logger's");
    assert_eq!(ran.stderr.lines().count(), 2);
    folder.write("more", stops(&["a"]));
    let ran = folder.run("report more --mistral-conf mistral.conf -f csv -c count,name").done();
    assert_eq!(ran.text(), "count,name\n2,a\n1,b\n");
}

#[test]
fn rotated_logs_beside_the_log_of_a_configuration_are_read_too() {
    let folder = configured();
    let others = ["log.1", "log.2.gz", "log-20261121", "log.2026-11-22", "log.2026-11-22_06"];
    for (at, name) in others.iter().enumerate() {
        let stops = stops(&[&format!("r{at}")]);
        folder.write(name, if name.ends_with("gz") { gzip(&stops) } else { stops });
    }
    folder.write("log.old", stops(&["not-this"]));
    folder.write("logs.1", stops(&["nor-this"]));
    folder.write("log.3", b"");
    let ran = folder.run("report -q --mistral-conf mistral.conf -f csv -c name").done();
    assert_eq!(ran.text(), "name\nr1\nr0\nr2\nr3\nr4\na\nb\n");
    let elsewhere = folder.run_with(&["report", "-q", "--mistral-conf", "./mistral.conf", "-f", "csv", "-c", "name"]);
    assert_eq!(elsewhere.text(), ran.text());
    std::fs::remove_file(folder.path("log")).unwrap();
    let ran = folder.run("report -q --mistral-conf mistral.conf -f csv -c name").done();
    assert_eq!(ran.text(), "name\nr1\nr0\nr2\nr3\nr4\n");
}

#[test]
fn the_log_of_a_service_without_a_logging_file_is_found() {
    let folder = Folder::new();
    folder.write("logs/service.log", stops(&["a"]));
    folder.write("logs/service.log.1", stops(&["older"]));
    let absolute = folder.path("logs").display().to_string();
    for conf in [
        "log_dir = logs\nlog_file = service.log\n".to_owned(),
        "log_file = logs/service.log\n".to_owned(),
        format!("log_dir = {absolute}\nlog_file = service.log\nuse_stderr = true\n"),
        format!("log_dir = /elsewhere\nlog_file = {absolute}/service.log\n"),
    ] {
        folder.write("mistral.conf", format!("[DEFAULT]\n{conf}"));
        let ran = folder.run("report --mistral-conf mistral.conf -f csv -c name").quiet();
        assert_eq!(ran.text(), "name\nolder\na\n", "{conf}");
    }
    folder.write("mistral.conf", "[DEFAULT]\nlog_dir = logs\n");
    let ran = folder.run("report --mistral-conf mistral.conf").refused(2);
    ran.saying("mistral.conf: [DEFAULT] log_file: missing; the log in logs has the name of the program\nhint: ");
}

#[test]
fn a_configuration_that_names_no_log_is_explained() {
    let folder = configured();
    folder
        .run("report --mistral-conf nope")
        .refused(2)
        .saying_only("tracerank: nope: can't be read: No such file or directory\n");
    folder.write("empty.conf", "[DEFAULT]\n");
    let ran = folder.run("report --mistral-conf empty.conf").refused(2);
    assert!(
        ran.stderr.starts_with("tracerank: empty.conf: [DEFAULT] log_config_append: no logging file is named\nhint: ")
    );
    let logging = String::from_utf8(folder.read("wf_trace_logging.conf")).unwrap();
    folder.write("wf_trace_logging.conf", logging.replace("class=FileHandler", "class=handlers.SysLogHandler"));
    let ran = folder.run("report --mistral-conf mistral.conf").refused(2);
    assert!(ran.stderr.contains("wf_trace_logging.conf: [handler_profilerFileHandler] class: "), "{}", ran.stderr);
}
