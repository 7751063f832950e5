//! The route of a request: `/api/orders/{n}` is one for all orders.

use super::Normalised;
use super::classes::{CLASSES, DIGIT, END, Masks, OTHER, SEPARATOR};

/// The gap of a piece of digits alone.
const NUMBER: &[u8] = b"{n}";
/// The gap of a long piece of hex digits and hyphens.
const ID: &[u8] = b"{id}";
/// The fewest bytes of an id.
const ID_LEN: usize = 8;

/// Finds the route of a request's path or absolute URL, and appends it to `out` unless it is a prefix of the path.
///
/// The route is the path up to its first `?` or `#`. In it, between any of `/` and `.`, each piece of digits alone
/// becomes `{n}`, and each piece of at least eight bytes, all hex digits or `-` and at least one of them a digit,
/// becomes `{id}` (`docs/normalise.md`). All other bytes stay as they are: nothing is decoded, no slash is added or
/// taken away. Of an absolute URL (`https://shop.example:443/cart/77`), scheme, user, host and port are left out, and a
/// path that is then empty is `/` (RFC 9110, section 4.2.3).
///
/// The route of a route is the same.
///
/// ```
/// use tracerank::normalise::{Normalised, route};
///
/// let line = b"GET /api/orders/1844?x=1 HTTP/1.1";
/// let mut name = b"GET ".to_vec();
/// assert_eq!(route(&line[4..24], &mut name), Normalised::Appended);
/// assert_eq!(name, b"GET /api/orders/{n}");
///
/// let line = b"GET /search?q=shoes HTTP/1.1";
/// assert_eq!(route(&line[4..19], &mut name), Normalised::Prefix(b"/search".len()));
/// assert_eq!(name, b"GET /api/orders/{n}", "left alone");
/// ```
#[inline]
pub fn route(path: &[u8], out: &mut Vec<u8>) -> Normalised {
    if path.first() != Some(&b'/')
        && let Some(origin) = origin_len(path)
    {
        return append_without_origin(&path[origin..], out);
    }
    route_of_path(path, out)
}

/// Appends the route of the part of an absolute URL after its origin.
fn append_without_origin(path: &[u8], out: &mut Vec<u8>) -> Normalised {
    match route_of_path(path, out) {
        Normalised::Prefix(0) => out.push(b'/'),
        Normalised::Prefix(len) => out.extend_from_slice(&path[..len]),
        Normalised::Appended => {}
    }
    Normalised::Appended
}

/// Measures scheme, user, host and port, where a text begins with a scheme and `://`.
#[inline(never)]
fn origin_len(text: &[u8]) -> Option<usize> {
    let is_of_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let scheme = text.iter().position(|byte| !is_of_scheme(byte))?;
    let authority = text[scheme..].strip_prefix(b"://")?;
    let len = memchr::memchr3(b'/', b'?', b'#', authority).unwrap_or(authority.len());
    text[0].is_ascii_alphabetic().then_some(text.len() - authority.len() + len)
}

/// Finds the route of a path without origin: by masks if its end is within them, as nearly every path's is.
///
/// Over the mix of `benches/normalise.rs` (23 bytes a path) masks take 27 ns a path, and going byte by byte takes 46
/// ns.
#[inline]
fn route_of_path(path: &[u8], out: &mut Vec<u8>) -> Normalised {
    let masks = Masks::of(path);
    let len = path.len().min(masks.ends.trailing_zeros() as usize);
    if len > Masks::LEN { by_byte(path, out) } else { by_masks(&path[..len], masks, out) }
}

/// Finds the route of a path that is no longer than masks are.
///
/// All pieces are judged at once. A branch at the end of each would be one that no processor foresees.
#[inline]
fn by_masks(path: &[u8], masks: Masks, out: &mut Vec<u8>) -> Normalised {
    let end = 1_u64 << path.len();
    let ids = masks.ids & (end - 1);
    let begins = masks.separators << 1 | 1;
    let stops = masks.separators & (end - 1) | end;
    // Adding one to the lowest bit of a row of ones carries to the place after it: if a piece stops there, all of it is
    // in the row.
    let mut candidates = ((ids & begins) + ids) & stops;
    let mut rewrite = Rewrite { path, copied: 0, out };
    while candidates != 0 {
        let stop = candidates.trailing_zeros();
        candidates &= candidates - 1;
        let before = (1_u64 << stop) - 1;
        let begin = u64::BITS - (stops & before).leading_zeros();
        let digits = masks.digits & before & (u64::MAX << begin);
        if digits == before & (u64::MAX << begin) {
            rewrite.replace(begin as usize, stop as usize, NUMBER);
        } else if (stop - begin) as usize >= ID_LEN && digits != 0 {
            rewrite.replace(begin as usize, stop as usize, ID);
        }
    }
    rewrite.finish(path.len())
}

