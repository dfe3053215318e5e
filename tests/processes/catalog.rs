//! One process has the catalog, which is open to one at a time, while others compute.

use crate::children::{PATIENCE, Run, sum};
use std::time::Instant;

#[test]
fn calls_go_on_while_the_catalog_is_asked_in_a_loop_and_no_count_is_lost() {
    let run = Run::new().pausing(1);
    let said = run.run_together([
        "map 100 entries",
        "map 100 entries",
        "map 100 entries",
        "ask-the-catalog 500",
        "ask-the-catalog 500",
    ]);
    let total = sum(&said, "found") + sum(&said, "computed") + sum(&said, "shared");
    assert_eq!((total, sum(&said, "warnings")), (300, 0), "{said:?}");
    assert!(said[..3].iter().all(|said| said["entries"] == 100), "{said:?}");
    let cache = larder::Cache::open(run.cache()).unwrap();
    let counted = cache.all_time_stats().unwrap().total();
    assert_eq!(counted.found + counted.computed + counted.shared, 300);
    assert_eq!(counted.computed, sum(&said, "computed"));
}

#[test]
fn nobody_waits_for_a_catalog_that_is_locked_for_long() {
    let run = Run::new();
    run.run("map 1");
    let mut holder = run.start("lock-the-catalog 300000");
    holder.until("locked");
    let started = Instant::now();
    let said = run.run_together(["map 50 entries"; 3]);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    assert_eq!((sum(&said, "warnings"), sum(&said, "entries")), (0, 150), "{said:?}");
    let cache = larder::Cache::open(run.cache()).unwrap();
    assert_eq!(cache.all_time_stats().unwrap_err().kind(), larder::ErrorKind::InUse);
    holder.kill();
    assert_eq!(cache.all_time_stats().unwrap().total().computed, 50);
}
