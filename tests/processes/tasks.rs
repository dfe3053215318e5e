//! What children do.

use crate::children::{GATE, PATIENCE};
use crate::functions::{step, step_later, stride};
use larder::{Cache, Limits, Source};
use rayon::prelude::*;
use std::io::BufRead;
use std::path::Path;
use std::str::SplitWhitespace;
use std::time::{Duration, Instant};

/// Does a task to its end, and says what it came to.
pub(crate) fn run(task: &str) {
    end_if_forgotten();
    // The test harness has begun a line.
    say("");
    let mut words = task.split_whitespace();
    let how = words.next().unwrap();
    if std::env::var("LARDER_TEST_LOG").is_ok() {
        tracing_subscriber::fmt().with_max_level(tracing::Level::WARN).init();
    }
    if std::env::var("LARDER_TEST_SHARED").is_ok() {
        larder::install(Cache::builder().shared(true).open().unwrap()).unwrap();
    }
    wait_at_the_gate();
    match how {
        // The plainest form, and then what is asked for beside it.
        "map" => {
            let count = number(&mut words);
            let results = step::map(0..count);
            assert!(results.into_iter().eq(1..=count));
        }
        "loop" => calls(number(&mut words)).for_each(|x| assert_eq!(step(x), x + 1)),
        "workers" => workers(4, || {
            let keys: Vec<_> = calls(number(&mut words)).collect();
            keys.into_par_iter().for_each(|x| assert_eq!(step(x), x + 1));
        }),
        "async" => pollster::block_on(async {
            // Not one after the other, as the futures of one task.
            let calls = calls(number(&mut words)).map(|x| async move { (x, step_later(x).await) });
            let results = futures_util::future::join_all(calls).await;
            assert!(results.into_iter().all(|(x, result)| result == x + 1));
        }),
        "map-later" => {
            let count = number(&mut words);
            let results = pollster::block_on(step_later::map(0..count));
            assert!(results.into_iter().eq(1..=count));
        }
        // All of it on threads that never end, and nothing on this one.
        "pool" => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
            pool.install(|| step::map(0..20));
            rayon::scope(|scope| scope.spawn(|_| (20..40).for_each(|x| assert!(step(x) > 0))));
            std::mem::forget(pool);
        }
        "churn" => churn(number(&mut words), number(&mut words)),
        "clear" => repeat(number(&mut words), || match words.clone().next() {
            Some("step") => step::clear().unwrap(),
            _ => larder::clear().unwrap(),
        }),
        "trim" => {
            let (millis, entries) = (number(&mut words), number(&mut words));
            say("trims");
            repeat(millis, || {
                // The directory may be removed at that moment.
                let Ok(cache) = Cache::builder().open() else { return };
                if let Ok(trimmed) = cache.trim(Limits::none().max_entries(entries)) {
                    assert_eq!(trimmed.refused.entries, 0);
                }
            });
        }
        "ask-the-catalog" => repeat(number(&mut words), ask_the_catalog),
        "lock-the-catalog" => lock_the_catalog(number(&mut words)),
        "serve" => serve(),
        _ => panic!("unknown task {task:?}"),
    }
    tell(words.next() == Some("entries"));
}

/// A child whose parent is gone must not live on.
fn end_if_forgotten() {
    std::thread::spawn(|| {
        std::thread::sleep(2 * PATIENCE);
        std::process::abort();
    });
}

fn wait_at_the_gate() {
    let Ok(gate) = std::env::var(GATE) else { return };
    say("ready");
    crate::children::until("the gate opens", || Path::new(&gate).exists());
}

fn number(words: &mut SplitWhitespace<'_>) -> u64 {
    words.next().unwrap().parse().unwrap()
}

fn workers(threads: usize, work: impl FnOnce() + Send) {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work);
}

/// Inputs, with one before them that no other process has: of a function that was computed once it
/// is known how long it takes.
fn calls(count: u64) -> impl Iterator<Item = u64> {
    std::iter::once(1_000_000 + u64::from(std::process::id())).chain(0..count)
}

/// Calls of both functions, one by one and in batches, as long as that.
fn churn(millis: u64, keys: u64) {
    let mut round = 0;
    repeat(millis, || {
        round += 1;
        let first = round % keys;
        assert!(step::map(first..keys).into_iter().eq(first + 1..=keys));
        assert_eq!(stride(first), first + 100);
        assert_eq!(step(first), first + 1);
    });
    say(&format!("rounds={round}"));
}

fn repeat(millis: u64, mut work: impl FnMut()) {
    let started = Instant::now();
    while started.elapsed() < Duration::from_millis(millis) {
        work();
    }
}

fn ask_the_catalog() {
    let cache = Cache::builder().open().unwrap();
    match cache.all_time_stats() {
        Ok(stats) => assert!(stats.functions.len() <= 3),
        Err(error) => assert_eq!(error.kind(), larder::ErrorKind::InUse, "{error}"),
    }
    assert!(cache.entries().unwrap().all(|entry| entry.size > 0));
    cache.close();
}

fn lock_the_catalog(millis: u64) {
    let cache = Cache::builder().open().unwrap();
    let path = cache.directory().unwrap().join("catalog.lock");
    let file = std::fs::File::options().create(true).append(true).open(path).unwrap();
    file.lock().unwrap();
    say("locked");
    std::thread::sleep(Duration::from_millis(millis));
}

/// Makes single calls as it is told to, and answers where the value came from.
fn serve() {
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let x = line.parse().unwrap();
        let call = step::call(x);
        let source = match call.source() {
            Source::Computed => "computed",
            Source::Disk => "found",
            _ => "shared",
        };
        assert_eq!(call.into_value(), x + 1);
        say(&format!("{x}> {source}"));
    }
}

fn tell(entries: bool) {
    let total = larder::stats().total();
    let warnings = larder::stats().warnings;
    say(&format!("found={} computed={} shared={}", total.found, total.computed, total.shared));
    say(&format!("given_up={} duplicates={}", total.given_up, total.duplicates));
    say(&format!("unkept={} warnings={}", total.unkept, warnings.len()));
    for (cause, count) in warnings {
        say(&format!("{count} x {cause}"));
    }
    if entries {
        let cache = Cache::builder().open().unwrap();
        say(&format!("entries={}", cache.entries().unwrap().count()));
        cache.close();
    }
}

#[expect(clippy::print_stdout, reason = "it is how a child tells its parent")]
fn say(line: &str) {
    println!("{line}");
}
