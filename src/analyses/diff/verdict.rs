//! The verdict of a name, and the directions in which its figures can move.

/// The verdict of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// At least one measure of time went up.
    Slower,
    /// At least one measure of time went down.
    Faster,
    /// There is enough data, and none moved.
    NoChange,
    /// The data can't tell whether any measure moved.
    TooLittleData,
    /// It is in no base.
    New,
    /// It is in a base and not in the new run.
    Gone,
}

impl Verdict {
    /// All verdicts, in the order of the tally.
    pub const ALL: [Self; 6] = [Self::Slower, Self::Faster, Self::NoChange, Self::TooLittleData, Self::New, Self::Gone];

    /// Its name for programs: `too_little_data`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Slower => "slower",
            Self::Faster => "faster",
            Self::NoChange => "no_change",
            Self::TooLittleData => "too_little_data",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }

    /// Tells whether both runs had enough data of the name.
    pub fn is_known(self) -> bool {
        matches!(self, Self::Slower | Self::Faster | Self::NoChange)
    }
}

/// The change of the number of calls per root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calls {
    /// It went up.
    More,
    /// It went down.
    Fewer,
    /// It did not move.
    NoChange,
}

impl Calls {
    /// Its name for programs: `no_change`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::More => "more",
            Self::Fewer => "fewer",
            Self::NoChange => "no_change",
        }
    }
}

/// The direction in which a measure moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// Up.
    Up,
    /// Down.
    Down,
}

impl Shift {
    /// Its name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}
