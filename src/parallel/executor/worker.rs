//! Whether this thread is one of an executor's, and how much of its stack is left.

use super::pool::{Pool, STACK};
use std::cell::RefCell;
use std::sync::Arc;

/// A job is run on top of another only in the upper half of the stack, so that each has at least as
/// much as the other half: more than a thread of std's.
const ROOM: usize = STACK / 2;

thread_local! {
    static WORKER: RefCell<Option<Worker>> = const { RefCell::new(None) };
}

#[derive(Clone)]
struct Worker {
    pool: Arc<Pool>,
    /// Where the stack began.
    base: usize,
}

/// Makes this thread one of `pool`, until the guard is dropped.
pub(super) fn enter(pool: &Arc<Pool>) -> Entered {
    let worker = Worker { pool: Arc::clone(pool), base: here() };
    WORKER.with(|current| *current.borrow_mut() = Some(worker));
    Entered
}

#[must_use]
pub(super) struct Entered;

impl Drop for Entered {
    fn drop(&mut self) {
        let worker = WORKER.try_with(RefCell::take);
        drop(worker);
    }
}

/// Whether this thread is one of an executor's.
pub(crate) fn is_worker() -> bool {
    // A thread that is ending runs no jobs any more.
    WORKER.try_with(|worker| worker.borrow().is_some()).unwrap_or(false)
}

/// The pool that this thread belongs to.
pub(super) fn pool() -> Option<Arc<Pool>> {
    WORKER
        .try_with(|worker| worker.borrow().as_ref().map(|worker| Arc::clone(&worker.pool)))
        .ok()?
}

/// Whether another job may be run on top of what is on this stack.
pub(super) fn has_room() -> bool {
    let used = |worker: &Worker| worker.base.abs_diff(here());
    let room = |worker: &RefCell<Option<Worker>>| {
        worker.borrow().as_ref().is_some_and(|worker| used(worker) < ROOM)
    };
    WORKER.try_with(room).unwrap_or(false)
}

/// About where the stack is now.
#[inline(never)]
fn here() -> usize {
    let here = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&here)).addr()
}
