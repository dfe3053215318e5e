//! Whether a call is made by a worker of a pool.

use super::executor::is_worker;
use crate::flight::Kind;

/// What runs on this thread. Other pools than rayon's and ours cannot be told from threads.
pub fn here() -> Kind {
    let is_worker = rayon::current_thread_index().is_some() || is_worker();
    if is_worker { Kind::Worker } else { Kind::Thread }
}
