//! Power cuts: whatever of the recorded operations got to the disk, no value is wrong, and none is
//! lost that was waited for.
//!
//! A workload is run once, and all that it does to the directory is recorded. For each moment in it,
//! the images that a power cut may leave are built and opened by the real cache. Where there are more
//! than [`IMAGES`] at one moment, extremes, single deviations from them and mixtures stand for all.

#![cfg(target_os = "linux")]

mod disk;

use disk::Disk;
use larder::__private::faults::{self, Operation};
use larder::{Cache, Durability, Limits, cache, with_cache};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// At most so many images are built of one moment.
const IMAGES: usize = 12;

/// Of so many images one is listed too, which opens the catalog and merges the journals.
const LISTED: usize = 40;

/// The mark of a test that from here on results that were waited for may be removed.
const REMOVING: u64 = u64::MAX;

/// Errors of the system.
const EOPNOTSUPP: i32 = 95;

#[cache]
fn lasting(x: u64) -> String {
    format!("{x:>200}")
}

#[cache]
fn passing(x: u64) -> String {
    format!("{x:>200}")
}

/// Recording and faults are for the whole process, so its tests take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Where images are built: in memory if that can be had, as there are thousands.
fn directory() -> TempDir {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).expect("a directory")
}

fn open(root: &Path, durability: Durability) -> Cache {
    let builder = Cache::builder().dir(root.join("outer/cache")).durability(durability);
    builder.open().expect("a directory of ours")
}

/// Calls whose results are to last: each is marked when its call returned.
fn safe(root: &Path, calls: &[u64], call: fn(u64) -> String) {
    with_cache(&open(root, Durability::Always), || {
        for x in calls {
            call(*x);
            faults::mark(*x);
        }
    });
}

fn unsafe_calls(root: &Path, calls: impl FnOnce() + Send) {
    with_cache(&open(root, Durability::Cost), calls);
}

/// Calls one after the other. What is done on two threads at once may be recorded in another order than
/// it was done in, as when one creates a folder that the other one finds: so nothing that is recorded is
/// a batch.
fn in_turn(calls: std::ops::Range<u64>, call: fn(u64) -> String) {
    calls.for_each(|x| drop(call(x)));
}

/// How many images were built, and how many moments there were.
struct Checked {
    images: usize,
    moments: usize,
    /// Folders that were removed, and created again.
    remade: usize,
}

/// Runs `work` in an empty directory and checks what a power cut at any moment of it may leave.
fn check(faults: &str, work: impl FnOnce(&Path)) -> Checked {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let root = TempDir::new().expect("a directory");
    faults::set(faults);
    let ((), operations) = faults::record(root.path(), || work(root.path()));
    faults::set("");

    let mut seed = 1_u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).expect("it is small") % below
    };
    let mut checked = Checked { images: 0, moments: 0, remade: 0 };
    let (mut disk, mut kept, mut gone) = (Disk::new(), BTreeSet::new(), BTreeSet::new());
    let first = [Operation::Mark(0)];
    for (moment, operation) in first.iter().chain(&operations).enumerate() {
        disk.apply(operation);
        match operation {
            Operation::Mark(REMOVING) => kept.clear(),
            Operation::Mark(x) if *x > 0 => drop(kept.insert(*x)),
            Operation::Remove(path) => drop(gone.insert(path.clone())),
            Operation::NewFolder(path) => checked.remade += usize::from(gone.contains(path)),
            _ => {}
        }
        checked.moments += 1;
        for outcome in disk.outcomes(IMAGES, &mut random) {
            let image = directory();
            disk.build(&outcome, image.path());
            checked.images += 1;
            let when = format!("after {moment} operations, the last {operation:?}: {outcome:?}");
            check_image(image.path(), &kept, checked.images.is_multiple_of(LISTED), &when);
        }
    }
    checked
}

fn check_image(root: &Path, kept: &BTreeSet<u64>, list: bool, when: &str) {
    let cache = Cache::open(root.join("outer/cache"));
    let cache = cache.unwrap_or_else(|error| panic!("{when}: {error}"));
    with_cache(&cache, || {
        for x in kept {
            assert!(lasting::is_cached(*x), "{when}: the result for {x} is lost");
        }
        for x in 1..8 {
            assert_eq!(lasting(x), format!("{x:>200}"), "{when}");
            assert_eq!(passing(x), format!("{x:>200}"), "{when}");
        }
        assert_eq!(lasting::map(1..8).len(), 7, "{when}");
    });
    // What was damaged was computed again, and is whole by now.
    let found = cache.stats().function("lasting").map_or(0, |function| function.found);
    assert!(found >= 7, "{when}: {found}");
    if list {
        let listed = cache.entries().unwrap_or_else(|error| panic!("{when}: {error}"));
        assert_eq!(listed.count(), 14, "{when}");
    }
}

