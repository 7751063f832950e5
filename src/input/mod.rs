//! The sources of bytes: files, mapped where they can be and streamed where not, standard input, compressed logs,
//! directories.
//!
//! ```text
//!  arguments ──► resolve (one Source a file) ──► open ──► Mapped, or a Stream of blocks
//! ```

mod cached;
pub(crate) mod chunk;
mod compressed;
mod fingerprint;
mod joined;
pub(crate) mod line;
mod look;
mod mapped;
mod open;
mod part;
mod resolve;
mod sample;
mod sniff;
mod stream;
mod waiting;

pub(crate) use cached::are_cold;
pub(crate) use compressed::asks_for_long_window;
pub use look::with_sample;
pub(crate) use mapped::Mapped;
pub(crate) use open::{Open, Opened, Opening, Sighting, open};
pub use resolve::{Source, resolve, resolve_each, rotated};
pub use sample::Sample;
pub(crate) use sniff::SNIFFED;
pub use sniff::{LooksLike, looks_like};
pub(crate) use stream::{BLOCK, Block, Stream};
pub(crate) use waiting::GiveUp;
