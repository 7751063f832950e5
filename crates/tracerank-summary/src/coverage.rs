//! The bytes of files that were read, so that nothing is counted twice: not the same log in a summary and by itself,
//! not a copy of it on another machine, not packed and unpacked, and not as it was before it grew.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use xxhash_rust::xxh3::xxh3_64;

/// The fingerprint of a content: it tells whether two contents are the same, or one the beginning of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint {
    /// Number of bytes, after decompression.
    pub len: u64,
    /// XXH3-64 (seed 0) of the first 4 KiB, or of all if it is less.
    pub head: u64,
    /// XXH3-64 (seed 0) of the last 4 KiB, or of all if it is less.
    pub tail: u64,
}

impl Fingerprint {
    /// Bytes of either end that a fingerprint looks at: some twenty lines, each with a time and three ids.
    pub const END: usize = 4 << 10;

    /// Takes the fingerprint of content in memory.
    pub fn of(content: &[u8]) -> Self {
        let end = Self::END.min(content.len());
        Self::of_ends(content.len() as u64, &content[..end], &content[content.len() - end..])
    }

    /// Takes the fingerprint of content of which `read_at` fills a buffer from an offset on.
    pub fn read(len: u64, read_at: impl Fn(&mut [u8], u64) -> io::Result<()>) -> io::Result<Self> {
        let end = len.min(Self::END as u64);
        let [mut head, mut tail] = [vec![0; end as usize], vec![0; end as usize]];
        read_at(&mut head, 0)?;
        read_at(&mut tail, len - end)?;
        Ok(Self::of_ends(len, &head, &tail))
    }

    /// Takes the fingerprint of content of `len` bytes, of which these are the first and the last [`END`](Self::END),
    /// or all if it is less.
    pub fn of_ends(len: u64, head: &[u8], tail: &[u8]) -> Self {
        Self { len, head: xxh3_64(head), tail: xxh3_64(tail) }
    }

    /// Says whether enough of its beginning was looked at: then two files with the same one are the same file, at
    /// different times.
    fn has_whole_head(self) -> bool {
        self.len >= Self::END as u64
    }
}

/// The times of the first and of the last record of what was read of a file, in microseconds since 1970, each with the
/// offset of its line; none where they were not looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EndTimes {
    /// Of the first record.
    pub first: Option<(u64, i64)>,
    /// Of the last record.
    pub last: Option<(u64, i64)>,
}

impl EndTimes {
    /// Adds those of another part.
    pub fn add(&mut self, other: Self) {
        self.first = self.first.into_iter().chain(other.first).min_by_key(|(offset, _)| *offset);
        self.last = self.last.into_iter().chain(other.last).max_by_key(|(offset, _)| *offset);
    }

    /// Gives the earlier and the later one.
    pub fn times_us(self) -> Option<[i64; 2]> {
        let times = self.first.into_iter().chain(self.last).map(|(_, time_us)| [time_us; 2]);
        times.reduce(|[first, last], [from, to]| [first.min(from), last.max(to)])
    }
}

/// The part of a file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// Its path, for people.
    pub path: PathBuf,
    /// Device and inode, if it was a file.
    pub identity: Option<(u64, u64)>,
    /// The fingerprint of the whole file, however much of it was read.
    pub fingerprint: Fingerprint,
    /// The lines that begin in these ranges of bytes (after decompression): ascending, disjoint, apart, none empty.
    pub ranges: Vec<Range<u64>>,
    /// The times of the records at the ends of these.
    pub ends: EndTimes,
}

impl Covered {
    /// Says whether two files are one and the same, perhaps at different times.
    fn is_same_file(&self, other: &Self) -> bool {
        let (a, b) = (self.fingerprint, other.fingerprint);
        if a.has_whole_head() && b.has_whole_head() {
            return a.head == b.head && (a.len != b.len || a.tail == b.tail);
        }
        // A file that is too short to be known by its beginning can still have grown.
        a == b || (a.len != b.len && self.identity.is_some() && self.identity == other.identity)
    }

