//! A cached method.

use larder::cache;
use serde::Serialize;

#[derive(Serialize)]
pub struct Model {
    pub weight: u64,
}

#[cache]
impl Model {
    #[cache]
    pub fn predict(&self, n: u64) -> u64 {
        self.apply(n)
    }
}

impl Model {
    fn apply(&self, n: u64) -> u64 {
        self.weight * n + 1
    }

    /// Nothing that is cached uses it.
    pub fn heavier(&self) -> Self {
        Self { weight: self.weight + 1 }
    }
}
