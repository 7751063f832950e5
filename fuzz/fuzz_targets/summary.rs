//! A saved summary: what is in its frame, which a checksum would else keep the fuzzer out of.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    tracerank_fuzz::judge_summary(data);
});
