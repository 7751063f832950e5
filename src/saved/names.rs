//! What is known of a name, to and from its message.

use std::borrow::Cow;

use super::messages::{self, Wide};
use super::state::MOST;
use super::{Unreadable, hdr};
use crate::aggregate::{Coarse, Histogram, Row, SHARDS, Shard, Sharded, Stats, Summary};
use crate::shown::Terminal;

pub(super) fn to_message(row: &Row<'_>) -> messages::TraceName {
    let shards = row.sharded.into_iter().flat_map(Sharded::iter).map(|(number, shard, histogram)| messages::Shard {
        number: number as u32,
        count: shard.count,
        total_ns: Some(Wide::from(shard.total_ns as u128)),
        groups: shard.groups,
        histogram: hdr::encode(histogram).into(),
    });
    messages::TraceName {
        name: row.name.to_vec(),
        min_ns: row.stats.min_ns(),
        max_ns: row.stats.max_ns(),
        squares_ns2: Some(Wide::from(row.stats.squares_ns2())),
        histogram: hdr::encode(&row.histogram()).into(),
        shards: shards.collect(),
    }
}

/// Adds the name that is `rank`th in its file.
pub(super) fn add(message: &messages::TraceName, rank: u64, summary: &mut Summary) -> Result<(), Unreadable> {
    let histogram: Histogram = hdr::decode(&message.histogram)?;
    let mut sharded = Sharded::default();
    let (mut count, mut total_ns, mut next) = (0, 0, 0);
    for shard in &message.shards {
        let (number, shard, coarse) = of_shard(shard, message)?;
        if number < next {
            return Err(contradiction(message));
        }
        (count, total_ns, next) = (count + shard.count, total_ns + shard.total_ns, number + 1);
        sharded.push(number, shard, coarse);
    }
    let (min_ns, max_ns) = (message.min_ns, message.max_ns);
    let extremes = [min_ns, max_ns].map(Histogram::<2>::cell_of_signed);
    let is_possible = histogram.count() == Some(count)
        && histogram.ends() == Some((extremes[0] as u16, extremes[1] as u16))
        && histogram.coarse() == sharded.histogram()
        && count <= MOST
        && !message.name.is_empty();
    if !is_possible {
        return Err(contradiction(message));
    }
    let stats = Stats::from_parts(count, total_ns, Wide::number(message.squares_ns2), min_ns, max_ns);
    summary.absorb(&message.name, &stats, rank, Cow::Owned(histogram));
    summary.absorb_shards(&message.name, Cow::Owned(sharded));
    Ok(())
}

fn contradiction(message: &messages::TraceName) -> Unreadable {
    let shown = Terminal(message.name.get(..SHOWN).unwrap_or(&message.name));
    Unreadable::Contradiction(format!("the figures of {shown} do not add up"))
}

/// How much of a name an error shows.
const SHOWN: usize = 100;

/// A shard, if its figures are possible with those of its name.
fn of_shard(message: &messages::Shard, name: &messages::TraceName) -> Result<(usize, Shard, Coarse), Unreadable> {
    let messages::Shard { number, count, total_ns, groups, .. } = message;
    let coarse: Coarse = hdr::decode(&message.histogram)?;
    let total_ns = Wide::number(*total_ns) as i128;
    let [least, most] = [name.min_ns, name.max_ns].map(|ns| i128::from(ns) * i128::from(*count));
    let is_possible = (1..=MOST).contains(count)
        && coarse.count() == Some(*count)
        && (least..=most).contains(&total_ns)
        && *groups != 0
        && (*number as usize) < SHARDS;
    let shard = Shard { count: *count, total_ns, groups: *groups };
    if is_possible { Ok((*number as usize, shard, coarse)) } else { Err(contradiction(name)) }
}
