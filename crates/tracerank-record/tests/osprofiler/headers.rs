//! Headers that osprofiler signs are accepted as it accepts them itself, and the other way round.

use serde_json::{Value, json};
use tracing::info_span;
use tracing::subscriber::with_default;
use tracing_subscriber::layer::SubscriberExt;

use super::{Headers, KEYS, Peer, Profiler, Request, accept, keys, profiler};

const BASE: &str = "07210e9e-c012-4ace-9cc8-6d9626eb3011";
const PARENT: &str = "ac9a9d8d-043e-4733-8ad5-1c51ec5adf03";

/// The ids of the group and the parent, and the key: where osprofiler's middleware has its application run, if it
/// accepts the headers.
type Place = Option<[String; 3]>;

/// The position of osprofiler with these headers.
fn osprofiler(peer: &mut Peer, headers: &Headers) -> Place {
    let place: Option<[Value; 3]> = peer.ask(&json!(["accept", headers.info, headers.hmac, keys()]));
    // Ids can be of any type there.
    place.map(|place| place.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)))
}

/// The position of a request, as osprofiler reads the headers that the request gives.
fn place_of(peer: &mut Peer, request: &Request) -> [String; 3] {
    let Headers { info, hmac } = request.headers();
    let contents: Value = peer.ask(&json!(["unpack", info, hmac, keys()]));
    assert_eq!(contents.as_object().unwrap().len(), 3, "{contents}");
    assert_eq!(contents["base_id"], request.base_id());
    ["base_id", "parent_id", "hmac_key"].map(|field| contents[field].as_str().unwrap().to_owned())
}

