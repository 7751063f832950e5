//! Traces that go through services in Rust and in Python: one tree of spans, for any mix of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Value, json};
use tracerank::{engine::Engine, input};
use tracerank_summary::Wanted;

use super::{Folder, KEYS, Peer, Service, keys};
use tracerank_testing::naive::{Line, parse_line};

const PROFILED: usize = 8;

/// The logs in the order of the calls: each service calls the next one.
const LOGS: [&str; 5] = ["client", "shop", "factory", "stock", "mill"];

/// The spans of a service in Rust, before it calls the next one.
const ORDER: [&str; 10] =
    ["wsgi", " order", "  load-items", "   db", "   db", "   db", "  price", "  weight", "  label", "   print"];

/// One call: names, indented once a level, with the log that they are in.
fn expected() -> String {
    let mut lines = vec!["client: client".to_owned()];
    let mut level = 1;
    for log in &LOGS[1..] {
        let (before, ask): (&[&str], _) =
            if *log == "stock" { (&["wsgi", " stock", "  db"], "  ask") } else { (&ORDER, "  ask") };
        lines.extend(before.iter().chain([&ask]).map(|line| format!("{log}: {}{line}", " ".repeat(level))));
        level += 3;
    }
    lines.iter().flat_map(|line| [line, "\n"]).collect()
}

/// Services of both kinds in one chain, and a client that calls the first one.
struct Chain {
    folder: Folder,
    client: Peer,
    /// Those in Rust, the last one first.
    services: Vec<Service>,
    /// Ends with the chain.
    _stock: Peer,
}

impl Chain {
    fn start() -> Self {
        let folder = Folder::new();
        let log = |name: &str| folder.path(&format!("{name}.log"));
        let mill = Service::start(&keys(), &log("mill"), None);
        let mut stock = Peer::with_log(&log("stock"));
        let stock_url: String = stock.ask(&json!(["serve", keys(), mill.url]));
        let factory = Service::start(&keys(), &log("factory"), Some(&stock_url));
        let shop = Service::start(&keys(), &log("shop"), Some(&factory.url));
        let client = Peer::with_log(&log("client"));
        Self { folder, client, services: vec![mill, factory, shop], _stock: stock }
    }

    /// Calls with these headers or keys, all at once; the ids of their trace groups.
    fn call(&mut self, calls: &[Value]) -> Vec<Option<String>> {
        let url = &self.services.last().unwrap().url;
        let answers: Vec<(u16, String, Option<String>)> = self.client.ask(&json!(["get_all", url, calls]));
        let order = "3 items: price 60, weight 3\n";
        for (status, body, _) in &answers {
            assert_eq!((*status, body.as_str()), (200, &*format!("{order}{order}in stock\n{order}")));
        }
        answers.into_iter().map(|(_, _, base_id)| base_id).collect()
    }

    fn logs(&self) -> [Vec<u8>; 5] {
        LOGS.map(|name| self.folder.read(&format!("{name}.log")))
    }
}

/// A span, from the two lines of it.
#[derive(Debug)]
struct Span {
    log: &'static str,
    base_id: String,
    parent_id: String,
    id: String,
    name: String,
    /// The lines of its log where it starts and stops.
    start: usize,
    stop: Option<usize>,
}

/// The spans of a log, in the order of their starts. Each line is one of the two of a span, and both say the same of
/// it.
fn spans_in(log: &'static str, bytes: &[u8]) -> Vec<Span> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut spans: Vec<Span> = Vec::new();
    assert!(bytes.ends_with(b"\n"), "{log}: {}", bytes.escape_ascii());
    for (at, line) in bytes[..bytes.len() - 1].split(|byte| *byte == b'\n').enumerate() {
        let Line::Record(record) = parse_line(line) else { panic!("{log}: {}", line.escape_ascii()) };
        let [base_id, parent_id, id, name] = [record.base_id, record.parent_id, record.trace_id, record.name].map(text);
        if record.duration_ns.is_none() {
            assert!(spans.iter().all(|span| span.id != id), "{log}: {id} starts twice");
            spans.push(Span { log, base_id, parent_id, id, name, start: at, stop: None });
            continue;
        }
        let span = spans.iter_mut().find(|span| span.id == id).unwrap_or_else(|| panic!("{log}: {id} stops first"));
        assert_eq!([&span.base_id, &span.parent_id, &span.name], [&base_id, &parent_id, &name]);
        assert_eq!(span.stop.replace(at), None, "{log}: {id} stops twice");
    }
    spans
}

