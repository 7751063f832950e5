//! Runs of a made-up program whose spans are alike within a base_id, and how often the gate is right about them.

mod random;
mod rates;
mod runs;
mod whitney;

pub use random::Random;
pub use rates::{Alarms, Found, alarms, found, settings_without_margin};
pub use runs::{Load, Run, pair};
