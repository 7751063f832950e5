//! Logs in which everything is odd.

use proptest::prelude::*;

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
