//! A directory that is removed, or replaced by something else, while it is in use.

use super::{call, goes_on_without, in_a_new_cache, log::Log, new, refusals, resumes, square};
use larder::{Cache, Mode, with_cache};
use std::fs;

#[test]
fn a_directory_that_is_removed_is_made_again() {
    let _turn = refusals::turn();
    in_a_new_cache(|cache, dir| {
        assert!(call() && call());
        for _ in 0..3 {
            fs::remove_dir_all(dir.join("cache")).expect("it is ours");
            assert!(call() && call());
        }
        assert_eq!(cache.stats().warnings, []);
        assert_eq!(cache.entries().expect("they can be listed").count(), 2);
        // Also what was counted since is found there.
        assert!(cache.all_time_stats().expect("the catalog").total().computed >= 2);
    });
}

#[test]
fn a_file_in_place_of_the_directory_is_left_alone_until_it_is_gone() {
    let _turn = refusals::turn();
    let log = Log::get();
    in_a_new_cache(|cache, dir| {
        assert!(call());
        let path = dir.join("cache");
        fs::remove_dir_all(&path).expect("it is ours");
        fs::write(&path, "mine").expect("a file");
        goes_on_without(cache, &log, "is not a cache directory of larder");
        assert_eq!(fs::read_to_string(&path).expect("it is there"), "mine");
        fs::remove_file(&path).expect("it is ours");
        resumes();
    });
}

#[test]
fn somebody_elses_folder_in_place_of_the_directory_is_left_alone() {
    let _turn = refusals::turn();
    let log = Log::get();
    in_a_new_cache(|cache, dir| {
        let path = dir.join("cache");
        fs::remove_dir_all(&path).expect("it is ours");
        fs::create_dir(&path).expect("a folder");
        fs::write(path.join("thesis.txt"), "years of work").expect("a file");
        goes_on_without(cache, &log, "is not a cache directory of larder");
        assert_eq!(fs::read_dir(&path).expect("it is there").count(), 1);
        fs::remove_dir_all(&path).expect("it is ours");
        resumes();
    });
}

#[test]
fn another_cache_in_place_of_the_directory_is_used_from_the_next_miss_on() {
    let _turn = refusals::turn();
    for mode in [Mode::On, Mode::Refresh] {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, aside) = (dir.path().join("cache"), dir.path().join("aside"));
        let there = new();
        let other = Cache::open(dir.path().join("other")).expect("a new directory");
        with_cache(&other, || square(there));
        let count = |cache: &Cache| cache.entries().expect("they can be listed").count();
        let cache = Cache::builder().dir(&path).mode(mode).open().expect("a new directory");
        with_cache(&cache, || {
            square(new());
            fs::rename(&path, &aside).expect("it is ours");
            fs::rename(dir.path().join("other"), &path).expect("it is ours");
            square(new());
            square(there);
            assert_eq!(cache.stats().warnings, []);
            assert_eq!(count(&cache), 2, "{mode:?}");
        });
        let found = cache.stats().total().found;
        assert_eq!(found, u64::from(mode == Mode::On), "what the other one has is found");
        // The journal moved along: what is done now is told where it is done.
        cache.clone().close();
        assert!(cache.all_time_stats().expect("the catalog").total().computed > 0);
        let aside = Cache::open(&aside).expect("it was moved");
        assert_eq!(count(&aside), 1);
    }
}
