//! Records that are there more than once, found in a sample of the spans.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The most spans that a sample holds.
const CAPACITY: usize = 128;
/// The length of a UUID in its text form.
const UUID_LEN: usize = 36;
/// An odd number whose products are spread well: 2⁶⁴ by the golden ratio.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// No input.
const NONE: u32 = u32::MAX;

/// A sample of spans, chosen by their ids, with the number of times that each was recorded.
///
/// A span has a key of 64 bits that is as good as random. Its upper half is the number of a UUID's last eight hex digits
/// in reverse, which differ the most even where ids are counted up; any other id is hashed together with its trace group.
/// The sample at level `L` holds the spans whose keys begin with `L` zero bits, at the lowest level at which it has no
/// more than 128. So it depends on the set of spans alone, and samples merge: that of two logs is the same whichever way
/// it was come by. At level 0 it holds all spans. Of a larger log, it holds 64 to 128 as a rule, so the standard error of
/// a share that is estimated from them is at most 6.3 %, which is half the square root of one in 64.
///
/// The rest of a key, its lower 32 bits, is a hash of the id, the name, the time and the duration. Two spans are taken
/// for one with a probability of 2⁻³² for each pair whose ids begin alike.
#[derive(Debug, Clone)]
pub struct Repeats {
    level: u32,
    /// The last of the words of UUIDs that are in the sample.
    last: u64,
    spans: HashTable<Sampled>,
    /// Spans that had ids.
    known: u64,
}

/// The record of a span's end, as far as it tells one span from another.
#[derive(Debug, Clone, Copy)]
pub struct End<'a> {
    /// The id of the span.
    pub id: &'a [u8],
    /// Its trace group.
    pub group: &'a [u8],
    /// Its name.
    pub name: &'a [u8],
    /// When the record was written: microseconds since 1970.
    pub time_us: Option<i64>,
    /// Its duration in nanoseconds.
    pub ns: i64,
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
        Self { level: 0, last: last_of(0), spans: HashTable::new(), known: 0 }
    }
}

impl Repeats {
    /// Says whether a span with this id, the text of a UUID, may belong to the sample. Most do not; a comparison tells.
    #[inline(always)]
    pub fn may_hold(&self, id: &[u8; UUID_LEN]) -> bool {
        last_word(id) <= self.last
    }

    /// Counts the end of a span as [`record`](Self::record) does, if it may belong to the sample.
    #[inline]
    pub fn offer(&mut self, end: End<'_>, input: usize) {
        if end.id.try_into().map_or(true, |id| self.may_hold(id)) {
            self.record(end, input);
        }
    }

    /// Counts the end of a span in an input, which is given by its number.
    #[cold]
    #[inline(never)]
    pub fn record(&mut self, end: End<'_>, input: usize) {
        let key = key(end);
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

    /// Says of each of two inputs, which are given by their numbers, whether it has a span that the other one has not,
    /// as far as the sample tells. Of a span that is in more than two inputs, only the first two are known.
    pub fn lacking(&self, inputs: [usize; 2]) -> [bool; 2] {
        let are_known = |sampled: &&Sampled| sampled.inputs[1] == NONE || sampled.count <= 2;
        self.spans.iter().filter(are_known).fold([false; 2], |[first, second], sampled| {
            let [one, other] = inputs.map(|input| sampled.inputs.contains(&(input.min(NONE as usize - 1) as u32)));
            [first || one && !other, second || other && !one]
        })
    }

    /// Gives the share (0 to 1) of its spans that are in another sample, too: exact if both samples hold all spans, and
    /// else an estimate. 0 if there is no span.
    pub fn share_in(&self, other: &Self) -> f64 {
        let level = self.level.max(other.level);
        let is_in = |key: u64| other.spans.find(spread(key), |found| found.key == key).is_some();
        let of_both = self.spans.iter().filter(|sampled| sampled.key.leading_zeros() >= level);
        let (shared, all) = of_both
            .fold((0.0, 0.0), |(shared, all), sampled| (shared + f64::from(u8::from(is_in(sampled.key))), all + 1.0));
        if all > 0.0 { shared / all } else { 0.0 }
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
            self.last = last_of(level);
            self.spans.retain(|sampled| sampled.key.leading_zeros() >= level);
        }
    }
}

/// Makes the key of a span.
fn key(End { id, group, name, time_us, ns }: End<'_>) -> u64 {
    let when = xxh3_64_with_seed(&time_us.unwrap_or(i64::MIN).to_le_bytes(), ns as u64);
    let hash = xxh3_64_with_seed(id, xxh3_64_with_seed(name, when));
    if let Some(head) = id.try_into().ok().and_then(reversed_end) {
        return u64::from(head) << u32::BITS | hash & 0xFFFF_FFFF;
    }
    // Other ids need not be unique beyond their group.
    xxh3_64_with_seed(group, hash)
}

