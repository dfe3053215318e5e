//! Errors of the system at each step of writing, as from a full disk.

use super::{
    call, goes_on_without, in_a_new_cache, log::Log, new, one_cause, resumes, square, squared,
};
use larder::__private::faults::{self, Step};
use larder::{Cache, Durability, cache, with_cache};
use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

const EIO: i32 = 5;
const EXDEV: i32 = 18;
const EMFILE: i32 = 24;
const ENOSPC: i32 = 28;
const EOPNOTSUPP: i32 = 95;
const EDQUOT: i32 = 122;

/// Faults are for the whole process, so those who set some take turns, also with those who would
/// suffer from them.
pub(super) fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The steps at which a result that is refused is not kept.
const KEEPING: [Step; 7] = [
    Step::EntryFolder,
    Step::EntryOpen,
    Step::EntryWrite,
    Step::EntrySync,
    Step::EntryLink,
    Step::FolderSync,
    Step::OuterSync,
];

#[cfg(target_os = "linux")]
#[test]
fn a_refusal_at_any_step_of_keeping_is_told_once_and_over_when_it_is_over() {
    let _turn = turn();
    let log = Log::get();
    for step in KEEPING {
        for error in [ENOSPC, EDQUOT, EIO] {
            let dir = tempfile::tempdir().expect("a directory");
            let cache = Cache::builder().dir(dir.path().join("cache"));
            let cache = cache.durability(Durability::Always).open().expect("a new directory");
            with_cache(&cache, || {
                faults::set(&format!("{error}@{step:?}#1+"));
                for _ in 0..20 {
                    let x = new();
                    assert_eq!(square(x), squared(x), "{step:?}");
                }
                one_cause(&cache, &log, &format!("(os error {error})"));
                faults::set("");
                resumes();
                one_cause(&cache, &log, &format!("(os error {error})"));
            });
            let tmp = fs::read_dir(dir.path().join("cache/tmp"));
            assert_eq!(tmp.map_or(0, Iterator::count), 0, "{step:?} left something behind");
        }
    }
}

#[test]
fn a_refusal_where_another_result_is_replaced_leaves_that_and_no_leftover() {
    let _turn = turn();
    let log = Log::get();
    for step in [Step::EntryCreate, Step::TemporaryWrite, Step::EntryRename] {
        in_a_new_cache(|cache, dir| {
            let x = new();
            square(x);
            faults::set(&format!("{ENOSPC}@{step:?}#1+"));
            assert_eq!(square::recompute(x), squared(x));
            faults::set("");
            assert!(square::is_cached(x), "{step:?}");
            one_cause(cache, &log, "No space left on device");
            let tmp = fs::read_dir(dir.join("cache/tmp")).expect("it was made");
            assert_eq!(tmp.count(), 0, "{step:?}");
        });
    }
}

/// As on a file system that has no files without a name.
#[cfg(target_os = "linux")]
#[test]
fn where_files_cannot_be_linked_that_is_said_once_and_results_are_kept() {
    let _turn = turn();
    let log = Log::get();
    in_a_new_cache(|cache, dir| {
        faults::set(&format!("{EOPNOTSUPP}@EntryOpen#1+"));
        let said = || log.lines(&["results are renamed into their places"]).len();
        let before = said();
        for _ in 0..5 {
            let x = new();
            square(x);
            assert!(square::is_cached(x));
        }
        faults::set("");
        assert_eq!((said() - before, cache.stats().warnings.len()), (1, 0));
        assert_eq!(fs::read_dir(dir.join("cache/tmp")).expect("it was used").count(), 0);
    });
}

