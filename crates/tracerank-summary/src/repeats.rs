//! Records that are there more than once, found in a sample of the spans.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The most spans that a sample holds.
const CAPACITY: usize = 512;
/// The length of a UUID in its text form, and the place of its version there.
const UUID_LEN: usize = 36;
const VERSION_AT: usize = 14;
/// The hex digits of a UUID that are a number by themselves.
const HEAD: usize = 8;
/// No input.
const NONE: u32 = u32::MAX;

/// A sample of spans, chosen by their ids, with the number of times that each was recorded.
///
/// A span has a key of 64 bits that is as good as random: the first digits of a random UUID are, and any other id is
/// hashed together with its trace group. The sample at level `L` holds the spans whose keys begin with `L` zero bits,
/// at the lowest level at which it has no more than 512. So it depends on the set of spans alone, and samples merge:
/// that of two logs is the same whichever way it was come by. At level 0 it holds all spans. Of a larger log, it holds
/// 256 to 512 as a rule, so the standard error of a share that is estimated from them is at most 3.1 %, which is half
/// the square root of one in 256.
///
/// The rest of a key, its lower 32 bits, is a hash of the id and of the duration. Two spans are taken for one with a
/// probability of 2⁻³² for each pair whose ids begin alike.
#[derive(Debug, Clone)]
pub struct Repeats {
    level: u32,
    /// The first digits of the last UUID that is in the sample, as text.
    last_head: u64,
    spans: HashTable<Sampled>,
    /// Spans that had ids.
    known: u64,
}

/// A span of the sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sampled {
    key: u64,
    count: u64,
    /// The first two inputs that it is in.
    inputs: [u32; 2],
}

/// The estimate of the records that are there more than once.
#[derive(Debug, Clone, PartialEq)]
pub struct Repeated {
    /// Records beyond the first of their span: all of them if `is_exact`, and else an estimate.
    pub records: u64,
    /// Their share of all records with ids that end a span.
    pub share: f64,
    /// The sample held all spans.
    pub is_exact: bool,
    /// The inputs that hold the same records, by the number of sampled spans, most first: two of them, or one twice.
    pub inputs: Vec<[usize; 2]>,
}

impl Default for Repeats {
    fn default() -> Self {
        Self { level: 0, last_head: last_head(0), spans: HashTable::new(), known: 0 }
    }
}

impl Repeats {
    /// Says whether a span with this id, the text of a UUID, may belong to the sample. Most do not; a comparison tells.
    #[inline(always)]
    pub fn may_hold(&self, id: &[u8; UUID_LEN]) -> bool {
        let head = id.first_chunk().map_or(0, |head| u64::from_be_bytes(*head));
        head <= self.last_head || id[VERSION_AT] != b'4'
    }

    /// Counts the end of a span as [`record`](Self::record) does, if it may belong to the sample.
    #[inline]
    pub fn offer(&mut self, id: &[u8], group: &[u8], ns: i64, input: usize) {
        if id.try_into().map_or(true, |id| self.may_hold(id)) {
            self.record(id, group, ns, input);
        }
    }

    /// Counts the end of a span: its id, its trace group, its duration in nanoseconds, and the number of its input.
    #[cold]
    pub fn record(&mut self, id: &[u8], group: &[u8], ns: i64, input: usize) {
        let key = key(id, group, ns);
        if key.leading_zeros() >= self.level {
            self.add(Sampled { key, count: 1, inputs: [input.min(NONE as usize - 1) as u32, NONE] });
        }
    }

    /// Counts spans whose ids were looked at, in the sample or not.
    pub fn know(&mut self, spans: u64) {
        self.known += spans;
    }

    /// Counts the spans whose ids were looked at.
    pub fn known(&self) -> u64 {
        self.known
    }

    /// Adds the sample of another stretch of log.
    pub fn merge(&mut self, other: &Self) {
        self.known += other.known;
        self.raise(other.level);
        for sampled in &other.spans {
            if sampled.key.leading_zeros() >= self.level {
                self.add(*sampled);
            }
        }
    }

    /// Notes that all of it is of one input.
    pub fn set_input(&mut self, input: usize) {
        let input = input.min(NONE as usize - 1) as u32;
        self.spans.iter_mut().for_each(|sampled| sampled.inputs = [input, NONE]);
    }

    /// Estimates how many records there are more than once; none if there is none.
    pub fn repeated(&self) -> Option<Repeated> {
        let counted: u64 = self.spans.iter().map(|sampled| sampled.count).sum();
        let repeated: u64 = self.spans.iter().map(|sampled| sampled.count - 1).sum();
        if repeated == 0 {
            return None;
        }
        let share = repeated as f64 / counted as f64;
        let is_exact = self.level == 0;
        let records = if is_exact { repeated } else { (share * self.known as f64).round() as u64 };
        Some(Repeated { records, share, is_exact, inputs: self.inputs() })
    }

