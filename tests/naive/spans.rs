//! The naive span engine against docs/spans.md, rule by rule, and against genuine logs whose self times are known.
//!
//! What judges the real engine has to be judged first. In the timelines a column is a millisecond: `a====` is a span that
//! takes as many as it has characters (its name is one of them), written below its parent; `a>` is a start without a stop, `a<===` a
//! stop without a start, and a span in brackets takes no time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use tracerank_testing::naive;
use tracerank_testing::naive::spans::{Counts, Forest, Kind, Root, Span, figures, read, roots_total_ns, tree};
use tracerank_testing::odd::{odd_records, put_in_order};
use tracerank_testing::timeline::{Timeline, timeline};

const MS: i128 = 1_000_000;

fn read_all(logs: &[Vec<u8>]) -> Forest {
    let inputs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    read(&inputs)
}

fn draw(draw: impl FnOnce(&mut Timeline)) -> Forest {
    read_all(&timeline(draw))
}

/// The only span of a name.
#[track_caller]
fn the<'a>(forest: &'a Forest, name: &str) -> &'a Span {
    let mut spans = forest.spans.iter().filter(|span| span.name == name.as_bytes());
    let span = spans.next().expect(name);
    assert!(spans.next().is_none(), "{name} is not the only one");
    span
}

#[track_caller]
fn parent<'a>(forest: &'a Forest, name: &str) -> &'a Span {
    &forest.spans[the(forest, name).parent.expect(name)]
}

/// The names of all spans, in order, and their self times in milliseconds.
#[track_caller]
fn assert_self_ms(forest: &Forest, expected: &[(&str, Option<i64>)]) {
    let names = forest.spans.iter().map(|span| str::from_utf8(&span.name).unwrap());
    let self_times = forest.spans.iter().map(|span| span.self_ns.map(|ns| ns / MS as i64));
    let found: Vec<_> = names.zip(self_times).collect();
    assert_eq!(found, expected);
}

/// A line a node: path, count, total, self and max in milliseconds.
#[track_caller]
fn assert_tree(forest: &Forest, expected: &[&str]) {
    let line = |node: &naive::spans::Node| {
        let path = String::from_utf8(node.path.join(&b';')).unwrap();
        let max = node.max_ns.map_or("-".to_owned(), |ns| (i128::from(ns) / MS).to_string());
        format!("{path} {} {} {} {max}", node.count, node.total_ns / MS, node.self_ns / MS)
    };
    assert_eq!(tree(forest).iter().map(line).collect::<Vec<_>>(), expected);
}

/// A line a name: count, total, self, total-outer in milliseconds.
#[track_caller]
fn assert_figures(forest: &Forest, expected: &[&str]) {
    let line = |row: &naive::spans::Figures| {
        let name = String::from_utf8(row.name.clone()).unwrap();
        format!("{name} {} {} {} {}", row.count, row.total_ns / MS, row.self_ns / MS, row.total_outer_ns / MS)
    };
    assert_eq!(figures(forest).iter().map(line).collect::<Vec<_>>(), expected);
}

// ---- Genuine logs ----

fn corpus(file: &str) -> PathBuf {
    crate::root().join("testdata/corpus").join(file)
}

fn read_corpus(file: &str) -> Forest {
    read(&[&fs::read(corpus(file)).unwrap()])
}

#[track_caller]
fn assert_genuine(log: &str) {
    let forest = read_corpus(&format!("{log}.log"));
    let row = |row: &naive::spans::Figures| {
        format!("{}\t{}\t{}\t{}", str::from_utf8(&row.name).unwrap(), row.count, row.total_ns, row.self_ns)
    };
    let mut found: Vec<_> = figures(&forest).iter().map(row).collect();
    let expected = fs::read_to_string(corpus(&format!("{log}.self.tsv"))).unwrap();
    let mut expected: Vec<_> = expected.lines().map(str::to_owned).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    assert_script_agrees(&corpus(&format!("{log}.log")), &forest);
}

