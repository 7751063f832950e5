//! One line, as the engine takes it and as the naive one does.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let line = data.split(|byte| *byte == b'\n').next().unwrap_or_default();
    tracerank_fuzz::judge_line(line);
});
