//! `LARDER=readonly` writes nothing at all, wherever it is pointed at.

use super::children::{KEPT, Place, mounting, without_rights};
use super::{new, square, squared};
use larder::executor::ThreadPoolExecutor;
use larder::{Cache, Limits, Parallel, cache, with_cache};
use pollster::block_on;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

const READONLY: (&str, &str) = ("LARDER", "readonly");

#[cache]
async fn later(x: u64) -> u64 {
    std::future::ready(x + 1).await
}

/// Everything that a program can do with a cache.
pub(super) fn child() {
    let there = std::env::var_os("LARDER_TEST_THERE").is_some();
    let found = if there { 10 } else { 0 };
    let cache = Cache::builder().open().expect("it opens where there is nothing, too");
    let calls = || {
        KEPT.for_each(|x| assert_eq!(square(x), squared(x)));
        for x in [new(), KEPT.start] {
            assert_eq!(square(x), squared(x));
            assert_eq!(square::recompute(x), squared(x));
            assert_eq!(*square::shelve(x).get().expect("it can be computed"), *squared(x));
            assert!(!square::why(x).to_string().is_empty());
            square::is_cached(x);
            assert_eq!(square::call(x).into_value(), squared(x));
        }
        assert_eq!(square::map(KEPT).len(), 10);
        assert_eq!(square::map([new(), new()]).len(), 2);
        assert!(square::forget(KEPT.start).is_err() || !there);
        let cleared = square::clear();
        assert!(cleared.is_err() || !there);
    };
    with_cache(&cache, || {
        calls();
        in_other_ways();
        assert_eq!(cache.entries().expect("they can be listed").count(), found);
        assert!(cache.clear().is_err() || !there);
        ask(&cache, found);
    });
    let total = cache.all_time_stats().expect("those of this process").total();
    assert!(total.found >= u64::try_from(found).expect("few"), "{total:?}");
    assert_eq!(cache.stats().warnings, []);
    cache.close();
    // The default cache goes by the same variables.
    calls();
    assert_eq!(larder::stats().warnings, []);
}

/// As futures, in streams and by executors.
fn in_other_ways() {
    assert_eq!(block_on(later(1)), 2);
    assert_eq!(block_on(later::map([1, 2])), [2, 3]);
    let twice = Parallel::new().stream(0..100, |x: u64| x * 2).map(|x| x.expect("it is none"));
    assert!(twice.eq((0..100).map(|x| x * 2)));
    let found = Parallel::new().map(KEPT, square {});
    assert_eq!(found.expect("they do not fail").len(), 10);
    let executor = ThreadPoolExecutor::new(1).expect("a thread");
    let job = square::submit(&executor, KEPT.start).expect("it is open");
    assert_eq!(job.result().expect("it does not fail"), squared(KEPT.start));
}

/// All that tools ask of a cache, and do with it.
fn ask(cache: &Cache, found: usize) {
    let keys = cache.find("").expect("they can be listed");
    assert_eq!(keys.len(), found);
    for key in &keys {
        assert!(cache.details(key).is_ok() && cache.why_computed(key).is_ok());
        assert!(cache.remove(key).is_err());
    }
    let inventory = cache.inventory().expect("it can be listed");
    assert_eq!(inventory.entries(), found);
    for function in &inventory.functions {
        assert!(cache.code_states(&function.folder).is_ok());
        assert!(cache.clear_function(&function.folder).is_err());
    }
    let plan = cache.plan_trim(Limits::none().max_entries(0)).expect("it can be listed");
    assert_eq!(plan.removals.len(), found);
    assert!(cache.trim(Limits::none().max_entries(0)).is_err());
    let verified = cache.verify().expect("it can be listed");
    assert_eq!((verified.checked, verified.damaged.len()), (found as u64, 0));
    assert_eq!(verified.repair().expect("there is nothing to do"), 0);
    assert!(cache.diagnose().is_ok() && cache.runs().is_ok() && cache.runs_on_record().is_ok());
    assert!(cache.is_laid_out().is_ok_and(|laid_out| laid_out == (found > 0)));
    cache.removed();
}

/// All there is to know of a file or folder but for when it was last read.
type Known = (u64, u32, u64, i64, i64, Vec<u8>);

fn snapshot(path: &Path) -> BTreeMap<PathBuf, Known> {
    let mut all = BTreeMap::new();
    let Ok(known) = fs::symlink_metadata(path) else { return all };
    if known.is_dir() {
        for entry in fs::read_dir(path).expect("it is ours") {
            all.extend(snapshot(&entry.expect("an entry").path()));
        }
    }
    let content = fs::read(path).unwrap_or_default();
    let times = (known.mtime(), known.mtime_nsec());
    all.insert(
        path.to_owned(),
        (known.ino(), known.mode(), known.len(), times.0, times.1, content),
    );
    all
}

/// Runs the child on what `place` holds, and compares.
fn check(place: &Place, launcher: &[&str], setup: &str, there: bool) {
    let outer = place.cache().parent().expect("a folder").to_owned();
    let before = snapshot(&outer);
    let variables = [READONLY, ("LARDER_TEST_THERE", "")];
    place.run(launcher, setup, "readonly", &variables[..=usize::from(there)], || {});
    let after = snapshot(&outer);
    let changed = after.iter().filter(|(path, known)| before.get(*path) != Some(known));
    let changed: Vec<_> = changed.map(|(path, _)| path).collect();
    assert!(changed.is_empty() && before.len() == after.len(), "{changed:?}");
}

/// A cache with all that a process which may write would see to when it opens it.
fn place_with_leftovers() -> Place {
    let place = Place::new();
    place.fill().close();
    let (tmp, journals) = (place.cache().join("tmp"), place.cache().join("journal"));
    fs::create_dir_all(&tmp).expect("a folder");
    let old = File::create(tmp.join("1-0123456789abcdef.0")).expect("a file");
    old.set_modified(SystemTime::now() - Duration::from_hours(1)).expect("it is ours");
    for number in 0..80 {
        fs::write(journals.join(format!("1-{number:016x}")), "left").expect("a file");
    }
    fs::write(place.cache().join("catalog.opening"), "").expect("a file");
    place
}

#[test]
fn readonly_changes_nothing_in_a_directory_that_could_be_written() {
    check(&place_with_leftovers(), &["env"], "true", true);
}

#[test]
fn readonly_makes_no_directory_where_there_is_none() {
    check(&Place::new(), &["env"], "true", false);
}

#[test]
fn readonly_works_on_a_file_system_that_cannot_be_written() {
    let Some(mounting) = mounting() else { return };
    let setup = "mount --bind \"$HERE\" \"$HERE\" && mount -o remount,bind,ro \"$HERE\"";
    check(&place_with_leftovers(), mounting, setup, true);
}

#[test]
fn readonly_works_without_the_right_to_write() {
    let Some(without_rights) = without_rights() else { return };
    let place = place_with_leftovers();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(place.cache(), open).expect("it is ours");
    check(&place, without_rights, "true", true);
}
