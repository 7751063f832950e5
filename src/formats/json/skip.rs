//! The ends of values, and that there are any.

use wide::u8x16;

/// The place where a text is no longer JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// At its end: it breaks off.
    Ends,
    /// At this offset is a byte that can't stand there, or too deep an object or list.
    Wrong(usize),
}

/// The deepest nesting of objects and lists. Genuine ones have three levels.
const MAX_DEPTH: u32 = 128;

/// The thing that comes next, blanks aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Value,
    /// A value, or the end of a list.
    ValueOrEnd,
    Key,
    /// A key, or the end of an object.
    KeyOrEnd,
    /// A comma, or the end of the object or list.
    CommaOrEnd,
}

/// Objects and lists that are open: a bit each, 1 for an object, the innermost lowest.
#[derive(Debug, Default)]
struct Open {
    kinds: u128,
    depth: u32,
}

impl Open {
    fn push(&mut self, is_object: bool, at: usize) -> Result<(), Broken> {
        self.kinds = self.kinds << 1 | u128::from(is_object);
        self.depth += 1;
        if self.depth <= MAX_DEPTH { Ok(()) } else { Err(Broken::Wrong(at)) }
    }

    fn is_object(&self) -> bool {
        self.kinds & 1 == 1
    }

    fn pop(&mut self) {
        self.kinds >>= 1;
        self.depth -= 1;
    }
}

/// Finds the end of the value that begins at `at`, where there is no blank.
#[inline]
pub(super) fn skip_value(text: &[u8], at: usize) -> Result<usize, Broken> {
    match text.get(at) {
        None => Err(Broken::Ends),
        Some(b'"') => skip_string(text, at + 1).map(|(end, _)| end),
        Some(b'{' | b'[') => skip_container(text, at),
        Some(byte) if is_of_word(*byte) => Ok(skip_word(text, at)),
        Some(_) => Err(Broken::Wrong(at)),
    }
}

/// Finds the end of the object or list whose bracket stands at `at`.
pub(crate) fn skip_container(text: &[u8], at: usize) -> Result<usize, Broken> {
    let mut open = Open::default();
    let is_object = text.get(at) == Some(&b'{');
    open.push(is_object, at)?;
    let (mut at, mut next) = (at + 1, if is_object { Next::KeyOrEnd } else { Next::ValueOrEnd });
    loop {
        at = skip_blanks(text, at);
        let byte = *text.get(at).ok_or(Broken::Ends)?;
        at += 1;
        next = match (next, byte) {
            (Next::Value | Next::ValueOrEnd, b'{') => {
                open.push(true, at - 1)?;
                Next::KeyOrEnd
            }
            (Next::Value | Next::ValueOrEnd, b'[') => {
                open.push(false, at - 1)?;
                Next::ValueOrEnd
            }
            (Next::Value | Next::ValueOrEnd, b'"') => {
                (at, _) = skip_string(text, at)?;
                Next::CommaOrEnd
            }
            (Next::Value | Next::ValueOrEnd, byte) if is_of_word(byte) => {
                at = skip_word(text, at);
                Next::CommaOrEnd
            }
            (Next::Key | Next::KeyOrEnd, b'"') => {
                (at, _) = skip_string(text, at)?;
                at = skip_blanks(text, at);
                if *text.get(at).ok_or(Broken::Ends)? != b':' {
                    return Err(Broken::Wrong(at));
                }
                at += 1;
                Next::Value
            }
            (Next::CommaOrEnd, b',') if open.is_object() => Next::Key,
            (Next::CommaOrEnd, b',') => Next::Value,
            (Next::KeyOrEnd, b'}') | (Next::ValueOrEnd, b']') => close(&mut open),
            (Next::CommaOrEnd, b'}') if open.is_object() => close(&mut open),
            (Next::CommaOrEnd, b']') if !open.is_object() => close(&mut open),
            _ => return Err(Broken::Wrong(at - 1)),
        };
        if open.depth == 0 {
            return Ok(at);
        }
    }
}

fn close(open: &mut Open) -> Next {
    open.pop();
    Next::CommaOrEnd
}

#[inline]
pub(super) fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

#[inline]
pub(super) fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-')
}

#[inline]
pub(super) fn skip_word(text: &[u8], mut at: usize) -> usize {
    while text.get(at).is_some_and(|byte| is_of_word(*byte)) {
        at += 1;
    }
    at
}

/// Finds the end of a text whose first byte is at `at`, behind its quote, and says whether there is an escape in it.
#[inline]
pub(super) fn skip_string(text: &[u8], mut at: usize) -> Result<(usize, bool), Broken> {
    let mut has_escape = false;
    loop {
        at += text.get(at..).and_then(find_stop).ok_or(Broken::Ends)?;
        if text[at] == b'"' {
            return Ok((at + 1, has_escape));
        }
        has_escape = true;
        at += 2;
    }
}

/// Finds the first quote or backslash. Most texts end within 32 bytes, which takes less time than to call memchr.
#[inline]
fn find_stop(text: &[u8]) -> Option<usize> {
    const BLOCK: usize = 16;
    let (blocks, _) = text.as_chunks::<BLOCK>();
    for (nth, block) in blocks.iter().take(2).enumerate() {
        let block = u8x16::new(*block);
        let stops = (block.simd_eq(u8x16::splat(b'"')) | block.simd_eq(u8x16::splat(b'\\'))).to_bitmask();
        if stops != 0 {
            return Some(nth * BLOCK + stops.trailing_zeros() as usize);
        }
    }
    let seen = blocks.len().min(2) * BLOCK;
    memchr::memchr2(b'"', b'\\', &text[seen..]).map(|found| seen + found)
}
