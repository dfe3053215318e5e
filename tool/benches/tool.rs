//! What a look at a directory with 200,000 results takes, from the start of the tool to its end, beside a
//! bare walk over the same files; with the catalog free, and while another program holds it.
//!
//! `cargo bench -p larder-cli --bench tool`, with `-- --test` for a quick run.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a program for people")]

use larder::{Cache, cache, with_cache};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RESULTS: u64 = 200_000;
const ROUNDS: usize = 7;

#[cache(code = "none", name = "bench::square")]
fn square(x: u64) -> [u64; 8] {
    [x * x; 8]
}

/// Reads all names and inodes, as is done at least.
fn walk(folder: &Path) -> u64 {
    let children = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let sizes = children.map(|child| match child.metadata().unwrap() {
        metadata if metadata.is_dir() => walk(&child.path()),
        metadata => metadata.len(),
    });
    sizes.sum()
}

fn run(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_larder"));
    command.args(arguments).arg("--dir").arg(directory).stdout(Stdio::null());
    assert!(command.status().unwrap().success());
}

fn time(work: impl FnOnce()) -> Duration {
    let started = Instant::now();
    work();
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn measure(directory: &Path, rounds: usize, when: &str) {
    let commands: [(&[&str], &str); 5] = [
        (&["stats"], "1 s"),
        (&["ls", "--limit", "20"], "0.3 s"),
        (&["ls", "--sort", "cost", "--limit", "20"], ""),
        (&["ls", "--older", "1d"], ""),
        (&["ls"], ""),
    ];
    let mut times = vec![Vec::new(); commands.len()];
    let mut walks = Vec::new();
    for _ in 0..rounds {
        walks.push(time(|| assert!(walk(&directory.join("entries")) > 0)));
        for ((arguments, _), times) in commands.iter().zip(&mut times) {
            times.push(time(|| run(directory, arguments)));
        }
    }
    let bare = median(walks);
    println!("{when}; a bare walk on one thread: {bare:.1?}");
    for ((arguments, target), times) in commands.iter().zip(times) {
        let (median, name) = (median(times), arguments.join(" "));
        let ratio = median.as_secs_f64() / bare.as_secs_f64();
        let target = if target.is_empty() { String::new() } else { format!("  (target {target})") };
        println!("  larder {name:<28} {median:>8.1?}  {ratio:.2} x{target}");
    }
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let (results, rounds) = if quick { (500, 1) } else { (RESULTS, ROUNDS) };
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join("cachedir");
    let cache = Cache::open(&directory).unwrap();
    with_cache(&cache, || assert_eq!(square::map(0..results).len() as u64, results));
    measure(&directory, rounds, &format!("{results} results, none merged, their program alive"));
    // Merges the journal, and holds the catalog from then on.
    let held = cache.entries().unwrap();
    measure(&directory, rounds, "the catalog held by another program");
    drop(held);
    cache.close();
    measure(&directory, rounds, "the catalog free, its program gone");
}