/// The script that the benchmarks compare with prints the same tree.
#[track_caller]
fn assert_script_agrees(log: &Path, forest: &Forest) {
    let script = crate::root().join("scripts/tree_python.py");
    let Ok(printed) = Command::new("python3").arg(script).arg(log).output() else {
        eprintln!("no python3: its tree is not compared");
        return;
    };
    let line = |node: &naive::spans::Node| {
        let path = String::from_utf8(node.path.join(&b';')).unwrap();
        let max = node.max_ns.map_or(String::new(), |ns| ns.to_string());
        format!("{}\t{}\t{}\t{max}\t{path}\n", node.count, node.total_ns, node.self_ns)
    };
    let expected: String = tree(forest).iter().map(line).collect();
    assert_eq!(String::from_utf8(printed.stdout).unwrap(), expected, "{}", String::from_utf8_lossy(&printed.stderr));
}

#[test]
fn self_times_of_the_basic_log_are_those_known() {
    assert_genuine("basic");
}

#[test]
fn self_times_of_the_killed_log_are_those_known() {
    assert_genuine("killed");
}

#[test]
fn counts_of_the_genuine_logs() {
    let expected = Counts {
        spans: 3996,
        unfinished: 8,
        roots: 264,
        missing_parents: 45,
        asynchronous: 189,
        outliving: 8,
        groups: 120,
        largest_group_records: 866,
        steps_back: 5,
        ..Counts::default()
    };
    assert_eq!(read_corpus("basic.log").counts, expected);
}

#[test]
fn the_script_agrees_on_spans_with_json_and_a_long_one() {
    for log in ["db", "db-errors", "long-span"] {
        assert_script_agrees(&corpus(&format!("{log}.log")), &read_corpus(&format!("{log}.log")));
    }
}

// ---- Self time ----

// a========
//    b====
#[test]
fn a_child_is_no_part_of_its_parents_self_time() {
    let forest = draw(|t| {
        t.span("a", |t| {
            t.wait(3);
            t.span("b", |t| t.wait(5));
            t.wait(1);
        });
    });
    assert_self_ms(&forest, &[("a", Some(4)), ("b", Some(5))]);
    assert_eq!(parent(&forest, "b"), the(&forest, "a"));
    assert_tree(&forest, &["a 1 9 4 9", "a;b 1 5 5 5"]);
    assert_eq!(the(&forest, "a").root, Some(Root::BaseId));
    assert_eq!(forest.counts, Counts { spans: 2, roots: 1, groups: 1, largest_group_records: 4, ..Counts::default() });
}

// a==========
//  b===
//    c=====
//     d=
#[test]
fn where_children_overlap_time_is_taken_off_once() {
    let forest = draw(|t| {
        t.span("a", |t| {
            t.wait(1);
            let b = t.start("b");
            t.wait(2);
            let c = t.start("c");
            t.wait(1);
            let d = t.start("d");
            t.wait(1);
            t.stop(&b);
            t.wait(1);
            t.stop(&d);
            t.wait(3);
            t.stop(&c);
            t.wait(2);
        });
    });
    assert_self_ms(&forest, &[("a", Some(3)), ("b", Some(4)), ("c", Some(6)), ("d", Some(2))]);
}

// a=====
// b=====
#[test]
fn a_child_that_starts_and_ends_with_its_parent_leaves_it_nothing() {
    let forest = draw(|t| t.span("a", |t| t.span("b", |t| t.wait(6))));
    assert_self_ms(&forest, &[("a", Some(0)), ("b", Some(6))]);
    assert_eq!(forest.counts.outliving, 0);
}

// a===  (d)
//  (b)  (e)
//  c
#[test]
fn spans_can_take_no_time() {
    let forest = draw(|t| {
        t.span("a", |t| {
            t.wait(1);
            t.span("b", |_| ());
            t.span("c", |t| t.wait(1));
            t.wait(2);
        });
        t.span("d", |t| t.span("e", |_| ()));
    });
    assert_self_ms(&forest, &[("a", Some(3)), ("b", Some(0)), ("c", Some(1)), ("d", Some(0)), ("e", Some(0))]);
}

