//! Many calls at once: the only layer that knows of thread pools.

pub(crate) mod asynchronous;
pub(crate) mod batch;
pub mod executor;
pub(crate) mod panics;
mod scope;
mod throttle;
mod worker;

pub use scope::with_cache;
pub use worker::here;
