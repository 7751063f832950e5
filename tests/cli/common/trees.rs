//! Trees read back by parsers that have nothing to do with those who wrote them.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use serde_json::Value;
use tracerank_testing::naive::spans::Node;

/// A tree in JSON; its nodes in the order in which they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonTree {
    pub input: BTreeMap<String, u64>,
    pub roots_total_ns: i128,
    /// The self time of the whole log.
    pub self_total_ns: i128,
    /// The self time of the part that is shown.
    pub subtree_total_ns: i128,
    pub percent_of: String,
    pub nodes: Vec<Node>,
    /// Where something is left out: the path above it, the number of nodes and their time.
    pub omitted: Vec<(Vec<Vec<u8>>, u64, i128)>,
}

pub fn json_tree(tree: &[u8]) -> JsonTree {
    let tree: Value = serde_json::from_slice(tree).expect("it is JSON");
    let object = tree.as_object().expect("an object");
    let keys = ["input", "percent_of", "roots", "roots_total_ns", "schema", "self_total_ns", "subtree_total_ns"];
    assert_eq!(object.keys().filter(|key| *key != "omitted").collect::<Vec<_>>(), keys);
    assert_eq!(object["schema"], 1);
    let (input, _) = super::parsed::input(object["input"].clone());
    let mut json = JsonTree {
        input,
        roots_total_ns: integer(&object["roots_total_ns"]),
        self_total_ns: integer(&object["self_total_ns"]),
        subtree_total_ns: integer(&object["subtree_total_ns"]),
        percent_of: object["percent_of"].as_str().expect("text").to_owned(),
        nodes: Vec::new(),
        omitted: Vec::new(),
    };
    json.add_omitted(&[], &tree);
    json.add_nodes(&[], &object["roots"]);
    json
}

impl JsonTree {
    fn add_nodes(&mut self, above: &[Vec<u8>], children: &Value) {
        for node in children.as_array().expect("nodes") {
            let path = [above, &[name(node)]].concat();
            let subtree_ns = integer(&node["subtree_ns"]);
            let percent = node["subtree_percent"].as_f64().expect("a share");
            let whole = self.subtree_total_ns.max(1) as f64;
            assert!((percent - 100.0 * subtree_ns as f64 / whole).abs() < 1e-9, "{node}");
            self.nodes.push(Node {
                path: path.clone(),
                count: node["count"].as_u64().expect("a count"),
                total_ns: integer(&node["total_ns"]),
                self_ns: integer(&node["self_ns"]),
                subtree_ns,
                max_ns: if node["max_ns"].is_null() { None } else { Some(integer(&node["max_ns"]) as i64) },
                asynchronous: node["asynchronous"].as_u64().expect("a count"),
            });
            self.add_omitted(&path, node);
            self.add_nodes(&path, &node["children"]);
        }
    }

    fn add_omitted(&mut self, above: &[Vec<u8>], node: &Value) {
        if let Some(omitted) = node.get("omitted") {
            let nodes = omitted["nodes"].as_u64().expect("a count");
            self.omitted.push((above.to_vec(), nodes, integer(&omitted["subtree_ns"])));
        }
    }
}

fn name(node: &Value) -> Vec<u8> {
    let Some(hex) = node.get("name_hex") else {
        return node["name"].as_str().expect("text").as_bytes().to_vec();
    };
    let digits = hex.as_str().expect("digits").as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn integer(number: &Value) -> i128 {
    number.to_string().parse().expect("an integer")
}

/// Folded stacks: names, and microseconds.
pub fn folded(stacks: &str) -> Vec<(Vec<String>, u64)> {
    let stack = |line: &str| {
        let (names, us) = line.rsplit_once(' ').expect("a number");
        (names.split(';').map(str::to_owned).collect(), us.parse().expect("an integer"))
    };
    stacks.lines().map(stack).collect()
}

/// A frame of a flame graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// `name (1,234 µs, 5.67%)`
    pub title: String,
    /// Where it begins and how wide it is, in microseconds.
    pub x: u64,
    pub width: u64,
    /// How far down it stands, in pixels.
    pub y: u64,
}

/// The frames of a flame graph. It has to be well-formed XML, and each group in it has to be a frame with a title.
pub fn frames(svg: &str) -> Vec<Frame> {
    let mut reader = Reader::from_str(svg);
    let (mut frames, mut is_group, mut is_title) = (Vec::new(), false, false);
    let (mut title, mut depth) = (String::new(), 0);
    loop {
        match reader.read_event().expect("it is XML") {
            Event::Eof => break,
            Event::Start(tag) => {
                depth += 1;
                is_title = tag.name().as_ref() == b"title";
                if tag.name().as_ref() == b"g" {
                    (is_group, title) = (true, String::new());
                }
            }
            Event::Text(text) if is_title => title.push_str(&text.decode().expect("UTF-8")),
            Event::GeneralRef(entity) if is_title => {
                let entity = format!("&{};", entity.decode().expect("UTF-8"));
                title.push_str(&unescape(&entity).expect("an entity"));
            }
            Event::Empty(tag) if is_group && tag.name().as_ref() == b"rect" => {
                assert!(!title.is_empty(), "a frame has a title");
                let [x, width, y] = ["fg:x", "fg:w", "y"].map(|key| {
                    let value = tag.try_get_attribute(key).expect("attributes").expect(key);
                    std::str::from_utf8(&value.value).unwrap().parse().expect(key)
                });
                frames.push(Frame { title: title.clone(), x, width, y });
            }
            Event::End(tag) => {
                depth -= 1;
                is_title = false;
                is_group &= tag.name().as_ref() != b"g";
            }
            _ => {}
        }
    }
    assert_eq!(depth, 0, "all that is opened is closed");
    frames
}

/// The samples of a file for speedscope: names, and nanoseconds. Every number in it has to be that of a frame.
pub fn speedscope(file: &[u8]) -> Vec<(Vec<String>, i128)> {
    let file: Value = serde_json::from_slice(file).expect("it is JSON");
    assert_eq!(file["$schema"], "https://www.speedscope.app/file-format-schema.json");
    let frames = file["shared"]["frames"].as_array().expect("frames");
    let [profile] = file["profiles"].as_array().expect("profiles").as_slice() else { panic!("one profile") };
    assert_eq!((&profile["type"], &profile["unit"]), (&"sampled".into(), &"nanoseconds".into()));
    let (samples, weights) = (profile["samples"].as_array().unwrap(), profile["weights"].as_array().unwrap());
    assert_eq!(samples.len(), weights.len());
    let frame = |at: &Value| frames[at.as_u64().unwrap() as usize]["name"].as_str().unwrap().to_owned();
    let names = |sample: &Value| sample.as_array().unwrap().iter().map(frame).collect::<Vec<_>>();
    let samples: Vec<_> = samples.iter().map(names).zip(weights.iter().map(integer)).collect();
    assert_eq!(profile["startValue"], 0);
    assert_eq!(integer(&profile["endValue"]), samples.iter().map(|(_, weight)| weight).sum());
    samples
}