// a======
//     b=====
#[test]
fn a_child_that_outlives_its_parent_is_clipped() {
    let forest = draw(|t| {
        let b = t.span("a", |t| {
            t.wait(4);
            let b = t.start("b");
            t.wait(3);
            b
        });
        t.wait(3);
        t.stop(&b);
    });
    assert_self_ms(&forest, &[("a", Some(4)), ("b", Some(6))]);
    assert!(the(&forest, "b").outlives && !the(&forest, "b").is_asynchronous);
    assert_eq!((forest.counts.outliving, forest.counts.asynchronous), (1, 0));
}

// a===
//       b==
#[test]
fn an_asynchronous_child_stands_in_the_tree_and_has_no_part_in_self_time() {
    let forest = draw(|t| {
        let a = t.start("a");
        t.wait(4);
        t.stop(&a);
        t.wait(2);
        t.within(&a, |t| t.span("b", |t| t.wait(3)));
    });
    assert_self_ms(&forest, &[("a", Some(4)), ("b", Some(3))]);
    assert_tree(&forest, &["a 1 4 4 4", "a;b 1 3 3 3"]);
    assert!(the(&forest, "b").is_asynchronous && !the(&forest, "b").outlives);
    assert_eq!((forest.counts.outliving, forest.counts.asynchronous, forest.counts.roots), (0, 1, 1));
    assert_eq!(roots_total_ns(&forest), 4 * MS);
}

// a===
//   b==       (its start stands behind a's stop, its duration reaches into a)
#[test]
fn within_an_input_the_place_of_the_start_decides_and_not_its_time() {
    let forest = draw(|t| {
        // So many that one step back is none too many.
        (0..8).for_each(|_| t.span("other", |_| ()));
        let a = t.start("a");
        t.wait(4);
        t.stop(&a);
        t.within(&a, |t| {
            t.wait(-2);
            t.span("b", |t| t.wait(3));
        });
    });
    assert_self_ms(&forest, &[[("other", Some(0)); 8].as_slice(), &[("a", Some(4)), ("b", Some(3))]].concat());
    assert!(the(&forest, "b").is_asynchronous);
}

// a=====
//  b----      (stops after 5 ms, and its duration says -2: the clock was set back)
//      (c)
#[test]
fn a_negative_duration_has_no_interval_and_no_self_time() {
    let forest = draw(|t| {
        t.span("a", |t| {
            t.wait(1);
            let b = t.start("b");
            t.wait(5);
            t.within(&b, |t| t.span("c", |_| ()));
            t.write_stop(&b, -2);
        });
    });
    assert_self_ms(&forest, &[("a", Some(6)), ("b", Some(0)), ("c", Some(0))]);
    assert_figures(&forest, &["a 1 6 6 6", "b 1 -2 0 -2", "c 1 0 0 0"]);
    assert!(the(&forest, "b").counts);
}

// ---- Finished, cut off, unfinished ----

// a>
//  b====
//   c>
//   d=
#[test]
fn unfinished_spans_hold_the_tree_together_and_count_nowhere() {
    let forest = draw(|t| {
        let a = t.start("a");
        t.within(&a, |t| {
            t.wait(1);
            t.span("b", |t| {
                t.wait(1);
                t.start("c");
                t.span("d", |t| t.wait(2));
                t.wait(2);
            });
        });
    });
    assert_self_ms(&forest, &[("a", None), ("b", Some(3)), ("c", None), ("d", Some(2))]);
    assert_tree(&forest, &["a 0 0 0 -", "a;b 1 5 3 5", "a;b;d 1 2 2 2", "a;b;c 0 0 0 -"]);
    assert_figures(&forest, &["b 1 5 3 5", "d 1 2 2 2"]);
    assert!(!the(&forest, "b").counts && !the(&forest, "b").is_asynchronous);
    assert_eq!((forest.counts.spans, forest.counts.unfinished, forest.counts.roots), (2, 2, 0));
    assert_eq!(roots_total_ns(&forest), 0);
}

// a===
//     b>
#[test]
fn an_unfinished_span_is_not_asynchronous() {
    let forest = draw(|t| {
        let a = t.start("a");
        t.wait(4);
        t.stop(&a);
        t.within(&a, |t| t.start("b"));
    });
    assert_eq!((forest.counts.asynchronous, forest.counts.unfinished), (0, 1));
}

