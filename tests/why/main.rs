//! What `f::why(args…)` says, as a user reads it.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod calls;
mod code;
mod versions;

use larder::{Cache, Mode, Why, with_cache};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A cache of its own for each test.
struct Case {
    dir: TempDir,
    cache: Cache,
}

impl Case {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let cache = Cache::open(dir.path().join("cache")).unwrap();
        Self { dir, cache }
    }

    fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        with_cache(&self.cache, work)
    }

    /// The same directory, as another process would open it.
    fn reopened(&self, mode: Mode) -> Cache {
        Cache::builder().dir(self.dir.path().join("cache")).mode(mode).open().unwrap()
    }

    /// The folder of the only function that was called.
    fn folder(&self) -> PathBuf {
        let folders = fs::read_dir(self.dir.path().join("cache/entries")).unwrap();
        let folders: Vec<_> = folders.map(|folder| folder.unwrap().path()).collect();
        assert_eq!(folders.len(), 1, "{folders:?}");
        folders[0].clone()
    }

    /// The files of its results.
    fn files(&self) -> Vec<PathBuf> {
        let shards = fs::read_dir(self.folder()).unwrap().map(|shard| shard.unwrap().path());
        let shards = shards.filter(|shard| !shard.ends_with("code"));
        shards
            .flat_map(|shard| fs::read_dir(shard).unwrap())
            .map(|file| file.unwrap().path())
            .collect()
    }
}

#[track_caller]
fn check(why: &Why, expected: &str) {
    assert_eq!(why.to_string(), expected);
}
