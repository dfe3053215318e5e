//! What several processes in one directory cost each other: claims alone, and four processes that
//! compute the same keys beside the same work perfectly divided.
//!
//! Compare within one run only: machines differ, and so does one machine from hour to hour. Each
//! form is measured once a round, and what is shown are medians over the rounds.

mod child;
mod claims;
mod shared;

/// How much is measured.
#[derive(Debug, Clone, Copy)]
struct Extent {
    rounds: usize,
    keys: u32,
    claims: u32,
}

const FULL: Extent = Extent { rounds: 7, keys: 400, claims: 2_000 };
/// To see that it runs.
const SMALL: Extent = Extent { rounds: 1, keys: 8, claims: 10 };

fn main() {
    if child::run() {
        return;
    }
    let extent = if std::env::args().any(|argument| argument == "--test") { SMALL } else { FULL };
    claims::measure(extent);
    shared::measure(extent);
}

/// Shows a line of results.
#[expect(clippy::print_stdout, reason = "a bench is there to show what it measured")]
fn show(line: &str) {
    println!("{line}");
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}
