//! The engine against the naive one: the same answer for every line, every log, every cut.

mod naive;

use proptest::prelude::*;
use tracerank::format::{Line, parse};

fn plain(line: &Line<'_>) -> String {
    match line {
        Line::Record(record) => format!(
            "record {:?}",
            (record.timestamp, record.duration_ns, record.base_id, record.parent_id, record.trace_id, record.name)
        ),
        Line::Other => "other".to_owned(),
        Line::Malformed(reason) => format!("malformed {reason:?}"),
    }
}

fn plain_naive(line: &naive::Line<'_>) -> String {
    match line {
        naive::Line::Record(record) => format!(
            "record {:?}",
            (record.timestamp, record.duration_ns, record.base_id, record.parent_id, record.trace_id, record.name)
        ),
        naive::Line::Other => "other".to_owned(),
        naive::Line::Malformed(reason) => format!("malformed {reason:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn every_line_is_what_the_naive_engine_takes_it_for(line in naive::logs::line()) {
        prop_assert_eq!(plain(&parse(&line)), plain_naive(&naive::parse_line(&line)), "{}", line.escape_ascii());
    }
}
