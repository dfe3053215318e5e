//! What is cached, and a directory to do that in.

use larder::{Builder, Cache, cache, with_cache};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// A value of about so many bytes.
#[cache]
pub(crate) fn produce(seed: u64, bytes: usize) -> Vec<u8> {
    vec![u8::try_from(seed % 251).unwrap(); bytes]
}

/// Another function of this kind.
#[cache]
pub(crate) fn other(seed: u64, bytes: usize) -> Vec<u8> {
    vec![u8::try_from(seed % 249).unwrap(); bytes]
}

/// Takes long for what it returns: for each byte, a thousand times as long as any other here could.
#[cache]
pub(crate) fn slow(seed: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(50));
    seed
}

/// Its results are not found for long.
#[cache(expires = "1 ms")]
pub(crate) fn brief(seed: u64) -> u64 {
    seed
}

/// A function before an edit, when it took longer.
pub(crate) mod before {
    #[larder::cache(name = "limits::edited", version = 1)]
    pub(crate) fn edited(seed: u64) -> u64 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        seed
    }
}

/// The same function after it.
pub(crate) mod after {
    #[larder::cache(name = "limits::edited", version = 2)]
    pub(crate) fn edited(seed: u64) -> u64 {
        seed
    }
}

pub(crate) struct Directory(TempDir);

impl Directory {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn builder(&self) -> Builder {
        Cache::builder().dir(self.path())
    }

    pub(crate) fn open(&self) -> Cache {
        self.builder().open().unwrap()
    }

    /// A cache with results of this many seeds, from zero, each of about a kilobyte.
    ///
    /// It is to be closed and not dropped where what it counted matters: a thread that ends at that
    /// moment, which sees to the counts of all caches, may hold it a little longer.
    pub(crate) fn filled(&self, count: u64) -> Cache {
        let cache = self.open();
        fill(&cache, 0..count);
        cache
    }

    /// The files of all entries.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        let list = |folder: &Path| {
            let names = fs::read_dir(folder).into_iter().flatten();
            names.map(|name| name.unwrap().path()).collect::<Vec<_>>()
        };
        let shards = list(&self.path().join("entries")).into_iter().flat_map(|f| list(&f));
        let shards = shards.filter(|shard| shard.file_name().unwrap() != "code");
        shards.flat_map(|shard| list(&shard)).collect()
    }

    pub(crate) fn bytes(&self) -> u64 {
        // Some may go at this moment.
        self.files().iter().filter_map(|file| Some(fs::metadata(file).ok()?.len())).sum()
    }
}

pub(crate) fn fill(cache: &Cache, seeds: std::ops::Range<u64>) {
    with_cache(cache, || seeds.for_each(|seed| drop(produce(seed, 1000))));
}

/// Which of these seeds have a result.
pub(crate) fn kept(cache: &Cache, seeds: std::ops::Range<u64>) -> Vec<u64> {
    with_cache(cache, || seeds.filter(|seed| produce::is_cached(*seed, 1000)).collect())
}

/// Waits for something that happens in the background, but not for ever.
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < end, "{what} did not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Makes a file look as if it was written, or used, so long ago.
pub(crate) fn age(file: &Path, age: Duration) {
    let file = fs::File::options().write(true).open(file).unwrap();
    file.set_modified(SystemTime::now() - age).unwrap();
}
