//! A call whose result is not there, beside creating and renaming a file of that size.
//!
//! Compare within one run only: machines differ, and so does one machine from hour to hour.

use divan::Bencher;
use larder::{Cache, cache};
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// What larder writes for one of these calls: header, value and checksum.
const BYTES: usize = 400;

static FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();

#[cache]
fn simulate(seed: u64, scale: f64) -> (u64, f64, String) {
    (seed, scale, format!("{seed:080}"))
}

fn main() {
    let directory = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let cache = Cache::open(directory.path().join("cache")).expect("an empty directory");
    larder::install(cache.clone()).expect("nothing was called yet");
    let folders = (0..256).map(|n| directory.path().join(format!("files/{n:02x}")));
    let folders = FOLDERS.get_or_init(|| folders.collect());
    folders.iter().try_for_each(fs::create_dir_all).expect("folders in an empty directory");
    // Folders are made once, so that is not to be measured.
    simulate::map((0..2_000).map(|_| (new(), 0.5)));
    divan::main();
    cache.close();
}

/// A number that was not there before.
fn new() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[divan::bench]
fn call(bencher: Bencher) {
    bencher.with_inputs(new).bench_local_values(|seed| simulate(seed, 0.5));
}

#[divan::bench]
fn std_create_and_rename(bencher: Bencher) {
    let bytes = [7; BYTES];
    let paths = || {
        let number = new();
        let folders = FOLDERS.get().expect("made at the start");
        let path = folders[usize::from(number.to_le_bytes()[0])].join(format!("{number:064}"));
        (path.with_extension("tmp"), path)
    };
    bencher.with_inputs(paths).bench_local_values(|(temporary, path)| {
        let mut file = File::create_new(&temporary)?;
        file.write_all(&bytes)?;
        drop(file);
        fs::rename(temporary, path)
    });
}