    /// Adds the ranges that were read of the same file.
    fn extend(&mut self, other: Self) {
        if other.fingerprint.len > self.fingerprint.len {
            self.fingerprint = other.fingerprint;
        }
        self.ends.add(other.ends);
        self.ranges.extend(other.ranges);
        self.ranges.sort_unstable_by_key(|range| range.start);
        self.ranges.dedup_by(|next, range| {
            let joined = next.start <= range.end;
            range.end = if joined { range.end.max(next.end) } else { range.end };
            joined
        });
    }

    /// Finds the first range that both have read.
    fn common(&self, other: &Self) -> Option<Range<u64>> {
        let pairs = self.ranges.iter().flat_map(|a| other.ranges.iter().map(move |b| (a, b)));
        let mut common = pairs.map(|(a, b)| a.start.max(b.start)..a.end.min(b.end));
        common.find(|range| !range.is_empty())
    }
}

/// A part that would be counted twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overlap {
    /// The file, as the second one knows it.
    pub path: PathBuf,
    /// The file, as the first one knows it.
    pub first: PathBuf,
    /// The bytes that both have read.
    pub range: Range<u64>,
}

/// The parts of all files that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    files: Vec<Covered>,
    /// The filters under which they were read, as text.
    filters: String,
    /// The files by their keys: the beginning, or else device and inode.
    by_head: HashMap<u64, Vec<usize>>,
    by_identity: HashMap<(u64, u64), Vec<usize>>,
}

impl Coverage {
    /// Lists one entry a file, in the order in which they were added.
    pub fn files(&self) -> &[Covered] {
        &self.files
    }

    /// Gives the filters under which the files were read, as text that is equal where they are; empty for none.
    pub fn filters(&self) -> &str {
        &self.filters
    }

    /// Sets the filters under which the files were read.
    pub fn set_filters(&mut self, filters: impl Into<String>) {
        self.filters = filters.into();
    }

    /// Finds a part that would be counted twice if `other` were added.
    pub fn overlap(&self, other: &Self) -> Option<Overlap> {
        other.files.iter().find_map(|file| {
            let same = self.find(file).map(|at| &self.files[at]);
            same.into_iter().find_map(|first| {
                let (path, first_path) = (file.path.clone(), first.path.clone());
                first.common(file).map(|range| Overlap { path, first: first_path, range })
            })
        })
    }

    /// Notes the times of the first and of the last record of the only file.
    pub fn set_ends(&mut self, ends: EndTimes) {
        if let [only] = self.files.as_mut_slice() {
            only.ends = ends;
        }
    }

    /// Gives the earliest and the latest of the times of the first and of the last record of each file.
    pub fn times_us(&self) -> Option<[i64; 2]> {
        let times = self.files.iter().filter_map(|file| file.ends.times_us());
        times.reduce(|[first, last], [from, to]| [first.min(from), last.max(to)])
    }

    /// Says whether all that `other` has read is of files and ranges that were read here, too. Where it has read what
    /// seems to be one file twice, nobody knows.
    pub fn holds(&self, other: &Self) -> bool {
        let has = |same: &Covered, range: &Range<u64>| {
            same.ranges.iter().any(|own| own.start <= range.start && range.end <= own.end)
        };
        let holds =
            |file: &Covered| self.find(file).any(|at| file.ranges.iter().all(|range| has(&self.files[at], range)));
        let is_once = |(at, file): (usize, &Covered)| {
            other.find(file).all(|same| same == at || other.files[same].common(file).is_none())
        };
        other.files.iter().all(holds) && other.files.iter().enumerate().all(is_once)
    }

    /// Adds the files of `other`. Parts of a file that both have read, if there are any, stand there twice.
    pub fn merge(&mut self, other: Self) {
        if self.files.is_empty() {
            self.filters = other.filters;
        }
        let before = self.files.len();
        for file in other.files {
            let apart = |at: &usize| *at < before && self.files[*at].common(&file).is_none();
            let same = self.find(&file).find(apart);
            match same {
                Some(at) => self.files[at].extend(file),
                None => self.push(file),
            }
        }
    }

