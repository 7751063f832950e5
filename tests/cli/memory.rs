//! Memory: trace groups that are too large for a limit, and what is held of large names.

use std::fmt::Write;

use crate::common::{BLANKS, Folder, LEAST_MEMORY};

/// The log of so many root spans in the order of time, each of the group that `group` says.
fn roots(spans: u32, group: impl Fn(u32) -> u32) -> Vec<u8> {
    let uuid = |number: u32| format!("f12e75d5-5d59-4cbc-b74d-{number:012x}");
    let mut log = String::new();
    for nth in 0..spans {
        let (us, group, trace) = (nth * 10, uuid(group(nth)), uuid(u32::MAX - nth));
        let time = format!("2026-11-23T06:{:02}:{:02}.{:06}", us / 60_000_000, us / 1_000_000 % 60, us % 1_000_000);
        writeln!(log, "{time} {BLANKS} {group} {group} {trace} work-start").unwrap();
        writeln!(log, "{time} 0.000001 {group} {group} {trace} work-stop").unwrap();
    }
    log.into_bytes()
}

/// Standard input can't be read again, and a second reading would be an error of its own.
#[test]
fn a_trace_group_that_can_never_fit_is_refused_in_the_first_reading() {
    let alone = roots(160_000, |_| 0);
    let among_others = roots(240_000, |nth| if nth % 4 == 0 { 1 + nth / 4 % 1000 } else { 0 });
    for log in [alone, among_others] {
        for threads in [1, 2] {
            let ran = Folder::new().feed(&format!("tree --memory-limit {LEAST_MEMORY} --threads {threads}"), &log);
            ran.refused(2).saying_only(
                "tracerank: one trace group does not fit into the 16 MB memory limit\n\
                 hint: allow more with --memory-limit\n",
            );
        }
    }
    // Where no group is too large, a file is read again.
    let folder = Folder::new();
    folder.write("log", roots(160_000, |nth| nth % 1000));
    folder.run(&format!("tree --memory-limit {LEAST_MEMORY} -v log")).done().saying("tracerank: read ");
}

/// docs/commands.md tells how much a span of one group takes.
#[test]
fn a_trace_group_fits_into_the_memory_that_is_told() {
    let folder = Folder::new();
    folder.write("log", roots(100_000, |_| 0));
    for command in ["tree", "slowest"] {
        folder.run(&format!("{command} --memory-limit 40MB --threads 1 log")).quiet();
    }
    folder.run("tree --memory-limit 28MB --threads 1 log").quiet();
}
#[test]
fn the_names_of_a_summary_are_held_once() {
    let folder = Folder::new();
    let name = "x".repeat(4_000_000);
    let group = "f12e75d5-5d59-4cbc-b74d-000000000000";
    let line = |nth: u32| format!("2026-11-23T06:00:00.000000 0.5 {group} {group} {group} {nth:03}{name}-stop\n");
    folder.write("log", (0..30).map(line).collect::<String>());
    folder.run("summarize log -o names.trk").done();
    // 120 MB of names, in twice as much memory, less what a copy of them would take.
    let ran = folder.shell("ulimit -v 240000; tracerank report --threads 1 -f csv -c count names.trk").quiet();
    assert_eq!(ran.text().lines().count(), 31);
}
