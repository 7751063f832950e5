//! Lines that wait for the disk: until it has room again or, in the lossy mode, until their turn.

use std::collections::VecDeque;

/// The largest number of bytes that may wait.
pub(crate) const LARGEST: usize = 16 << 20;

/// Blocks of whole lines in their order.
#[derive(Default)]
pub(crate) struct Backlog {
    blocks: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The number of lines that found no room.
    lost: u64,
}

impl Backlog {
    pub(crate) fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// Takes in lines after all others, or counts them as lost if too many wait.
    pub(crate) fn push(&mut self, mut lines: Vec<u8>) {
        if self.bytes + lines.len() > LARGEST {
            self.lost += lines.iter().filter(|byte| **byte == b'\n').count() as u64;
        } else if !lines.is_empty() {
            // Room that is not used would not be counted.
            lines.shrink_to_fit();
            self.bytes += lines.len();
            self.blocks.push_back(lines);
        }
    }

    /// Takes out the first lines.
    pub(crate) fn pop(&mut self) -> Option<Vec<u8>> {
        let lines = self.blocks.pop_front()?;
        self.bytes -= lines.len();
        Some(lines)
    }

    /// Takes back the lines that were taken out last and could not be written.
    pub(crate) fn put_back(&mut self, lines: Vec<u8>) {
        self.bytes += lines.len();
        self.blocks.push_front(lines);
    }
}
