//! Many calls at once: the only layer that knows of thread pools.

pub(crate) mod asynchronous;
pub(crate) mod batch;
#[cfg_attr(not(test), expect(dead_code, reason = "what executors and batches are to use"))]
pub(crate) mod panics;
mod scope;
mod throttle;
mod worker;

pub use scope::with_cache;
pub use worker::here;
