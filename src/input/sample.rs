//! A look at a log before it is read: its beginning, its middle and its end.

use std::borrow::Cow;
use std::io;

/// Pieces of a log: its beginning, and where they can be had, its middle and its end.
#[derive(Debug)]
pub struct Sample<'a> {
    pieces: Vec<Cow<'a, [u8]>>,
}

/// Bytes of a piece: some 300 lines.
const PIECE: usize = 64 << 10;

impl<'a> Sample<'a> {
    /// Takes a sample of a log of which all is at hand.
    pub fn of(content: &'a [u8]) -> Self {
        let piece = |(begin, len): (u64, usize)| Ok(Cow::Borrowed(&content[begin as usize..][..len]));
        Self::with(content.len() as u64, piece).unwrap_or(Self { pieces: Vec::new() })
    }

    /// Takes a sample of a log of which only the beginning is at hand, which ends with a line.
    pub fn of_beginning(content: &'a [u8]) -> Self {
        Self::of(&content[..content.len().min(3 * PIECE)])
    }

    /// Takes a sample of a log of which `read_at` reads parts.
    pub(crate) fn read(len: u64, read_at: impl Fn(&mut [u8], u64) -> io::Result<()>) -> io::Result<Self> {
        Self::with(len, |(begin, len)| {
            let mut piece = vec![0; len];
            read_at(&mut piece, begin)?;
            Ok(Cow::Owned(piece))
        })
    }

    fn with(len: u64, piece: impl Fn((u64, usize)) -> io::Result<Cow<'a, [u8]>>) -> io::Result<Self> {
        if len <= 3 * PIECE as u64 {
            return Ok(Self { pieces: vec![piece((0, len as usize))?] });
        }
        let last = len - PIECE as u64;
        let begin = whole_lines(piece((0, PIECE))?, true);
        let middle = whole_lines(piece((last / 2, PIECE))?, false);
        Ok(Self { pieces: vec![begin, middle, whole_lines(piece((last, PIECE))?, false)] })
    }

    /// Gives the lines in it that are not blank, without their line feeds, in their order.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.pieces.iter().flat_map(|piece| piece.split(|byte| *byte == b'\n'));
        lines.filter(|line| !line.trim_ascii().is_empty())
    }
}

/// Gives the whole lines in a piece. The first line is whole if the piece begins where a line does.
fn whole_lines(piece: Cow<'_, [u8]>, begins: bool) -> Cow<'_, [u8]> {
    let begin = if begins { 0 } else { memchr::memchr(b'\n', &piece).map_or(piece.len(), |feed| feed + 1) };
    let end = memchr::memrchr(b'\n', &piece).map_or(begin, |feed| feed.max(begin));
    match piece {
        Cow::Borrowed(piece) => Cow::Borrowed(&piece[begin..end]),
        Cow::Owned(piece) => Cow::Owned(piece[begin..end].to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a log of lines that are told apart by their numbers.
    fn log(lines: usize) -> Vec<u8> {
        (0..lines).flat_map(|number| format!("line {number:06}\n").into_bytes()).collect()
    }

    #[test]
    fn the_lines_of_a_sample_are_whole_lines_of_its_beginning_middle_and_end() {
        for lines in [0, 1, 1000, 20_000, 200_000] {
            let log = log(lines);
            let sample = Sample::of(&log);
            let read = Sample::read(log.len() as u64, |piece, at| {
                piece.copy_from_slice(&log[at as usize..][..piece.len()]);
                Ok(())
            });
            let found: Vec<&[u8]> = sample.lines().collect();
            assert_eq!(read.unwrap().lines().collect::<Vec<_>>(), found);
            assert!(found.iter().all(|line| line.len() == "line 000000".len()), "{lines}");
            assert_eq!(found.first().copied(), (lines > 0).then_some(b"line 000000".as_slice()));
            let last = format!("line {:06}", lines.saturating_sub(1));
            assert_eq!(found.last().copied(), (lines > 0).then_some(last.as_bytes()));
            assert!(found.windows(2).all(|pair| pair[0] < pair[1]) && found.len() >= lines.min(10_000));
        }
    }

    #[test]
    fn a_line_longer_than_a_piece_is_in_no_sample() {
        let long = vec![b'x'; 4 * PIECE];
        assert_eq!(Sample::of(&long).lines().count(), 0);
        assert_eq!(Sample::of(&long[..100]).lines().count(), 1);
    }
}