    fn inputs(&self) -> Vec<[usize; 2]> {
        let twice = self.spans.iter().filter(|sampled| sampled.count > 1);
        let mut pairs: Vec<[u32; 2]> = twice
            .map(|sampled| match sampled.inputs {
                [one, NONE] => [one, one],
                both => both,
            })
            .collect();
        pairs.sort_unstable();
        let mut counted: Vec<(usize, [u32; 2])> =
            pairs.chunk_by(|one, other| one == other).map(|same| (same.len(), same[0])).collect();
        counted.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
        counted.into_iter().map(|(_, pair)| pair.map(|input| input as usize)).collect()
    }

    /// Says whether two samples have a span in common.
    pub fn shares_spans(&self, other: &Self) -> bool {
        let is_in =
            |sampled: &Sampled| other.spans.find(spread(sampled.key), |found| found.key == sampled.key).is_some();
        self.spans.iter().any(is_in)
    }

    /// Gives the level and the sampled spans, with their counts, by key.
    pub(crate) fn parts(&self) -> (u32, Vec<(u64, u64)>) {
        let mut spans: Vec<(u64, u64)> = self.spans.iter().map(|sampled| (sampled.key, sampled.count)).collect();
        spans.sort_unstable();
        (self.level, spans)
    }

    /// Makes a sample of its parts; none if they can't be those of one.
    pub(crate) fn from_parts(level: u32, spans: &[(u64, u64)], known: u64) -> Option<Self> {
        let is_sorted = spans.windows(2).all(|pair| pair[0].0 < pair[1].0);
        let counted = spans.iter().try_fold(0_u64, |sum, (_, count)| sum.checked_add(*count))?;
        let is_possible = level <= u64::BITS
            && spans.len() <= CAPACITY
            && is_sorted
            && spans.iter().all(|(key, count)| key.leading_zeros() >= level && *count > 0)
            && counted <= known;
        let mut repeats = Self { known, ..Self::default() };
        repeats.raise(level);
        for (key, count) in spans.iter().filter(|_| is_possible) {
            repeats.add(Sampled { key: *key, count: *count, inputs: [0, NONE] });
        }
        is_possible.then_some(repeats)
    }

    fn add(&mut self, new: Sampled) {
        let found = self.spans.find_mut(spread(new.key), |sampled| sampled.key == new.key);
        if let Some(sampled) = found {
            sampled.count = sampled.count.saturating_add(new.count);
            sampled.inputs = first_two(sampled.inputs, new.inputs);
            return;
        }
        self.spans.insert_unique(spread(new.key), new, |sampled| spread(sampled.key));
        while self.spans.len() > CAPACITY {
            self.raise(self.level + 1);
        }
    }

    /// Goes to a level, unless it is there or beyond.
    fn raise(&mut self, level: u32) {
        if level > self.level {
            self.level = level;
            self.last_head = last_head(level);
            self.spans.retain(|sampled| sampled.key.leading_zeros() >= level);
        }
    }
}

/// Makes a key out of an id, its group and the duration.
fn key(id: &[u8], group: &[u8], ns: i64) -> u64 {
    let hash = xxh3_64_with_seed(id, ns as u64);
    if let Some(head) = random_head(id) {
        return u64::from(head) << 32 | hash & 0xFFFF_FFFF;
    }
    // Other ids need not be unique beyond their group.
    xxh3_64_with_seed(group, hash)
}

/// Gives the first 32 bits of a random UUID (version 4, RFC 9562), if the id is the text of one.
fn random_head(id: &[u8]) -> Option<u32> {
    let is_random = id.len() == UUID_LEN && id[VERSION_AT] == b'4';
    let head = id.get(..HEAD).filter(|_| is_random)?;
    head.iter().try_fold(0, |number, digit| Some(number << 4 | (*digit as char).to_digit(16)?))
}

/// Gives the text of the last head whose keys are in the sample of a level. Small letters come after large ones, so
/// that no head whose number is smaller has a larger text.
fn last_head(level: u32) -> u64 {
    let head = u32::MAX.checked_shr(level).unwrap_or(0);
    u64::from_be_bytes(std::array::from_fn(|at| b"0123456789abcdef"[(head >> (28 - 4 * at)) as usize & 15]))
}

