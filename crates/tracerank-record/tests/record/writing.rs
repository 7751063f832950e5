//! From memory to the file: when lines are written, and that none is lost, torn or written twice, whatever happens to
//! file, disk and process.

use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tracerank_record::{Config, Profiler};
use tracing::info_span;
use tracing_subscriber::layer::SubscriberExt;

use crate::recorded::{KEY, Recording, lines, spans};

/// Events that are due within a second or two happen within this time on any machine.
const PATIENCE: Duration = Duration::from_secs(60);

fn span() {
    info_span!("a").in_scope(|| ());
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < PATIENCE, "{what}: not within {PATIENCE:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn count_lines(path: &Path) -> usize {
    fs::read(path).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count()
}

#[test]
fn a_request_is_in_the_log_when_it_ends() {
    let recording = Recording::new();
    recording.inside(|| (0..3).for_each(|_| span()));
    assert_eq!(count_lines(&recording.path()), 6);
}

#[test]
fn a_request_that_goes_on_is_written_once_a_second() {
    let recording = Recording::new();
    let request = recording.request();
    recording.outside(|| request.in_scope(span));
    wait_until("the first lines", || count_lines(&recording.path()) == 2);
    recording.outside(|| request.in_scope(span));
    wait_until("the next ones", || count_lines(&recording.path()) == 4);
}

#[test]
fn a_guard_writes_what_there_is() {
    let recording = Recording::new();
    let request = recording.request();
    {
        let _guard = recording.profiler.flush_guard();
        recording.outside(|| request.in_scope(span));
    }
    assert_eq!(count_lines(&recording.path()), 2);
}

#[test]
fn a_request_outlives_its_profiler() {
    let Recording { profiler, dispatch, folder } = Recording::with(|config| config.lossy(true));
    let request = profiler.request(KEY).unwrap();
    drop(profiler);
    tracing::dispatcher::with_default(&dispatch, || request.in_scope(span));
    drop((request, dispatch));
    assert_eq!(count_lines(&folder.path().join("log")), 2);
}

#[test]
fn much_is_written_before_the_end() {
    let recording = Recording::new();
    let request = recording.request();
    recording.outside(|| request.in_scope(|| (0..1000).for_each(|_| span())));
    let written = count_lines(&recording.path());
    assert!((1000..=2000).contains(&written), "{written}");
    drop(request);
    assert_eq!(spans(&recording.lines()).len(), 1000);
}

#[test]
fn it_appends_to_what_others_wrote() {
    let recording = Recording::new();
    fs::write(recording.path(), "what was there\n").unwrap();
    recording.inside(span);
    let text = fs::read_to_string(recording.path()).unwrap();
    assert!(text.starts_with("what was there\n"), "{text}");
    assert_eq!(text.lines().count(), 3);
}

#[test]
fn a_log_that_was_moved_begins_anew() {
    let recording = Recording::new();
    recording.inside(span);
    let moved = recording.folder.path().join("log.1");
    fs::rename(recording.path(), &moved).unwrap();
    recording.inside(|| {
        span();
        span();
    });
    assert_eq!((count_lines(&moved), count_lines(&recording.path())), (2, 4));
    fs::remove_file(recording.path()).unwrap();
    recording.inside(span);
    assert_eq!(count_lines(&recording.path()), 2);
}

#[test]
fn a_log_whose_folder_is_gone_for_a_while_loses_nothing() {
    let recording = Recording::new();
    let (folder, away) = (recording.folder.path().join("logs"), recording.folder.path().join("away"));
    fs::create_dir(&folder).unwrap();
    let profiler = Profiler::from_config(Config::new(folder.join("log")).hmac_key(KEY)).unwrap();
    let subscriber = tracing_subscriber::registry().with(profiler.layer());
    fs::rename(&folder, &away).unwrap();
    tracing::subscriber::with_default(subscriber, || {
        (0..10).for_each(|_| profiler.request(KEY).unwrap().in_scope(span));
    });
    profiler.flush();
    fs::create_dir(&folder).unwrap();
    wait_until("what waited", || count_lines(&folder.join("log")) == 20);
    assert_eq!((count_lines(&away.join("log")), profiler.lost_lines()), (0, 0));
}

// ---- In a process of its own ----

/// This test binary again, to do one of the tasks of [`child`].
fn child_command(task: &str, log: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "writing::child", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("TASK", task).env("LOG", log).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

#[test]
#[ignore = "what other tests run in a process of its own"]
fn child() {
    let (Ok(task), Some(log)) = (std::env::var("TASK"), std::env::var_os("LOG")) else { return };
    let profiler = Profiler::from_config(Config::new(log).hmac_key(KEY)).unwrap();
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(profiler.layer())).unwrap();
    let request = profiler.request(KEY).unwrap();
    let many = |count| (0..count).for_each(|_| request.in_scope(span));
    match task.as_str() {
        "many" => {
            thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(|| many(10_000)))));
        }
        "panic" => {
            many(1);
            let caught = std::panic::catch_unwind(|| panic!("on purpose"));
            // As if panics aborted.
            if caught.is_err() {
                std::process::abort();
            }
        }
        "full" => {
            many(SPANS);
            drop(request);
            profiler.flush();
            eprintln!("lost {}", profiler.lost_lines());
        }
        "a little" => {
            many(30);
            profiler.flush();
            // Until the log was moved away, and what waited is written.
            let log = std::path::PathBuf::from(std::env::var_os("LOG").unwrap());
            wait_until("the rest", || log.with_extension("moved").exists() && count_lines(&log) > 0);
        }
        _ => panic!("no such task: {task}"),
    }
}

