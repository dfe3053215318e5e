//! `MinHash` signatures: small sketches of shingle sets that are as similar as the sets are.

use crate::text;
use serde::{Deserialize, Serialize};

/// Each hash is a vote; with 128 of them an estimate is off by 4 % or so.
const HASHES: usize = 128;

/// Signatures that agree in one band of four hashes are compared. Of the pairs that are 70 % alike,
/// this misses one in 5,000.
const BAND: usize = 4;

/// Of the 128 votes, 60 %: a little less than what is looked for, as it is only an estimate.
const LIKELY: usize = HASHES * 6 / 10;

/// Which hash function a vote belongs to: odd, so that multiplying by it is a permutation.
const MULTIPLIERS: [u64; HASHES] = {
    let mut multipliers = [0; HASHES];
    let mut index = 0;
    while index < HASHES {
        multipliers[index] = text::mix(index as u64 + 1) | 1;
        index += 1;
    }
    multipliers
};

/// What a later run needs to know of a file, so that it need not read it again.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Signature {
    /// How many tokens the file has.
    pub(crate) tokens: usize,
    /// For each hash function the smallest hash of any shingle.
    minima: Vec<u32>,
}

impl Signature {
    pub(crate) fn of(source: &str) -> Self {
        let (tokens, shingles) = text::shingles(source);
        let mut minima = vec![u32::MAX; HASHES];
        for shingle in shingles {
            for (minimum, multiplier) in minima.iter_mut().zip(MULTIPLIERS) {
                let hash = (shingle.wrapping_mul(multiplier) >> 32) as u32;
                *minimum = hash.min(*minimum);
            }
        }
        Self { tokens, minima }
    }

    /// The share of these votes is about the share of their shingles that both files have.
    fn equal_votes(&self, other: &Self) -> usize {
        self.minima.iter().zip(&other.minima).filter(|(a, b)| a == b).count()
    }
}

/// The pairs that are probably alike, by locality-sensitive hashing: only those that have some band
/// in common are looked at, instead of every file with every other.
pub(crate) fn likely_pairs(signatures: &[Signature]) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    for band in (0..HASHES).step_by(BAND) {
        let part = |index: &usize| &signatures[*index].minima[band..band + BAND];
        let mut order: Vec<usize> = (0..signatures.len()).collect();
        order.sort_by_key(|index| (part(index), *index));
        for alike in order.chunk_by(|a, b| part(a) == part(b)) {
            for (position, &a) in alike.iter().enumerate() {
                pairs.extend(alike[position + 1..].iter().map(|&b| (a, b)));
            }
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs.retain(|&(a, b)| signatures[a].equal_votes(&signatures[b]) >= LIKELY);
    pairs
}
