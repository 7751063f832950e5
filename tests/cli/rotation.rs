//! Logs that are rotated, or grow, between the readings that `--memory-limit` asks for.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use crate::common::parsed::json;
use crate::common::ways::gzip;
use crate::common::{Folder, LEAST_MEMORY, MANY_SPANS, Ran, long_spans, stop, tracerank};

/// Does something to a log while a command reads it several times, `times` times and each time at another moment, and
/// hands the end of each run to `judge`.
fn meanwhile(log: &[u8], arguments: &str, times: u32, change: impl Fn(&Path), judge: impl Fn(Ran)) {
    let mut typical = Duration::ZERO;
    for nth in 0..=times {
        let folder = Folder::new();
        let path = folder.write("log", log);
        let begin = Instant::now();
        let mut command = tracerank(folder.root());
        command.args(arguments.split_whitespace()).stdin(Stdio::null());
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let child = thread::spawn(|| child.wait_with_output().unwrap());
        if nth > 0 {
            thread::sleep(typical * nth / (times + 1));
            change(&path);
        }
        let ran = Ran::of(child.join().unwrap()).without_debris();
        if nth == 0 {
            typical = begin.elapsed();
        }
        judge(ran);
    }
}

/// The tree, which takes several readings within the least memory.
fn tree_in_readings(options: &str) -> String {
    format!("tree -q -f json --memory-limit {LEAST_MEMORY} {options} log")
}

fn spans() -> Vec<u8> {
    long_spans(MANY_SPANS, 1000)
}

fn tree_of(log: &[u8]) -> String {
    let folder = Folder::new();
    folder.write("log", log);
    folder.run("tree -q -f json log").quiet().text().to_owned()
}

/// As logrotate does without `copytruncate`.
fn rotate(path: &Path) {
    fs::rename(path, path.with_extension("1")).unwrap();
    fs::write(path, stop("new", "1.0").repeat(100_000)).unwrap();
}

#[test]
fn a_log_that_is_rotated_between_readings_is_read_to_its_end_or_refused() {
    let expected = tree_of(&spans());
    for (log, options) in [(spans(), ""), (spans(), "--no-mmap"), (gzip(&spans()), "")] {
        let judge = |ran: Ran| {
            if ran.code == Some(0) {
                assert_eq!(ran.quiet().text(), expected);
            } else {
                let ran = ran.refused(2);
                assert!(ran.stderr.starts_with("tracerank: log: "), "{}", ran.stderr);
            }
        };
        meanwhile(&log, &tree_in_readings(options), 8, rotate, judge);
    }
}

#[test]
fn a_log_that_grows_between_readings_is_read_as_it_was() {
    let more = |path: &Path| {
        let mut log = OpenOptions::new().append(true).open(path).unwrap();
        log.write_all(&stop("later", "1.0").repeat(20_000)).unwrap();
    };
    let both = [spans(), stop("later", "1.0").repeat(20_000)].concat();
    let either = [tree_of(&spans()), tree_of(&both)];
    for options in ["", "--no-mmap"] {
        meanwhile(&spans(), &tree_in_readings(options), 8, more, |ran| {
            let ran = ran.done();
            assert!(either.iter().any(|tree| tree == ran.text()), "{}", ran.text());
        });
    }
}

fn grow(path: &Path) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(&stop("later", "1.0")).unwrap();
}

/// As logrotate does with `copytruncate`.
fn shrink(path: &Path) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(1 << 20).unwrap();
}

fn vanish(path: &Path) {
    fs::remove_file(path).unwrap();
}

/// Each command that reads a log more than once, with each thing that can happen to the log meanwhile.
#[test]
fn whatever_happens_to_a_log_the_answer_is_right_or_there_is_none() {
    const TIMES: u32 = 2;
    let log = spans();
    let id = str::from_utf8(&log[36..72]).unwrap().to_owned();
    let commands = [
        format!("slowest -q -f json -n 3 --memory-limit {LEAST_MEMORY} log"),
        format!("report -q -f json -c count,self,name --memory-limit {LEAST_MEMORY} log"),
        tree_in_readings("--duplicates drop"),
        format!("show -q -f json {id} log"),
    ];
    let answer = |arguments: &str, path: &Path| {
        let mut command = tracerank(path.parent().unwrap());
        let output = command.args(arguments.split_whitespace()).output().unwrap();
        (output.status.code(), output.stdout)
    };
    for arguments in &commands {
        for change in [rotate, grow, shrink, vanish] {
            let answers = [|_: &Path| {}, change].map(|change| {
                let folder = Folder::new();
                let path = folder.write("log", &log);
                change(&path);
                answer(arguments, &path)
            });
            meanwhile(&log, arguments, TIMES, change, |ran| {
                let is_refused = ran.code == Some(2) && ran.stdout.is_empty() && !ran.stderr.is_empty();
                let is_right = answers.contains(&(ran.code, ran.stdout.clone()));
                assert!(is_refused || is_right, "{arguments}: {ran:?}");
            });
        }
    }
}

/// The report's account and its tree are of one length.
#[test]
fn columns_of_trees_and_the_account_are_of_one_reading() {
    let folder = Folder::new();
    let path = folder.write("log", spans());
    let mut command = tracerank(folder.root());
    let arguments = format!("report -f json -c count,self,name --memory-limit {LEAST_MEMORY} log");
    command.args(arguments.split_whitespace()).stdout(Stdio::piped());
    let child = command.spawn().unwrap();
    let child = thread::spawn(|| child.wait_with_output().unwrap());
    while !child.is_finished() {
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&stop("work", "1.0")).unwrap();
    }
    let ran = Ran::of(child.join().unwrap()).done();
    let report = json(&ran.stdout);
    assert_eq!(report.rows[0].integer("count"), i128::from(report.input["spans"]));
}

#[test]
fn a_pipe_that_would_have_to_be_read_again_is_refused() {
    let folder = Folder::new();
    folder.write("log", spans());
    let script = "mkfifo pipe; cat log > pipe & tracerank tree --memory-limit 16MB pipe";
    folder.shell(script).refused(2).saying_only(
        "tracerank: pipe: can't be read again, and the spans do not fit into the 16 MB memory limit\n\
        hint: give the log as a file, or allow more with --memory-limit\n",
    );
}

#[test]
fn files_of_sys_say_that_they_fill_a_page_and_are_read() {
    let file = "/sys/kernel/mm/transparent_hugepage/enabled";
    if Path::new(file).exists() {
        let ran = Folder::new().run(&format!("report {file}")).refused(2);
        ran.saying(&format!("tracerank: {file}: holds no record\n"));
    }
}
