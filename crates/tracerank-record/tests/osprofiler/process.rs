//! Processes that tests talk to line by line: the peer, and the example's services.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// No answer takes so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that ends with the test, however that ends.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
}

impl Process {
    fn start(mut command: Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        // A thread of its own: a read can't be given up, waiting for a channel can.
        let (sender, lines) = channel();
        thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Self { child, stdin, lines }
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("it answers")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A Python process with the real osprofiler.
pub struct Peer(Process);

impl Peer {
    pub fn start() -> Self {
        Self::with_arguments(&[])
    }

    /// One that writes what osprofiler notifies of.
    pub fn with_log(log: &Path) -> Self {
        Self::with_arguments(&[log.as_os_str()])
    }

    fn with_arguments(arguments: &[&OsStr]) -> Self {
        let python = std::env::var_os("OSPROFILER_PYTHON").expect("OSPROFILER_PYTHON is set: run scripts/osprofiler");
        let mut command = Command::new(python);
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/osprofiler/peer.py");
        command.arg("-B").arg(script).args(arguments).env("PYTHONUTF8", "1");
        Self(Process::start(command))
    }

    /// Asks a question, a function of `peer.py` and its arguments, and returns the answer.
    #[track_caller]
    pub fn ask<T: DeserializeOwned>(&mut self, question: &Value) -> T {
        writeln!(self.0.stdin, "{question}").unwrap();
        let answer = self.0.line();
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }
}

/// A service of `examples/record_axum.rs`.
pub struct Service {
    process: Process,
    pub url: String,
}

impl Service {
    /// Starts one that calls the next one.
    pub fn start(keys: &str, log: &Path, next: Option<&str>) -> Self {
        let mut command = Command::new(example("record_axum"));
        command.env("HMAC_KEYS", keys).arg(log).arg("127.0.0.1:0").args(next);
        let process = Process::start(command);
        let url = process.line() + "/order";
        Self { process, url }
    }

    /// Asks it to end, as Ctrl-C does, and waits for that.
    pub fn interrupt(mut self) {
        let id = self.process.child.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
        assert_eq!(self.process.lines.recv_timeout(PATIENCE), Err(RecvTimeoutError::Disconnected));
        assert!(self.process.child.wait().unwrap().success());
    }
}

/// The path at which Cargo puts the program of an example. It builds them before it runs all tests, but not before it
/// runs one.
fn example(name: &str) -> PathBuf {
    // The test is in deps/, beside examples/.
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(path.exists(), "{}: missing: run scripts/osprofiler", path.display());
    path
}
