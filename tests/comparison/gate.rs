//! A small version of `examples/gate_simulation.rs`: the gate is as often wrong as it says, and finds what it should.

use tracerank::analyses::diff::Measure;
use tracerank_testing::simulated::{Load, alarms, found};

/// Small enough to be simulated without optimisation, and as alike within a base_id as makes a test of the spans useless.
const LOAD: Load = Load { spans: (5, 15), ..Load::new(100, 10, 0.3) };

#[test]
fn nothing_is_found_where_nothing_changed() {
    let (alarms, _) = alarms(1, LOAD, LOAD, 1, 20);
    assert_eq!((alarms.names, alarms.families), (1_000, 20));
    // 5 % are 50 of 1,000; three standard deviations of chance are 21.
    for measure in [Measure::Calls, Measure::Mean, Measure::P50, Measure::P95, Measure::Total] {
        let wrong = alarms.measures[measure as usize];
        assert!((29..=71).contains(&wrong), "{measure:?}: {wrong} of 1,000");
    }
    assert!(alarms.alone <= 71, "{alarms:?}");
    // One of 20 families; four or more would be by chance in 2 of 100 simulations, and this is always the same one.
    assert!(alarms.family.iter().all(|wrong| *wrong <= 3), "{alarms:?}");
    assert!(alarms.whitney * 6 > alarms.whitneys, "spans are not independent: {alarms:?}");
}

#[test]
fn what_changed_is_found() {
    let (_, others) = alarms(2, LOAD, LOAD, 1, 1);
    let load = Load::new(500, 20, 0.1);
    let tenth = found(3, load, 1.1, 20, &others);
    assert!(tenth.alone[1] >= 18 && tenth.among[1] >= 18, "{tenth:?}");
    let nothing = found(4, load, 1.0, 10, &others);
    assert_eq!((nothing.alone[1], nothing.among[1]), (0, 0), "{nothing:?}");
}
