//! A second block of methods, far from its type.

use super::Meter;

impl Meter {
    pub fn extra(&self) -> u64 {
        self.n + 307
    }
}