    /// Adds a file without looking whether it is there.
    fn push(&mut self, file: Covered) {
        let at = self.files.len();
        self.by_head.entry(file.fingerprint.head).or_default().push(at);
        if let Some(identity) = file.identity {
            self.by_identity.entry(identity).or_default().push(at);
        }
        self.files.push(file);
    }

    /// Finds the entries of the same file.
    fn find<'a>(&'a self, file: &'a Covered) -> impl Iterator<Item = usize> + 'a {
        let by_head = self.by_head.get(&file.fingerprint.head);
        let by_identity = file.identity.and_then(|identity| self.by_identity.get(&identity));
        let candidates = by_head.into_iter().chain(by_identity).flatten().copied();
        candidates.filter(|at| self.files[*at].is_same_file(file))
    }
}

impl FromIterator<Covered> for Coverage {
    fn from_iter<I: IntoIterator<Item = Covered>>(files: I) -> Self {
        let mut coverage = Self::default();
        files.into_iter().for_each(|file| coverage.push(file));
        coverage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(seed: u8, len: usize) -> Vec<u8> {
        (0..len).map(|at| (at as u8).wrapping_mul(31) ^ seed ^ (at >> 8) as u8).collect()
    }

    fn read_of(content: &[u8], range: Range<u64>) -> Coverage {
        let identity = Some((1, u64::from(content.first().copied().unwrap_or(0))));
        let fingerprint = Fingerprint::of(content);
        [Covered { path: "log".into(), identity, fingerprint, ranges: vec![range], ends: EndTimes::default() }]
            .into_iter()
            .collect()
    }

    fn whole(content: &[u8]) -> Coverage {
        read_of(content, 0..content.len() as u64)
    }

    #[test]
    fn the_parts_of_a_file_are_the_file() {
        let log = content(1, 10_000);
        let mut coverage = Coverage::default();
        for part in [4000..7000, 0..4000, 7000..10_000] {
            let part = read_of(&log, part);
            assert_eq!(coverage.overlap(&part), None);
            coverage.merge(part);
        }
        assert_eq!(coverage.files(), whole(&log).files());
        assert_eq!(coverage.overlap(&read_of(&log, 9_999..10_000)).unwrap().range, 9_999..10_000);
    }

    #[test]
    fn a_file_is_known_by_its_content() {
        let log = content(1, 10_000);
        let mut elsewhere = whole(&log).files()[0].clone();
        elsewhere.identity = Some((7, 7));
        elsewhere.path = "copy".into();
        let overlap = whole(&log).overlap(&[elsewhere].into_iter().collect()).unwrap();
        assert_eq!((overlap.path, overlap.first, overlap.range), ("copy".into(), "log".into(), 0..10_000));
        assert_eq!(whole(&log).overlap(&whole(&content(2, 10_000))), None);
    }

    #[test]
    fn a_part_is_held_by_the_whole() {
        let log = content(1, 10_000);
        let part = read_of(&log, 100..200);
        assert!(whole(&log).holds(&part) && !part.holds(&whole(&log)) && part.holds(&part));
        assert!(whole(&log).holds(&whole(&log[..5_000])));
        assert!(!whole(&log).holds(&whole(&content(2, 10_000))));
        let mut twice = whole(&log);
        twice.merge(whole(&log));
        assert!(twice.holds(&whole(&log)) && !whole(&log).holds(&twice));
    }

    #[test]
    fn a_file_that_grew_is_the_same() {
        for (short, long) in [(5_000, 10_000), (100, 200), (100, 10_000)] {
            let log = content(1, long);
            let before = whole(&log[..short]);
            assert_eq!(before.overlap(&whole(&log)).unwrap().range, 0..short as u64, "{short}");
            let mut all = before;
            let rest = read_of(&log, short as u64..long as u64);
            assert_eq!(all.overlap(&rest), None);
            all.merge(rest);
            assert_eq!(all.files(), whole(&log).files());
        }
    }

    #[test]
    fn what_is_counted_twice_on_purpose_stands_there_twice() {
        let log = content(1, 100);
        let mut coverage = whole(&log);
        coverage.merge(whole(&log));
        assert_eq!(coverage.files().len(), 2);
    }
}
