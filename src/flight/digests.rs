//! Hashing what is evenly spread already.
//!
//! Keys are digests, so some bytes of them are as good as any hash. Hashing them once more as strings
//! are, three times for each computation, was a twentieth of all instructions that a miss takes. Whoever
//! chooses inputs could find some whose keys collide, but only what is under way at the same time is in
//! a map.

use std::hash::Hasher;

/// The last eight bytes of each thing that is hashed.
#[derive(Debug, Default)]
pub(super) struct Digests(u64);

impl Hasher for Digests {
    fn write(&mut self, bytes: &[u8]) {
        // The last, as the shard is chosen by the first.
        let last = match bytes.last_chunk() {
            Some(last) => u64::from_le_bytes(*last),
            None => bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)),
        };
        self.0 = self.0.rotate_left(5) ^ last;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Digests;
    use std::collections::HashSet;
    use std::hash::{BuildHasher, BuildHasherDefault};

    #[test]
    fn keys_that_differ_in_the_last_bytes_of_either_half_have_other_hashes() {
        let hasher = BuildHasherDefault::<Digests>::default();
        let mut seen = HashSet::new();
        for number in 0..=255_u8 {
            let mut inputs = [7; 32];
            inputs[31] = number;
            assert!(seen.insert(hasher.hash_one((inputs, [9; 32]))));
            if number != 7 {
                assert!(seen.insert(hasher.hash_one(([7; 32], inputs))));
            }
        }
    }

    #[test]
    fn short_keys_have_hashes_of_their_own() {
        let hasher = BuildHasherDefault::<Digests>::default();
        let seen: HashSet<u64> = (0..=255_u8).map(|key| hasher.hash_one(key)).collect();
        assert_eq!(seen.len(), 256);
    }
}
