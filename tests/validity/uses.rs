//! When results were last used: told by journals, and by time stamps once those are lost.

use super::aging::{Case, DAY, HOUR};
use larder::{Cache, Mode, cache, with_cache};
use pollster::block_on;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// Longer than anything here takes, so that a hang is a failure.
const PATIENCE: Duration = Duration::from_mins(1);

/// Uses are told to the second, and a test may take some.
const ABOUT: Duration = Duration::from_mins(5);

#[cache]
fn square(x: u64) -> u64 {
    x * x
}

#[cache]
async fn later(x: u64) -> u64 {
    std::future::ready(x + 1).await
}

/// A cache of results that were computed and last used this long ago, of which nothing is known but
/// the files.
fn old(inputs: std::ops::Range<u64>, by: Duration) -> Case {
    let case = Case::new();
    case.run(|| (square::map(inputs.clone()), block_on(later::map(inputs))));
    case.age(by);
    for path in case.files() {
        stamp(&path, by);
    }
    forget(&case);
    case
}

/// Loses everything that is known beside the files.
fn forget(case: &Case) {
    for name in ["catalog", "journal"] {
        let _ = fs::remove_dir_all(case.path().join(name));
    }
}

/// Sets the time stamp of a file to so long ago.
fn stamp(path: &Path, ago: Duration) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - ago).unwrap();
}

/// How long ago a file's time stamp is.
fn stamped(path: &Path) -> Duration {
    fs::metadata(path).unwrap().modified().unwrap().elapsed().unwrap_or_default()
}

/// How long ago each result of `square` was last used, as the cache tells.
fn used(cache: &Cache) -> BTreeMap<u64, Duration> {
    let entries = cache.entries().unwrap().filter(|entry| entry.function.ends_with("square"));
    entries
        .map(|entry| {
            let x = entry.inputs.strip_prefix("x: ").unwrap().parse().unwrap();
            (x, entry.last_used.elapsed().unwrap_or_default())
        })
        .collect()
}

fn is_now(ago: Duration) -> bool {
    ago < ABOUT
}

fn is_about(ago: Duration, expected: Duration) -> bool {
    ago.abs_diff(expected) < ABOUT
}

/// Waits for what threads of the cache's own do.
#[track_caller]
fn eventually(mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "this does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// How many of the files have a time stamp of now.
fn moved(case: &Case) -> usize {
    case.files().iter().filter(|path| is_now(stamped(path))).count()
}

#[test]
fn a_use_is_known_and_survives_the_loss_of_the_catalog() {
    let case = old(0..4, DAY);
    let cache = Cache::open(case.path()).unwrap();
    assert!(used(&cache).values().all(|ago| is_about(*ago, DAY)));
    with_cache(&cache, || square(2));
    cache.close();
    assert_eq!(moved(&case), 1, "the file of the one that was used, and no other");
    for lost in [false, true] {
        if lost {
            forget(&case);
        }
        let used = used(&Cache::open(case.path()).unwrap());
        assert_eq!(used.len(), 4);
        for (x, ago) in used {
            assert!(if x == 2 { is_now(ago) } else { is_about(ago, DAY) }, "{x}: {ago:?}, {lost}");
        }
    }
}

#[test]
fn every_way_to_have_a_result_is_a_use_of_it_and_asking_about_it_is_none() {
    fn some<T>(_: T) {}
    let ways: [(&str, fn(), usize); 9] = [
        ("call", || some(square(1)), 1),
        ("call with its story", || some(square::call(1)), 1),
        ("shelve", || some(square::shelve(1)), 1),
        ("batch", || some(square::map(0..40)), 40),
        ("future", || some(block_on(later(1))), 1),
        ("batch of futures", || some(block_on(later::map(0..40))), 40),
        ("whether it is there", || some(square::is_cached(1)), 0),
        ("why", || some(square::why(1)), 0),
        ("uncached", || some(square::uncached(1)), 0),
    ];
    let case = old(0..40, DAY);
    for (way, call, expected) in ways {
        let cache = Cache::open(case.path()).unwrap();
        with_cache(&cache, call);
        cache.close();
        eventually(|| moved(&case) >= expected);
        assert_eq!(moved(&case), expected, "{way}");
        case.files().iter().for_each(|path| stamp(path, DAY));
    }
}

#[test]
fn a_time_stamp_is_moved_once_an_hour_at_most_and_the_journal_knows_more() {
    let case = old(0..2, DAY);
    case.files().iter().for_each(|path| stamp(path, HOUR / 2));
    let cache = Cache::open(case.path()).unwrap();
    assert!(used(&cache).values().all(|ago| is_about(*ago, HOUR / 2)));
    for _ in 0..100 {
        with_cache(&cache, || square(1));
    }
    cache.close();
    assert!(case.files().iter().all(|path| is_about(stamped(path), HOUR / 2)));
    let used = used(&Cache::open(case.path()).unwrap());
    assert!(is_now(used[&1]) && is_about(used[&0], HOUR / 2), "{used:?}");
}

#[test]
fn a_time_stamp_in_the_future_is_mended() {
    let case = old(0..1, DAY);
    for path in case.files() {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() + DAY * 400).unwrap();
    }
    let cache = Cache::open(case.path()).unwrap();
    with_cache(&cache, || square(0));
    cache.close();
    let ahead = case.files().into_iter().filter(|path| {
        let modified = fs::metadata(path).unwrap().modified().unwrap();
        modified > SystemTime::now() + DAY
    });
    assert_eq!(ahead.count(), 1, "that of the other function");
    let used = used(&Cache::open(case.path()).unwrap());
    assert!(is_now(used[&0]));
}

#[test]
fn what_may_not_write_leaves_no_trace_of_a_use() {
    let case = old(0..4, DAY);
    let cache = Cache::builder().dir(case.path()).mode(Mode::ReadOnly).open().unwrap();
    with_cache(&cache, || (square::map(0..4), square(1), block_on(later(1))));
    assert!(used(&cache).values().all(|ago| is_about(*ago, DAY)));
    cache.close();
    assert_eq!(moved(&case), 0);
    assert!(!case.path().join("journal").exists());
}

#[test]
fn many_uses_are_told_while_the_program_runs() {
    const MANY: u64 = 4500;
    let case = old(0..MANY, DAY);
    let cache = Cache::open(case.path()).unwrap();
    with_cache(&cache, || (0..MANY).map(square).sum::<u64>());
    // Nothing is closed, and no thread ends here.
    eventually(|| moved(&case) >= 4096);
    let used = used(&cache);
    assert_eq!(used.len() as u64, MANY);
    // Two results in sixty thousand are taken for each other.
    assert!(used.values().filter(|ago| is_now(**ago)).count() as u64 >= MANY - 10);
}

#[test]
fn a_file_that_has_another_name_and_one_that_is_gone_are_left_alone() {
    let case = old(0..3, DAY);
    let files = case.files();
    let other = case.path().join("other");
    let is_square = |path: &&std::path::PathBuf| path.display().to_string().contains("square");
    let squares: Vec<_> = files.iter().filter(is_square).collect();
    fs::hard_link(squares[0], &other).unwrap();
    let cache = Cache::open(case.path()).unwrap();
    with_cache(&cache, || {
        square::map(0..3);
        fs::remove_file(squares[1]).unwrap();
    });
    cache.close();
    assert!(is_about(stamped(&other), DAY));
    assert!(is_now(stamped(squares[2])) && !squares[1].exists());
}
