//! What [`slot`](super::slot) needs of the system's threads. A model checker puts its own here.

pub(super) use std::sync::{Mutex, MutexGuard, PoisonError};
pub(super) use std::thread;
