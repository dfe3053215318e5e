//! Hash maps whose keys are numbers that nobody chooses with bad intent: unoptimised, the standard
//! hash takes several times as long as the rest of a look-up.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map by numbers.
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Quick>>;

/// A set of numbers.
pub(crate) type Set<T> = HashSet<T, BuildHasherDefault<Quick>>;

/// Spreads a number over all bits.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Quick(u64);

impl Hasher for Quick {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        // Tables look at the lowest and the highest bits.
        self.0 = mixed ^ (mixed >> 32);
    }
}
