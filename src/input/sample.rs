//! A look at a log before it is read: its beginning, its middle and its end.

use std::borrow::Cow;
use std::io;

use super::line::line_at;

/// Pieces of a log: its beginning, and where they can be had, its middle and its end.
#[derive(Debug)]
pub struct Sample<'a> {
    pieces: Vec<Cow<'a, [u8]>>,
}

/// Bytes of a piece: some 300 lines. Larger pieces are taken where these hold no whole line.
const PIECES: [usize; 3] = [64 << 10, 512 << 10, 4 << 20];

impl<'a> Sample<'a> {
    /// Takes a sample of a log of which all is at hand.
    pub fn of(content: &'a [u8]) -> Self {
        Self::of_lines(content, 0)
    }

    /// Copies it: others can write into a mapped file between two looks at a byte, and a parser relies on the first one.
    pub(crate) fn into_owned(self) -> Sample<'static> {
        Sample { pieces: self.pieces.into_iter().map(|piece| Cow::Owned(piece.into_owned())).collect() }
    }

    /// Takes the same sample of all lines of a log, without the `rest` bytes after the last line feed.
    pub(crate) fn of_lines(lines: &'a [u8], rest: usize) -> Self {
        let piece = |(begin, len): (u64, usize)| {
            let begin = lines.len().min(begin as usize);
            Ok(Cow::Borrowed(&lines[begin..][..len.min(lines.len() - begin)]))
        };
        Self::with((lines.len() + rest) as u64, piece).unwrap_or(Self { pieces: Vec::new() })
    }

    /// Takes a sample of lines that were taken out of others.
    pub(crate) fn of_opened(lines: Vec<u8>) -> Sample<'static> {
        Sample { pieces: vec![Cow::Owned(lines)] }
    }

    /// Takes a sample of a log of which only the beginning is at hand, which ends with a line.
    pub fn of_beginning(content: &'a [u8]) -> Self {
        let beginning = &content[..content.len().min(3 * PIECES[0])];
        let sample = Self { pieces: vec![whole_lines(Cow::Borrowed(beginning), true)] };
        if sample.is_empty() { Self { pieces: vec![Cow::Borrowed(content)] } } else { sample }
    }

    /// Takes a sample of a log of which `read_at` reads parts.
    pub(crate) fn read(len: u64, read_at: impl Fn(&mut [u8], u64) -> io::Result<()>) -> io::Result<Self> {
        Self::with(len, |(begin, len)| {
            let mut piece = vec![0; len];
            read_at(&mut piece, begin)?;
            Ok(Cow::Owned(piece))
        })
    }

    /// Takes the beginning, the middle and the end of `len` bytes, or all of them. A last line without a line feed is
    /// left out, unless it is the only one: it may be half of a line that is being written.
    fn with(len: u64, piece: impl Fn((u64, usize)) -> io::Result<Cow<'a, [u8]>>) -> io::Result<Self> {
        for size in PIECES {
            if len <= 3 * size as u64 {
                let all = piece((0, len as usize))?;
                let has_line = all.contains(&b'\n');
                return Ok(Self { pieces: vec![if has_line { whole_lines(all, true) } else { all }] });
            }
            let last = len - size as u64;
            let begin = whole_lines(piece((0, size))?, true);
            let middle = whole_lines(piece((last / 2, size))?, false);
            let sample = Self { pieces: vec![begin, middle, whole_lines(piece((last, size))?, false)] };
            if !sample.is_empty() {
                return Ok(sample);
            }
        }
        Ok(Self { pieces: Vec::new() })
    }

    /// Says whether it has no line that is not blank.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines().next().is_none()
    }

    /// Gives the records in it, whose lines are those that `goes_on` says of a line and the one before it.
    pub(crate) fn records(&self, goes_on: impl Fn(&[u8], &[u8]) -> bool) -> Vec<Cow<'_, [u8]>> {
        let mut records: Vec<Cow<'_, [u8]>> = Vec::new();
        let mut before: &[u8] = &[];
        for line in self.lines() {
            match records.last_mut().filter(|_| goes_on(before, line)) {
                Some(record) => {
                    record.to_mut().push(b'\n');
                    record.to_mut().extend_from_slice(line);
                }
                None => records.push(Cow::Borrowed(line)),
            }
            before = line;
        }
        records
    }

    /// Gives the lines in it that are not blank, without their line feeds, in their order.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let lines = self.pieces.iter().flat_map(|piece| lines_of(piece));
        lines.filter(|line| !line.trim_ascii_start().is_empty())
    }
}

/// Gives all lines in a piece, without their line feeds.
fn lines_of(piece: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let line = (at < piece.len()).then(|| line_at(piece, at))?;
        at += line.len() + 1;
        Some(line)
    })
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
        for (lines, rest) in
            [0, 1, 1000, 15_000, 16_000, 20_000, 200_000].map(|lines| [(lines, 0), (lines, 6)]).concat()
        {
            let mut log = log(lines);
            log.extend(&b"line x"[..rest]);
            let sample = Sample::of(&log);
            let of_lines = Sample::of_lines(&log[..log.len() - rest], rest);
            if lines > 0 {
                assert_eq!(of_lines.lines().collect::<Vec<_>>(), sample.lines().collect::<Vec<_>>());
            } else {
                assert_eq!(sample.lines().count(), rest.min(1), "the only line counts, though no line feed ends it");
                continue;
            }
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
    fn long_lines_are_in_larger_pieces() {
        let line = [vec![b'x'; 100_000], vec![b'\n']].concat();
        for lines in [1, 3, 5, 40] {
            let log = line.repeat(lines);
            for sample in [Sample::of(&log), Sample::of_beginning(&log)] {
                assert!(sample.lines().count() > 0, "{lines}");
                assert!(sample.lines().all(|line| line.len() == 100_000), "{lines}");
            }
        }
        assert!(Sample::of(&vec![b'x'; 13 << 20]).is_empty());
    }

    #[test]
    fn a_blank_beginning_is_passed_over() {
        let log = [b"\n".repeat(300_000), b"line\n".to_vec()].concat();
        assert_eq!(Sample::of(&log).lines().collect::<Vec<_>>(), [b"line"]);
        assert_eq!(Sample::of_beginning(&log).lines().collect::<Vec<_>>(), [b"line"]);
        assert!(Sample::of_beginning(&log[..200_000]).is_empty());
    }
}
