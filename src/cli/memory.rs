//! `--memory-limit`, of the commands that put spans into trees.

use bytesize::ByteSize;
use clap::Args;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::spans::LEAST_MEMORY;

#[derive(Debug, Args)]
pub(super) struct MemoryArgs {
    /// How much memory the program may take, 16M at least: 500M, 2GiB
    ///
    /// Where that is not enough for all spans, the logs are read again for the next share of the trace groups, which changes nothing but the time it takes. [default: half of what is available]
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<ByteSize>,
}

impl MemoryArgs {
    /// In bytes.
    pub(super) fn limit(&self) -> usize {
        let limit = self.memory_limit.map_or_else(|| (available() / 2).max(LEAST_MEMORY as u64), |size| size.as_u64());
        usize::try_from(limit).unwrap_or(usize::MAX)
    }
}

/// Bytes that can be had without taking them from others, nor from beyond what the control group may have.
fn available() -> u64 {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()));
    let of_group = system.cgroup_limits().map(|limits| limits.free_memory).filter(|free| *free > 0);
    of_group.unwrap_or(u64::MAX).min(system.available_memory())
}