/// Finds the route of any path, byte by byte.
fn by_byte(path: &[u8], out: &mut Vec<u8>) -> Normalised {
    let mut rewrite = Rewrite { path, copied: 0, out };
    let (mut begin, mut seen) = (0, 0);
    for (at, byte) in path.iter().enumerate() {
        let class = CLASSES[usize::from(*byte)];
        if class < SEPARATOR {
            seen |= class;
            continue;
        }
        rewrite.piece(begin, at, seen);
        if class == END {
            return rewrite.finish(at);
        }
        (begin, seen) = (at + 1, 0);
    }
    rewrite.piece(begin, path.len(), seen);
    rewrite.finish(path.len())
}

/// A path with gaps, which is written from its first gap on.
struct Rewrite<'a> {
    path: &'a [u8],
    /// Number of the path's bytes that are in the buffer, or replaced in it.
    copied: usize,
    out: &'a mut Vec<u8>,
}

impl Rewrite<'_> {
    /// Replaces a piece whose bytes are of these classes, if it is a number or an id.
    fn piece(&mut self, begin: usize, stop: usize, seen: u8) {
        if seen == DIGIT {
            self.replace(begin, stop, NUMBER);
        } else if seen & (DIGIT | OTHER) == DIGIT && stop - begin >= ID_LEN {
            self.replace(begin, stop, ID);
        }
    }

    #[inline]
    fn replace(&mut self, begin: usize, stop: usize, gap: &[u8]) {
        self.out.extend_from_slice(&self.path[self.copied..begin]);
        self.out.extend_from_slice(gap);
        self.copied = stop;
    }

    /// Copies the rest of a route of `len` bytes if it has a gap. No gap stops at 0.
    #[inline]
    fn finish(self, len: usize) -> Normalised {
        if self.copied == 0 {
            return Normalised::Prefix(len);
        }
        self.out.extend_from_slice(&self.path[self.copied..len]);
        Normalised::Appended
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Finds a route by this code, after the text that is in the buffer already.
    fn route_by(code: fn(&[u8], &mut Vec<u8>) -> Normalised, path: &[u8]) -> Vec<u8> {
        let mut out = b"GET ".to_vec();
        match code(path, &mut out) {
            Normalised::Prefix(len) => {
                assert_eq!(out, b"GET ", "nothing is written");
                path[..len].to_vec()
            }
            Normalised::Appended => out.strip_prefix(b"GET ").unwrap().to_vec(),
        }
    }

    /// Finds a route by splitting, piece after piece.
    fn naive_route(text: &[u8]) -> Vec<u8> {
        let end = text.iter().position(|byte| b"?#".contains(byte)).unwrap_or(text.len());
        let mut path = text[..end].to_vec();
        if let Some(after_scheme) = naive_after_scheme(&path) {
            let host = path[after_scheme..].iter().position(|byte| *byte == b'/');
            path = host.map_or(b"/".to_vec(), |host| path[after_scheme + host..].to_vec());
        }
        let separators: Vec<u8> = path.iter().copied().filter(|byte| b"/.".contains(byte)).collect();
        let pieces = path.split(|byte| b"/.".contains(byte)).map(naive_piece);
        let separated = pieces.zip(separators.into_iter().map(Some).chain([None]));
        separated.flat_map(|(piece, separator)| piece.into_iter().chain(separator)).collect()
    }

    fn naive_piece(piece: &[u8]) -> Vec<u8> {
        let has_digit = piece.iter().any(u8::is_ascii_digit);
        let is_of_id = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
        if has_digit && piece.iter().all(u8::is_ascii_digit) {
            b"{n}".to_vec()
        } else if has_digit && piece.len() >= 8 && piece.iter().all(is_of_id) {
            b"{id}".to_vec()
        } else {
            piece.to_vec()
        }
    }

    fn naive_after_scheme(path: &[u8]) -> Option<usize> {
        let colon = path.windows(3).position(|bytes| bytes == b"://")?;
        let (first, others) = path[..colon].split_first()?;
        let is_scheme = first.is_ascii_alphabetic()
            && others.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
        is_scheme.then_some(colon + 3)
    }

    #[track_caller]
    fn has_route(path: impl AsRef<[u8]>, expected: impl AsRef<[u8]>) {
        let (path, expected) = (path.as_ref(), expected.as_ref());
        let shown = path.escape_ascii();
        assert_eq!(route_by(route, path).escape_ascii().to_string(), expected.escape_ascii().to_string(), "{shown}");
        assert_eq!(naive_route(path), expected, "the twin, of {shown}");
    }

    #[test]
    fn numbers_and_ids_are_replaced() {
        has_route("/api/orders/1844?x=1", "/api/orders/{n}");
        has_route("/api/orders/1844#top", "/api/orders/{n}");
        has_route("/blog/2026/03/phone", "/blog/{n}/{n}/phone");
        has_route("/1/2/3", "/{n}/{n}/{n}");
        has_route("/static/css/main.0e06256e.css", "/static/css/main.{id}.css");
        has_route("/users/f12e75d5-5d59-4cbc-b74d-357f19290dd7/cart", "/users/{id}/cart");
        has_route("/users/F12E75D5-5D59-4CBC-B74D-357F19290DD7", "/users/{id}");
        has_route("/12.345.js", "/{n}.{n}.js");
        has_route("/v1.2/x", "/v1.{n}/x");
        has_route("/days/12-34-56-78", "/days/{id}");
        has_route("/n/12345678", "/n/{n}");
        has_route("/n/-1234567", "/n/{id}");
        has_route("1844", "{n}");
        has_route("0123456a/x", "{id}/x");
    }

    #[test]
    fn all_else_stays() {
        for path in [
            "",
            "*",
            "/",
            "//",
            "/a//b/",
            "login",
            "/v1/x1",
            "/1a",
            "/ab-1234",
            "/deadbeef",
            "/--------",
            "/a/../b/.",
            "/.env",
            "/{n}/{id}",
        ] {
            has_route(path, path);
        }
        has_route("/1234567g1", "/1234567g1");
        has_route("/a%2F12/%31%32", "/a%2F12/%31%32");
        has_route("/items;id=12", "/items;id=12");
        has_route("/1 2", "/1 2");
        has_route(r"/f\xF6r/12", r"/f\xF6r/{n}");
        has_route(r"/\xF6\xE4", r"/\xF6\xE4");
        has_route(b"/f\xF6r/12\xF6/34/\0", b"/f\xF6r/12\xF6/{n}/\0");
    }

    #[test]
    fn empty_pieces_stand() {
        has_route("//12//", "//{n}//");
        has_route("/12/", "/{n}/");
        has_route("/12.", "/{n}.");
        has_route("?x=1", "");
        has_route("/?x=1", "/");
        has_route("#?12", "");
    }

    #[test]
    fn an_origin_is_left_out() {
        has_route("https://shop.example:443/cart/77", "/cart/{n}");
        has_route("http://shop.example/login?next=http://other.example/1", "/login");
        has_route("HTTP://user:secret@10.1.2.3:80/12345678-9", "/{id}");
        has_route("http://[::1]:8080/a", "/a");
        has_route("ws+x-1.0://h/7", "/{n}");
        for empty in [
            "https://shop.example:443",
            "https://shop.example?x=1",
            "https://shop.example#x",
            "https://shop.example/",
            "h://",
        ] {
            has_route(empty, "/");
        }
    }

    #[test]
    fn some_texts_are_no_absolute_urls() {
        has_route("shop.example:443", "shop.example:443");
        has_route("10.1.2.3:443", "{n}.{n}.{n}.3:443");
        has_route("//shop.example/77", "//shop.example/{n}");
        has_route("/proxy/http://shop.example/77", "/proxy/http://shop.example/{n}");
        has_route("://a/7", "://a/{n}");
        has_route("1a://b/7", "1a://b/{n}");
        has_route("a_b://c/7", "a_b://c/{n}");
        has_route("a?://b/7", "a");
    }

    #[test]
    fn length_makes_no_difference() {
        for len in 1..200 {
            has_route("a/".repeat(len), "a/".repeat(len));
            has_route("1.".repeat(len), "{n}.".repeat(len));
            has_route("7".repeat(len), "{n}");
            has_route(format!("/{}/7", "x".repeat(len)), format!("/{}/{{n}}", "x".repeat(len)));
            has_route(format!("{}?/7", "x".repeat(len)), "x".repeat(len));
            let id = "f".repeat(len) + "1";
            has_route(&id, if len < 7 { &id } else { "{id}" });
        }
    }

    /// Makes texts of the bytes that matter, with pieces long enough to be ids.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![
            6 => prop::sample::select(b"0123456789abcdefABCDEF-".to_vec()),
            3 => prop::sample::select(b"/.".to_vec()),
            1 => prop::sample::select(b"g?#:\xF6".to_vec()),
        ];
        let piece = prop_oneof![
            4 => prop::collection::vec(byte, 0..20),
            1 => prop::collection::vec(prop::sample::select(b"0123456789".to_vec()), 1..12),
            1 => prop::collection::vec(prop::sample::select(b"0123456789abcdefABCDEF-".to_vec()), 6..40),
            1 => Just(b"://".to_vec()),
        ];
        prop::collection::vec(piece, 0..10).prop_map(|pieces| pieces.join(&b'/'))
    }

    proptest! {
        #[test]
        fn routes_are_those_of_the_twin(text in text()) {
            prop_assert_eq!(route_by(route, &text), naive_route(&text));
        }

        #[test]
        fn routes_by_byte_are_those_by_masks(text in text()) {
            prop_assert_eq!(route_by(by_byte, &text), route_by(route_of_path, &text));
        }

        #[test]
        fn a_scheme_and_a_host_change_nothing(text in text()) {
            let url = [b"https://shop.example:443/", text.as_slice()].concat();
            prop_assert_eq!(route_by(route, &url), route_by(route, &[b"/", text.as_slice()].concat()));
        }

        #[test]
        fn the_route_of_a_route_is_the_same(text in text()) {
            let once = route_by(route, &text);
            prop_assert_eq!(route_by(route, &once), once);
        }
    }
}
