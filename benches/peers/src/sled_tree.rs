//! A sled tree used by hand: the key's bytes as they are, the value through bincode.

use crate::Result;
use crate::peer::{Peer, timed};
use crate::task::{SCALE, Summary, compute};
use std::path::Path;
use std::time::Duration;

pub(crate) struct Sled {
    tree: sled::Db,
}

impl Sled {
    pub(crate) fn new(directory: &Path) -> Result<Self> {
        Ok(Self { tree: sled::open(directory)? })
    }

    fn call(&self, seed: u64) -> Result<Summary> {
        let mut key = [0; 16];
        key[..8].copy_from_slice(&seed.to_be_bytes());
        key[8..].copy_from_slice(&SCALE.to_bits().to_be_bytes());
        let config = bincode::config::standard();
        if let Some(bytes) = self.tree.get(key)? {
            return Ok(bincode::serde::decode_from_slice(&bytes, config)?.0);
        }
        let value = compute(seed, SCALE);
        self.tree.insert(key, bincode::serde::encode_to_vec(&value, config)?)?;
        Ok(value)
    }
}

impl Peer for Sled {
    fn name(&self) -> String {
        "sled 0.34 by hand".into()
    }

    fn hit(&mut self, seeds: &[u64]) -> Result<Duration> {
        timed(seeds, |seed| self.call(seed))
    }

    fn miss(&mut self, seeds: &[u64]) -> Result<Duration> {
        self.hit(seeds)
    }
}
