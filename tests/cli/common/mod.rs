//! What the tests of the command share: folders to run it in, lines to make logs of, and, in the modules, reports read back
//! and the ways in which a log can be read.

// Modules of a test have no public surface.
#![allow(unreachable_pub)]

pub mod parsed;
pub mod requests;
pub mod runs;
pub mod trees;
pub mod ways;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tempfile::TempDir;

/// The command under test.
pub const TRACERANK: &str = env!("CARGO_BIN_EXE_tracerank");

/// No run takes so long. One that hangs ends with a signal, which no test expects.
pub const TIMEOUT: Duration = Duration::from_secs(120);

// ---- Runs ----

/// How a run ended.
#[derive(Debug)]
pub struct Ran {
    /// None after a signal.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        let stderr = String::from_utf8(output.stderr).expect("messages are UTF-8");
        Self { code: output.status.code(), stdout: output.stdout, stderr }
    }

    /// Standard output, as the text that it must be.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("reports are UTF-8")
    }

    /// It ended with code 0.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        self
    }

    /// It ended with code 0 and said nothing.
    #[track_caller]
    pub fn quiet(self) -> Self {
        assert_eq!(self.stderr, "");
        self.done()
    }

    /// It ended with this code, without a report.
    #[track_caller]
    pub fn refused(self, code: i32) -> Self {
        assert_eq!((self.code, self.text()), (Some(code), ""), "{}", self.stderr);
        self.without_debris()
    }

    /// It said this on standard error.
    #[track_caller]
    pub fn saying(self, what: &str) -> Self {
        assert!(self.stderr.contains(what), "{what:?} is missing in: {}", self.stderr);
        self
    }

    /// It said this, word for word, and nothing else.
    #[track_caller]
    pub fn saying_only(self, what: &str) -> Self {
        assert_eq!(self.stderr, what);
        self
    }

    /// No message is Debug text, a panic, or has a number for the system's errors.
    #[track_caller]
    pub fn without_debris(self) -> Self {
        for debris in ["panicked", "os error", "Error {", "Some(", "Err(", "Os {"] {
            assert!(!self.stderr.contains(debris), "{}", self.stderr);
        }
        self
    }
}

/// The command, in a directory, without what the environment says of colours.
pub fn tracerank(directory: &Path) -> Command {
    let mut command = Command::new(TRACERANK);
    command.current_dir(directory);
    clean(&mut command);
    command
}

/// A shell in which `tracerank` is the command under test; it stops at the first command that fails.
pub fn shell(script: &str, directory: &Path) -> Command {
    let binary = Path::new(TRACERANK).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.args(["-euc", script]).current_dir(directory).env("PATH", path);
    clean(&mut command);
    command
}

fn clean(command: &mut Command) {
    for variable in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "COLUMNS"] {
        command.env_remove(variable);
    }
}

/// Runs a command to its end, with `stdin` piped into it.
pub fn run(command: Command, stdin: &[u8]) -> Ran {
    let mut command = assert_cmd::Command::from_std(command);
    Ran::of(command.write_stdin(stdin).timeout(TIMEOUT).output().expect("it starts"))
}

// ---- Folders ----

/// A folder of its own for a test's files; the command runs in it, so that messages have short paths.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    /// The names of all files in it, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs the command with arguments that stand between blanks, and an empty standard input.
    pub fn run(&self, arguments: &str) -> Ran {
        self.feed(arguments, b"")
    }

    /// Runs the command with arguments that stand between blanks, and this standard input.
    pub fn feed(&self, arguments: &str, stdin: &[u8]) -> Ran {
        let mut command = tracerank(self.root());
        command.args(arguments.split_whitespace());
        run(command, stdin)
    }

    /// Runs the command with arguments that can be anything.
    pub fn run_with(&self, arguments: &[impl AsRef<OsStr>]) -> Ran {
        let mut command = tracerank(self.root());
        command.args(arguments);
        run(command, b"")
    }

    /// Runs a shell script in which `tracerank` is the command.
    pub fn shell(&self, script: &str) -> Ran {
        let mut command = Command::new("sh");
        let script = format!("tracerank() {{ \"$TRACERANK\" \"$@\"; }}\n{script}");
        command.args(["-c", &script]).current_dir(self.root()).env("TRACERANK", TRACERANK);
        clean(&mut command);
        run(command, b"")
    }
}

