//! One line of an access log, as its compiled pattern takes it and as the naive parser does.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracerank::formats::declared::{ACCESS, Declared};
use tracerank::record::Scratch;
use tracerank_testing::access::{self as naive, Naive};

static FORMAT: LazyLock<Declared> = LazyLock::new(|| Declared::compile(&ACCESS).expect("it compiles"));

fuzz_target!(|data: &[u8]| {
    // One after the other: a time is remembered from line to line.
    let mut scratch = Scratch::default();
    for line in data.split(|byte| *byte == b'\n') {
        assert_eq!(Naive::of(&FORMAT.parse(line, &mut scratch)), naive::parse(line));
    }
});
