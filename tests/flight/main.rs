//! One computation per key within a process, under all ways to call.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod trial;

use larder::Cache;

#[test]
fn nested_calls_from_everywhere_are_right_and_do_not_hang() {
    trial::pools().build_global().unwrap();
    let directory = tempfile::tempdir().unwrap();
    larder::install(Cache::open(directory.path()).unwrap()).unwrap();
    for (place, workers) in trial::WORKERS.into_iter().enumerate() {
        trial::trials(1_000 * place as u64, 60, workers);
    }
    let total = larder::stats().total();
    println!("{total:?}, {} again, {} on their own stack", trial::repeated(), trial::own());
    trial::check(&total);
}
