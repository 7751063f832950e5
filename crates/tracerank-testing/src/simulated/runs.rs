//! What one name did in one run.

use tracerank::analyses::diff::{SHARDS, Shard, Side, cell_of, coarse_cell_of};

use super::Random;

/// What a run is like.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub base_ids: usize,
    /// How many spans each base_id has, at least and at most.
    pub spans: (usize, usize),
    /// How many base_ids there are for one that has the name.
    pub of: usize,
    /// How much of the variance of the logarithm the spans of a base_id share.
    pub correlation: f64,
    /// The standard deviation of the logarithm.
    pub sigma: f64,
    /// How much whole runs differ from each other without a reason, as the standard deviation of the logarithm.
    pub of_run: f64,
}

impl Load {
    pub const fn new(base_ids: usize, spans: usize, correlation: f64) -> Self {
        Self { base_ids, spans: (spans, spans), of: 1, correlation, sigma: 0.5, of_run: 0.0 }
    }
}

/// One name in one run: what the statistics get, and for comparison the durations themselves, in nanoseconds.
pub struct Run {
    pub side: Side<Vec<(u16, u64)>>,
    pub durations: Vec<f64>,
}

impl Run {
    /// Log-normal durations around 20 ms times `factor`.
    pub fn new(random: &mut Random, load: Load, factor: f64) -> Self {
        let median = 20e6 * factor * (load.of_run * random.normal()).exp();
        let (shared, own) = (load.correlation.sqrt() * load.sigma, (1.0 - load.correlation).sqrt() * load.sigma);
        let mut of_shards: [Vec<f64>; SHARDS] = [const { Vec::new() }; SHARDS];
        let mut units = [0; SHARDS];
        for _ in 0..load.base_ids {
            let at = random.below(SHARDS);
            units[at] += 1;
            if random.below(load.of) > 0 {
                continue;
            }
            let base_id = shared * random.normal();
            let spans = load.spans.0 + random.below(load.spans.1 - load.spans.0 + 1);
            of_shards[at].extend((0..spans).map(|_| median * (base_id + own * random.normal()).exp()));
        }
        let durations = of_shards.concat();
        let side = Side {
            cells: histogram(&durations, cell_of),
            min_ns: durations.iter().map(|ns| *ns as i64).min().unwrap_or(0),
            max_ns: durations.iter().map(|ns| *ns as i64).max().unwrap_or(0),
            shards: of_shards.each_ref().map(|durations| shard(durations)),
            units,
            base_ids: load.base_ids as u64,
        };
        Self { side, durations }
    }
}

/// A base run and a new one in which everything takes `factor` times as long.
pub fn pair(random: &mut Random, load: Load, factor: f64) -> [Run; 2] {
    [Run::new(random, load, 1.0), Run::new(random, load, factor)]
}

fn shard(durations: &[f64]) -> Shard<Vec<(u16, u64)>> {
    Shard {
        count: durations.len() as u64,
        sum_ns: durations.iter().map(|ns| *ns as i128).sum(),
        cells: histogram(durations, coarse_cell_of),
    }
}

fn histogram(durations: &[f64], cell_of: impl Fn(u64) -> u16) -> Vec<(u16, u64)> {
    let mut cells: Vec<u16> = durations.iter().map(|ns| cell_of(*ns as u64)).collect();
    cells.sort_unstable();
    cells.chunk_by(|a, b| a == b).map(|alike| (alike[0], alike.len() as u64)).collect()
}
