//! A cache whose results can be made older than they are.

use larder::{Cache, FunctionStats, with_cache};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const HOUR: Duration = Duration::from_hours(1);
pub(crate) const DAY: Duration = Duration::from_hours(24);

pub(crate) struct Case {
    path: PathBuf,
    /// Removed at the end.
    _dir: Option<TempDir>,
}

impl Case {
    pub(crate) fn new() -> Self {
        // In memory where there is such a place: opening caches waits for the disk.
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        Self { path: dir.path().to_owned(), _dir: Some(dir) }
    }

    /// One that is there already.
    pub(crate) fn of(path: &Path) -> Self {
        Self { path: path.to_owned(), _dir: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs with this cache, and tells what came of all calls.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> (T, FunctionStats) {
        self.run_in("on", work)
    }

    pub(crate) fn run_in<T: Send>(
        &self,
        mode: &str,
        work: impl FnOnce() -> T + Send,
    ) -> (T, FunctionStats) {
        let cache = Cache::builder().dir(self.path()).mode(mode.parse().unwrap()).open().unwrap();
        let value = with_cache(&cache, work);
        (value, cache.stats().total())
    }

    /// The files of all results.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let list = |path: PathBuf| {
            let entries = fs::read_dir(path).into_iter().flatten();
            entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
        };
        let folders = list(self.path().join("entries"));
        let shards = folders.into_iter().flat_map(list).filter(|shard| !shard.ends_with("code"));
        let mut files: Vec<_> = shards.flat_map(list).collect();
        files.sort();
        files
    }

    /// Makes all results so much older.
    pub(crate) fn age(&self, by: Duration) {
        self.change_created(|created| created - u64::try_from(by.as_nanos()).unwrap());
    }

    /// Has all results come from so far in the future, as after a clock was set back.
    pub(crate) fn move_ahead(&self, by: Duration) {
        self.change_created(|created| created + u64::try_from(by.as_nanos()).unwrap());
    }

    /// Rewrites the time of creation, which ARCHITECTURE.md places, and the checksum.
    fn change_created(&self, change: impl Fn(u64) -> u64) {
        for path in self.files() {
            let mut bytes = fs::read(&path).unwrap();
            let created = u64::from_le_bytes(bytes[24..32].try_into().unwrap());
            bytes[24..32].copy_from_slice(&change(created).to_le_bytes());
            let end = bytes.len() - 8;
            let checksum = twox_hash::XxHash3_64::oneshot(&bytes[..end]);
            bytes[end..].copy_from_slice(&checksum.to_le_bytes());
            fs::write(&path, &bytes).unwrap();
        }
    }
}
