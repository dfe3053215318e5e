//! Single calls: hits and misses of everyone, in rounds.

use crate::Result;
use crate::peer::Peer;
use crate::rounds::{Work, rounds};
use crate::table::{Table, Target};
use crate::task::computed;

/// Calls a round: enough for timers not to matter, few enough for many rounds.
const MISSES: u64 = 2_000;
/// Seeds from here on are new ones.
const NEW: u64 = 1_000_000_000;

/// Everyone answers the same calls in the same shuffled order. The first peer is larder, the second
/// the plain files.
pub(crate) fn hits(
    table: &mut Table,
    what: &str,
    peers: &mut [Box<dyn Peer>],
    seeds: impl Fn(usize) -> Vec<u64>,
    (count, target): (usize, Target),
) -> Result<()> {
    let seeds: Vec<_> = (0..=count).map(seeds).collect();
    let mut compared: Vec<_> = peers.iter_mut().filter(|peer| peer.enough().0 > 0).collect();
    let names: Vec<_> = compared.iter().map(|peer| peer.name()).collect();
    let before = computed();
    let works = compared.iter_mut().map(|peer| {
        let seeds = &seeds;
        let work: Work<'_> = Box::new(move |round| {
            let seeds = &seeds[round][..peer.enough().0.min(seeds[round].len())];
            Ok(peer.hit(seeds)?.as_secs_f64() / length(seeds))
        });
        work
    });
    let series = rounds(count, works.collect())?;
    if computed() != before {
        return Err("some hits were none".into());
    }
    table.target(what, &series[0], ("`std::fs::read` of the same files", &series[1]), target);
    for (name, its) in names.iter().zip(&series).skip(2) {
        table.peer(what, &series[0], (name, its));
    }
    Ok(())
}

/// Everyone computes and keeps what was never asked for.
pub(crate) fn misses(table: &mut Table, peers: &mut [Box<dyn Peer>], count: usize) -> Result<()> {
    let names: Vec<_> = peers.iter().map(|peer| peer.name()).collect();
    let before = computed();
    let works = peers.iter_mut().map(|peer| {
        let work: Work<'_> = Box::new(move |round| {
            let first = NEW + MISSES * round as u64;
            let mut seeds: Vec<_> = (first..first + MISSES).collect();
            seeds.truncate(peer.enough().1);
            Ok(peer.miss(&seeds)?.as_secs_f64() / length(&seeds))
        });
        work
    });
    let series = rounds(count, works.collect())?;
    // Three of those in this process compute all of them: larder, `cached` and sled.
    if computed() - before < 3 * MISSES * (count as u64 + 1) {
        return Err("some misses were none".into());
    }
    let what = "a miss: what is left when the computing is taken away";
    let beside = ("creating and renaming a file of that size", &series[1]);
    table.target(what, &series[0], beside, Target::AtMost(1.8));
    for (name, its) in names.iter().zip(&series).skip(2) {
        table.peer("a miss", &series[0], (name, its));
    }
    Ok(())
}

/// The numbers below `count` in an order that no read-ahead guesses, another for each `salt`.
pub(crate) fn shuffled(count: u64, salt: usize) -> Vec<u64> {
    let mut seeds: Vec<_> = (0..count).collect();
    seeds.sort_by_key(|seed| {
        let mixed = (seed ^ ((salt as u64) << 40)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    });
    seeds
}

fn length(seeds: &[u64]) -> f64 {
    f64::from(u32::try_from(seeds.len()).unwrap_or(u32::MAX))
}
