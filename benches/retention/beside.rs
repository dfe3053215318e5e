//! What a trim in the background costs those who ask for results meanwhile, in the same directory: the
//! same hits while nothing else is done, while a thread counts, and while files are removed, one after
//! the other in rounds.

use larder::{Cache, Limits, cache, with_cache};
use rustix::time::{ClockId, clock_gettime};
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// So many results are asked for, again and again.
const ASKED: u64 = 1000;
const ROUNDS: u64 = 5;
const ALONE: Duration = Duration::from_millis(500);

/// Took longer than the others did, so these stay.
#[cache]
fn asked(x: u64) -> u64 {
    thread::sleep(Duration::from_micros(200));
    x + 1
}

#[cache]
fn removed(x: u64) -> u64 {
    x + 1
}

/// What a trim is to remove.
#[derive(Debug, Clone, Copy)]
enum Trim {
    /// The limit is passed by one, and a tenth of what there is goes.
    Tenth,
    /// There is far too much, and nearly all of it goes.
    Most,
}

/// What the hits of one phase took each.
#[derive(Debug, Clone, Copy)]
struct Took {
    wall: f64,
    cpu: f64,
}

/// Prints how much longer hits take beside trims of so many files.
pub(crate) fn beside(files: u64) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    println!("\nhits beside a trim, against the same hits alone ({cores} cores)");
    for threads in [1, cores] {
        for trim in [Trim::Tenth, Trim::Most] {
            rounds(files, threads, trim);
        }
    }
}

fn rounds(files: u64, threads: usize, trim: Trim) {
    let directory = tempfile::tempdir().expect("a directory");
    let cache = Cache::open(directory.path()).expect("a directory of ours");
    let full = match trim {
        Trim::Tenth => files,
        Trim::Most => files / ROUNDS,
    };
    // Trims go down to nine tenths of the limit.
    let limit = match trim {
        Trim::Tenth => ASKED + full - 1,
        Trim::Most => ASKED + ASKED / 8,
    };
    let target = (limit * 9).div_ceil(10);
    let (mut there, mut next, mut gone) = (0, 0, 0);
    let (mut alone, mut control, mut beside) = (Vec::new(), Vec::new(), Vec::new());
    let mut trims = Duration::ZERO;
    let mut others = (0.0, 0.0);
    fill(directory.path(), || drop(asked::map(0..ASKED)));
    with_cache(&cache, || {
        for _ in 0..ROUNDS {
            fill(directory.path(), || drop(removed::map(next..next + full - there)));
            next += full - there;
            let (began, busy, own) = (Instant::now(), busy(), cpu(ClockId::ProcessCPUTime));
            alone.push(hits(&cache, threads, || thread::sleep(ALONE)));
            control.push(hits(&cache, threads, || count(ALONE)));
            let started = Instant::now();
            beside.push(hits(&cache, threads, || {
                // The trim begins when a cache with limits is opened.
                let limits = Limits::none().max_entries(limit);
                let limited = Cache::builder().dir(directory.path()).limits(limits).open();
                let limited = limited.expect("a directory of ours");
                while left(directory.path()) > target {
                    assert!(started.elapsed() < Duration::from_mins(5), "the trim does not end");
                    thread::sleep(Duration::from_millis(1));
                }
                drop(limited);
            }));
            trims += started.elapsed();
            gone += ASKED + full - target;
            there = target - ASKED;
            let own = cpu(ClockId::ProcessCPUTime) - own;
            others.0 += self::busy() - busy - own;
            others.1 += began.elapsed().as_secs_f64();
        }
    });
    cache.close();
    let ratios = |with: &[Took], of: fn(&Took) -> f64| {
        let mut ratios: Vec<f64> = with.iter().zip(&alone).map(|(a, b)| of(a) / of(b)).collect();
        ratios.sort_by(f64::total_cmp);
        let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
        format!("{:.2} x ({least:.2} to {most:.2})", ratios[ratios.len() / 2])
    };
    println!(
        "  {threads} thread(s), {trim:?}: time {}, CPU time {}; beside counting: {}, {}; alone {:.2} us a \
         hit; {gone} files in {trims:.1?}; others used {:.1} cores",
        ratios(&beside, |took| took.wall),
        ratios(&beside, |took| took.cpu),
        ratios(&control, |took| took.wall),
        ratios(&control, |took| took.cpu),
        alone[0].wall * 1e6,
        others.0 / others.1,
    );
}

/// Has a core count for so long, which takes nothing from the others but what they share.
fn count(time: Duration) {
    let started = Instant::now();
    while started.elapsed() < time {
        (0..1000).for_each(|number| _ = black_box(number));
    }
}

/// Keeps results by way of a cache of its own: when that is closed, the totals have all of them.
fn fill(directory: &Path, keep: impl FnOnce() + Send) {
    let cache = Cache::open(directory).expect("a directory of ours");
    with_cache(&cache, keep);
    cache.close();
}

/// Asks for results in so many threads for as long as something else is done.
fn hits(cache: &Cache, threads: usize, during: impl FnOnce()) -> Took {
    let over = AtomicBool::new(false);
    let started = Instant::now();
    let ask = || {
        let (mut rounds, began) = (0, cpu(ClockId::ThreadCPUTime));
        while !over.load(Ordering::Relaxed) {
            (0..ASKED).for_each(|x| _ = black_box(asked(x)));
            rounds += 1;
        }
        (rounds, cpu(ClockId::ThreadCPUTime) - began)
    };
    thread::scope(|scope| {
        let ask = || with_cache(cache, ask);
        let asking: Vec<_> = (0..threads).map(|_| scope.spawn(ask)).collect();
        during();
        over.store(true, Ordering::Relaxed);
        let asked = asking.into_iter().map(|thread| thread.join().expect("no panic"));
        let (rounds, cpu) = asked.fold((0, 0.0), |all, one| (all.0 + one.0, all.1 + one.1));
        let hits = (rounds * ASKED) as f64;
        let wall = started.elapsed().as_secs_f64() * threads as f64 / hits;
        Took { wall, cpu: cpu / hits }
    })
}

/// Seconds of this clock.
fn cpu(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Seconds that all cores together were busy, as far as the system tells.
fn busy() -> f64 {
    let all = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let ticks = all.lines().next().into_iter().flat_map(|line| line.split_whitespace().skip(1));
    let ticks: Vec<f64> = ticks.filter_map(|ticks| ticks.parse().ok()).collect();
    // All but what was idle or waited for disks; guests are counted among users already.
    let sum = |range: &[f64]| range.iter().sum::<f64>() / 100.0;
    if ticks.len() < 8 { 0.0 } else { sum(&ticks[..3]) + sum(&ticks[5..8]) }
}

/// How many results there are by the running total.
fn left(directory: &Path) -> u64 {
    let totals = std::fs::read(directory.join("totals")).unwrap_or_default();
    let entries = totals.get(16..24).and_then(|bytes| bytes.try_into().ok());
    entries.map_or(u64::MAX, u64::from_le_bytes)
}