// a<=====
//    b<=
#[test]
fn cut_off_spans_are_reckoned_like_finished_ones() {
    let forest = draw(|t| {
        let mut a = t.handle("a");
        a.began_ms -= 2;
        t.wait(4);
        t.within(&a, |t| t.stop_alone("b", 3));
        t.wait(1);
        t.stop(&a);
    });
    assert_self_ms(&forest, &[("b", Some(3)), ("a", Some(4))]);
    assert_eq!(the(&forest, "b").kind, Kind::CutOff);
    assert_tree(&forest, &["a 1 7 4 7", "a;b 1 3 3 3"]);
    assert_eq!((forest.counts.spans, forest.counts.cut_off, forest.counts.roots), (2, 2, 1));
}

#[test]
fn a_name_is_that_of_the_stop_and_a_parent_that_of_the_start() {
    let forest = draw(|t| {
        let b = t.span("a", |t| t.start("b"));
        t.group(|t| {
            let mut renamed = t.handle("c");
            renamed.trace_id.clone_from(&b.trace_id);
            renamed.base_id.clone_from(&b.base_id);
            t.stop(&renamed);
        });
    });
    assert_eq!(parent(&forest, "c"), the(&forest, "a"));
    assert_eq!(forest.spans.len(), 2);
}

// a==
//    a===      (the same trace_id)
//      b
#[test]
fn a_trace_id_can_come_again() {
    let forest = draw(|t| {
        let mut a = t.start("a");
        t.wait(3);
        t.stop(&a);
        a.name = "a2".to_owned();
        a.began_ms += 3;
        t.write_start(&a);
        t.wait(2);
        t.within(&a, |t| t.span("b", |t| t.wait(1)));
        t.wait(1);
        t.stop(&a);
    });
    assert_self_ms(&forest, &[("a", Some(3)), ("a2", Some(3)), ("b", Some(1))]);
    assert_eq!(parent(&forest, "b"), the(&forest, "a2"));
    assert_eq!(forest.counts.repeated, 1);
}

#[test]
fn a_stop_closes_the_latest_that_is_open() {
    let forest = draw(|t| {
        let mut a = t.start("a");
        t.wait(1);
        t.write_start(&a);
        for name in ["first", "second", "third"] {
            a.name = name.to_owned();
            t.write_stop(&a, 1);
        }
    });
    let kinds: Vec<_> = forest.spans.iter().map(|span| (str::from_utf8(&span.name).unwrap(), span.kind)).collect();
    assert_eq!(kinds, [("second", Kind::Finished), ("first", Kind::Finished), ("third", Kind::CutOff)]);
    assert_eq!(forest.counts.repeated, 2);
}

// ---- Parents and roots ----

// (lost)
//   a===
#[test]
fn a_span_whose_parent_is_missing_is_a_root() {
    let forest = draw(|t| {
        let lost = t.handle("lost");
        t.within(&lost, |t| {
            t.span("a", |t| t.wait(4));
            t.start("b");
        });
        // An id of another group is another id.
        t.group(|t| {
            let mut elsewhere = t.start("c");
            t.stop(&elsewhere);
            elsewhere.base_id.clone_from(&lost.base_id);
            t.within(&elsewhere, |t| t.span("d", |_| ()));
        });
    });
    for name in ["a", "b", "d"] {
        assert_eq!(the(&forest, name).root, Some(Root::Missing), "{name}");
    }
    assert_eq!((forest.counts.missing_parents, forest.counts.roots, forest.counts.groups), (3, 3, 2));
}

// b====
//  a=====
#[test]
fn a_parent_can_come_later_than_its_child() {
    let forest = draw(|t| {
        let mut a = t.handle("a");
        let b = t.within(&a, |t| t.start("b"));
        t.wait(1);
        a.began_ms = 1;
        t.write_start(&a);
        t.wait(4);
        t.stop(&b);
        t.wait(2);
        t.stop(&a);
    });
    assert_self_ms(&forest, &[("b", Some(5)), ("a", Some(2))]);
    assert_tree(&forest, &["a 1 6 2 6", "a;b 1 5 5 5"]);
}

