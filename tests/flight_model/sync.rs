//! What the state machine needs of the system's threads, as the checker has it.

pub(super) use shuttle::sync::atomic::{AtomicU32, AtomicU64, Ordering};
pub(super) use shuttle::sync::{Arc, Mutex, MutexGuard, PoisonError};
pub(super) use shuttle::{thread, thread_local};
