//! Logs that tests write, and their lines read back.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tracerank_record::{Config, Profiler, Request};
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry;

pub const KEY: &str = "secret_word";

/// A profiler with a log in a folder of its own.
pub struct Recording {
    pub profiler: Profiler,
    pub dispatch: Dispatch,
    pub folder: TempDir,
}

impl Recording {
    pub fn new() -> Self {
        Self::with(|config| config)
    }

    pub fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let folder = TempDir::new().unwrap();
        let config = change(Config::new(folder.path().join("log")).hmac_key(KEY));
        let profiler = Profiler::from_config(config).unwrap();
        let dispatch = Dispatch::new(registry().with(profiler.layer()));
        Self { profiler, dispatch, folder }
    }

    pub fn request(&self) -> Request {
        self.profiler.request(KEY).unwrap()
    }

    /// Runs with this profiler, outside of any request.
    pub fn outside<T>(&self, run: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.dispatch, run)
    }

    /// Runs in a new request, and ends it.
    pub fn inside<T>(&self, run: impl FnOnce() -> T) -> T {
        self.outside(|| self.request().in_scope(run))
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    pub fn lines(&self) -> Vec<Line> {
        self.profiler.flush();
        lines(&self.path())
    }

    /// The names of the lines, with their markers, in order.
    pub fn marks(&self) -> Vec<String> {
        self.lines().into_iter().map(|line| line.mark).collect()
    }

    /// The spans as `parent/…/name`, sorted.
    pub fn paths(&self) -> Vec<String> {
        let spans = spans(&self.lines());
        let mut paths: Vec<String> = spans.values().map(|span| path(span, &spans)).collect();
        paths.sort();
        paths
    }
}

fn path(span: &Span, spans: &HashMap<String, Span>) -> String {
    match spans.get(&span.start.parent) {
        Some(parent) => format!("{}/{}", path(parent, spans), span.name),
        None => span.name.clone(),
    }
}

/// A line, taken apart at its blanks: names without blanks only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub at: String,
    /// Microseconds; of stops.
    pub took: Option<u64>,
    pub base: String,
    pub parent: String,
    pub id: String,
    /// The name with its marker.
    pub mark: String,
    pub is_slow: bool,
    pub json: Option<String>,
}

pub fn lines(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).unwrap();
    assert!(text.is_empty() || text.ends_with('\n'), "the last line is not whole: {text:?}");
    text.lines().map(line).collect()
}

pub fn line(text: &str) -> Line {
    let (head, json) = match text.find(" {") {
        Some(at) => (&text[..at], Some(text[at + 1..].to_owned())),
        None => (text, None),
    };
    let (head, is_slow) = head.strip_suffix("  <- !!!").map_or((head, false), |head| (head, true));
    let (at, rest) = head.split_at(26);
    let (took, rest) = if let Some(rest) = rest.strip_prefix("          ") {
        (None, rest)
    } else {
        let (took, rest) = rest[1..].split_once(' ').unwrap();
        (Some((took.parse::<f64>().unwrap() * 1e6).round() as u64), rest)
    };
    let fields: Vec<&str> = rest.split(' ').collect();
    let [base, parent, id, mark] = fields[..] else { panic!("{text:?}") };
    let [base, parent, id, mark] = [base, parent, id, mark].map(str::to_owned);
    Line { at: at.to_owned(), took, base, parent, id, mark, is_slow, json }
}

/// A span of which both lines are there, each once.
#[derive(Debug)]
pub struct Span {
    pub name: String,
    pub start: Line,
    pub stop: Line,
}

/// The spans by their ids. Each must be whole, start before it stops, and be of one name, parent and group.
pub fn spans(lines: &[Line]) -> HashMap<String, Span> {
    let mut starts: HashMap<&str, &Line> = HashMap::new();
    let mut spans = HashMap::new();
    for line in lines {
        if line.took.is_none() {
            assert!(line.mark.ends_with("-start"), "{line:?}");
            assert!(starts.insert(&line.id, line).is_none(), "started twice: {line:?}");
            continue;
        }
        let start = starts.remove(line.id.as_str()).expect("a start for each stop");
        let name = line.mark.strip_suffix("-stop").unwrap().to_owned();
        assert_eq!(start.mark, format!("{name}-start"));
        assert_eq!((&start.base, &start.parent), (&line.base, &line.parent));
        assert!(start.at <= line.at, "{start:?} {line:?}");
        spans.insert(line.id.clone(), Span { name, start: start.clone(), stop: line.clone() });
    }
    assert!(starts.is_empty(), "never stopped: {starts:?}");
    spans
}

/// The one span of a name.
pub fn only<'a>(spans: &'a HashMap<String, Span>, name: &str) -> &'a Span {
    let mut found = spans.values().filter(|span| span.name == name);
    let span = found.next().expect(name);
    assert!(found.next().is_none(), "several {name}");
    span
}
