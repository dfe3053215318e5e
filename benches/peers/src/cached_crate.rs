//! The crate `cached` with its store on disk (redb), as its macro sets it up.
//!
//! By default each of its writes waits for the disk. larder's do so for results that took long to
//! compute, so the comparison is with `durable(false)`, and the default has a line of its own.

#![expect(clippy::unnecessary_wraps, reason = "the macro asks for functions that may fail")]

use crate::Result;
use crate::peer::{Peer, timed};
use crate::task::{SCALE, Summary, compute};
use cached::macros::concurrent_cached;
use cached::{RedbCache, RedbCacheError};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

/// Where the macro's stores go. Set before their first call.
static DIRECTORY: OnceLock<PathBuf> = OnceLock::new();

#[concurrent_cached(
    map_error = |error: RedbCacheError| error,
    ty = "RedbCache<String, Summary>",
    create = r#"{ store("quick", false) }"#,
    key = "String",
    convert = r#"{ format!("{seed},{scale}") }"#
)]
fn quick(seed: u64, scale: f64) -> std::result::Result<Summary, RedbCacheError> {
    Ok(compute(seed, scale))
}

#[concurrent_cached(
    map_error = |error: RedbCacheError| error,
    ty = "RedbCache<String, Summary>",
    create = r#"{ store("durable", true) }"#,
    key = "String",
    convert = r#"{ format!("{seed},{scale}") }"#
)]
fn durable(seed: u64, scale: f64) -> std::result::Result<Summary, RedbCacheError> {
    Ok(compute(seed, scale))
}

fn store(name: &str, durable: bool) -> RedbCache<String, Summary> {
    let directory = DIRECTORY.get().expect("set when the peer was made");
    RedbCache::builder(name)
        .disk_dir(directory)
        .durable(durable)
        .build()
        .expect("a store in an empty directory")
}

pub(crate) struct Cached {
    durable: bool,
}

impl Cached {
    pub(crate) fn both(directory: PathBuf) -> [Self; 2] {
        DIRECTORY.get_or_init(|| directory);
        [false, true].map(|durable| Self { durable })
    }
}

impl Peer for Cached {
    fn name(&self) -> String {
        let how = if self.durable { "as it comes: durable" } else { "`durable(false)`" };
        format!("cached 4.1, redb, {how}")
    }

    fn hit(&mut self, seeds: &[u64]) -> Result<Duration> {
        let call = if self.durable { durable } else { quick };
        timed(seeds, |seed| Ok(call(seed, SCALE)?))
    }

    fn miss(&mut self, seeds: &[u64]) -> Result<Duration> {
        self.hit(seeds)
    }

    fn enough(&self) -> (usize, usize) {
        if self.durable { (0, 50) } else { (usize::MAX, usize::MAX) }
    }
}
