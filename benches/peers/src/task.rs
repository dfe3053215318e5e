//! The function that everyone caches: it costs next to nothing, so that what is measured is the
//! cache.

use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicU64, Ordering};

/// The second argument of every call.
pub(crate) const SCALE: f64 = 0.5;

static COMPUTED: AtomicU64 = AtomicU64::new(0);

/// About a hundred bytes: a few numbers and a text of sixty characters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Summary {
    seed: u64,
    mean: f64,
    low: f64,
    high: f64,
    text: String,
}

pub(crate) fn compute(seed: u64, scale: f64) -> Summary {
    COMPUTED.fetch_add(1, Ordering::Relaxed);
    #[expect(clippy::cast_precision_loss, reason = "seeds are small")]
    let mean = seed as f64 * scale;
    Summary { seed, mean, low: mean - 1.0, high: mean + 1.0, text: format!("{seed:060}") }
}

/// How often the function was computed, by whomever: a hit that computes is no hit.
pub(crate) fn computed() -> u64 {
    COMPUTED.load(Ordering::Relaxed)
}
