//! Large inputs beside raw BLAKE3 over as many bytes, and large results beside plain files.
//!
//! Compare within one run only: machines differ, and so does one machine from hour to hour.

use divan::Bencher;
use divan::counter::BytesCount;
use larder::{Cache, cache};
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

const MIB: usize = 1 << 20;
/// From one that fits into caches to one that does not.
const SIZES: [usize; 2] = [MIB / 4, 4 * MIB];

static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

fn main() {
    let directory = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    DIRECTORY.get_or_init(|| directory.path().to_owned());
    let cache = Cache::open(directory.path().join("cache")).expect("an empty directory");
    larder::install(cache.clone()).expect("nothing was called yet");
    divan::main();
    cache.close();
}

/// A number that was not there before.
fn new() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn floats(bytes: usize) -> Vec<f64> {
    (0..u32::MAX).map(|n| f64::from(n) / 3.0).take(bytes / 8).collect()
}

mod input {
    use super::{Bencher, BytesCount, SIZES, black_box, cache, floats};

    #[cache]
    fn sum(values: &[f64]) -> f64 {
        values.iter().sum()
    }

    #[cache]
    fn count(rows: &[(u64, String, f64)]) -> usize {
        rows.len()
    }

    #[divan::bench(args = SIZES)]
    fn hit_for_a_slice(bencher: Bencher, bytes: usize) {
        let values = floats(bytes);
        sum(&values);
        bencher.counter(BytesCount::new(bytes)).bench_local(|| sum(black_box(&values)));
    }

    /// Counted is what the numbers take and the bytes of the strings.
    #[divan::bench(args = SIZES)]
    fn hit_for_rows(bencher: Bencher, bytes: usize) {
        let row = |n: u64| (n, format!("customer number {n:08}"), 0.5);
        let rows: Vec<_> = (0..bytes as u64 / 40).map(row).collect();
        count(&rows);
        bencher.counter(BytesCount::new(bytes)).bench_local(|| count(black_box(&rows)));
    }

    #[divan::bench(args = SIZES)]
    fn raw_blake3(bencher: Bencher, bytes: usize) {
        let values = vec![7u8; bytes];
        bencher.counter(BytesCount::new(bytes)).bench_local(|| blake3::hash(black_box(&values)));
    }
}

mod result {
    use super::{Bencher, BytesCount, DIRECTORY, PathBuf, SIZES, cache, floats, new};
    use std::fs;

    #[cache]
    fn values(_seed: u64, bytes: usize) -> Vec<f64> {
        floats(bytes)
    }

    #[cache(ignore(result))]
    fn pass(_seed: u64, result: Vec<f64>) -> Vec<f64> {
        result
    }

    fn path() -> PathBuf {
        DIRECTORY.get().expect("set at the start").join(format!("file-{}", new()))
    }

    #[divan::bench(args = SIZES)]
    fn hit(bencher: Bencher, bytes: usize) {
        values(0, bytes);
        bencher.counter(BytesCount::new(bytes)).bench_local(|| values(0, bytes));
    }

    #[divan::bench(args = SIZES)]
    fn std_read(bencher: Bencher, bytes: usize) {
        let path = path();
        fs::write(&path, vec![7; bytes]).expect("a new file");
        bencher.counter(BytesCount::new(bytes)).bench_local(|| fs::read(&path));
    }

    #[divan::bench(args = SIZES, sample_count = 50, sample_size = 1)]
    fn miss(bencher: Bencher, bytes: usize) {
        let inputs = || (new(), floats(bytes));
        let counter = BytesCount::new(bytes);
        bencher.counter(counter).with_inputs(inputs).bench_local_values(|(n, v)| pass(n, v));
    }

    #[divan::bench(args = SIZES, sample_count = 50, sample_size = 1)]
    fn std_write(bencher: Bencher, bytes: usize) {
        let inputs = || (path(), vec![7; bytes]);
        let counter = BytesCount::new(bytes);
        bencher.counter(counter).with_inputs(inputs).bench_local_values(|(p, v)| fs::write(p, v));
    }
}
