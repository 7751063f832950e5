//! An estimate: a figure with its standard error.

/// A figure and how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Estimate {
    /// The figure; none when it would be a division by zero.
    pub(super) value: Option<f64>,
    /// The same as it is in ratios; above zero where it can be.
    pub(super) compared: Option<f64>,
    /// The standard error of its logarithm; none when it has no logarithm or a shard holds all there is.
    pub(super) log_error: Option<f64>,
}

impl Estimate {
    pub(super) const NONE: Self = Self { value: None, compared: None, log_error: None };
}