/// New folders, files beside files that nobody waited for, and a result in place of another.
fn workload(root: &Path) {
    unsafe_calls(root, || drop((lasting(1), lasting(2), passing(1))));
    safe(root, &[3, 4], lasting);
    // The same folder as before, which nobody waited for, and a file that is there already.
    safe(root, &[1], lasting::recompute);
    unsafe_calls(root, || assert!(lasting::forget(2).expect("it can be removed")));
    safe(root, &[3], lasting::recompute);
}

fn clearing(root: &Path) {
    safe(root, &[5], lasting);
    unsafe_calls(root, || {
        in_turn(1..4, passing);
        passing::clear().expect("it can be cleared");
        passing(2);
    });
    safe(root, &[6], lasting);
}

/// Trims that leave folders empty, in which results are then kept again, by one who knows those folders.
fn trimming(root: &Path) {
    let cache = open(root, Durability::Always);
    let keep = |calls: &[u64]| {
        with_cache(&cache, || {
            for x in calls {
                lasting(*x);
                faults::mark(*x);
            }
        });
    };
    let trim = |function: &str, limits: Limits| {
        let trimmed = cache.trim(Limits::none().function(function, limits)).expect("it is ours");
        assert!(trimmed.total().entries > 0 && trimmed.refused.entries == 0, "{trimmed}");
    };
    keep(&[1, 2]);
    with_cache(&cache, || in_turn(1..3, passing));
    trim("passing", Limits::none().max_entries(1));
    faults::mark(REMOVING);
    trim("lasting", Limits::none().max_entries(0));
    keep(&[2, 3]);
}

#[test]
fn no_power_cut_loses_what_was_waited_for_or_leads_to_a_wrong_value() {
    let checked = check("", workload);
    assert!(checked.moments > 60 && checked.images > 500, "{}", checked.images);
}

#[test]
fn neither_does_one_where_files_without_a_name_are_not_to_be_had() {
    let checked = check(&format!("{EOPNOTSUPP}@EntryOpen#1+"), workload);
    assert!(checked.moments > 60 && checked.images > 500, "{}", checked.images);
}

#[test]
fn neither_does_one_while_results_are_cleared() {
    let checked = check("", clearing);
    assert!(checked.moments > 60 && checked.images > 500, "{}", checked.images);
}

#[test]
fn neither_does_one_while_results_are_removed_to_make_room() {
    let checked = check("", trimming);
    assert!(checked.moments > 60 && checked.images > 500, "{}", checked.images);
    assert!(checked.remade > 0, "no folder was there again");
}

/// The order that all this rests on, as it was recorded.
#[test]
fn bytes_are_on_the_disk_before_their_name_and_names_before_the_call_returns() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let root = TempDir::new().expect("a directory");
    let order = |work: &dyn Fn()| {
        let ((), operations) = faults::record(root.path(), work);
        let mut file = None;
        let entry = |path: &Path| path.to_string_lossy().contains("/lasting-");
        let names = operations.iter().filter_map(|operation| match operation {
            Operation::NewFolder(path) if entry(path) || path.ends_with("entries") => {
                Some("folder")
            }
            Operation::NewFile(number) => {
                file = Some(*number);
                Some("file")
            }
            Operation::Write(number, _) if file == Some(*number) => Some("write"),
            Operation::Sync(_) => Some("sync"),
            Operation::Name(_, path) if entry(path) || path.starts_with("entries") => Some("name"),
            Operation::Rename(_, path) if entry(path) => Some("rename"),
            Operation::SyncFolder(path) if entry(path) => Some("sync folder"),
            Operation::SyncFolder(_) => Some("sync outer"),
            Operation::Mark(_) => Some("returned"),
            _ => None,
        });
        names.collect::<Vec<_>>().join(", ")
    };
    let cache = open(root.path(), Durability::Always);
    // Folders and what is known of the code are there after this; the journal, which any thread may
    // write to when it ends, is left out above.
    with_cache(&cache, || lasting(1));
    let keep = |x: u64| {
        with_cache(&cache, || {
            lasting::forget(x).expect("it can be removed");
            lasting(x);
            faults::mark(0);
        });
    };
    let kept = "file, write, sync, name, sync folder, returned";
    assert_eq!(order(&|| keep(1)), kept);
    let replace = || {
        with_cache(&cache, || lasting::recompute(1));
        faults::mark(0);
    };
    let replaced = "file, write, sync, rename, sync folder, returned";
    assert_eq!(order(&replace), replaced);
}
