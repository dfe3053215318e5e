//! A call whose result is there, beside a plain read of its file.
//!
//! Compare within one run only: machines differ, and so does one machine from hour to hour.

use divan::Bencher;
use larder::{Cache, cache};
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::OnceLock;

const ENTRIES: u64 = 2_000;
/// So many that each file is asked for several times: only the first few calls find a processor that has
/// done something else.
const SAMPLES: u32 = 10_000;
/// Has no factor in common with the number of entries, so that steps of it visit all of them.
const STRIDE: u64 = 1_237;

/// The file of each call, in the order in which they are asked for.
static FILES: OnceLock<Vec<PathBuf>> = OnceLock::new();

#[cache]
fn simulate(seed: u64, scale: f64) -> (u64, f64, String) {
    (seed, scale, format!("{seed:080}"))
}

fn main() {
    let directory = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory");
    let cache = Cache::open(directory.path().join("cache")).expect("an empty directory");
    larder::install(cache.clone()).expect("nothing was called yet");
    simulate::map(order().map(|seed| (seed, 0.5)));
    FILES.get_or_init(|| order().map(|seed| file(&cache, seed)).collect());
    divan::main();
    cache.close();
}

fn order() -> impl Iterator<Item = u64> + Clone {
    (0..ENTRIES).map(|n| n * STRIDE % ENTRIES)
}

/// Where the result of this call is, as the cache tells.
fn file(cache: &Cache, seed: u64) -> PathBuf {
    static ENTRIES: OnceLock<std::collections::HashMap<String, String>> = OnceLock::new();
    let entries = ENTRIES.get_or_init(|| {
        let entries = cache.entries().expect("they can be listed");
        entries.map(|entry| (entry.inputs, entry.key)).collect()
    });
    let key = &entries[&format!("seed: {seed}, scale: 0.5")];
    let (folder, file) = key.split_once('/').expect("a key is a folder and a file");
    let entries = cache.directory().expect("it is on").join("entries");
    entries.join(folder).join(&file[..2]).join(file)
}

#[divan::bench(sample_count = SAMPLES)]
fn call(bencher: Bencher) {
    let mut seeds = order().cycle();
    bencher.bench_local(|| simulate(seeds.next().unwrap_or_default(), black_box(0.5)));
}

#[divan::bench(sample_count = SAMPLES)]
fn call_with_its_story(bencher: Bencher) {
    let mut seeds = order().cycle();
    bencher.bench_local(|| simulate::call(seeds.next().unwrap_or_default(), black_box(0.5)));
}

#[divan::bench(sample_count = SAMPLES)]
fn std_read(bencher: Bencher) {
    let mut files = FILES.get().into_iter().flatten().cycle();
    bencher.bench_local(|| files.next().map(std::fs::read));
}