#[test]
fn a_base_id_for_parent_makes_a_root_even_where_a_span_has_that_trace_id() {
    let forest = draw(|t| {
        let mut a = t.handle("a");
        a.trace_id.clone_from(&a.base_id);
        t.write_start(&a);
        t.within(&a, |t| t.span("b", |t| t.wait(1)));
        t.stop(&a);
    });
    assert_eq!(the(&forest, "b").root, Some(Root::BaseId));
    assert_eq!(forest.counts.roots, 2);
}

// c → b → a → c, d → b
#[test]
fn of_a_cycle_the_first_becomes_a_root() {
    let forest = draw(|t| {
        let [mut a, mut b, mut c, mut d] = ["a", "b", "c", "d"].map(|name| t.handle(name));
        a.parent_id.clone_from(&c.trace_id);
        b.parent_id.clone_from(&a.trace_id);
        c.parent_id.clone_from(&b.trace_id);
        d.parent_id.clone_from(&b.trace_id);
        for span in [&d, &b, &a, &c] {
            t.write_start(span);
        }
        t.wait(4);
        for span in [&a, &b, &c, &d] {
            t.stop(span);
        }
    });
    assert_eq!(the(&forest, "b").root, Some(Root::Cycle));
    assert_tree(&forest, &["b 1 4 0 4", "b;c 1 4 0 4", "b;c;a 1 4 4 4", "b;d 1 4 4 4"]);
    assert_eq!((forest.counts.cycles, forest.counts.missing_parents, forest.counts.roots), (1, 0, 1));
}

#[test]
fn a_span_that_is_its_own_parent_is_a_root() {
    let forest = draw(|t| {
        let mut a = t.handle("a");
        a.parent_id.clone_from(&a.trace_id);
        t.write_start(&a);
        t.wait(2);
        t.stop(&a);
        // The same once more: its parent is the last one before it.
        t.write_start(&a);
        t.wait(2);
        t.stop(&a);
    });
    assert_tree(&forest, &["a 1 2 2 2", "a;a 1 4 4 4"]);
    assert_eq!((forest.counts.cycles, forest.counts.repeated, forest.counts.asynchronous), (1, 1, 1));
}

// ---- Figures and the tree ----

// a=========
//  b======
//   a====
//    a==
#[test]
fn the_total_outer_of_a_recursive_name_counts_it_once() {
    let forest = draw(|t| {
        t.span("a", |t| {
            t.wait(1);
            t.span("b", |t| {
                t.wait(1);
                t.span("a", |t| {
                    t.wait(1);
                    t.span("a", |t| t.wait(3));
                    t.wait(1);
                });
                t.wait(1);
            });
            t.wait(2);
        });
    });
    assert_figures(&forest, &["a 3 18 8 10", "b 1 7 2 7"]);
    assert_tree(&forest, &["a 1 10 3 10", "a;b 1 7 2 7", "a;b;a 1 5 2 5", "a;b;a;a 1 3 3 3"]);
}

// a>
//  a===
#[test]
fn an_unfinished_span_above_makes_a_name_recursive_too() {
    let forest = draw(|t| {
        let a = t.start("a");
        t.within(&a, |t| t.span("a", |t| t.wait(4)));
    });
    assert_figures(&forest, &["a 1 4 4 0"]);
}

#[test]
fn nodes_stand_by_subtree_and_then_by_name() {
    let forest = draw(|t| {
        for ms in [1, 2] {
            t.span("a", |t| {
                for (name, ms) in [("z", ms), ("y", 2), ("é", 2), ("y z", 2), ("x", 5)] {
                    t.span(name, |t| t.wait(ms));
                }
            });
        }
        t.span("b", |t| t.wait(600));
    });
    let expected = [
        "b 1 600 600 600",
        "a 2 25 0 13",
        "a;x 2 10 10 5",
        "a;y 2 4 4 2",
        "a;y z 2 4 4 2",
        "a;é 2 4 4 2",
        "a;z 2 3 3 2",
    ];
    assert_tree(&forest, &expected);
    assert_eq!(roots_total_ns(&forest), 625 * MS);
}

// ---- Several inputs ----