#[test]
fn what_is_refused_to_the_journal_alone_keeps_no_result_from_being_kept() {
    let _turn = turn();
    let log = Log::get();
    for step in [Step::JournalCreate, Step::JournalLock, Step::JournalWrite, Step::Describe] {
        in_a_new_cache(|cache, _| {
            faults::set(&format!("{ENOSPC}@{step:?}#1+"));
            assert!((0..50).all(|_| call()), "{step:?}");
            faults::set("");
            one_cause(cache, &log, "No space left on device");
            let start = Instant::now();
            // It is told of again, and what half a record there is does not get in the way.
            while start.elapsed() < Duration::from_secs(1) {
                call();
                std::thread::sleep(Duration::from_millis(10));
            }
            // A thread that was held up in the loop has made no call since the pause ended.
            call();
            cache.clone().close();
            let counted = cache.all_time_stats().expect("the catalog").total().computed;
            assert!(counted > 0, "{step:?}: nothing was counted");
            let all = cache.entries().expect("they can be listed").count();
            assert_eq!(all, usize::try_from(cache.stats().total().computed).expect("few"));
        });
    }
}

#[test]
fn a_disk_that_stays_full_is_not_asked_at_every_call() {
    let _turn = turn();
    let log = Log::get();
    in_a_new_cache(|cache, _| {
        faults::set(&format!(
            "{ENOSPC}@EntryOpen#1+,{ENOSPC}@EntryCreate#1+,{ENOSPC}@JournalWrite#1+"
        ));
        let start = Instant::now();
        goes_on_without(cache, &log, "No space left on device");
        let asked = cache.stats().warnings[0].1;
        let seconds = start.elapsed().as_secs() + 1;
        assert!(asked <= 20 * seconds, "asked {asked} times in {seconds} s, for 300 calls");
        assert_eq!(cache.stats().total().unkept, 300);
        faults::set("");
        resumes();
    });
}

#[test]
fn batches_go_on_and_resume_too() {
    let _turn = turn();
    let log = Log::get();
    in_a_new_cache(|cache, _| {
        faults::set(&format!("{ENOSPC}@EntryOpen#1+,{ENOSPC}@EntryCreate#1+"));
        let inputs: Vec<u64> = (0..2_000).map(|_| new()).collect();
        let values = square::map(inputs.clone());
        assert!(values.into_iter().eq(inputs.iter().map(|x| squared(*x))));
        one_cause(cache, &log, "No space left on device");
        faults::set("");
        resumes();
        square::map(inputs.clone());
        assert!(inputs.iter().all(|x| square::is_cached(*x)));
    });
}

// In a container, the folders of a cache that came with its image cannot be renamed, and clearing it was an
// error.
#[test]
fn what_cannot_be_moved_out_of_the_way_is_cleared_where_it_is() {
    let _turn = turn();
    in_a_new_cache(|cache, dir| {
        let inputs = [new(), new(), new()];
        square::map(inputs);
        for clear in [|_: &Cache| square::clear(), Cache::clear] {
            faults::set(&format!("{EXDEV}@ClearRename#1+"));
            clear(cache).expect("it can be deleted");
            faults::set("");
            assert_eq!(fs::read_dir(dir.join("cache/entries")).expect("it is there").count(), 0);
            assert!(inputs.iter().all(|x| !square::is_cached(*x)));
            square::map(inputs);
            assert!(inputs.iter().all(|x| square::is_cached(*x)));
        }
        assert_eq!(cache.stats().warnings, []);
    });
}

#[test]
fn what_may_be_chance_is_asked_again_at_once() {
    let _turn = turn();
    in_a_new_cache(|cache, _| {
        // A file too many, once: the next call is kept.
        faults::set(&format!("{EMFILE}@EntryOpen#1"));
        assert!(!call());
        assert!(call());
        assert_eq!(cache.stats().warnings.len(), 1);
        faults::set("");
    });
}

#[cache]
fn large(x: u64) -> Vec<u64> {
    vec![x; 10_000]
}

/// Small results still fit when larger ones no longer do.
#[test]
fn a_disk_that_is_about_full_is_told_of_once_and_keeps_what_fits() {
    let _turn = turn();
    let log = Log::get();
    in_a_new_cache(|cache, _| {
        for _ in 0..20 {
            faults::set(&format!("{ENOSPC}@EntryWrite#1+"));
            let x = new();
            assert_eq!(large(x), vec![x; 10_000]);
            assert!(!large::is_cached(x));
            faults::set("");
            assert!(call());
        }
        one_cause(cache, &log, "No space left on device");
    });
}
