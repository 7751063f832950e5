//! A place in a JSON text, which moves over its values.

use super::Text;
use super::skip::{Broken, is_of_word, skip_blanks, skip_string, skip_value, skip_word};

/// A place in a JSON text.
#[derive(Debug, Clone)]
pub(crate) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// Begins at the beginning of a text.
    #[inline]
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, at: skip_blanks(text, 0) }
    }

    /// Gives the offset of the next value in the text.
    #[inline]
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Makes sure that nothing but blanks is left.
    pub(crate) fn end(&self) -> Result<(), Broken> {
        let at = skip_blanks(self.text, self.at);
        if at == self.text.len() { Ok(()) } else { Err(Broken::Wrong(at)) }
    }

    /// Gives the first byte of the next value.
    #[inline]
    fn next(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Steps over a byte, if it is the next one but for blanks.
    #[inline]
    fn takes(&mut self, byte: u8) -> bool {
        self.at = skip_blanks(self.text, self.at);
        let is_it = self.next() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    /// Steps over a byte, which has to be the next one but for blanks.
    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Broken> {
        if self.takes(byte) { Ok(()) } else { Err(self.broken()) }
    }

    #[cold]
    fn broken(&self) -> Broken {
        if self.at >= self.text.len() { Broken::Ends } else { Broken::Wrong(self.at) }
    }

    /// Steps over the members of an object, and says whether there is one here. `each` gets each key while the cursor
    /// stands at its value, and may step over that or leave it alone.
    #[inline]
    pub(crate) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, Text<'a>) -> Result<(), Broken>,
    ) -> Result<bool, Broken> {
        if self.next() != Some(b'{') {
            return Ok(false);
        }
        self.at += 1;
        if self.takes(b'}') {
            return Ok(true);
        }
        loop {
            self.expect(b'"')?;
            let key = self.text_behind_quote()?;
            self.expect(b':')?;
            self.at_value(|cursor| each(cursor, key))?;
            if !self.takes(b',') {
                return self.expect(b'}').map(|()| true);
            }
        }
    }

    /// Steps over the elements of a list, and says whether there is one here. `each` may step over the element at which
    /// the cursor stands or leave it alone.
    #[inline]
    pub(crate) fn elements(&mut self, mut each: impl FnMut(&mut Self) -> Result<(), Broken>) -> Result<bool, Broken> {
        if self.next() != Some(b'[') {
            return Ok(false);
        }
        self.at += 1;
        if self.takes(b']') {
            return Ok(true);
        }
        loop {
            self.at_value(&mut each)?;
            if !self.takes(b',') {
                return self.expect(b']').map(|()| true);
            }
        }
    }

    /// Goes to a value, lets `look` look at it, and steps over it where that did not.
    #[inline]
    fn at_value(&mut self, look: impl FnOnce(&mut Self) -> Result<(), Broken>) -> Result<(), Broken> {
        self.at = skip_blanks(self.text, self.at);
        let before = self.at;
        look(self)?;
        if self.at == before {
            self.skip()?;
        }
        Ok(())
    }

    /// Steps over any value, and gives it as it stands.
    #[inline]
    pub(crate) fn skip(&mut self) -> Result<&'a [u8], Broken> {
        let begin = self.at;
        self.at = skip_value(self.text, begin)?;
        Ok(&self.text[begin..self.at])
    }

    /// Steps over an object, and gives it as it stands; none if there is another value here.
    #[inline]
    pub(crate) fn object(&mut self) -> Result<Option<&'a [u8]>, Broken> {
        if self.next() == Some(b'{') { self.skip().map(Some) } else { Ok(None) }
    }

    /// Steps over a text, and gives it; none if there is another value here.
    #[inline]
    pub(crate) fn text(&mut self) -> Result<Option<Text<'a>>, Broken> {
        if self.next() != Some(b'"') {
            return Ok(None);
        }
        self.at += 1;
        self.text_behind_quote().map(Some)
    }

    /// Steps over a number, a word or a text, and gives it; none if there is an object or a list here.
    #[inline]
    pub(crate) fn scalar(&mut self) -> Result<Option<Text<'a>>, Broken> {
        match self.next() {
            Some(b'"') => self.text(),
            Some(byte) if is_of_word(byte) => {
                let begin = self.at;
                self.at = skip_word(self.text, begin);
                Ok(Some(Text::word(&self.text[begin..self.at])))
            }
            _ => Ok(None),
        }
    }

    #[inline]
    fn text_behind_quote(&mut self) -> Result<Text<'a>, Broken> {
        let begin = self.at;
        let (end, has_escape) = skip_string(self.text, begin)?;
        self.at = end;
        Ok(Text::new(&self.text[begin..end - 1], has_escape))
    }
}
