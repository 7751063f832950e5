//! Records of a few spans in any order, in one log or several, as the span engine takes them and as the naive one does.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| tracerank_fuzz::trees::judge(data));
