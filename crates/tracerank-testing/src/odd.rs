//! Logs in which everything is odd.

use proptest::prelude::*;

use crate::naive::{Line, lines, parse_line};
use crate::timeline::timeline;

/// A record of one of a few spans of one of two groups, at any of a few times: everything that is odd comes up.
pub fn odd_records() -> impl Strategy<Value = Vec<u8>> {
    // A start, a stop, or both at once, as of most spans that have no other below them.
    let kind = (any::<bool>(), any::<bool>()).prop_filter("something", |(starts, stops)| *starts || *stops);
    let record = (0..2usize, 0..5usize, 0..6usize, 0..3usize, -2..9i64, -1..3i64, kind);
    prop::collection::vec(record, 0..24).prop_map(|records| {
        let logs = timeline(|t| {
            let groups = [(); 2].map(|()| t.handle("group").trace_id);
            let ids = [(); 5].map(|()| t.handle("id").trace_id);
            for (group, id, parent, name, duration_ms, wait, (starts, stops)) in records {
                let mut span = t.handle(["a", "b", "c"][name]);
                span.base_id.clone_from(&groups[group]);
                span.trace_id.clone_from(&ids[id]);
                span.parent_id.clone_from(ids.get(parent).unwrap_or(&groups[group]));
                t.wait(wait);
                if starts {
                    t.write_start(&span);
                }
                if stops {
                    t.wait(wait);
                    t.write_stop(&span, duration_ms);
                }
            }
        });
        logs.concat()
    })
}

/// Adds as many later records to a log, one after the other in time, as it takes to make it one that is in order.
pub fn put_in_order(mut log: Vec<u8>) -> Vec<u8> {
    const IDS: &str = "00000000-0000-4000-8000-0000000000aa 00000000-0000-4000-8000-0000000000aa \
                       00000000-0000-4000-8000-0000000000ab";
    let (steps_back, records) = steps_back(&log);
    for at in 0..(20 * steps_back).saturating_sub(records) {
        let (duration, marker) = if at % 2 == 0 { ("        ", "start") } else { ("0.0", "stop") };
        log.extend(format!("2027-01-01T00:00:00.{at:06} {duration} {IDS} filling-{marker}\n").bytes());
    }
    log
}

/// The number of records that are earlier than the one before them, and of all records.
pub fn steps_back(log: &[u8]) -> (usize, usize) {
    let time = |(_, line)| match parse_line(line) {
        Line::Record(record) => Some(record.time_us()),
        _ => None,
    };
    let times: Vec<i64> = lines(log).into_iter().filter_map(time).collect();
    (times.windows(2).filter(|pair| pair[1] < pair[0]).count(), times.len())
}
