//! What a slot needs of the system's threads, as the checker has it.

pub(super) use shuttle::sync::{Mutex, MutexGuard, PoisonError};
pub(super) use shuttle::thread;
