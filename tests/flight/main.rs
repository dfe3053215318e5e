//! One computation per key within a process, under all ways to call.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod trial;

use larder::Cache;

#[test]
fn nested_calls_from_everywhere_are_right_and_do_not_hang() {
    let directory = tempfile::tempdir().unwrap();
    larder::install(Cache::open(directory.path()).unwrap()).unwrap();
    let mut stats = larder::stats();
    for (workers, first) in [(1, 0), (2, 1_000), (4, 2_000), (8, 3_000)] {
        stats = trial::trials(first, 60, workers);
    }
    let total = stats.total();
    let calls = total.found + total.computed + total.shared;
    println!("{calls} calls, {} repeated\n{stats}", trial::repeated());
    assert!(total.shared > 0 && total.given_up * 100 <= calls, "{stats}");
    assert!(trial::repeated() <= total.given_up, "{} repeated\n{stats}", trial::repeated());
}
