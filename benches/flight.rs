//! Thousands of random programs of cached functions that call each other, under a watchdog.
//!
//! It shows what is rare: a wait that never ends, and how often one is given up. `cargo test` runs
//! some hundred of the same trials.

#![expect(clippy::unwrap_used, reason = "a trial that cannot be carried out is to stop the run")]
#![expect(clippy::print_stdout, reason = "it is run to read what it prints")]

#[path = "../tests/flight/trial.rs"]
mod trial;

use larder::Cache;
use std::time::Instant;

const TRIALS: u64 = 10_000;

/// So many in a row, then the results are removed: they are needed no more, and may lie in memory.
const ROUND: u64 = 200;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let few = arguments.iter().any(|argument| argument == "--test");
    let asked = arguments.iter().find_map(|argument| argument.parse().ok());
    let count = asked.unwrap_or(if few { 8 } else { TRIALS });
    trial::pools().build_global().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let cache = Cache::open(directory.path()).unwrap();
    larder::install(cache.clone()).unwrap();
    let (started, mut done) = (Instant::now(), 0);
    while done < count {
        let round = ROUND.min(count - done);
        // All numbers of workers, by turns; a share that is not whole goes to the smallest.
        for (place, workers) in trial::WORKERS.into_iter().enumerate() {
            let share = (round + 3 - place as u64) / 4;
            trial::trials(done + (place as u64) * TRIALS * 10, share, workers);
        }
        done += round;
        cache.clear().unwrap();
    }
    let total = larder::stats().total();
    let calls = total.found + total.computed + total.shared;
    let waits = total.shared + total.given_up;
    let own = trial::own();
    let share = |part: u64, whole: u64| {
        let thousandths = part * 100_000 / whole.max(1);
        format!("{part} ({}.{:03} %)", thousandths / 1_000, thousandths % 1_000)
    };
    println!("trials             {done} in {:.0?}, of which none hung", started.elapsed());
    println!("calls              {calls}");
    println!("computed           {}", total.computed);
    println!("shared             {}", share(total.shared, calls));
    println!("given up           {} of the calls", share(total.given_up, calls));
    println!("                   {} of those that met an equal one", share(total.given_up, waits));
    println!("  on own stack     {own}");
    println!("  after their time {}", total.given_up.saturating_sub(own));
    println!("bodies run again   {}", trial::repeated());
    println!("duplicates         {}", total.duplicates);
    trial::check(&total);
}
