//! `--memory-limit`, of the commands that put spans into trees.

use bytesize::ByteSize;
use clap::{Arg, Args};
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::process::keep_little_freed_memory;
use crate::error::Error;
use crate::spans::LEAST_MEMORY;

#[derive(Debug, Args)]
pub(super) struct MemoryArgs {
    /// Memory limit where spans are put into trees, at least 16M, such as 500M or 2GiB [default: half of the available
    /// memory]
    ///
    /// It is of the whole program, apart from the pages of mapped files. A report needs trees for the columns self,
    /// self%, total-outer and percent, and takes little memory without them.
    /// If the spans do not fit, the logs are read again for the next share of the trace groups. The answer stays the
    /// same and takes longer.
    #[arg(long, value_name = "SIZE")]
    memory_limit: Option<ByteSize>,
}

impl MemoryArgs {
    /// The limit in bytes. One that is given is kept closely; the usual one leaves half of the free memory.
    pub(super) fn limit(&self) -> usize {
        let Some(given) = self.memory_limit else { return usual_limit() };
        keep_little_freed_memory();
        usize::try_from(given.as_u64()).unwrap_or(usize::MAX)
    }

    /// Checks a limit that is given, where nothing is read that it would be too little for.
    pub(super) fn check(&self) -> Result<(), Error> {
        match self.memory_limit.map(|_| self.limit()) {
            Some(limit) if limit < LEAST_MEMORY => Err(Error::LeastMemory { limit, least: LEAST_MEMORY }),
            _ => Ok(()),
        }
    }
}

/// Describes the limit where one trace group is all that is kept.
pub(super) fn of_one_group(memory_limit: Arg) -> Arg {
    memory_limit.long_help(
        "Memory limit of the program, at least 16M, such as 500M or 2GiB [default: half of the available memory]\n\n\
        A trace group that does not fit is an error.",
    )
}

/// The limit where none is given: half of the memory that is free.
pub(super) fn usual_limit() -> usize {
    usize::try_from((available() / 2).max(LEAST_MEMORY as u64)).unwrap_or(usize::MAX)
}

/// The bytes that are free, within the limit of the control group.
fn available() -> u64 {
    let system =
        System::new_with_specifics(RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram()));
    let of_group = system.cgroup_limits().map(|limits| limits.free_memory).filter(|free| *free > 0);
    of_group.unwrap_or(u64::MAX).min(system.available_memory())
}
