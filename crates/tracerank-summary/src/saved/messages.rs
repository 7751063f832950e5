//! The messages of the file, as `docs/summary.proto` has them. Numbers of fields are for ever: a field that is taken
//! away leaves a gap.

use prost::Message;
use prost::bytes::Bytes;

/// The first message: the account of what was read, and the number of [`TraceName`]s that follow.
#[derive(Clone, PartialEq, Message)]
pub(super) struct State {
    #[prost(string, tag = "1")]
    pub(super) writer: String,
    #[prost(uint64, tag = "2")]
    pub(super) names: u64,
    #[prost(message, optional, tag = "3")]
    pub(super) account: Option<Account>,
    #[prost(message, repeated, tag = "4")]
    pub(super) malformed: Vec<Malformed>,
    #[prost(message, repeated, tag = "5")]
    pub(super) covered: Vec<Covered>,
    #[prost(uint64, repeated, tag = "6")]
    pub(super) roots: Vec<u64>,
    #[prost(message, repeated, tag = "7")]
    pub(super) sections: Vec<Section>,
    #[prost(string, tag = "8")]
    pub(super) filters: String,
}

/// A line of the table of sections.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Section {
    #[prost(uint32, tag = "1")]
    pub(super) kind: u32,
    #[prost(uint32, tag = "2")]
    pub(super) version: u32,
    #[prost(uint64, tag = "3")]
    pub(super) spans: u64,
}

/// The section of a sample of the spans.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Repeats {
    #[prost(uint32, tag = "1")]
    pub(super) level: u32,
    #[prost(fixed64, repeated, tag = "2")]
    pub(super) keys: Vec<u64>,
    #[prost(uint64, repeated, tag = "3")]
    pub(super) counts: Vec<u64>,
}

/// The number of lines of each kind.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Account {
    #[prost(uint64, tag = "1")]
    pub(super) bytes: u64,
    #[prost(uint64, tag = "2")]
    pub(super) records: u64,
    #[prost(uint64, tag = "3")]
    pub(super) other: u64,
    #[prost(uint64, tag = "4")]
    pub(super) malformed: u64,
    #[prost(uint64, tag = "5")]
    pub(super) spans: u64,
    /// Zero if there are as many as records.
    #[prost(uint64, tag = "6")]
    pub(super) record_lines: u64,
    #[prost(uint64, tag = "7")]
    pub(super) torn: u64,
    #[prost(sint64, optional, tag = "8")]
    pub(super) first_us: Option<i64>,
    #[prost(sint64, optional, tag = "9")]
    pub(super) last_us: Option<i64>,
}

/// A malformed record.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Malformed {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) path: Vec<u8>,
    #[prost(uint64, optional, tag = "2")]
    pub(super) line: Option<u64>,
    #[prost(uint64, tag = "3")]
    pub(super) offset: u64,
    #[prost(string, tag = "4")]
    pub(super) reason: String,
}

/// The part of a file that was read.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Covered {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) path: Vec<u8>,
    #[prost(uint64, optional, tag = "2")]
    pub(super) device: Option<u64>,
    #[prost(uint64, optional, tag = "3")]
    pub(super) inode: Option<u64>,
    #[prost(uint64, tag = "4")]
    pub(super) len: u64,
    #[prost(fixed64, tag = "5")]
    pub(super) head: u64,
    #[prost(fixed64, tag = "6")]
    pub(super) tail: u64,
    #[prost(message, repeated, tag = "7")]
    pub(super) ranges: Vec<Range>,
    #[prost(message, optional, tag = "8")]
    pub(super) first: Option<RecordTime>,
    #[prost(message, optional, tag = "9")]
    pub(super) last: Option<RecordTime>,
}

/// The time of a record.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct RecordTime {
    #[prost(uint64, tag = "1")]
    pub(super) offset: u64,
    #[prost(sint64, tag = "2")]
    pub(super) time_us: i64,
}

/// A range of bytes.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Range {
    #[prost(uint64, tag = "1")]
    pub(super) from: u64,
    #[prost(uint64, tag = "2")]
    pub(super) to: u64,
}

/// The figures of a name.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TraceName {
    #[prost(bytes = "vec", tag = "1")]
    pub(super) name: Vec<u8>,
    #[prost(sint64, tag = "2")]
    pub(super) min_ns: i64,
    #[prost(sint64, tag = "3")]
    pub(super) max_ns: i64,
    #[prost(message, optional, tag = "4")]
    pub(super) squares_ns2: Option<Wide>,
    /// HdrHistogram's V2 encoding, two significant digits.
    #[prost(bytes = "bytes", tag = "5")]
    pub(super) histogram: Bytes,
    #[prost(message, repeated, tag = "6")]
    pub(super) shards: Vec<Shard>,
}

/// The figures of a name in one shard.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Shard {
    #[prost(uint32, tag = "1")]
    pub(super) number: u32,
    #[prost(uint64, tag = "2")]
    pub(super) count: u64,
    #[prost(message, optional, tag = "3")]
    pub(super) total_ns: Option<Wide>,
    #[prost(fixed32, tag = "4")]
    pub(super) groups: u32,
    /// HdrHistogram's V2 encoding, one significant digit.
    #[prost(bytes = "bytes", tag = "5")]
    pub(super) histogram: Bytes,
}

/// A number of 128 bits: `high · 2⁶⁴ + low`, in two's complement if it can be negative.
#[derive(Clone, Copy, PartialEq, Message)]
pub(super) struct Wide {
    #[prost(uint64, tag = "1")]
    pub(super) low: u64,
    #[prost(uint64, tag = "2")]
    pub(super) high: u64,
}

impl From<u128> for Wide {
    fn from(number: u128) -> Self {
        Self { low: number as u64, high: (number >> 64) as u64 }
    }
}

impl Wide {
    /// Gives the number; a missing one is zero, as protocol buffers have it.
    pub(super) fn number(wide: Option<Self>) -> u128 {
        let Self { low, high } = wide.unwrap_or_default();
        u128::from(high) << 64 | u128::from(low)
    }
}