/// input 0   a===┐        a is taken up again in input 1, where b begins while a is open and ends behind it, and c too late
/// input 1       └=====
///              b========
///                     c==
fn spread() -> Vec<Vec<u8>> {
    timeline(|t| {
        let a = t.start("a");
        t.within(&a, |t| {
            t.wait(4);
            let b = t.start("b");
            t.input(1);
            t.wait(5);
            t.stop(&a);
            t.wait(1);
            let c = t.start("c");
            t.wait(2);
            t.stop(&b);
            t.wait(1);
            t.stop(&c);
        });
    })
}

#[track_caller]
fn assert_is_spread(forest: &Forest) {
    let self_ns = |name: &str| the(forest, name).self_ns.unwrap() / MS as i64;
    assert_eq!(["a", "b", "c"].map(self_ns), [4, 8, 3]);
    assert!(the(forest, "b").outlives && the(forest, "c").is_asynchronous);
    assert!(forest.spans.iter().all(|span| span.kind == Kind::Finished));
    let expected = Counts {
        spans: 3,
        roots: 1,
        asynchronous: 1,
        outliving: 1,
        groups: 1,
        spread_groups: 1,
        largest_group_records: 6,
        ..Counts::default()
    };
    assert_eq!(forest.counts, expected);
}

#[test]
fn a_group_can_be_spread_over_inputs() {
    assert_is_spread(&read_all(&spread()));
}

#[test]
fn inputs_can_be_given_in_any_order() {
    let mut logs = spread();
    logs.reverse();
    let forest = read_all(&logs);
    assert_is_spread(&forest);
    let names: Vec<_> = forest.spans.iter().map(|span| str::from_utf8(&span.name).unwrap()).collect();
    assert_eq!(names, ["c", "a", "b"]);
    assert_eq!((the(&forest, "a").first.input, the(&forest, "a").first.place), (1, 1));
}

// input 0   a====
// input 1       b==       and one and two columns further on
#[test]
fn between_inputs_times_decide_whether_a_child_counts() {
    for (wait, counts) in [(4, true), (5, true), (6, false)] {
        let mut logs = timeline(|t| {
            let a = t.start("a");
            t.input(1);
            t.wait(wait);
            let b = t.within(&a, |t| t.start("b"));
            t.wait(3);
            t.stop(&b);
            t.input(0);
            t.wait(5 - wait - 3);
            t.stop(&a);
        });
        for _ in 0..2 {
            let forest = read_all(&logs);
            assert_eq!((the(&forest, "b").counts, the(&forest, "b").is_asynchronous), (counts, !counts), "{wait}");
            assert_eq!(the(&forest, "a").self_ns.unwrap() / MS as i64, wait.min(5));
            assert_eq!(forest.counts.steps_back, 0);
            logs.reverse();
        }
    }
}

// input 0   <= <=              all of them one and the same span
// input 1         <= > > >
#[test]
fn what_is_left_over_is_paired_in_order_and_only_with_later_inputs() {
    let logs = timeline(|t| {
        let mut a = t.handle("a");
        let mut stop = |t: &mut Timeline, name: &str| {
            name.clone_into(&mut a.name);
            t.write_stop(&a, 1);
        };
        stop(t, "first");
        stop(t, "second");
        t.input(1);
        stop(t, "third");
        t.write_start(&a);
        t.write_start(&a);
        t.write_start(&a);
    });
    let forest = read_all(&logs);
    let found: Vec<_> = forest.spans.iter().map(|span| (str::from_utf8(&span.name).unwrap(), span.kind)).collect();
    let [finished, cut_off, unfinished] = [Kind::Finished, Kind::CutOff, Kind::Unfinished];
    assert_eq!(found, [("third", cut_off), ("first", finished), ("second", finished), ("third", unfinished)]);
    assert_eq!(forest.spans[1].first.place, 2);
    assert_eq!(forest.spans[2].first.place, 3);
}

// ---- Order ----

/// Three spans, each in the one before, of which the inner two start and stop at one time; and one that follows.
fn nested() -> Vec<u8> {
    let mut logs = timeline(|t| {
        t.span("a", |t| {
            t.wait(2);
            t.span("b", |t| t.span("c", |t| t.wait(5)));
            t.wait(1);
        });
        t.wait(1);
        t.span("d", |t| t.wait(2));
    });
    logs.remove(0)
}

