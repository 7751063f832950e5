//! A program of threads whose spans are recorded.
//!
//! ```sh
//! cargo run -p tracerank-record --example record_sync -- /tmp/sync.log
//! tracerank report /tmp/sync.log
//! ```

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::thread;

use tracerank_record::{Config, Profiler, Request};
use tracing::{info_span, instrument};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

const KEY: &str = "secret_word";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("record_sync: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let log = env::args_os().nth(1).ok_or("usage: record_sync LOG")?;
    let profiler = Profiler::from_config(Config::new(&log).hmac_key(KEY))?;
    // Dropped after all that follows, however it ends: no line is lost.
    let _guard = profiler.flush_guard();
    tracing_subscriber::registry().with(profiler.layer()).init();

    // Outside of a request nothing is written.
    count_primes(0, 1000);
    // A service does this for each request, and gets the key from the client that asks for a profile.
    let request = profiler.request(KEY).ok_or("the key is not one of the profiler's")?;
    let count = request.in_scope(|| count_primes(0, 200_000));

    println!("{count} primes; to rank what it took to count them: tracerank report {}", log.display());
    Ok(())
}

/// Counts in four threads.
#[instrument(name = "count-primes", skip_all)]
fn count_primes(from: u32, to: u32) -> usize {
    // A thread starts outside of all spans: it has to be told where it belongs.
    let request = Request::current();
    let part = (to - from) / 4;
    thread::scope(|scope| {
        let count = |from| {
            let request = request.clone();
            scope.spawn(move || match request {
                Some(request) => request.in_scope(|| count_part(from, from + part)),
                None => count_part(from, from + part),
            })
        };
        let threads = [0, 1, 2, 3].map(|at| count(from + at * part));
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum()
    })
}

#[instrument(name = "count-part", skip_all)]
fn count_part(from: u32, to: u32) -> usize {
    let candidates: Vec<u32> = info_span!("small-divisors").in_scope(|| {
        let is_left = |number: &u32| [2, 3, 5, 7].iter().all(|prime| number == prime || !number.is_multiple_of(*prime));
        (from.max(2)..to).filter(is_left).collect()
    });
    info_span!("large-divisors").in_scope(|| candidates.into_iter().filter(|number| is_prime(*number)).count())
}

fn is_prime(number: u32) -> bool {
    (2..=number.isqrt()).all(|divisor| !number.is_multiple_of(divisor))
}
