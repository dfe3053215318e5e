//! One process after the other: what the next one finds.

use crate::children::{Run, count_files, until};
use std::fs;

#[test]
fn a_second_process_computes_only_what_the_first_did_not() {
    let run = Run::new();
    run.check("map 100", 0, 100);
    run.check("map 100", 100, 0);
    run.check("map 150", 100, 50);
    assert_eq!(count_files(&run.entries()), 150);
}

#[test]
fn a_process_that_ends_without_closing_anything_leaves_its_counts() {
    let run = Run::new();
    run.run("map 10");
    fs::remove_dir_all(run.cache().join("journal")).unwrap();
    run.check("map 10", 10, 0);
    // Found results are only counted, so what is there was written at the end.
    assert_eq!(count_files(&run.cache().join("journal")), 1);
    run.check("map 20", 10, 10);
    let cache = larder::Cache::open(run.cache()).unwrap();
    let total = cache.all_time_stats().unwrap().total();
    assert_eq!((total.found, total.computed), (20, 10));
}

#[test]
fn counts_of_threads_that_never_end_are_not_lost_as_a_whole() {
    let run = Run::new();
    run.run("pool");
    let cache = larder::Cache::open(run.cache()).unwrap();
    // Of calls outside of batches, up to half may be.
    let computed = cache.all_time_stats().unwrap().total().computed;
    assert!((30..=40).contains(&computed), "{computed}");
}

#[test]
fn a_killed_process_loses_nothing_that_was_done() {
    let run = Run::new().pausing(1);
    let mut child = run.start("map 100000");
    let entries = run.entries();
    until("something is kept", || count_files(&entries) >= 50);
    child.kill();
    let kept = count_files(&entries) as u64;
    let said = run.run("map 2000 entries");
    assert_eq!(said["found"] + said["computed"], 2000);
    // Windows of inputs are computed in no particular order, but all of these are among the first.
    assert!(said["found"] >= kept.min(2000), "{kept} were kept: {said:?}");
    assert_eq!((said["entries"], said["warnings"]), (2000.max(kept), 0));
}

#[test]
fn the_variable_switches_caching_off_refreshes_and_stops_writing() {
    let run = Run::new().with("LARDER", "off");
    run.check("map 10", 0, 10);
    assert!(!run.cache().exists());
    let run = run.with("LARDER", "readonly");
    run.check("map 10", 0, 10);
    assert!(!run.cache().exists());
    let run = run.with("LARDER", "on");
    run.check("map 5", 0, 5);
    let files = count_files(&run.cache());
    let run = run.with("LARDER", "readonly");
    run.check("map 10", 5, 5);
    assert_eq!(count_files(&run.cache()), files);
    run.with("LARDER", "refresh").check("map 10", 0, 10);
}

#[test]
fn a_variable_that_means_nothing_leaves_calls_uncached() {
    for mode in ["sometimes", "verify=often", "verify=2"] {
        let run = Run::new().with("LARDER", mode);
        // It was logged and nothing else, which nobody sees who has set up no log.
        assert_eq!(run.run("map 10")["warnings"], 1, "{mode}");
        run.check("map 10", 0, 10);
        assert!(!run.cache().exists());
    }
}

#[test]
fn a_directory_that_is_not_ours_is_left_alone_and_calls_go_on() {
    let run = Run::new();
    let cache = run.cache();
    fs::create_dir(&cache).unwrap();
    fs::write(cache.join("thesis.txt"), "years of work").unwrap();
    run.check("map 10", 0, 10);
    assert_eq!(run.run("map 10")["warnings"], 1);
    assert_eq!(count_files(&cache), 1);
}

#[test]
fn without_the_variable_results_land_in_cachedir_of_the_working_directory() {
    let run = Run::new().with("LARDER_DIR", "");
    run.check("map 3", 0, 3);
    assert_eq!(count_files(&run.path().join("cachedir/entries")), 3);
    assert!(run.path().join("cachedir/CACHEDIR.TAG").exists());
}
