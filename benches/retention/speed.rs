//! What a plan takes.

use larder::__private::retention::{Facts, Function, plan};
use larder::{Cache, Limits, cache, with_cache};
use peak_alloc::PeakAlloc;
use std::hint::black_box;
use std::time::Instant;

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
