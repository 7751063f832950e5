//! The figures of a name, to and from its message.

use std::borrow::Cow;

use tracerank_display::Terminal;

use super::messages::{self, Wide};
use super::{Unreadable, hdr};
use crate::histogram::count;
use crate::{Account, Coarse, Histogram, Row, SHARDS, Shard, Sharded, Stats, Summary};

pub(super) fn to_message(row: &Row<'_>) -> messages::TraceName {
    let shards = row.sharded.into_iter().flat_map(Sharded::iter).map(|(number, shard, cells)| messages::Shard {
        number: number as u32,
        count: shard.count,
        total_ns: Some(Wide::from(shard.total_ns as u128)),
        groups: shard.groups,
        histogram: hdr::encode::<1>(cells).into(),
    });
    messages::TraceName {
        name: row.name.to_vec(),
        min_ns: row.stats.min_ns(),
        max_ns: row.stats.max_ns(),
        squares_ns2: Some(Wide::from(row.stats.squares_ns2())),
        histogram: hdr::encode::<2>((*row.histogram()).as_ref()).into(),
        shards: shards.collect(),
    }
}

/// Adds the name that is `rank`th in its file.
pub(super) fn add(message: &messages::TraceName, rank: u64, summary: &mut Summary) -> Result<(), Unreadable> {
    // A cell takes a byte or more.
    let most_cells = message.shards.iter().map(|shard| shard.histogram.len().min(Coarse::CELLS)).sum();
    let (mut sharded, mut cells) = (Sharded::with_room(message.shards.len(), most_cells), Vec::with_capacity(USUAL));
    let (mut total_count, mut total_ns, mut next) = (0, 0, 0);
    for of_shard in &message.shards {
        hdr::decode::<1>(&of_shard.histogram, &mut cells)?;
        let (number, shard) = shard(of_shard, &cells, message).ok_or_else(|| contradiction(message))?;
        if number < next {
            return Err(contradiction(message));
        }
        (total_count, total_ns, next) = (total_count + shard.count, total_ns + shard.total_ns, number + 1);
        sharded.push(number, shard, &cells);
    }
    sharded.shrink();
    hdr::decode::<2>(&message.histogram, &mut cells)?;
    let histogram = Histogram::<2>::from_cells(cells.as_slice().to_vec());
    let (min_ns, max_ns) = (message.min_ns, message.max_ns);
    let extremes = [min_ns, max_ns].map(Histogram::<2>::cell_of_signed);
    let is_possible = count(histogram.as_ref()) == Some(total_count)
        && histogram.ends() == Some((extremes[0] as u16, extremes[1] as u16))
        && histogram.coarse() == sharded.histogram()
        && total_count <= Account::MOST
        && !message.name.is_empty();
    let stats = Stats::from_parts(total_count, total_ns, Wide::number(message.squares_ns2), min_ns, max_ns);
    if !is_possible || !stats.has_possible_squares() {
        return Err(contradiction(message));
    }
    summary.absorb(&message.name, &stats, rank, Cow::Owned(histogram));
    summary.absorb_shards(&message.name, Cow::Owned(sharded));
    Ok(())
}

fn contradiction(message: &messages::TraceName) -> Unreadable {
    let shown = Terminal(message.name.get(..SHOWN).unwrap_or(&message.name));
    Unreadable::Contradiction(format!("the figures of {shown} do not add up"))
}

/// Cells of most histograms, for which room is made.
const USUAL: usize = 512;
/// Bytes of a name that an error shows.
const SHOWN: usize = 100;

/// Makes a shard, if its figures are possible with its cells and those of its name.
fn shard(message: &messages::Shard, cells: &[(u16, u64)], name: &messages::TraceName) -> Option<(usize, Shard)> {
    let messages::Shard { number, count: spans, total_ns, groups, .. } = message;
    let total_ns = Wide::number(*total_ns) as i128;
    let [least, most] = [name.min_ns, name.max_ns].map(|ns| i128::from(ns) * i128::from(*spans));
    let is_possible = (1..=Account::MOST).contains(spans)
        && count(cells) == Some(*spans)
        && (least..=most).contains(&total_ns)
        && *groups != 0
        && (*number as usize) < SHARDS;
    is_possible.then_some((*number as usize, Shard { count: *spans, total_ns, groups: *groups }))
}
