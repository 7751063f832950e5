//! What is known of a name, to and from its message.

use std::ops::RangeInclusive;

use super::messages::{self, Wide};
use super::state::MOST;
use super::{Unreadable, hdr};
use crate::aggregate::histogram::cell;
use crate::aggregate::{Histogram, Row, SHARDS, Shard, Sharded, Stats, Summary};
use crate::shown::Terminal;

pub(super) fn to_message(row: &Row<'_>) -> messages::TraceName {
    let shards = row.sharded.into_iter().flat_map(Sharded::iter).map(|(number, shard, histogram)| messages::Shard {
        number: number as u32,
        count: shard.count,
        total_ns: Some(Wide::from(shard.total_ns as u128)),
        groups: shard.groups,
        histogram: hdr::encode(histogram),
    });
    messages::TraceName {
        name: row.name.to_vec(),
        min_ns: row.stats.min_ns(),
        max_ns: row.stats.max_ns(),
        squares_ns2: Some(Wide::from(row.stats.squares_ns2())),
        shards: shards.collect(),
    }
}

/// Adds the name that is `rank`th in its file.
pub(super) fn add(message: messages::TraceName, rank: u64, summary: &mut Summary) -> Result<(), Unreadable> {
    let messages::TraceName { name, min_ns, max_ns, squares_ns2, shards } = message;
    let contradiction = || {
        let shown = Terminal(name.get(..SHOWN).unwrap_or(&name)).to_string();
        Unreadable::Contradiction(format!("the figures of {shown} do not add up"))
    };
    let extremes = min_ns..=max_ns;
    let mut sharded = Sharded::default();
    let (mut count, mut total_ns, mut next) = (0, 0, 0);
    for message in shards {
        let histogram = hdr::decode(&message.histogram)?;
        let (number, shard) = shard(&message, &histogram, &extremes).ok_or_else(contradiction)?;
        if number < next {
            return Err(contradiction());
        }
        (count, total_ns, next) = (count + shard.count, total_ns + shard.total_ns, number + 1);
        sharded.push(number, shard, histogram);
    }
    let ends = sharded.ends().map(|(first, last)| (usize::from(first), usize::from(last)));
    if ends != Some((cell(min_ns), cell(max_ns))) || count > MOST || name.is_empty() {
        return Err(contradiction());
    }
    let stats = Stats::from_parts(count, total_ns, Wide::number(squares_ns2), min_ns, max_ns);
    summary.absorb_shards(&name, &stats, rank, &sharded);
    Ok(())
}

/// How much of a name an error shows.
const SHOWN: usize = 100;

/// A shard, if its figures are possible where all durations are between `extremes`.
fn shard(message: &messages::Shard, histogram: &Histogram, extremes: &RangeInclusive<i64>) -> Option<(usize, Shard)> {
    let messages::Shard { number, count, total_ns, groups, .. } = message;
    let total_ns = Wide::number(*total_ns) as i128;
    let counted = histogram.iter().try_fold(0, |sum: u64, (_, count)| sum.checked_add(count))?;
    let [least, most] = [extremes.start(), extremes.end()].map(|ns| i128::from(*ns) * i128::from(*count));
    let is_possible = (1..=MOST).contains(count)
        && counted == *count
        && (least..=most).contains(&total_ns)
        && *groups != 0
        && (*number as usize) < SHARDS;
    is_possible.then_some((*number as usize, Shard { count: *count, total_ns, groups: *groups }))
}
