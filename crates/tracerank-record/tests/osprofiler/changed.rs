//! Headers of osprofiler's that are not as it signed them are refused.

use serde_json::json;

use super::{Headers, KEYS, Peer, Profiler, Request, accept, profiler};

/// Headers as osprofiler signs them, of a span in a span.
fn signed(peer: &mut Peer) -> Headers {
    let [info, hmac, ..]: [String; 4] = peer.ask(&json!(["place", KEYS[0], null, null, 2]));
    Headers { info, hmac }
}

/// All that becomes of bytes by a change of one, the loss of one, one more, or the loss of one end.
fn changes(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let splits = || (0..bytes.len()).map(|at| bytes.split_at(at));
    let with = |before: &[u8], byte: u8, after: &[u8]| [before, &[byte], after].concat();
    let changed = splits().flat_map(move |(before, after)| {
        let others = (0..=u8::MAX).filter(|byte| *byte != after[0]);
        others.map(|byte| with(before, byte, &after[1..])).collect::<Vec<_>>()
    });
    let lost = splits().map(|(before, after)| [before, &after[1..]].concat());
    let more = splits().flat_map(move |(before, after)| [b'0', b'=', after[0]].map(|byte| with(before, byte, after)));
    let ends = splits().flat_map(|(before, after)| [before.to_vec(), after[1..].to_vec()]);
    changed.chain(lost).chain(more).chain(ends)
}

#[track_caller]
fn refused(profiler: &Profiler, info: impl AsRef<[u8]>, hmac: impl AsRef<[u8]>) {
    let (info, hmac) = (info.as_ref(), hmac.as_ref());
    let request: Option<Request> = profiler.accept(Some(info), Some(hmac));
    assert!(request.is_none(), "{} {}", info.escape_ascii(), hmac.escape_ascii());
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn a_byte_of_either() {
    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    let headers = signed(&mut peer);
    changes(headers.info.as_bytes()).for_each(|info| refused(&profiler, info, &headers.hmac));
    changes(headers.hmac.as_bytes()).for_each(|hmac| refused(&profiler, &headers.info, hmac));
    assert!(accept(&profiler, &headers).is_some());
}

#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn one_is_missing_or_another() {
    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    let (headers, other) = (signed(&mut peer), signed(&mut peer));
    let (info, hmac) = (headers.info.as_bytes(), headers.hmac.as_bytes());
    for (info, hmac) in [(None, None), (Some(info), None), (None, Some(hmac))] {
        assert!(profiler.accept(info, hmac).is_none());
    }
    for (info, hmac) in [("", &*headers.hmac), (&headers.info, ""), (&headers.hmac, &headers.info), ("", "")] {
        refused(&profiler, info, hmac);
    }
    refused(&profiler, &headers.info, &other.hmac);
    refused(&profiler, &headers.info, headers.hmac.to_uppercase());
    refused(&profiler, &headers.info, headers.hmac.repeat(2));
    refused(&profiler, &headers.info, [0xff; 40]);
    // osprofiler takes the blanks around it for nothing, too.
    assert!(profiler.accept(Some(info), Some(format!(" {}\t ", headers.hmac).as_bytes())).is_some());
}

/// Content that is signed rightly, but is not base64 of JSON as osprofiler writes it, or too much of it.
#[test]
#[ignore = "needs osprofiler: scripts/osprofiler"]
fn no_header_at_all() {
    let (mut peer, (_folder, profiler)) = (Peer::start(), profiler());
    for len in [4097, 1 << 16, 1 << 20] {
        let [info, hmac]: [String; 2] = peer.ask(&json!(["sign", " ".repeat(len), KEYS[0]]));
        refused(&profiler, info, hmac);
    }
    let Headers { info, hmac } = signed(&mut peer);
    refused(&profiler, " ".repeat(1 << 20), &hmac);
    refused(&profiler, &info, " ".repeat(1 << 20));
    refused(&profiler, &info, hmac.clone() + &"0".repeat(1 << 20));
}
