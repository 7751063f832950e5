//! A text in quotes, or a word.

/// A text in quotes, as it stands there, without them; or a number or a word such as `null`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    raw: &'a [u8],
    is_quoted: bool,
    has_escape: bool,
}

impl<'a> Text<'a> {
    /// Makes a text of what stands in quotes.
    #[inline]
    pub(crate) fn new(raw: &'a [u8], has_escape: bool) -> Self {
        Self { raw, is_quoted: true, has_escape }
    }

    /// Makes one of a number or a word.
    #[inline]
    pub(crate) fn word(raw: &'a [u8]) -> Self {
        Self { raw, is_quoted: false, has_escape: false }
    }

    /// Says whether it stands in quotes.
    #[inline]
    pub(crate) fn is_quoted(self) -> bool {
        self.is_quoted
    }

    /// Says whether there is an escape in it.
    #[inline]
    pub(crate) fn has_escape(self) -> bool {
        self.has_escape
    }

    /// Says whether it is the word `null`.
    pub(crate) fn is_null(self) -> bool {
        !self.is_quoted && self.raw == b"null"
    }

    /// Gives it with its escapes.
    #[inline]
    pub(crate) fn raw(self) -> &'a [u8] {
        self.raw
    }

    /// Says whether it is `plain`.
    #[inline]
    pub(crate) fn is(self, plain: &[u8]) -> bool {
        self.raw == plain || self.has_escape && self.is_unescaped(plain)
    }

    #[cold]
    fn is_unescaped(self, plain: &[u8]) -> bool {
        let mut unescaped = Vec::new();
        self.append_to(&mut unescaped);
        unescaped == plain
    }

    /// Gives it without escapes, from `room` if it has any.
    #[inline]
    pub(crate) fn read(self, room: &'a mut Vec<u8>) -> &'a [u8] {
        if !self.has_escape {
            return self.raw;
        }
        room.clear();
        self.append_to(room);
        room
    }

    /// Appends it without escapes. What is no escape of JSON stays as it stands; half of a surrogate pair becomes
    /// U+FFFD.
    pub(crate) fn append_to(self, out: &mut Vec<u8>) {
        if !self.has_escape {
            return out.extend_from_slice(self.raw);
        }
        let mut rest = self.raw;
        while let Some(at) = memchr::memchr(b'\\', rest) {
            out.extend_from_slice(&rest[..at]);
            rest = append_escape(&rest[at..], out);
        }
        out.extend_from_slice(rest);
    }
}

/// Appends the meaning of the escape at the beginning of `text`, and gives the rest.
fn append_escape<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let meant = match text.get(1) {
        Some(plain @ (b'"' | b'\\' | b'/')) => *plain,
        Some(b'b') => 0x08,
        Some(b'f') => 0x0C,
        Some(b'n') => b'\n',
        Some(b'r') => b'\r',
        Some(b't') => b'\t',
        Some(b'u') if let Some(unit) = unit_of(text) => return append_unit(unit, &text[UNIT..], out),
        _ => {
            out.push(b'\\');
            return &text[1..];
        }
    };
    out.push(meant);
    &text[2..]
}

/// The length of `\u00E9`.
const UNIT: usize = 6;

/// Gives the number of the UTF-16 unit that is escaped at the beginning of a text.
fn unit_of(text: &[u8]) -> Option<u32> {
    let digits = text.get(..UNIT)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?))
}

/// Appends the character of a UTF-16 unit, or of a pair with the one that `rest` begins with. Gives what is left.
fn append_unit<'a>(unit: u32, rest: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let low = unit_of(rest).filter(|low| (0xDC00..0xE000).contains(low));
    let (code, rest) = match low {
        Some(low) if (0xD800..0xDC00).contains(&unit) => {
            (0x1_0000 + ((unit - 0xD800) << 10 | (low - 0xDC00)), &rest[UNIT..])
        }
        _ => (unit, rest),
    };
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    rest
}
