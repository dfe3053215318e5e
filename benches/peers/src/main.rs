//! Runs larder and its peers side by side, and prints one Markdown table.
//!
//! Everything lives in a temporary directory beside the program, so on a real file system, and is
//! removed at the end. `--million` measures what takes minutes to prepare instead.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it is for reading at a terminal")]

mod batches;
mod cached_crate;
mod calls;
mod dispatch;
mod files;
mod first_hit;
mod keys;
mod larder_calls;
mod peer;
mod python;
mod python_caches;
mod rounds;
mod sled_tree;
mod table;
mod task;

use calls::shuffled;
use files::Files;
use larder_calls::{Larder, simulate};
use peer::Peer;
use std::path::Path;
use std::time::Instant;
use table::{Table, Target};
use task::SCALE;
use tempfile::TempDir;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const WARM: u64 = 20_000;
const BATCH: u64 = 100_000;
const MILLION: u64 = 1_000_000;
/// So many of the million are asked for in one round.
const SAMPLE: usize = 100_000;

fn main() -> Result<()> {
    let start = Instant::now();
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [first_hit::FLAG, cache] => println!("{}", first_hit::child(start, cache.as_ref())?),
        [] => println!("{}", measure()?),
        ["--million"] => measure_million()?,
        _ => return Err("the only option is --million".into()),
    }
    Ok(())
}

/// A new default cache beside the program, in a directory with room for the others.
fn open() -> Result<(TempDir, larder::Cache)> {
    let program = std::env::current_exe()?;
    let folder = program.parent().ok_or("a program is in a folder")?;
    let directory = TempDir::with_prefix_in("peers-", folder)?;
    let cache = larder::Cache::open(directory.path().join("cache"))?;
    larder::install(cache.clone())?;
    Ok((directory, cache))
}

fn measure() -> Result<Table> {
    let (directory, cache) = open()?;
    let directory = directory.path();
    let mut table = Table::default();

    tell("preparing");
    let mut peers = prepared(directory)?;
    tell("hits");
    let order = |round| shuffled(WARM, round);
    calls::hits(&mut table, "a hit", &mut peers, order, (20, Target::AtMost(1.0)))?;
    tell("misses");
    calls::misses(&mut table, &mut peers, 15)?;
    drop(peers);

    tell("batches");
    simulate::map((WARM..BATCH).map(|seed| (seed, SCALE)));
    let files = Files::new(&directory.join("cache"), &directory.join("files"), BATCH)?;
    batches::hits(&mut table, &shuffled(BATCH, 0), files.paths(), 10)?;
    batches::misses(&mut table, 6)?;
    tell("dispatch");
    dispatch::dispatch(&mut table, 10)?;
    tell("keys");
    keys::keys(&mut table, 15)?;
    tell("cleaning up");
    cache.close();
    Ok(table)
}

/// Everyone, with the results of the same calls. larder and the plain files come first.
fn prepared(directory: &Path) -> Result<Vec<Box<dyn Peer>>> {
    let seeds = shuffled(WARM, 0);
    let mut larder = Larder;
    larder.miss(&seeds)?;
    let files = Files::new(&directory.join("cache"), &directory.join("files"), WARM)?;
    let mut others: Vec<Box<dyn Peer>> = vec![Box::new(files)];
    others.push(Box::new(sled_tree::Sled::new(&directory.join("sled"))?));
    for peer in cached_crate::Cached::both(directory.join("cached")) {
        others.push(Box::new(peer));
    }
    let python = python_caches::PythonCache::all(&directory.join("python"))?;
    if python.is_empty() {
        tell("no Python peers: `benches/peers/run.sh` installs them where it can");
    }
    for peer in python {
        others.push(Box::new(peer));
    }
    for peer in others.iter_mut().filter(|peer| peer.enough().0 > 0) {
        peer.miss(&seeds)?;
    }
    let larder: Box<dyn Peer> = Box::new(larder);
    Ok([larder].into_iter().chain(others).collect())
}

fn measure_million() -> Result<()> {
    let (directory, cache) = open()?;
    let directory = directory.path();
    let mut table = Table::default();

    tell("preparing a million results");
    simulate::map((0..MILLION).map(|seed| (seed, SCALE)));
    let files = Files::new(&directory.join("cache"), &directory.join("files"), MILLION)?;
    let mut peers: [Box<dyn Peer>; 2] = [Box::new(Larder), Box::new(files)];
    let order = |round| {
        let mut seeds = shuffled(MILLION, round);
        seeds.truncate(SAMPLE);
        seeds
    };
    tell("hits");
    let what = "a hit among 1,000,000";
    calls::hits(&mut table, what, &mut peers, order, (10, Target::AtMost(1.1)))?;
    first_hit::measure(&mut table, &directory.join("cache"), 11)?;
    // What was measured is told now, since deleting a million files takes a while.
    println!("{table}");
    tell("cleaning up");
    cache.close();
    Ok(())
}

fn tell(what: &str) {
    eprintln!("{what}");
}
