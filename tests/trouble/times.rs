//! A clock that was set: results and journals whose times are zero or far ahead.

use super::{call, in_a_new_cache, new, refusals, square, squared};
use larder::Cache;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Where an entry has its time of creation, and where its checksum begins, from the end.
const CREATED: usize = 24;
const CHECKSUM: usize = 8;

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let paths = paths.filter(|path| !path.ends_with("code"));
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn set_created(file: &Path, nanos: u64) {
    let mut bytes = fs::read(file).expect("it is ours");
    bytes[CREATED..CREATED + 8].copy_from_slice(&nanos.to_le_bytes());
    let end = bytes.len() - CHECKSUM;
    let checksum = twox_hash::XxHash3_64::oneshot(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    fs::write(file, bytes).expect("it is ours");
}

fn set_modified(folder: &Path, time: SystemTime) {
    for file in files(folder) {
        File::open(file).and_then(|file| file.set_modified(time)).expect("it is ours");
    }
}

#[test]
fn results_from_any_time_are_found_and_listed() {
    let _turn = refusals::turn();
    in_a_new_cache(|cache, dir| {
        for nanos in [0, 1, u64::MAX / 2, u64::MAX] {
            cache.clear().expect("it can be cleared");
            let x = new();
            square(x);
            let file = files(&dir.join("cache/entries"));
            set_created(&file[0], nanos);
            fs::remove_dir_all(dir.join("cache/catalog")).ok();
            let found = cache.stats().total().found;
            assert_eq!(square(x), squared(x));
            assert_eq!(cache.stats().total().found, found + 1, "{nanos}");
            let listed: Vec<_> = cache.entries().expect("they can be listed").collect();
            assert_eq!(listed.len(), 1);
            assert!(listed[0].last_used <= SystemTime::now());
            assert!(!square::why(x).to_string().is_empty());
            assert!(!square::why(new()).to_string().is_empty());
        }
        assert_eq!(cache.stats().warnings, []);
    });
}

#[test]
fn journals_from_any_time_are_merged_and_those_of_the_living_kept() {
    let _turn = refusals::turn();
    let year = Duration::from_hours(24 * 365);
    for time in [SystemTime::UNIX_EPOCH, SystemTime::now() + year] {
        in_a_new_cache(|cache, dir| {
            let journals = dir.join("cache/journal");
            assert!(call());
            let other = Cache::open(dir.join("cache")).expect("a directory of ours");
            larder::with_cache(&other, || assert!(call()));
            drop(other);
            assert_eq!(files(&journals).len(), 2);
            set_modified(&journals, time);
            set_modified(&dir.join("cache/entries"), time);
            assert_eq!(cache.entries().expect("they can be listed").count(), 2);
            assert_eq!(files(&journals).len(), 1, "that of the living");
            assert!(call());
            assert_eq!(cache.entries().expect("they can be listed").count(), 3);
        });
    }
}