#[test]
fn two_processes_write_at_full_speed_while_the_log_is_rotated() {
    let recording = Recording::new();
    let log = recording.path();
    let mut children: Vec<_> = (0..2).map(|_| child_command("many", &log).spawn().unwrap()).collect();
    let mut parts = Vec::new();
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        let part = recording.folder.path().join(format!("log.{}", parts.len()));
        // Not there as long as neither has written since the last time.
        if fs::rename(&log, &part).is_ok() {
            parts.push(part);
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert!(children.iter_mut().all(|child| child.wait().unwrap().success()));
    parts.push(log);
    assert!(parts.len() > 2, "rotated {} times", parts.len());
    let mut all = Vec::new();
    parts.iter().filter(|part| part.exists()).for_each(|part| all.extend(lines(part)));
    assert_eq!(all.len(), 2 * 4 * 10_000 * 2);
    // The parts are in the order of time only for each process, and the check wants each start before its stop.
    all.sort_by(|a, b| (&a.at, a.took.is_some()).cmp(&(&b.at, b.took.is_some())));
    assert_eq!(spans(&all).len(), 2 * 4 * 10_000);
}

#[test]
fn a_panic_that_aborts_loses_nothing() {
    let recording = Recording::new();
    let output = child_command("panic", &recording.path()).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(count_lines(&recording.path()), 2);
}

#[test]
fn a_full_disk_is_said_once_counted_and_survived() {
    let output = child_command("full", Path::new("/dev/full")).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    let said: Vec<&str> = stderr.lines().filter(|line| line.contains("tracerank:")).collect();
    let expected = "tracerank: /dev/full: the profile can't be written: No space left on device; up to 16 MiB of it are kept until it can, more is lost";
    assert_eq!(said, [expected]);
    let lost: u64 = stderr.lines().find_map(|line| line.strip_prefix("lost ")).unwrap().parse().unwrap();
    // 200,000 lines of 147 and 155 bytes, and 16 MiB.
    assert!((80_000..100_000).contains(&lost), "{lost}");
}

#[test]
fn a_disk_that_takes_half_a_line_gets_it_again() {
    let recording = Recording::new();
    let (log, moved) = (recording.path(), recording.path().with_extension("moved"));
    fs::write(&log, "").unwrap();
    let child = child_command("a little", &log);
    let mut limited = Command::new("sh");
    // 512 bytes a block; without the signal a write beyond the limit writes what fits, and the next one fails.
    limited
        .args(["-c", "trap '' XFSZ; ulimit -S -f 11; exec \"$@\"", "sh"])
        .arg(child.get_program())
        .args(child.get_args());
    child.get_envs().for_each(|(name, value)| {
        limited.env(name, value.unwrap());
    });
    let mut limited = limited.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the limit", || fs::metadata(&log).unwrap().len() == 11 * 512);
    let said = BufReader::new(limited.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    assert!(said.contains("the profile can't be written: File too large"), "{said}");
    // A new file has room.
    fs::rename(&log, &moved).unwrap();
    assert!(limited.wait().unwrap().success());
    let (first, second) = (fs::read_to_string(&moved).unwrap(), fs::read_to_string(&log).unwrap());
    let (whole, torn) = first.rsplit_once('\n').unwrap();
    assert!(!torn.is_empty() && second.starts_with(torn), "{torn:?} is the beginning of {second:?}");
    let path = recording.folder.path().join("all");
    fs::write(&path, format!("{whole}\n{second}")).unwrap();
    assert_eq!(spans(&lines(&path)).len(), 30);
}

/// 30 MB, of which 16 MiB may wait.
const SPANS: u64 = 100_000;

#[test]
fn a_lossy_profiler_never_waits_and_counts_what_it_drops() {
    let recording = Recording::new();
    let fifo = recording.folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    // Opened for both, so that neither end waits for the other.
    let end = OpenOptions::new().read(true).write(true).open(&fifo).unwrap();
    let profiler = Profiler::from_config(Config::new(&fifo).hmac_key(KEY).lossy(true)).unwrap();
    let subscriber = tracing_subscriber::registry().with(profiler.layer());
    // A log that waited for a reader would never get here.
    tracing::subscriber::with_default(subscriber, || {
        let request = profiler.request(KEY).unwrap();
        (0..SPANS).for_each(|_| request.in_scope(span));
    });
    let reader = thread::spawn({
        let reader = File::open(&fifo).unwrap();
        move || BufReader::new(reader).lines().map(Result::unwrap).count() as u64
    });
    profiler.flush();
    let lost = profiler.lost_lines();
    drop((profiler, end));
    let read = reader.join().unwrap();
    assert!(lost > 0);
    assert_eq!(read + lost, 2 * SPANS);
}
