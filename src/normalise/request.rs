//! The request of an access log: method and route.

use memchr::memmem;

use super::{Normalised, route};

/// The name of a request that is not HTTP, as `HAProxy` calls it.
const BAD_REQUEST: &[u8] = b"<BADREQ>";

/// Appends the method and the route of a request `GET /orders/17?x=1 HTTP/1.1`, or `<BADREQ>` if it is anything else.
///
/// The method is the text up to the first blank, and the path the text from there to the next ` HTTP/`. Neither is
/// empty, nor is the route of the path.
pub(crate) fn request(text: &[u8], out: &mut Vec<u8>) -> Normalised {
    let before = out.len();
    if append_request(text, out).is_none() {
        out.truncate(before);
        out.extend_from_slice(BAD_REQUEST);
    }
    Normalised::Appended
}

fn append_request(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let blank = memchr::memchr(b' ', text).filter(|blank| *blank > 0)?;
    let rest = &text[blank + 1..];
    let path = &rest[..memmem::find(rest, b" HTTP/")?];
    out.extend_from_slice(&text[..=blank]);
    match route(path, out) {
        Normalised::Prefix(0) => None,
        Normalised::Prefix(len) => {
            out.extend_from_slice(&path[..len]);
            Some(())
        }
        Normalised::Appended => Some(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_method_and_route_or_bad() {
        for (text, name) in [
            ("GET /orders/17?x=1 HTTP/1.1", "GET /orders/{n}"),
            ("GET https://shop.example:443 HTTP/2.0", "GET /"),
            ("GET /two words HTTP/1.1", "GET /two words"),
            ("OPTIONS * HTTP/1.1", "OPTIONS *"),
            ("-", "<BADREQ>"),
            ("", "<BADREQ>"),
            ("GET /", "<BADREQ>"),
            ("GET ?x HTTP/1.1", "<BADREQ>"),
            ("GET  HTTP/1.1", "<BADREQ>"),
            (" / HTTP/1.1", "<BADREQ>"),
            ("- - -", "<BADREQ>"),
        ] {
            let mut out = b"x ".to_vec();
            assert_eq!(request(text.as_bytes(), &mut out), Normalised::Appended);
            assert_eq!(String::from_utf8_lossy(&out), format!("x {name}"));
        }
    }
}
