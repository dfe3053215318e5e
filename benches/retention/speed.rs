//! What a plan takes, and what a trim in the background costs those who call meanwhile.

use larder::__private::retention::{Facts, Function, plan};
use larder::{Cache, Limits, cache, with_cache};
use peak_alloc::PeakAlloc;
use std::hint::black_box;
use std::time::{Duration, Instant};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

#[cache]
fn result(x: u64) -> u64 {
    x + 1
}

/// A plan over so many entries of 20 functions in three states of their code each, down to nine tenths.
pub(crate) fn plans(count: u64) {
    let facts = |number: u64| {
        let spread = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let created_ns = 1_700_000_000_000_000_000 + (spread >> 14);
        Facts {
            function: u32::try_from(spread % 20).unwrap_or_default(),
            code: (spread >> 8) % 3,
            size: 200 + (spread >> 20) % 100_000,
            cost_ns: 1_000 << ((spread >> 50) % 14),
            created_ns,
            used_ns: created_ns + (spread >> 16),
        }
    };
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let entries: Vec<Facts> = (0..count).map(facts).collect();
    let functions = vec![Function::default(); 20];
    let bytes: u64 = entries.iter().map(|facts| facts.size).sum();
    let limits = Limits::none().max_bytes(bytes / 10 * 9);
    let now_ns = 1_702_000_000_000_000_000;
    let started = Instant::now();
    let removals = black_box(plan(&entries, &functions, &limits, now_ns));
    let took = started.elapsed();
    let memory = (MEMORY.peak_usage() - before) >> 20;
    println!(
        "\nplan over {count} entries: {took:.0?}, {memory} MiB with the facts, {} removals",
        removals.len()
    );
    assert!(!removals.is_empty());
}

/// A plan for a directory with so many results: counting them, asking the catalog, and planning. The
/// first time the catalog merges what the journals say.
pub(crate) fn on_disk(count: u64) {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = Cache::builder().dir(directory.path()).max_bytes(u64::MAX).open();
    let cache = cache.expect("a directory of ours");
    with_cache(&cache, || drop(result::map(0..count)));
    let limits = || Limits::none().max_entries(count / 10 * 9);
    let mut first = true;
    for _ in 0..3 {
        MEMORY.reset_peak_usage();
        let (before, started) = (MEMORY.current_usage(), Instant::now());
        let plan = cache.plan_trim(limits()).expect("it can be listed");
        let took = started.elapsed();
        let memory = MEMORY.peak_usage().saturating_sub(before) >> 20;
        let which = if std::mem::take(&mut first) { "first" } else { "next" };
        println!(
            "{which} plan over {count} results on disk: {took:.2?}, {memory} MiB, {} removals",
            plan.removals.len()
        );
    }
    cache.close();
}

/// Hits while nothing else is done, and while so many files are removed in the background.
pub(crate) fn beside(files: u64) {
    const HITS: u64 = 1000;
    let directory = tempfile::tempdir().expect("a directory");
    let cache = Cache::open(directory.path()).expect("a directory of ours");
    // What is asked for stays, as it was asked for before.
    let hits = |rounds: u32| {
        let started = Instant::now();
        for _ in 0..rounds {
            (0..HITS).for_each(|x| _ = black_box(result(x)));
        }
        started.elapsed() / rounds
    };
    with_cache(&cache, || {
        drop(result::map(HITS..HITS + files));
        std::thread::sleep(Duration::from_millis(20));
        drop(result::map(0..HITS));
        hits(20);
        let alone = median(|| hits(5));
        let limits = Limits::none().max_entries(HITS + files / 10).policy(larder::Policy::Lru);
        let limited = Cache::builder().dir(directory.path()).limits(limits).open();
        let limited = limited.expect("a directory of ours");
        let (mut meanwhile, started) = (Vec::new(), Instant::now());
        // The trim begins when the cache is opened, and is done when there are that few.
        let few = HITS + files / 10;
        while left(directory.path()) > few && started.elapsed() < Duration::from_mins(5) {
            meanwhile.extend((0..50).map(|_| hits(1)));
        }
        let took = started.elapsed();
        drop(limited);
        meanwhile.sort_unstable();
        let beside = meanwhile.get(meanwhile.len() / 2).copied().unwrap_or(alone);
        let after = median(|| hits(5));
        println!(
            "\n{HITS} hits alone {alone:.1?}, beside a trim of {files} files {beside:.1?} ({:.3} x), after \
             it {after:.1?}; the trim took {took:.1?}",
            2.0 * beside.as_secs_f64() / (alone + after).as_secs_f64()
        );
    });
    cache.close();
}

/// How many results there are by the running total.
fn left(directory: &std::path::Path) -> u64 {
    let totals = std::fs::read(directory.join("totals")).unwrap_or_default();
    let entries = totals.get(16..24).and_then(|bytes| bytes.try_into().ok());
    entries.map_or(u64::MAX, u64::from_le_bytes)
}

fn median(measure: impl Fn() -> Duration) -> Duration {
    let mut times: Vec<Duration> = (0..31).map(|_| measure()).collect();
    times.sort_unstable();
    times[times.len() / 2]
}