/// Gives the last eight bytes of a UUID's text as a word in which the last one counts the most.
#[inline(always)]
fn last_word(id: &[u8; UUID_LEN]) -> u64 {
    id.last_chunk().map_or(0, |end| u64::from_le_bytes(*end))
}

/// Gives the number of a UUID's last eight hex digits, the last one first.
fn reversed_end(id: &[u8; UUID_LEN]) -> Option<u32> {
    let digits = id.iter().rev().take(8);
    digits.copied().try_fold(0, |number, digit| Some(number << 4 | (digit as char).to_digit(16)?))
}

/// Gives the last word of the UUIDs whose keys are in the sample of a level. Small letters come after large ones, so no
/// UUID of the sample has a later word.
fn last_of(level: u32) -> u64 {
    let number = u32::MAX.checked_shr(level).unwrap_or(0);
    u64::from_be_bytes(std::array::from_fn(|at| b"0123456789abcdef"[(number >> (28 - 4 * at)) as usize & 15]))
}

/// Keys of a sample begin with zeros.
fn spread(key: u64) -> u64 {
    key.wrapping_mul(SPREAD)
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
            repeats.offer(End { id: id.as_bytes(), group: b"group", name: b"work", time_us: Some(1), ns: 7 }, input);
        }
        repeats
    }

    #[test]
    fn small_logs_are_counted_exactly() {
        let ids = || (0..120).map(uuid);
        assert_eq!(sample(ids(), 0).repeated(), None);
        let twice = sample(ids().chain((0..30).map(uuid)), 3).repeated().unwrap();
        assert_eq!(twice, Repeated { records: 30, share: 30.0 / 150.0, is_exact: true, inputs: vec![[3, 3]] });
    }

    #[test]
    fn a_different_name_time_duration_or_group_is_another_record() {
        let mut repeats = Repeats::default();
        let id = uuid(1);
        let mut record = |id: &str, group: &str, name: &str, time_us, ns| {
            let (id, group, name) = (id.as_bytes(), group.as_bytes(), name.as_bytes());
            repeats.record(End { id, group, name, time_us: Some(time_us), ns }, 0);
            repeats.repeated().map_or(0, |repeated| repeated.records)
        };
        assert_eq!(record(&id, "a", "x", 0, 1), 0);
        assert_eq!(record(&id, "a", "x", 0, 2), 0);
        assert_eq!(record(&id, "a", "x", 1, 1), 0);
        assert_eq!(record(&id, "a", "y", 0, 1), 0);
        assert_eq!(record("7", "a", "x", 0, 1), 0);
        assert_eq!(record("7", "b", "x", 0, 1), 0);
        assert_eq!(record("7", "b", "x", 0, 1), 1);
        assert_eq!(record(&id, "another group of a random id is no matter", "x", 0, 1), 2);
    }

    #[test]
    fn the_inputs_that_overlap_are_named() {
        let mut all = sample((0..50_000).map(uuid), 0);
        all.merge(&sample((50_000..90_000).map(uuid), 1));
        all.merge(&sample((0..50_000).map(uuid), 2));
        let found = all.repeated().unwrap();
        assert_eq!(found.inputs, [[0, 2]]);
        assert!((found.share - 50.0 / 140.0).abs() < 0.2 && !found.is_exact, "{found:?}");
        assert!(found.records.abs_diff(50_000) < 30_000, "{found:?}");
    }

    #[test]
    fn the_share_of_spans_in_another_sample() {
        let one = sample((0..100).map(uuid), 0);
        assert!((one.share_in(&sample((75..110).map(uuid), 1)) - 0.25).abs() < 1e-9);
        let (large, half) = (sample((0..40_000).map(uuid), 0), sample((20_000..40_000).map(uuid), 1));
        assert!((half.share_in(&large) - 1.0).abs() < 1e-9);
        assert!((large.share_in(&half) - 0.5).abs() < 0.2);
        assert!(large.share_in(&sample((50_000..60_000).map(uuid), 1)).abs() < 1e-9);
        assert!(Repeats::default().share_in(&large).abs() < 1e-9);
    }

    #[test]
    fn two_inputs_are_compared() {
        let mut all = sample((0..1000).map(uuid), 0);
        all.merge(&sample((0..2000).map(uuid), 1));
        all.merge(&sample((3000..4000).map(uuid), 2));
        assert_eq!(all.lacking([0, 1]), [false, true]);
        assert_eq!(all.lacking([1, 0]), [true, false]);
        assert_eq!(all.lacking([0, 2]), [true, true]);
        let mut thrice = all.clone();
        thrice.merge(&sample((0..1000).map(uuid), 3));
        assert_eq!(thrice.lacking([0, 3]), [false, false], "nobody knows of the third");
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
            beyond_two += u32::from((found - share).abs() > 2.0 * 0.063);
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
