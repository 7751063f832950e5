//! A log, whole, cut anywhere and streamed, as the engine takes it and as the naive one does.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tracerank_fuzz::Plan;

fuzz_target!(|data: &[u8]| {
    if let Some((plan, log)) = Plan::split_off(data) {
        tracerank_fuzz::judge_log(log, &plan);
    }
});
