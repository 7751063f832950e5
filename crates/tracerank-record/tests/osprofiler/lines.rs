//! The lines of a span are those that Python writes, byte for byte.

use serde_json::{Value, json};
use tracerank_record::stages::Span;
use uuid::Builder;

use super::Peer;

const COUNT: usize = 10_000;
/// 31 years: up to there a float tells all microseconds apart.
const LONGEST: u64 = 10_u64.pow(15) - 1;
/// The last day of the year 9999, in microseconds since 1970.
const LAST_DAY: u64 = 253_402_128_000_000_000;

/// Numbers that are the same in every run (`SplitMix64`).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[(self.next() % all.len() as u64) as usize].clone()
    }

    /// Of every magnitude as often as of any other.
    fn up_to(&mut self, most: u64) -> u64 {
        let bits = self.next() % u64::from(most.ilog2() + 1) + 1;
        (self.next() >> (64 - bits)) % (most + 1)
    }

    fn id(&mut self) -> String {
        let bytes = u128::from(self.next()) << 64 | u128::from(self.next());
        Builder::from_random_bytes(bytes.to_be_bytes()).into_uuid().to_string()
    }

    fn duration(&mut self) -> u64 {
        let power = 10_u64.pow(self.next() as u32 % 15);
        let near = self.next() % 7;
        match self.next() % 4 {
            0 => self.one_of(&[0, 97, 500_000 - 3, power, power * 5]) + near,
            // Decimals that end early.
            1 => self.up_to(LONGEST / power) * power,
            _ => self.up_to(LONGEST),
        }
    }

    fn time(&mut self) -> u64 {
        let time = self.up_to(LAST_DAY);
        if self.next().is_multiple_of(8) { time / 1_000_000 * 1_000_000 } else { time }
    }

    /// A span as the peer has it.
    fn span(&mut self) -> Value {
        const NAMES: &[&str] =
            &["wsgi", "engine-on-action-complete", "workflow-start", "a name-stop of  words", "größe 任務", "{", "-"];
        let [group, parent, trace] = [self.id(), self.id(), self.id()];
        let base_id = self.one_of(&[group.clone(), group, "request-7".to_owned(), "größe-任務".to_owned()]);
        let parent_id = self.one_of(&[parent.clone(), parent, base_id.clone()]);
        let statement = json!({ "statement": "SELECT \"größe\"\n\tFROM t\\ WHERE a = '\u{7f}\u{1b}😀'", "params": { "secret": 1 } });
        let db =
            self.one_of(&[Value::Null, Value::Null, json!({}), json!({ "multiparams": [1, 2.5, null] }), statement]);
        let (started_at, stopped_at, took) = (self.time(), self.time(), self.duration());
        json!({
            "base_id": base_id, "parent_id": parent_id, "trace_id": trace, "name": self.one_of(NAMES), "db": db,
            "started_at": started_at, "stopped_at": stopped_at, "took": took,
        })
    }
}

/// The lines that Rust writes.
fn written(span: &Value, json: &str) -> [String; 2] {
    let text = |field: &str| span[field].as_str().unwrap();
    let number = |field: &str| span[field].as_u64().unwrap();
    let span = Span {
        base_id: text("base_id"),
        parent_id: text("parent_id"),
        trace_id: text("trace_id"),
        name: text("name"),
        started_at: number("started_at"),
        stopped_at: number("stopped_at"),
        took: number("took"),
        json,
    };
    span.lines().unwrap()
}

/// The JSON that Python writes into the lines of a database's spans: all but the parameters.
fn jsons(peer: &mut Peer, spans: &[Value]) -> Vec<String> {
    let without_params = |span: &Value| {
        let mut db = span["db"].clone();
        db.as_object_mut().map(|db| db.remove("params"));
        db
    };
    let jsons: Vec<String> = peer.ask(&json!(["dumps", spans.iter().map(without_params).collect::<Vec<_>>()]));
    jsons.into_iter().map(|json| if json == "null" { String::new() } else { json }).collect()
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn ten_thousand_spans() {
    let (mut peer, mut numbers) = (Peer::start(), Numbers(1));
    let spans: Vec<Value> = (0..COUNT).map(|_| numbers.span()).collect();
    let jsons = jsons(&mut peer, &spans);
    let expected: Vec<[String; 2]> = peer.ask(&json!(["lines", spans]));
    assert_eq!((jsons.len(), expected.len()), (COUNT, COUNT));
    for ((span, json), expected) in spans.iter().zip(&jsons).zip(&expected) {
        assert_eq!(written(span, json), *expected);
    }
    let marked = expected.iter().filter(|[_, stop]| stop.contains("-stop  <- !!!")).count();
    assert!((COUNT / 4..COUNT * 3 / 4).contains(&marked), "{marked} spans of more than half a second");
}

/// Around all places where the text of a float takes another shape.
#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn durations_at_edges() {
    let mut peer = Peer::start();
    let powers = (0..=15).flat_map(|exponent| [1, 2, 5, 9].map(|digit| digit * 10_u64.pow(exponent)));
    let near = powers.flat_map(|power| power.saturating_sub(12)..=power + 12);
    let durations = (0..2000).chain(499_000..501_000).chain(near).filter(|took| *took <= LONGEST);
    let span = Numbers(2).span();
    let with = |took| {
        let mut span = span.clone();
        (span["took"], span["db"]) = (json!(took), Value::Null);
        span
    };
    let spans: Vec<Value> = durations.map(with).collect();
    let expected: Vec<[String; 2]> = peer.ask(&json!(["lines", spans]));
    assert_eq!(expected.len(), spans.len());
    for (span, expected) in spans.iter().zip(&expected) {
        assert_eq!(written(span, ""), *expected);
    }
}
