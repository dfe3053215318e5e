//! `Cache::trim` and `Cache::plan_trim`.

use crate::functions::{Directory, age, fill, kept, other, produce, slow};
use larder::{Cache, ErrorKind, Limits, Mode, Policy, TrimReason, with_cache};
use std::fs;
use std::time::Duration;

fn count(count: u64) -> Limits {
    Limits::none().max_entries(count)
}

#[test]
fn what_is_left_is_within_the_limits_and_what_was_removed_is_told() {
    let directory = Directory::new();
    let cache = directory.filled(20);
    let before = directory.bytes();
    let trimmed = cache.trim(Limits::none().max_bytes(before * 7 / 20 + 100)).unwrap();
    assert_eq!(directory.files().len(), 7);
    assert_eq!((trimmed.left.entries, trimmed.left.bytes), (7, directory.bytes()));
    let freed = before - directory.bytes();
    assert_eq!((trimmed.total().entries, trimmed.total().bytes), (13, freed));
    assert_eq!((trimmed.spared.entries, trimmed.refused.entries), (0, 0));
    assert!(trimmed.removed.keys().eq([&TrimReason::LeastWorth]), "{trimmed:?}");
    assert_eq!(cache.entries().unwrap().count(), 7);
    // What is gone is computed again, what is left is found.
    let left = kept(&cache, 0..20);
    assert_eq!(left.len(), 7);
    fill(&cache, 0..20);
    assert_eq!(directory.files().len(), 20);
}

#[test]
fn a_plan_tells_what_a_trim_would_do_and_does_nothing() {
    let directory = Directory::new();
    let cache = directory.filled(10);
    let plan = cache.plan_trim(count(4)).unwrap();
    assert_eq!(directory.files().len(), 10);
    assert_eq!((plan.removals.len(), plan.left.entries), (6, 4));
    let mut planned: Vec<_> = plan.removals.iter().map(|removal| removal.key.clone()).collect();
    let all: Vec<_> = cache.entries().unwrap().map(|entry| entry.key).collect();
    cache.trim(count(4)).unwrap();
    let left: Vec<_> = cache.entries().unwrap().map(|entry| entry.key).collect();
    let mut gone: Vec<_> = all.into_iter().filter(|key| !left.contains(key)).collect();
    planned.sort();
    gone.sort();
    assert_eq!(planned, gone);
    assert!(plan.removals.iter().all(|removal| removal.function.ends_with("::produce")));
    assert_eq!(plan.left.bytes, directory.bytes());
}

#[test]
fn without_limits_nothing_goes() {
    let directory = Directory::new();
    let cache = directory.filled(3);
    let trimmed = cache.trim(Limits::none()).unwrap();
    assert_eq!((trimmed.total().entries, trimmed.left.entries), (0, 3));
    assert_eq!(trimmed.to_string(), "0 results of 0 B removed; 3 results of 3.6 KiB left");
}

#[test]
fn what_was_not_used_for_longest_goes_first_by_that_policy() {
    let directory = Directory::new();
    let cache = directory.open();
    // A use is noted by the time stamp of the file, which is moved here as if there had been one.
    fill(&cache, 0..2);
    let used = directory.files();
    fill(&cache, 2..6);
    for file in &used {
        age(file, Duration::ZERO);
    }
    cache.trim(count(4).policy(Policy::Lru)).unwrap();
    assert_eq!(kept(&cache, 0..6), [0, 1, 4, 5]);
}

#[test]
fn what_took_longest_for_its_bytes_stays() {
    let directory = Directory::new();
    let cache = directory.open();
    with_cache(&cache, || {
        for seed in 0..3 {
            slow(seed);
        }
        (0..10).for_each(|seed| drop(produce(seed, 100_000)));
    });
    cache.trim(count(3)).unwrap();
    assert!(with_cache(&cache, || (0..3).all(slow::is_cached)));
}

#[test]
fn what_is_too_old_goes_whatever_room_there_is() {
    let directory = Directory::new();
    let cache = directory.filled(3);
    std::thread::sleep(Duration::from_millis(20));
    let trimmed = cache.trim(Limits::none().max_age("10 ms")).unwrap();
    assert_eq!(trimmed.removed[&TrimReason::TooOld].entries, 3);
    assert!(directory.files().is_empty());
}

#[test]
fn functions_have_limits_of_their_own() {
    let directory = Directory::new();
    let cache = directory.filled(8);
    with_cache(&cache, || (0..8).for_each(|seed| drop(other(seed, 1000))));
    let limits = Limits::none().max_entries(12).function("produce", count(2));
    let trimmed = cache.trim(limits).unwrap();
    assert_eq!((trimmed.total().entries, trimmed.left.entries), (6, 10));
    assert_eq!(kept(&cache, 0..8).len(), 2);
}

#[test]
fn a_removal_is_told_to_those_who_wonder() {
    let directory = Directory::new();
    let cache = directory.filled(1);
    cache.trim(count(0)).unwrap();
    let why = with_cache(&cache, || produce::why(0, 1000).to_string());
    let because = "its result was removed to keep the cache within its limits";
    assert_eq!(why, format!("computed again because {because} less than a minute ago"));
}

#[test]
fn folders_that_are_empty_go_too_and_come_back_when_they_are_needed() {
    let directory = Directory::new();
    let cache = directory.filled(5);
    let entries = directory.path().join("entries");
    let folder = fs::read_dir(&entries).unwrap().next().unwrap().unwrap().path();
    // What is known of the code was written today, so somebody may be about to use it.
    cache.trim(count(0)).unwrap();
    let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|name| name.unwrap().path()).collect();
    assert_eq!(names, [folder.join("code")]);
    let code = fs::read_dir(folder.join("code")).unwrap().next().unwrap().unwrap().path();
    age(&code, Duration::from_hours(48));
    // This process knows that code as the one in use; another one does not.
    cache.trim(count(0)).unwrap();
    assert!(code.exists());
    fill(&cache, 0..5);
    assert_eq!(directory.files().len(), 5);
}

#[test]
fn a_mistake_in_the_limits_is_an_error_and_nothing_is_removed() {
    let directory = Directory::new();
    let cache = directory.filled(2);
    let mistaken = || count(0).function("produce", Limits::none().max_age("7"));
    for error in [
        cache.trim(mistaken()).unwrap_err(),
        cache.plan_trim(mistaken()).unwrap_err(),
        directory.builder().limits(mistaken()).open().unwrap_err(),
        directory.builder().max_bytes("lots").open().unwrap_err(),
        directory.builder().max_age("soon").open().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("write `"), "{error}");
    }
    assert_eq!(directory.files().len(), 2);
}

#[test]
fn a_cache_that_only_reads_can_plan_and_not_trim() {
    let directory = Directory::new();
    drop(directory.filled(3));
    let cache = directory.builder().mode(Mode::ReadOnly).open().unwrap();
    assert_eq!(cache.plan_trim(count(1)).unwrap().removals.len(), 2);
    let error = cache.trim(count(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(directory.files().len(), 3);
}

#[test]
fn a_cache_that_is_off_or_empty_has_nothing_to_trim() {
    let directory = Directory::new();
    let off = Cache::builder().dir(directory.path()).mode(Mode::Off).open().unwrap();
    assert_eq!(off.trim(count(0)).unwrap(), larder::Trimmed::default());
    assert_eq!(directory.open().trim(count(0)).unwrap(), larder::Trimmed::default());
}
