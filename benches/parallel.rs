//! `Parallel` beside bare rayon: what dispatch costs, in paired rounds.
//!
//! Each line is the median over the rounds of the ratio to what ran right beside it.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "it prints what it measures")]

use larder::{Cache, Parallel, cache, with_cache};
use rayon::prelude::*;
use std::fs::File;
use std::hint::black_box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[cache]
fn slow(x: u64) -> u64 {
    spin(Duration::from_micros(100));
    x
}

fn spin(time: Duration) {
    let begun = Instant::now();
    while begun.elapsed() < time {
        std::hint::spin_loop();
    }
}

fn time<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    black_box(work());
    begun.elapsed()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Medians of the time of `ours`, in nanoseconds per item, and of its ratio to `theirs`.
fn compare(
    name: &str,
    rounds: usize,
    items: u32,
    mut ours: impl FnMut() -> Duration,
    mut theirs: impl FnMut() -> Duration,
) {
    let (mut times, mut ratios) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let (our, their) = if round % 2 == 0 {
            let our = ours();
            (our, theirs())
        } else {
            let their = theirs();
            (ours(), their)
        };
        times.push(our.as_secs_f64() * 1e9 / f64::from(items));
        ratios.push(our.as_secs_f64() / their.as_secs_f64());
    }
    println!("{name}: {:.3} x bare rayon, {:.1} ns an item", median(ratios), median(times));
}

/// A batch of so many calls, of which nine in ten are there, and the files of those read by nobody but
/// the system: what a hit costs cannot be less.
fn mixed(count: u64, rounds: usize) {
    let batch = Parallel::new();
    let (misses, hits) = (count / 10, count - count / 10);
    let (mut costs, mut all_there, mut read) = (Vec::new(), Vec::new(), Vec::new());
    let each = |time: Duration, items: u64| {
        time.as_secs_f64() * 1e6 / f64::from(u32::try_from(items).unwrap())
    };
    for _ in 0..rounds {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::open(directory.path()).unwrap();
        with_cache(&cache, || {
            slow::map((0..count).filter(|x| x % 10 != 0));
            let files = files(&cache);
            settle(directory.path());
            let mixed = time(|| batch.map(0..count, slow {}).unwrap());
            settle(directory.path());
            let alone = time(|| batch.map(count..count + misses, slow {}).unwrap());
            costs.push(each(mixed, hits) - each(alone, hits));
            all_there.push(each(time(|| batch.map(0..count, slow {}).unwrap()), count));
            read.push(each(time(|| files.par_iter().for_each(|file| read_once(file))), hits));
        });
    }
    println!("map, 90 % hits: {:.2} us a hit beside the misses", median(costs));
    println!("map, all there: {:.2} us a hit", median(all_there));
    println!("open, read and close of such a file, in all threads: {:.2} us", median(read));
}

/// The files of all results.
fn files(cache: &Cache) -> Vec<PathBuf> {
    let entries = cache.directory().unwrap().join("entries");
    let file = |key: String| {
        let (folder, file) = key.split_once('/').unwrap();
        entries.join(folder).join(&file[..2]).join(file)
    };
    cache.entries().unwrap().map(|entry| file(entry.key)).collect()
}

fn read_once(path: &Path) {
    let mut options = File::options();
    // Without a note of when it was read, where the system can do that.
    #[cfg(target_os = "linux")]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        &mut options,
        rustix::fs::OFlags::NOATIME.bits().cast_signed(),
    );
    let mut start = [0; 4096];
    black_box(options.read(true).open(path).unwrap().read(&mut start).unwrap());
}

/// Waits until the disk has what was written before, which the system would else see to beside what is
/// measured next.
fn settle(directory: &Path) {
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(File::open(directory).unwrap()).unwrap();
    #[cfg(not(target_os = "linux"))]
    let _ = directory;
}

fn main() {
    let quick = std::env::args().any(|argument| argument == "--test");
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let wanted = |name: &str| only.as_ref().is_none_or(|only| name.contains(only.as_str()));
    let (trivial, rounds) = if quick { (10_000_u64, 1) } else { (1_000_000, 31) };
    let items = u32::try_from(trivial).unwrap();
    let batch = Parallel::new();

    if wanted("map_vec") {
        let inputs: Vec<u64> = (0..trivial).collect();
        let ours = || {
            let inputs = inputs.clone();
            time(|| batch.map(inputs, |x: u64| black_box(x)).unwrap())
        };
        let theirs = || {
            let inputs = inputs.clone();
            time(|| inputs.into_par_iter().map(black_box).collect::<Vec<u64>>())
        };
        compare("map, trivial tasks of a Vec", rounds, items, ours, theirs);
    }
    if wanted("map_range") {
        let ours = || time(|| batch.map(0..trivial, |x: u64| black_box(x)).unwrap());
        let theirs = || time(|| (0..trivial).into_par_iter().map(black_box).collect::<Vec<u64>>());
        compare("map, trivial tasks of a range", rounds, items, ours, theirs);
    }
    if wanted("stream_trivial") {
        let ours = || {
            let stream = batch.stream(0..trivial, |x: u64| black_box(x));
            time(|| stream.map(Result::unwrap).collect::<Vec<_>>())
        };
        let theirs = || time(|| (0..trivial).into_par_iter().map(black_box).collect::<Vec<u64>>());
        compare("stream, trivial tasks", rounds / 3 + 1, items, ours, theirs);
    }

    let (count, rounds) = if quick { (100_u64, 1) } else { (10_000, 9) };
    let items = u32::try_from(count).unwrap();
    let work = |x: u64| {
        spin(Duration::from_micros(100));
        x
    };
    let theirs = || time(|| (0..count).into_par_iter().map(work).collect::<Vec<u64>>());
    if wanted("map_100us") {
        let ours = || time(|| batch.map(0..count, work).unwrap());
        compare("map, tasks of 100 us", rounds, items, ours, theirs);
    }
    if wanted("stream_100us") {
        let ours = || time(|| batch.stream(0..count, work).map(Result::unwrap).collect::<Vec<_>>());
        compare("stream, tasks of 100 us", rounds, items, ours, theirs);
    }
    if wanted("mixed") {
        mixed(if quick { 200 } else { 10_000 }, rounds);
    }
}