/// Keys of a sample begin with zeros.
fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// Gives the first two different ones of four inputs.
fn first_two([a, b]: [u32; 2], [c, d]: [u32; 2]) -> [u32; 2] {
    let first = a.min(c);
    let others = [a, b, c, d].into_iter().filter(|input| *input != first);
    [first, others.min().unwrap_or(NONE)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text of a random UUID that is made of a number.
    fn uuid(number: u64) -> String {
        let [a, b] = [1, 2].map(|seed| xxh3_64_with_seed(&number.to_le_bytes(), seed));
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xFFFF,
            a & 0xFFF,
            b >> 48,
            b & 0xFFFF_FFFF_FFFF
        )
    }

    fn sample(ids: impl IntoIterator<Item = String>, input: usize) -> Repeats {
        let mut repeats = Repeats::default();
        for id in ids {
            repeats.know(1);
            repeats.offer(id.as_bytes(), b"group", 7, input);
        }
        repeats
    }

    #[test]
    fn small_logs_are_counted_exactly() {
        let ids = || (0..500).map(uuid);
        assert_eq!(sample(ids(), 0).repeated(), None);
        let twice = sample(ids().chain((0..100).map(uuid)), 3).repeated().unwrap();
        assert_eq!(twice, Repeated { records: 100, share: 100.0 / 600.0, is_exact: true, inputs: vec![[3, 3]] });
    }

    #[test]
    fn a_different_duration_or_group_is_another_record() {
        let mut repeats = Repeats::default();
        let id = uuid(1);
        repeats.record(id.as_bytes(), b"a", 1, 0);
        repeats.record(id.as_bytes(), b"a", 2, 0);
        repeats.record(b"7", b"a", 1, 0);
        repeats.record(b"7", b"b", 1, 0);
        assert_eq!(repeats.repeated(), None);
        repeats.record(b"7", b"b", 1, 0);
        assert_eq!(repeats.repeated().unwrap().records, 1);
    }

    #[test]
    fn the_inputs_that_overlap_are_named() {
        let mut all = sample((0..50_000).map(uuid), 0);
        all.merge(&sample((50_000..90_000).map(uuid), 1));
        all.merge(&sample((0..50_000).map(uuid), 2));
        let found = all.repeated().unwrap();
        assert_eq!(found.inputs, [[0, 2]]);
        assert!((found.share - 50.0 / 140.0).abs() < 0.1 && !found.is_exact, "{found:?}");
        assert!(found.records.abs_diff(50_000) < 15_000, "{found:?}");
    }

    #[test]
    fn ids_that_are_no_random_uuids_are_sampled_alike() {
        for id in [|n: u64| format!("{n}"), |n| format!("00000000-0000-1000-8000-{n:012}"), |n| uuid(n).to_uppercase()]
        {
            let ids = || (0..20_000).map(id);
            assert_eq!(sample(ids(), 0).repeated(), None);
            let found = sample(ids().chain(ids()), 0).repeated().unwrap();
            assert!((found.share - 0.5).abs() < 1e-9, "each is there twice: {found:?}");
            assert!(sample(ids(), 0).spans.len() > CAPACITY / 4);
        }
    }

    /// The bound on the standard error that the documentation states.
    #[test]
    fn estimates_are_within_their_error() {
        let mut beyond_two = 0;
        for case in 0..1000_u64 {
            let (spans, every) = (2000 + case * 7, 2 + case % 20);
            let ids = (0..spans).map(|n| uuid(case << 32 | n));
            let again = (0..spans).filter(|n| n % every == 0).map(|n| uuid(case << 32 | n));
            let repeats = sample(ids.chain(again), 0);
            let repeated = spans.div_ceil(every) as f64;
            let share = repeated / (spans as f64 + repeated);
            let found = repeats.repeated().map_or(0.0, |found| found.share);
            beyond_two += u32::from((found - share).abs() > 2.0 * 0.031);
        }
        assert!(beyond_two <= 50, "{beyond_two} of 1000 are beyond two standard errors");
    }

    proptest! {
        #[test]
        fn samples_merge(ids in prop::collection::vec(0..3000_u64, 0..2500), cuts in prop::collection::vec(0..2500_usize, 0..4)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(ids.len())).chain([0, ids.len()]).collect();
            cuts.sort_unstable();
            let parts = cuts.windows(2).map(|cut| sample(ids[cut[0]..cut[1]].iter().copied().map(uuid), 0));
            let mut merged = Repeats::default();
            for part in parts.collect::<Vec<_>>().iter().rev() {
                merged.merge(part);
            }
            let whole = sample(ids.iter().copied().map(uuid), 0);
            prop_assert_eq!(merged.parts(), whole.parts());
            prop_assert_eq!(merged.repeated(), whole.repeated());
            let (level, spans) = whole.parts();
            let read = Repeats::from_parts(level, &spans, whole.known()).unwrap();
            prop_assert_eq!(read.parts(), whole.parts());
        }
    }
}