// ---- Files of the repository ----

pub fn testdata(path: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "testdata", path].iter().collect()
}

/// A log of testdata/corpus.
pub fn corpus(name: &str) -> Vec<u8> {
    fs::read(testdata(&format!("corpus/{name}.log"))).expect(name)
}

/// The names of the files in a directory of testdata that end in `suffix`, sorted.
pub fn files_ending_in(suffix: &str, directory: &str) -> Vec<String> {
    let entries = fs::read_dir(testdata(directory)).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(suffix)).collect();
    names.sort();
    names
}

// ---- Lines ----

pub const TIME: &str = "2026-11-23T06:18:09.822513";
pub const BLANKS: &str = "        ";
pub const BASE: &str = "07210e9e-c012-4ace-9cc8-6d9626eb3011";
pub const PARENT: &str = "ac9a9d8d-043e-4733-8ad5-1c51ec5adf03";
pub const TRACE: &str = "8a3afb21-72ad-45e4-87fe-7db49d7b61bf";

/// The line of a span's stop, with its line feed.
pub fn stop(name: impl AsRef<[u8]>, duration: &str) -> Vec<u8> {
    stop_at(TIME, BASE, name, duration)
}

/// The line of a span's stop at some time, in some trace group. Each is another span.
pub fn stop_at(time: &str, base_id: &str, name: impl AsRef<[u8]>, duration: &str) -> Vec<u8> {
    static SPANS: AtomicU64 = AtomicU64::new(0);
    let trace = format!("{}{:012x}", &TRACE[..24], SPANS.fetch_add(1, Ordering::Relaxed));
    let head = format!("{time} {duration} {base_id} {PARENT} {trace} ");
    [head.as_bytes(), name.as_ref(), b"-stop\n"].concat()
}

/// The line of a span's start, with its line feed.
pub fn start(name: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("{TIME} {BLANKS} {BASE} {PARENT} {TRACE} ");
    [head.as_bytes(), name.as_ref(), b"-start\n"].concat()
}

/// As many spans, in so many trace groups in turn, that take much more memory than others: they last for days.
pub fn long_spans(spans: u32, groups: u32) -> Vec<u8> {
    let uuid = |number: u32| format!("f12e75d5-5d59-4cbc-b74d-{number:012x}");
    let lines = |at: u32| {
        let (group, trace) = (uuid(at % groups), uuid(u32::MAX - at));
        let [begin, end] = ["2026-11-20T06:18:09.000000", "2026-11-23T06:18:09.000000"];
        format!("{begin} {group} {group} {trace} work-start\n{end} 259200.0 {group} {group} {trace} work-stop\n")
    };
    (0..spans).map(lines).collect::<String>().into_bytes()
}

/// So many of them don't fit into [`LEAST_MEMORY`].
pub const MANY_SPANS: u32 = 40_000;
/// The least that `--memory-limit` takes.
pub const LEAST_MEMORY: &str = "16MB";

/// The warning of so many unfinished spans, of so many in all.
pub fn unfinished(count: u64, all: u64) -> String {
    let share = 100 * count / all;
    let lists = "they are not counted; tracerank slowest --unfinished lists them";
    format!("tracerank: warning: {count} of {all} spans ({share} %) have no stop: {lists}\n")
}

/// Stops of spans of these names, each of half a second.
pub fn stops(names: &[&str]) -> Vec<u8> {
    names.iter().flat_map(|name| stop(name, "0.5")).collect()
}

/// The names in the rows of a text report.
pub fn names_of(text: &str) -> Vec<&str> {
    const NAME_AT: usize = 49;
    text.lines().skip(2).map(|line| &line[NAME_AT..]).collect()
}
