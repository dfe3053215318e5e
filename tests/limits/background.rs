//! Limits that keep themselves.

use crate::functions::{Directory, fill};
use crate::{produce, until};
use larder::{Cache, Limits, Mode, with_cache};
use std::fs;

/// About the size of an entry that `fill` makes.
const SIZE: u64 = 1200;

#[test]
fn a_cache_that_passes_its_limit_goes_down_to_nine_tenths() {
    // All of one length, as their numbers have as many digits.
    let single = Directory::new();
    let cache = single.open();
    fill(&cache, 100..101);
    cache.close();
    let size = single.bytes();
    let bytes = Limits::none().max_bytes(100 * size + size / 2);
    for limits in [bytes, Limits::none().max_entries(100)] {
        let directory = Directory::new();
        let cache = directory.builder().limits(limits).open().unwrap();
        fill(&cache, 100..200);
        assert_eq!(directory.files().len(), 100, "as many as may be there stay");
        fill(&cache, 200..201);
        until("a trim", || directory.files().len() <= 90);
        cache.close();
        assert_eq!((directory.files().len(), directory.bytes()), (90, 90 * size));
    }
}

#[test]
fn the_number_of_results_is_kept_within_its_limit_too() {
    let directory = Directory::new();
    let cache = directory.builder().max_entries(50).open().unwrap();
    fill(&cache, 0..120);
    until("a trim", || directory.files().len() <= 50);
    cache.close();
}

#[test]
fn a_limit_that_was_passed_before_is_noticed_when_a_cache_is_opened() {
    let directory = Directory::new();
    directory.filled(60).close();
    let cache = directory.builder().max_entries(20).open().unwrap();
    until("a trim", || directory.files().len() <= 20);
    cache.close();
}

#[test]
fn results_that_were_kept_by_an_earlier_larder_are_counted() {
    let directory = Directory::new();
    directory.filled(60).close();
    fs::remove_file(directory.path().join("totals")).unwrap();
    let cache = directory.builder().max_entries(20).open().unwrap();
    fill(&cache, 100..101);
    until("a trim", || directory.files().len() <= 20);
    cache.close();
}

#[test]
fn totals_that_somebody_wrote_lead_to_a_recount_and_no_more() {
    let directory = Directory::new();
    directory.filled(10).close();
    let path = directory.path().join("totals");
    for lie in [&b""[..], b"LARDERT\x01 and so on", &[0xff; 64]] {
        fs::write(&path, lie).unwrap();
        let cache = directory.builder().max_entries(50).open().unwrap();
        fill(&cache, 10..12);
        // The second may be counted when it is there, and added by who kept it.
        let counted = |bytes: &[u8]| bytes.len() == 64 && matches!(bytes[16], 12 | 13);
        let whole = || fs::read(&path).is_ok_and(|bytes| counted(&bytes));
        until("a recount", whole);
        cache.close();
        assert_eq!(directory.files().len(), 12);
        fs::remove_dir_all(directory.path().join("entries")).unwrap();
        directory.filled(10).close();
    }
}

#[test]
fn a_function_is_kept_within_limits_of_its_own() {
    let directory = Directory::new();
    let own = Limits::none().max_entries(10);
    let limits = Limits::none().function("produce", own);
    let cache = directory.builder().limits(limits).open().unwrap();
    fill(&cache, 0..40);
    until("a trim", || directory.files().len() <= 10);
    cache.close();
}

#[test]
fn results_that_are_too_old_are_removed_when_a_cache_is_opened() {
    let directory = Directory::new();
    directory.filled(5).close();
    let cache = directory.builder().max_age("1 ms").open().unwrap();
    until("a trim", || directory.files().is_empty());
    cache.close();
}

#[test]
fn one_that_only_reads_removes_nothing() {
    let directory = Directory::new();
    directory.filled(10).close();
    let names = || {
        let names = fs::read_dir(directory.path()).unwrap();
        let mut names: Vec<_> = names.map(|name| name.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let builder = directory.builder().mode(Mode::ReadOnly).max_entries(1);
    let cache = builder.open().unwrap();
    fill(&cache, 0..20);
    cache.close();
    assert_eq!((directory.files().len(), names()), (10, before));
}

#[test]
fn the_default_is_a_fifth_of_the_file_system_and_at_most_100_gib() {
    let directory = Directory::new();
    let limits = directory.open().limits();
    #[cfg(unix)]
    {
        let stat = rustix::fs::statvfs(directory.path()).unwrap();
        let expected = (stat.f_blocks * stat.f_frsize / 5).min(100 << 30);
        // It is rounded down before it is multiplied.
        assert!(limits.bytes().unwrap().abs_diff(expected) <= 20, "{limits} and not {expected}");
    }
    assert_eq!((limits.entries(), limits.age()), (None, None));
    assert_eq!(Cache::builder().mode(Mode::Off).open().unwrap().limits(), Limits::none());
}

#[test]
fn calls_are_right_while_their_results_are_removed() {
    let directory = Directory::new();
    let cache = directory.builder().max_bytes(20 * SIZE).open().unwrap();
    with_cache(&cache, || {
        for round in 0..20 {
            let values = produce::map((0..60).map(|seed| (seed, 1000)));
            for (seed, value) in (0_u8..).zip(values) {
                assert_eq!(value, vec![seed; 1000], "round {round}");
            }
        }
    });
    cache.close();
}