fn with_lines(log: &[u8], order: impl Fn(usize) -> usize) -> Vec<u8> {
    let lines: Vec<_> = log.split_inclusive(|byte| *byte == b'\n').collect();
    (0..lines.len()).flat_map(|at| lines[order(at)].to_vec()).collect()
}

#[test]
fn a_log_of_newest_first_is_taken_in_the_order_of_time() {
    let log = nested();
    let of_log = read(&[&log]);
    assert_self_ms(&of_log, &[("a", Some(3)), ("b", Some(0)), ("c", Some(5)), ("d", Some(2))]);
    let forest = read(&[&with_lines(&log, |at| 7 - at)]);
    assert_eq!(forest.counts.steps_back, 5);
    assert_eq!(forest.spans, of_log.spans);
    // Starts come before stops, and parents are around their children, wherever they stand.
    let forest = read(&[&with_lines(&log, |at| at * 3 % 8)]);
    assert_eq!(forest.spans, of_log.spans);
}

#[test]
fn one_in_twenty_may_be_a_step_back() {
    for (others, is_in_order) in [(8, true), (7, false)] {
        let forest = draw(|t| {
            (0..others).for_each(|_| t.span("other", |_| ()));
            t.wait(4);
            let a = t.handle("a");
            t.write_stop(&a, 4);
            t.wait(-4);
            t.write_start(&a);
            t.span("b", |t| t.wait(8));
        });
        assert_eq!(forest.counts.steps_back, 1);
        assert_eq!(forest.counts.cut_off, u64::from(is_in_order), "{others}");
    }
}

// input 0   a====
// input 1   b===     (its clock is 10 ms behind)
#[test]
fn a_child_that_began_before_its_parent_is_counted() {
    let forest = read_all(&timeline(|t| {
        t.wait(20);
        t.span("a", |t| {
            t.wait(1);
            t.input(1);
            t.wait(-10);
            t.span("b", |t| t.wait(3));
            t.wait(11);
            t.input(0);
        });
    }));
    assert!(the(&forest, "b").began_before_parent && !the(&forest, "a").began_before_parent);
    assert_eq!((forest.counts.early, forest.counts.steps_back), (1, 0));
    assert_self_ms(&forest, &[("a", Some(5)), ("b", Some(3))]);
}

// a====
// b====     (its duration says that it began before a, its start does not)
#[test]
fn a_duration_alone_does_not_make_a_child_begin_before_its_parent() {
    let forest = draw(|t| {
        t.span("a", |t| {
            let b = t.start("b");
            t.wait(5);
            t.write_stop(&b, 6);
        });
    });
    assert_eq!(forest.counts.early, 0);
}

// ---- Laws ----

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn whatever_the_records_the_sums_agree(logs in prop::collection::vec(odd_records(), 1..4)) {
        let forest = read_all(&logs);
        for span in &forest.spans {
            prop_assert_eq!(span.root.is_none(), span.parent.is_some());
            prop_assert_eq!(span.duration_ns.is_none(), span.kind == Kind::Unfinished);
            if let (Some(duration_ns), Some(self_ns)) = (span.duration_ns, span.self_ns) {
                prop_assert!((0..=duration_ns.max(0)).contains(&self_ns));
            }
        }
        let (figures, tree) = (figures(&forest), tree(&forest));
        let counted: u64 = figures.iter().map(|row| row.count).sum();
        prop_assert_eq!(counted, forest.counts.spans);
        prop_assert_eq!(counted, tree.iter().map(|node| node.count).sum::<u64>());
        let total: i128 = figures.iter().map(|row| row.total_ns).sum();
        prop_assert_eq!(total, tree.iter().map(|node| node.total_ns).sum::<i128>());
        let self_time: i128 = figures.iter().map(|row| row.self_ns).sum();
        prop_assert_eq!(self_time, tree.iter().map(|node| node.self_ns).sum::<i128>());
    }

    #[test]
    fn whatever_the_records_the_script_agrees(log in odd_records()) {
        // The script knows of the order of lines alone.
        let log = put_in_order(log);
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), &log).unwrap();
        assert_script_agrees(file.path(), &read(&[&log]));
    }
}
