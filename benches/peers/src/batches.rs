//! `f::map`: the pace of hits, and what it adds to rayon where everything has to be computed.

use crate::Result;
use crate::larder_calls::simulate;
use crate::rounds::{Work, rounds};
use crate::table::{Table, Target};
use crate::task::{SCALE, computed};
use rayon::prelude::*;
use std::fs;
use std::hint::black_box;
use std::path::PathBuf;
use std::time::Instant;

const TASKS: u64 = 2_000;

/// A batch of calls that were all made before.
pub(crate) fn hits(
    table: &mut Table,
    seeds: &[u64],
    paths: &[PathBuf],
    count: usize,
) -> Result<()> {
    let before = computed();
    let length = f64::from(u32::try_from(seeds.len())?);
    let map: Work<'_> = Box::new(|_| {
        let start = Instant::now();
        let found = simulate::map(seeds.iter().map(|&seed| (seed, SCALE)));
        let took = start.elapsed();
        black_box(found);
        Ok(took.as_secs_f64() / length)
    });
    let read: Work<'_> = Box::new(|_| {
        let start = Instant::now();
        let path = |&seed: &u64| &paths[usize::try_from(seed).unwrap_or(usize::MAX)];
        let read: Vec<_> = seeds.par_iter().map(|seed| fs::read(path(seed)).ok()).collect();
        let took = start.elapsed();
        assert!(black_box(read).iter().all(Option::is_some), "every file is there");
        Ok(took.as_secs_f64() / length)
    });
    let series = rounds(count, vec![map, read])?;
    if computed() != before {
        return Err("some hits were none".into());
    }
    let rates = [&series[0], &series[1]].map(|series| 1.0 / series.median());
    let beside = format!("`par_iter` of `std::fs::read`: {:.0},000 a second", rates[1] / 1e3);
    let what = format!("`map` over {} hits", seeds.len());
    table.figure(&what, (rates[0], "a second"), &beside, Target::AtLeast(450_000.0));
    Ok(())
}

#[larder::cache]
fn work(seed: u64, steps: u64) -> u64 {
    spin(seed, steps)
}

/// A batch of new calls of a millisecond each.
pub(crate) fn misses(table: &mut Table, count: usize) -> Result<()> {
    let steps = calibrate();
    let seeds = |round: usize| {
        let first = TASKS * round as u64;
        first..first + TASKS
    };
    #[expect(clippy::cast_precision_loss, reason = "a few thousand tasks")]
    let each = |start: Instant| Ok(start.elapsed().as_secs_f64() / TASKS as f64);
    let map: Work<'_> = Box::new(|round| {
        let start = Instant::now();
        black_box(work::map(seeds(round).map(|seed| (seed, steps))));
        each(start)
    });
    let bare: Work<'_> = Box::new(|round| {
        let start = Instant::now();
        let inputs = seeds(round).into_par_iter();
        black_box(inputs.map(|seed| spin(seed, steps)).collect::<Vec<_>>());
        each(start)
    });
    let series = rounds(count, vec![map, bare])?;
    let what = format!("`map` over {TASKS} misses of 1 ms, per task");
    let beside = ("bare rayon `par_iter().map().collect()`", &series[1]);
    table.target(&what, &series[0], beside, Target::AtMost(1.12));
    Ok(())
}

/// Work that never sleeps, so that the cores are as busy as with real work.
fn spin(seed: u64, steps: u64) -> u64 {
    (0..steps).fold(seed | 1, |mut state, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^ (state << 17)
    })
}

/// How many steps a millisecond has, in the best of some tries: others on the machine only slow down.
fn calibrate() -> u64 {
    const STEPS: u32 = 1_000_000;
    let tries = (0..20).map(|seed| {
        let start = Instant::now();
        black_box(spin(black_box(seed), STEPS.into()));
        start.elapsed().as_secs_f64()
    });
    let best = tries.fold(f64::INFINITY, f64::min);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rough number")]
    let steps = (f64::from(STEPS) * 1e-3 / best) as u64;
    steps
}
