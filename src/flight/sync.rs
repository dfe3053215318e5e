//! What [`flights`](super::flights) needs of the system's threads. A model checker puts its own here.

pub(super) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
pub(super) use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub(super) use std::{thread, thread_local};
