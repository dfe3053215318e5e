//! Whether a call is made by a worker of a pool.

use crate::flight::Kind;

/// What runs on this thread. Other pools than rayon's cannot be told from threads.
pub fn here() -> Kind {
    if rayon::current_thread_index().is_some() { Kind::Worker } else { Kind::Thread }
}
