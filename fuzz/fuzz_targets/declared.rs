//! One line of an access log, as the compiled patterns of all spellings take it and as the naive parsers do.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tracerank::formats::declared::{ACCESS, DECLARATIONS, Declaration, Declared};
use tracerank::record::{Line, Scratch};
use tracerank_testing::access::{self as naive, Naive};
use tracerank_testing::pattern::{self, Parsed};

static FORMAT: LazyLock<Declared> = LazyLock::new(|| Declared::compile(&ACCESS).expect("it compiles"));
static ALL: LazyLock<Vec<(Declared, Declaration<'static>)>> = LazyLock::new(|| {
    let compile = |declaration: &Declaration<'static>| Declared::compile(declaration).expect("it compiles");
    DECLARATIONS.iter().map(|declaration| (compile(declaration), *declaration)).collect()
});

fuzz_target!(|data: &[u8]| {
    // One after the other: a time is remembered from line to line.
    let mut scratch = Scratch::default();
    for line in data.split(|byte| *byte == b'\n') {
        assert_eq!(Naive::of(&FORMAT.parse(line, &mut scratch)), naive::parse(line));
        for (format, declaration) in ALL.iter() {
            let found = match format.parse(line, &mut scratch) {
                Line::Record(record) => Some(Parsed {
                    name: record.name.to_vec(),
                    time_us: record.time_us,
                    duration_ns: record.duration_ns.expect("a duration"),
                }),
                _ => None,
            };
            let Declaration { patterns, named, nameless, .. } = *declaration;
            assert_eq!(found, pattern::parse(patterns, named, nameless, line), "{}", declaration.spelling);
        }
    }
});
