//! How often `tracerank diff` is right: runs of a made-up program, with and without a change, and what the statistics say of them. It prints
//! the tables of `docs/statistics.md`.
//!
//! ```sh
//! cargo run --release --example gate_simulation            # minutes
//! cargo run --release --example gate_simulation -- --quick # seconds, and rougher
//! cargo run --release --example gate_simulation -- --seed 7
//! ```

use std::env;
use std::error::Error;

use tracerank::analyses::diff::{Comparison, Measure};
use tracerank_testing::simulated::{Alarms, Found, Load, alarms, found};

/// How much is simulated.
struct Effort {
    seed: u64,
    /// Families of fifty names for each line of a table.
    families: usize,
    /// Changes for each line of a table.
    changes: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let effort = effort()?;
    println!("Seed {}; {} families of 50 names, {} changes a line.\n", effort.seed, effort.families, effort.changes);
    let others = false_alarms(&effort);
    println!();
    changes_found(&effort, &others);
    println!();
    runs_that_differ(&effort);
    Ok(())
}

fn effort() -> Result<Effort, Box<dyn Error>> {
    let mut effort = Effort { seed: 1, families: 600, changes: 1_000 };
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--quick" => (effort.families, effort.changes) = (20, 100),
            "--seed" => effort.seed = args.next().ok_or("--seed takes a number")?.parse()?,
            _ => return Err(format!("usage: gate_simulation [--quick] [--seed N], not {arg}").into()),
        }
    }
    Ok(effort)
}

/// The correlations within a base_id and the spans of each of the 500 base_ids.
const SHAPES: [(f64, usize); 6] = [(0.0, 20), (0.1, 20), (0.3, 20), (0.0, 100), (0.1, 100), (0.3, 100)];

/// Prints how often something is found where nothing changed. Returns the names of each of [`SHAPES`], for use beside one that did change.
fn false_alarms(effort: &Effort) -> Vec<Vec<Comparison>> {
    println!(
        "| base_ids × spans | correlation | calls | mean | p50 | p95 | total | Mann-Whitney | one name | 50 names | with margin |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let shapes = SHAPES.iter().zip(1..).map(|((correlation, spans), row)| {
        let load = Load::new(500, *spans, *correlation);
        // Five times the spans take five times as long.
        let families = if *spans > 20 { effort.families / 2 } else { effort.families };
        let (alarms, others) = alarms(effort.seed + row, load, load, 1, families);
        print_alarms(&format!("500 × {spans} | {correlation}"), &alarms);
        others
    });
    let others = shapes.collect();
    let varied = Load { spans: (10, 30), ..Load::new(500, 20, 0.1) };
    let few = Load { spans: (10, 30), ..Load::new(100, 20, 0.1) };
    let wide = Load { sigma: 1.0, ..varied };
    let narrow = |sigma| Load { sigma, ..varied };
    let sparse = Load { spans: (2, 6), correlation: 0.3, ..wide };
    let rare = |of| Load { of, ..varied };
    let rows = [
        ("500 × 10 to 30", varied, varied),
        ("the same, σ = 1", wide, wide),
        ("100 × 10 to 30", few, few),
        ("500 × 10 to 30, name in one of 5", rare(5), rare(5)),
        ("500 × 10 to 30, name in one of 12", rare(12), rare(12)),
        ("1,000 against 200, × 10 to 30", Load { base_ids: 1_000, ..varied }, Load { base_ids: 200, ..varied }),
        ("2,000 against 200, × 10 to 30", Load { base_ids: 2_000, ..varied }, Load { base_ids: 200, ..varied }),
        ("500 × 10 to 30, σ = 0.05", narrow(0.05), narrow(0.05)),
        ("500 × 10 to 30, σ = 0.01", narrow(0.01), narrow(0.01)),
        ("1,000 against 100, × 2 to 6, σ = 1", Load { base_ids: 1_000, ..sparse }, Load { base_ids: 100, ..sparse }),
    ];
    for ((label, base, new), row) in rows.into_iter().zip(11..) {
        let correlation = base.correlation;
        print_alarms(&format!("{label} | {correlation}"), &alarms(effort.seed + row, base, new, 1, effort.families).0);
    }
    others
}

fn print_alarms(label: &str, alarms: &Alarms) {
    let measures = [Measure::Calls, Measure::Mean, Measure::P50, Measure::P95, Measure::Total];
    let measures = measures.map(|measure| percent(alarms.measures[measure as usize], alarms.names));
    let [raw, margin, _] = alarms.family.map(|count| percent(count, alarms.families));
    let whitney = percent(alarms.whitney, alarms.whitneys);
    let alone = percent(alarms.alone, alarms.names);
    println!("| {label} | {} | {whitney} | {alone} | {raw} | {margin} |", measures.join(" | "));
}

/// Prints how often a change is found.
fn changes_found(effort: &Effort, others: &[Vec<Comparison>]) {
    println!(
        "| base_ids × spans | correlation | change | alone | among 50 | alone, by estimate | among 50, by estimate |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (((correlation, spans), others), row) in SHAPES.iter().zip(others).zip(21..) {
        let load = Load::new(500, *spans, *correlation);
        print_changes(effort, &format!("500 × {spans} | {correlation}"), load, others, row);
    }
    let wide = Load { sigma: 1.0, ..Load::new(500, 20, 0.1) };
    print_changes(effort, "500 × 20, σ = 1 | 0.1", wide, &others[1], 31);
}

fn print_changes(effort: &Effort, label: &str, load: Load, others: &[Comparison], row: u64) {
    for (change, column) in [(5, 0), (10, 100), (20, 200)] {
        let factor = 1.0 + f64::from(change) / 100.0;
        let found = found(effort.seed + row + column, load, factor, effort.changes, others);
        let Found { alone: [_, alone, alone_estimate], among: [_, among, among_estimate], times } = found;
        let rates = [alone, among, alone_estimate, among_estimate].map(|count| percent(count, times));
        println!("| {label} | +{change} % | {} |", rates.join(" | "));
    }
}

/// Prints how often an alarm is given for runs that differ without a reason.
fn runs_that_differ(effort: &Effort) {
    println!("| runs differ by | bases | 50 names, no margin | with margin | with margin, by estimate |");
    println!("|---|---|---|---|---|");
    for (percents, bases) in [(1, 1), (2, 1), (2, 3), (4, 1), (4, 3)] {
        let load = Load { of_run: f64::from(percents) / 100.0, ..Load::new(500, 20, 0.1) };
        let row = 40 + 10 * percents as u64 + bases as u64;
        let (alarms, _) = alarms(effort.seed + row, load, load, bases, effort.families.div_ceil(4));
        let rates = alarms.family.map(|count| percent(count, alarms.families));
        println!("| {percents} % | {bases} | {} |", rates.join(" | "));
    }
}

fn percent(count: u32, of: u32) -> String {
    format!("{:.1} %", 100.0 * f64::from(count) / f64::from(of))
}
