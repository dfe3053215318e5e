//! `Cache::trim` and `Cache::plan_trim`.

use crate::functions::{Directory, after, age, before, brief, fill, kept, other, produce, slow};
use larder::{Cache, ErrorKind, Limits, Mode, Policy, Source, TrimReason, with_cache};
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
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
        directory.builder().max_bytes("10 Gibibytes").open().unwrap_err(),
        directory.builder().max_age("soon").open().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("write `"), "{error}");
    }
    assert_eq!(directory.files().len(), 2);
}

// A trim takes the name of a file away and nothing else: who has it open, or mapped into memory, which
// is the same file to the system, reads all of it.
#[test]
fn a_file_that_is_read_while_it_is_removed_is_read_whole() {
    const LENGTH: usize = 1 << 20;
    let directory = Directory::new();
    let cache = directory.open();
    let before = with_cache(&cache, || produce(7, LENGTH));
    let path = directory.files().remove(0);
    let whole = fs::read(&path).unwrap();
    let (untouched, mut begun) = (File::open(&path).unwrap(), File::open(&path).unwrap());
    let mut read = vec![0; LENGTH / 3];
    begun.read_exact(&mut read).unwrap();

    assert_eq!(cache.trim(count(0)).unwrap().total().entries, 1);
    assert!(!path.exists());
    begun.read_to_end(&mut read).unwrap();
    assert!(read == whole, "{} of {} bytes, or others", read.len(), whole.len());

    // What then takes its place is another file.
    assert_eq!(with_cache(&cache, || produce::recompute(7, LENGTH)), before);
    assert!(path.exists());
    let mut later = Vec::new();
    (&untouched).read_to_end(&mut later).unwrap();
    assert!(later == whole, "{} of {} bytes, or others", later.len(), whole.len());
}

// To the system a file that is mapped is not another than one that is open, but nobody had tried.
#[cfg(unix)]
#[test]
fn a_file_that_is_mapped_while_it_is_removed_stays_as_it_was() {
    const LENGTH: usize = 1 << 20;
    // Nothing is read from the file before the one who mapped it is told to go on.
    const MAP: &str = "
import mmap, sys
with open(sys.argv[1], 'rb') as file:
    mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
print('mapped', flush=True)
sys.stdin.readline()
sys.stdout.buffer.write(mapped)
";
    let directory = Directory::new();
    let cache = directory.open();
    with_cache(&cache, || produce(7, LENGTH));
    let path = directory.files().remove(0);
    let whole = fs::read(&path).unwrap();
    let mut command = Command::new("python3");
    command.args(["-c", MAP]).arg(&path).stdin(Stdio::piped()).stdout(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        let _ =
            writeln!(std::io::stderr(), "SKIPPED: there is no Python here, which can map files");
        return;
    };
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "mapped\n");

    assert_eq!(cache.trim(count(0)).unwrap().total().entries, 1);
    assert!(!path.exists());
    // What takes its place, and others where its blocks would be if they were free.
    with_cache(&cache, || (0..8).for_each(|seed| drop(produce(seed, LENGTH))));
    child.stdin.take().unwrap().write_all(b"go on\n").unwrap();
    let mut mapped = Vec::new();
    output.read_to_end(&mut mapped).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(mapped == whole, "{} of {} bytes, or others", mapped.len(), whole.len());
}

// That it does so was only known of plans.
#[test]
fn what_older_code_left_behind_goes_before_what_is_cheap_to_have_again() {
    let directory = Directory::new();
    let cache = directory.open();
    with_cache(&cache, || (0..6).for_each(|seed| _ = before::edited(seed)));
    cache.close();
    let cache = directory.open();
    with_cache(&cache, || (0..6).for_each(|seed| _ = after::edited(seed)));
    cache.close();
    // The code that is in use is known from records alone too.
    let reader = directory.builder().mode(Mode::ReadOnly).open().unwrap();
    let plan = reader.plan_trim(count(8)).unwrap();
    let reasons: Vec<_> = plan.removals.iter().map(|removal| removal.reason).collect();
    assert_eq!(reasons, [TrimReason::LeftBehind; 4]);
    let cache = directory.open();
    let trimmed = cache.trim(count(4)).unwrap();
    let removed = |reason| trimmed.removed[&reason].entries;
    assert_eq!((removed(TrimReason::LeftBehind), removed(TrimReason::LeastWorth)), (6, 2));
    let left = with_cache(&cache, || (0..6).filter(|seed| after::edited::is_cached(*seed)).count());
    assert_eq!((left, trimmed.left.entries), (4, 4));
}

#[test]
fn a_value_that_was_had_before_a_trim_is_the_callers() {
    let directory = Directory::new();
    drop(directory.filled(3));
    let cache = directory.open();
    with_cache(&cache, || {
        let found: Vec<_> = (0..3).map(|seed| produce::call(seed, 1000)).collect();
        assert!(found.iter().all(|call| call.source() == Source::Disk));
        assert_eq!(cache.trim(count(0)).unwrap().total().entries, 3);
        for (seed, call) in (0..3).zip(found) {
            assert_eq!(call.into_value(), [seed; 1000]);
        }
    });
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

// A plan without the catalog did not know that results expire, so it was another than what a trim did.
#[test]
fn a_plan_knows_what_has_expired_without_the_catalog() {
    let directory = Directory::new();
    with_cache(&directory.open(), || brief(1));
    std::thread::sleep(Duration::from_millis(2));
    let reader = directory.builder().mode(Mode::ReadOnly).open().unwrap();
    let plan = reader.plan_trim(Limits::none()).unwrap();
    assert_eq!(plan.amounts().keys().collect::<Vec<_>>(), [&TrimReason::Expired]);
    assert_eq!(directory.open().trim(Limits::none()).unwrap().removed, plan.amounts());
}

// The catalog knew of the first one, and journals may be merged in another order than that of what they
// tell of, or be gone.
#[test]
fn a_result_that_was_computed_anew_is_not_too_old_because_the_catalog_knows_the_old_one() {
    let directory = Directory::new();
    let cache = directory.filled(1);
    cache.all_time_stats().unwrap();
    drop(cache);
    let cache = directory.open();
    with_cache(&cache, || drop(produce::recompute(0, 1000)));
    drop(cache);
    fs::remove_dir_all(directory.path().join("journal")).unwrap();
    let trimmed = directory.open().trim(Limits::none().max_age("0")).unwrap();
    assert_eq!((trimmed.spared.entries, directory.files().len()), (1, 1));
}

// Where it could not be read when it was computed, that counted as 1970, so that a process with too many
// files open would have removed all as too old.
#[test]
fn a_result_that_cannot_be_read_is_as_old_as_its_file() {
    let directory = Directory::new();
    drop(directory.filled(1));
    let file = &directory.files()[0];
    fs::write(file, "x").unwrap();
    // Without the catalog, which knows of it.
    let cache = directory.builder().mode(Mode::ReadOnly).open().unwrap();
    let removals = || cache.plan_trim(Limits::none().max_age("1d")).unwrap().removals.len();
    assert_eq!(removals(), 0);
    age(file, Duration::from_hours(25));
    assert_eq!(removals(), 1);
}

#[test]
fn a_cache_that_is_off_or_empty_has_nothing_to_trim() {
    let directory = Directory::new();
    let off = Cache::builder().dir(directory.path()).mode(Mode::Off).open().unwrap();
    assert_eq!(off.trim(count(0)).unwrap(), larder::Trimmed::default());
    assert_eq!(directory.open().trim(count(0)).unwrap(), larder::Trimmed::default());
}
