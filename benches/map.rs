//! `f::map` over hits beside single calls, and over misses beside bare rayon.
//!
//! Compare within one run only: machines differ, and so does one machine from hour to hour.

use divan::Bencher;
use divan::counter::ItemsCount;
use larder::{Cache, cache};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const HITS: u64 = 2_000;
const MISSES: u64 = 200;

fn main() {
    let directory = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let cache = Cache::open(directory.path().join("cache")).expect("an empty directory");
    larder::install(cache.clone()).expect("nothing was called yet");
    divan::main();
    cache.close();
}

#[cache]
fn quick(seed: u64) -> (u64, String) {
    (seed, format!("{seed:080}"))
}

#[cache]
fn work(seed: u64, steps: u64) -> u64 {
    spin(seed, steps)
}

/// Work that never sleeps, so that the cores are as busy as with real work.
fn spin(seed: u64, steps: u64) -> u64 {
    (0..steps).fold(seed | 1, |mut state, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^ (state << 17)
    })
}

/// How many steps take about a millisecond.
fn steps() -> u64 {
    static STEPS: OnceLock<u64> = OnceLock::new();
    *STEPS.get_or_init(|| {
        let start = Instant::now();
        let mut steps = 0;
        while start.elapsed() < Duration::from_millis(20) {
            std::hint::black_box(spin(steps, 10_000));
            steps += 10_000;
        }
        steps / 20
    })
}

/// Seeds that nobody asked for before.
fn new_seeds() -> Range<u64> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let first = NEXT.fetch_add(MISSES, Ordering::Relaxed);
    first..first + MISSES
}

#[divan::bench(sample_count = 30)]
fn hits(bencher: Bencher) {
    quick::map(0..HITS);
    bencher.counter(ItemsCount::new(HITS)).bench_local(|| quick::map(0..HITS));
}

#[divan::bench(sample_count = 30)]
fn single_hits(bencher: Bencher) {
    quick::map(0..HITS);
    bencher.counter(ItemsCount::new(HITS)).bench_local(|| (0..HITS).map(quick).collect::<Vec<_>>());
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn misses_of_a_millisecond(bencher: Bencher) {
    let steps = steps();
    let bencher = bencher.counter(ItemsCount::new(MISSES)).with_inputs(new_seeds);
    bencher.bench_local_values(|seeds| work::map(seeds.map(|seed| (seed, steps))));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn rayon_alone(bencher: Bencher) {
    let steps = steps();
    let bencher = bencher.counter(ItemsCount::new(MISSES)).with_inputs(new_seeds);
    bencher.bench_local_values(|seeds| {
        seeds.into_par_iter().map(|seed| spin(seed, steps)).collect::<Vec<_>>()
    });
}
