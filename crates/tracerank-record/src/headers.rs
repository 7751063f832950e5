//! The two HTTP headers that carry a trace from one process into the next, as osprofiler signs and checks them
//! (`osprofiler/_utils.py`: `signed_pack`, `signed_unpack`; `osprofiler/web.py`: which keys the JSON may have).

use std::borrow::Cow;
use std::fmt::Write;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::line::{Parent, TraceId};

/// The header with the base64 of the JSON of base_id and parent_id.
pub const X_TRACE_INFO: &str = "X-Trace-Info";
/// The header with the HMAC-SHA1 of the other one, in hexadecimal digits.
pub const X_TRACE_HMAC: &str = "X-Trace-HMAC";

/// Headers of more bytes are refused before anything is computed from them. osprofiler's own take 176 bytes.
const MAX_INFO: usize = 4096;
/// The JSON for the next process has it twice, and must not become longer than that.
const MAX_BASE_ID: usize = 1024;
const HMAC_LEN: usize = 40;

/// The values of the headers `X-Trace-Info` and `X-Trace-HMAC`, for a request to another process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Headers {
    /// The value of [`X_TRACE_INFO`].
    pub info: String,
    /// The value of [`X_TRACE_HMAC`].
    pub hmac: String,
}

/// The JSON in `X-Trace-Info`. osprofiler refuses other keys, too.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Info<'a> {
    base_id: Cow<'a, str>,
    #[serde(default)]
    parent_id: Option<Cow<'a, str>>,
}

/// The position in a trace that the headers of a signed request give.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) base_id: Box<str>,
    pub(crate) parent: Parent,
    /// The index of the key that it was signed with.
    pub(crate) key: usize,
}

/// The headers for a child of `parent`.
pub(crate) fn sign(key: &str, base_id: &str, parent: &Parent) -> Headers {
    let info = Info { base_id: base_id.into(), parent_id: Some(parent.id(base_id).into()) };
    // A struct of two texts always has a JSON; without one, the other process would refuse the headers.
    let info = URL_SAFE.encode(serde_json::to_vec(&info).unwrap_or_default());
    let hmac = digest(key, info.as_bytes());
    Headers { info, hmac }
}

/// Reads headers that are well-formed and signed with one of the keys. Others give none, without a reason.
pub(crate) fn verify(keys: &[String], info: &[u8], hmac: &[u8]) -> Option<Place> {
    let hmac = hmac.trim_ascii();
    if info.len() > MAX_INFO || hmac.len() != HMAC_LEN {
        return None;
    }
    let key = keys.iter().position(|key| digest(key, info).as_bytes().ct_eq(hmac).into())?;
    let json = URL_SAFE.decode(info).ok()?;
    // serde would take an array of both ids, too.
    let object = json.trim_ascii_start().starts_with(b"{").then_some(&json)?;
    let Info { base_id, parent_id } = serde_json::from_slice(object).ok()?;
    let base_id = acceptable(base_id)?;
    let parent = match parent_id {
        Some(id) if !id.is_empty() && *id != *base_id => Parent::Span(TraceId::parse(&id)?),
        _ => Parent::None,
    };
    Some(Place { base_id, parent, key })
}

/// Accepts a base_id that can stand in a line. The signer chose it, and a blank or a line feed in it would break the
/// record in two.
fn acceptable(base_id: Cow<'_, str>) -> Option<Box<str>> {
    // As long as it is in JSON.
    let len = base_id.len() + base_id.matches(['"', '\\']).count();
    let is_fit = (1..=MAX_BASE_ID).contains(&len)
        && !base_id.chars().any(|character| character.is_control() || character.is_whitespace());
    is_fit.then(|| base_id.into())
}

fn digest(key: &str, message: &[u8]) -> String {
    // HMAC takes keys of any length; the type of its error allows for others that don't.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(key.as_bytes()) else { return String::new() };
    mac.update(message);
    mac.finalize().into_bytes().iter().fold(String::with_capacity(HMAC_LEN), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Finds a key among the keys, in a time that does not tell how much of it was right.
pub(crate) fn find_key(keys: &[String], key: &str) -> Option<usize> {
    let matches = keys.iter().map(|known| bool::from(known.as_bytes().ct_eq(key.as_bytes())));
    // Without an early end: where in the list the key stands is not told either.
    matches.enumerate().fold(None, |found, (at, is_equal)| if is_equal { Some(at) } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Signs JSON with the key `secret_word`, and verifies it.
    fn verify_signed(json: &str) -> Option<Place> {
        let info = URL_SAFE.encode(json);
        verify(&["secret_word".to_owned()], info.as_bytes(), digest("secret_word", info.as_bytes()).as_bytes())
    }

    #[test]
    fn only_an_object_is_accepted() {
        let place = Place { base_id: "request-7".into(), parent: Parent::None, key: 0 };
        assert_eq!(verify_signed(r#" {"base_id": "request-7"}"#), Some(place));
        for json in [r#"["request-7"]"#, r#"["request-7", null]"#, r#""request-7""#, "null", ""] {
            assert_eq!(verify_signed(json), None, "{json}");
        }
    }
}