fn headers([info, hmac]: [String; 2]) -> Headers {
    Headers { info, hmac }
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn osprofilers_own_are_accepted() {
    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    let bases = [None, Some(BASE), Some("request-7"), Some("größe"), Some("任務"), Some("😀")];
    for key in KEYS {
        for (base_id, parent_id, depth) in
            bases.iter().flat_map(|base| [(base, None, 0), (base, Some(PARENT), 0), (base, None, 2)])
        {
            let [info, hmac, base_id, id]: [String; 4] = peer.ask(&json!(["place", key, base_id, parent_id, depth]));
            let headers = Headers { info, hmac };
            let place = [base_id, id, key.to_owned()];
            assert_eq!(osprofiler(&mut peer, &headers).as_ref(), Some(&place));
            let request = accept(&profiler, &headers).unwrap_or_else(|| panic!("{place:?}"));
            assert_eq!(place_of(&mut peer, &request), place);
        }
    }
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn ours_are_accepted_by_osprofiler() {
    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    with_default(tracing_subscriber::registry().with(profiler.layer()), || {
        for key in KEYS {
            let request = profiler.request(key).unwrap();
            let top = [request.base_id(), request.base_id(), key].map(str::to_owned);
            assert_eq!(place_of(&mut peer, &request), top);
            assert_eq!(osprofiler(&mut peer, &request.headers()), Some(top.clone()));
            let in_span = request.in_scope(|| info_span!("span").in_scope(|| Request::current().unwrap()));
            let place = place_of(&mut peer, &in_span);
            assert!(place[1] != top[1] && place[0] == top[0] && place[2] == top[2], "{place:?}");
            assert_eq!(osprofiler(&mut peer, &in_span.headers()), Some(place));
        }
    });
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn keys_that_are_not_the_profilers() {
    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    for key in ["secret_wor", "secret_word ", "SECRET_WORD", "größe", &KEYS[3][..64], &keys()] {
        let headers = headers(peer.ask(&json!(["pack", { "base_id": BASE, "parent_id": BASE }, key])));
        assert_eq!(osprofiler(&mut peer, &headers), None);
        assert!(accept(&profiler, &headers).is_none(), "{key}");
        assert!(profiler.request(key).is_none(), "{key}");
    }
}

/// Those that accept contents that are signed with a right key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Both,
    /// osprofiler would go on, and its lines could not be read, or would not be written at all.
    OsprofilerOnly,
    None,
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn odd_contents() {
    use By::{Both, None, OsprofilerOnly};

    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    let id_in_capitals = PARENT.to_uppercase();
    let longest = "a".repeat(1024);
    for (contents, by) in [
        (json!({ "base_id": BASE }), Both),
        (json!({ "base_id": BASE, "parent_id": null }), Both),
        (json!({ "base_id": BASE, "parent_id": "" }), Both),
        (json!({ "base_id": BASE, "parent_id": BASE }), Both),
        (json!({ "base_id": BASE, "parent_id": PARENT }), Both),
        (json!({ "base_id": BASE, "parent_id": id_in_capitals }), Both),
        (json!({ "base_id": "größe-任務", "parent_id": PARENT }), Both),
        (json!({ "base_id": "\"\\/'{}", "parent_id": "\"\\/'{}" }), Both),
        (json!({ "base_id": longest }), Both),
        // Bytes that nobody needs.
        (json!({ "base_id": longest.clone() + "a" }), OsprofilerOnly),
        // They would break the record in two, or into other words.
        (json!({ "base_id": "" }), OsprofilerOnly),
        (json!({ "base_id": "a b" }), OsprofilerOnly),
        (json!({ "base_id": " " }), OsprofilerOnly),
        (json!({ "base_id": "a\n2020-02-27T08:04:25.954502" }), OsprofilerOnly),
        (json!({ "base_id": "a\r" }), OsprofilerOnly),
        (json!({ "base_id": "\0" }), OsprofilerOnly),
        (json!({ "base_id": "\u{1b}[31m" }), OsprofilerOnly),
        (json!({ "base_id": "\u{85}" }), OsprofilerOnly),
        (json!({ "base_id": "\u{2028}" }), OsprofilerOnly),
        // No id of a span.
        (json!({ "base_id": BASE, "parent_id": "request-7" }), OsprofilerOnly),
        (json!({ "base_id": BASE, "parent_id": PARENT.replace('-', "") }), OsprofilerOnly),
        (json!({ "base_id": BASE, "parent_id": format!("{PARENT}\n") }), OsprofilerOnly),
        // No text: Mistral fails to write it.
        (json!({ "base_id": 7 }), OsprofilerOnly),
        (json!({ "base_id": null }), OsprofilerOnly),
        (json!({ "base_id": true }), OsprofilerOnly),
        (json!({ "base_id": [BASE] }), OsprofilerOnly),
        (json!({ "base_id": BASE, "parent_id": 7 }), OsprofilerOnly),
        // osprofiler puts the key there itself, later.
        (json!({ "base_id": BASE, "hmac_key": KEYS[0] }), OsprofilerOnly),
        (json!({ "base_id": BASE, "parent_id": PARENT, "more": 1 }), None),
        (json!({ "base_id": BASE, "Parent_id": PARENT }), None),
        (json!({ "parent_id": PARENT }), None),
        (json!({}), None),
        (json!([]), None),
        (json!([BASE, PARENT]), None),
        (json!(BASE), None),
        (json!(7), None),
        (json!(null), None),
    ] {
        let headers = headers(peer.ask(&json!(["pack", contents, KEYS[1]])));
        assert_eq!(is_accepted(&mut peer, &profiler, &headers), by, "{contents}");
    }
}

/// Texts that are not JSON, or not as Python writes it.
#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn odd_texts() {
    use By::{Both, None, OsprofilerOnly};

    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    for (text, by) in [
        (format!(" {{\n\"parent_id\" : null,\t\"base_id\" : \"{BASE}\" }} "), Both),
        (r#"{"base_id": "\ud83d\ude00"}"#.to_owned(), Both),
        // Half of a character has no UTF-8.
        (r#"{"base_id": "\ud83d"}"#.to_owned(), OsprofilerOnly),
        // Python takes the last one.
        (r#"{"base_id": "a", "base_id": "b"}"#.to_owned(), OsprofilerOnly),
        (r#"{"base_id": "a"} {}"#.to_owned(), None),
        (r#"{"base_id": "a""#.to_owned(), None),
        ("{'base_id': 'a'}".to_owned(), None),
        (String::new(), None),
    ] {
        let headers = headers(peer.ask(&json!(["sign", text, KEYS[3]])));
        assert_eq!(is_accepted(&mut peer, &profiler, &headers), by, "{text}");
    }
}

/// By whom. Where it is by both, both are at the same place.
fn is_accepted(peer: &mut Peer, profiler: &Profiler, headers: &Headers) -> By {
    let request = accept(profiler, headers);
    match (osprofiler(peer, headers), request) {
        (Some(place), Some(request)) => {
            assert_eq!(place_of(peer, &request), place);
            assert_eq!(osprofiler(peer, &request.headers()), Some(place));
            By::Both
        }
        (Some(_), None) => By::OsprofilerOnly,
        (None, None) => By::None,
        (None, Some(request)) => panic!("{request:?}: osprofiler refuses it"),
    }
}