/// Writes a span and those below it as `expected` has them. A child runs inside of its parent, as far as they are in
/// one log.
fn write_tree(span: &Span, level: usize, spans: &[Span], out: &mut String) {
    writeln!(out, "{}: {}{}", span.log, " ".repeat(level), span.name).unwrap();
    for child in spans.iter().filter(|child| child.parent_id == span.id) {
        let stop = child.stop.unwrap_or_else(|| panic!("{child:?} does not stop"));
        assert!(child.log != span.log || span.start < child.start && Some(stop) < span.stop, "{child:?} in {span:?}");
        write_tree(child, level + 1, spans, out);
    }
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn one_tree_through_all_services() {
    let mut chain = Chain::start();
    let calls: Vec<Value> = (0..PROFILED).map(|at| json!(KEYS[at % KEYS.len()])).collect();
    let base_ids: BTreeSet<String> = chain.call(&calls).into_iter().flatten().collect();
    assert_eq!(base_ids.len(), PROFILED);

    // The logs are whole as soon as the answers are there: nothing is waited for.
    let logs = chain.logs();
    let spans: Vec<Span> = LOGS.iter().zip(&logs).flat_map(|(name, log)| spans_in(name, log)).collect();
    assert_eq!(spans.iter().map(|span| &span.base_id).collect::<BTreeSet<_>>(), base_ids.iter().collect());
    assert_eq!(spans.iter().map(|span| &span.id).collect::<BTreeSet<_>>().len(), spans.len());
    let by_id: BTreeMap<&str, &Span> = spans.iter().map(|span| (&*span.id, span)).collect();
    for span in spans.iter().filter(|span| span.parent_id != span.base_id) {
        assert_eq!(by_id[&*span.parent_id].base_id, span.base_id, "{span:?}");
    }
    let roots: Vec<&Span> = spans.iter().filter(|span| span.parent_id == span.base_id).collect();
    assert_eq!(roots.len(), PROFILED);
    for root in roots {
        let mut tree = String::new();
        write_tree(root, 0, &spans, &mut tree);
        assert_eq!(tree, expected());
    }

    ranked(&chain.folder);
    chain.services.into_iter().rev().for_each(Service::interrupt);
    assert!(LOGS.map(|name| chain.folder.read(&format!("{name}.log"))) == logs, "something was written later");
}

/// tracerank ranks all logs together.
fn ranked(folder: &Folder) {
    let sources = input::resolve(&LOGS.map(|name| folder.path(&format!("{name}.log"))), false).unwrap();
    let scanned = Engine::default().scan(&sources, Wanted::ALL).unwrap();
    assert_eq!((scanned.account.malformed, scanned.malformed), (0, Vec::new()));
    let expected = expected().lines().fold(BTreeMap::new(), |mut counts: BTreeMap<String, u64>, line| {
        *counts.entry(line.rsplit(' ').next().unwrap().to_owned()).or_default() += PROFILED as u64;
        counts
    });
    let name_of = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
    let counts = scanned.summary.rows().map(|row| (name_of(row.name), row.stats.count())).collect();
    assert_eq!(expected, counts);
}

/// They are served, and leave no line anywhere, alone and beside those that are profiled.
#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn requests_that_are_not_signed() {
    let mut chain = Chain::start();
    let contents = json!({ "base_id": "request-7", "parent_id": "request-7" });
    let headers = |[info, hmac]: [String; 2]| json!({ "X-Trace-Info": info, "X-Trace-HMAC": hmac });
    let signed = headers(chain.client.ask(&json!(["pack", contents, KEYS[0]])));
    let wrong = headers(chain.client.ask(&json!(["pack", contents, "another key"])));
    let with = |name: &str, value: &str| {
        let mut headers = signed.clone();
        headers[name] = json!(value);
        headers
    };
    let without = |name: &str| {
        let mut headers = signed.clone();
        headers.as_object_mut().unwrap().remove(name);
        headers
    };
    let mut calls = vec![json!({}), wrong, without("X-Trace-Info"), without("X-Trace-HMAC")];
    calls.extend([with("X-Trace-HMAC", &"0".repeat(40)), with("X-Trace-HMAC", ""), with("X-Trace-Info", "e30=")]);
    chain.call(&calls);
    assert!(chain.logs().iter().all(Vec::is_empty), "{:?}", chain.logs());

    calls.push(json!(KEYS[1]));
    let base_id = chain.call(&calls).pop().flatten().unwrap();
    for (name, log) in LOGS.iter().zip(chain.logs()) {
        let spans = spans_in(name, &log);
        assert!(!spans.is_empty() && spans.iter().all(|span| span.base_id == base_id), "{name}: {spans:?}");
    }
}
