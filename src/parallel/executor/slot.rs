//! What becomes of one job: it is pending, then running, then done, or it is settled without having run.
//!
//! Whoever takes it first runs it. When it has an outcome, the callbacks are called with a reference to
//! that, one after the other and outside of the lock, and only then those are woken who wait for the
//! outcome. So callbacks and takers never get in each other's way, and who has a result knows that the
//! callbacks were called.
//!
//! It knows neither threads to run on nor queues nor errors, so that the order of steps can be explored
//! by a model checker.

use super::sync::thread::{self, ThreadId};
use super::sync::{Mutex, MutexGuard, PoisonError};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;

/// What a job does. It does not panic: panics are among the outcomes.
pub(super) type Work<R> = Box<dyn FnOnce() -> R + Send>;

/// What is called with the outcome.
pub(super) type Callback<R> = Box<dyn FnOnce(&R) + Send>;

/// One job with the outcome `R`.
pub(super) struct Slot<R>(Mutex<State<R>>);

struct State<R> {
    phase: Phase,
    /// While it is pending.
    work: Option<Work<R>>,
    /// Once it is done, and while neither callbacks nor a taker have it.
    outcome: Option<R>,
    callbacks: VecDeque<Callback<R>>,
    cancelled: bool,
    /// The thread that calls callbacks now.
    caller: Option<ThreadId>,
    wakers: Vec<(usize, Waker)>,
    /// The number of the next one who watches.
    next: usize,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody has begun it.
    Pending,
    /// It is on the stack of this thread.
    Running(ThreadId),
    /// It has an outcome.
    Done,
}

/// On whom it depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    /// On whoever begins it.
    Pending,
    /// On the thread that runs it or calls its callbacks.
    On(ThreadId),
    /// On nobody: there is an outcome, and the callbacks were called.
    Over,
}

/// What there is to take.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken<R> {
    Outcome(R),
    /// Somebody took it before.
    Nothing,
    NotYet,
}

/// Who is to be woken when the job is over, in its list of wakers.
#[derive(Debug, Default)]
pub(super) struct Watch(Option<usize>);

impl<R> Slot<R> {
    /// A job that is to be run.
    pub(super) fn pending(work: Work<R>) -> Self {
        Self::new(Phase::Pending, Some(work), None)
    }

    /// One that need not be.
    pub(super) fn done(outcome: R) -> Self {
        Self::new(Phase::Done, None, Some(outcome))
    }

    fn new(phase: Phase, work: Option<Work<R>>, outcome: Option<R>) -> Self {
        Self(Mutex::new(State {
            phase,
            work,
            outcome,
            callbacks: VecDeque::new(),
            cancelled: false,
            caller: None,
            wakers: Vec::new(),
            next: 0,
        }))
    }

    /// Runs the job on this thread, if nobody has begun it; tells whether it was this one.
    pub(super) fn run(&self) -> bool {
        let mut state = self.lock();
        if state.phase != Phase::Pending {
            return false;
        }
        state.phase = Phase::Running(thread::current().id());
        let work = state.work.take();
        drop(state);
        if let Some(work) = work {
            let outcome = work();
            self.conclude(self.lock(), outcome);
        }
        true
    }

    /// Gives a pending job an outcome without running it, be it since it was cancelled or since it
    /// cannot run; tells whether it was pending.
    pub(super) fn settle(&self, cancelled: bool, outcome: impl FnOnce() -> R) -> bool {
        let mut state = self.lock();
        if state.phase != Phase::Pending {
            return false;
        }
        state.cancelled = cancelled;
        let work = state.work.take();
        self.conclude(state, outcome());
        // What it holds is the user's, and may panic when it is dropped.
        unharmed(|| drop(work));
        true
    }

    /// How far it is.
    pub(super) fn phase(&self) -> Phase {
        self.lock().phase
    }

    /// Whether it was cancelled.
    pub(super) fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// On whom it depends now.
    pub(super) fn stand(&self) -> Stand {
        let state = self.lock();
        match (state.phase, state.caller) {
            (Phase::Pending, _) => Stand::Pending,
            (Phase::Running(thread), _) | (Phase::Done, Some(thread)) => Stand::On(thread),
            (Phase::Done, None) => Stand::Over,
        }
    }

    /// The outcome, to keep.
    pub(super) fn take(&self) -> Taken<R> {
        let mut state = self.lock();
        if !state.is_over() {
            return Taken::NotYet;
        }
        state.outcome.take().map_or(Taken::Nothing, Taken::Outcome)
    }

    /// What `look` finds in the outcome, if the job is over. It is called with the lock held.
    pub(super) fn look<T>(&self, look: impl FnOnce(Option<&R>) -> T) -> Option<T> {
        let state = self.lock();
        state.is_over().then(|| look(state.outcome.as_ref()))
    }

    /// Calls `callback` with the outcome: when there is one, or at once. Hands it back if the outcome
    /// was taken.
    pub(super) fn on_done(&self, callback: Callback<R>) -> Option<Callback<R>> {
        let mut state = self.lock();
        if state.is_over() {
            let Some(outcome) = state.outcome.take() else { return Some(callback) };
            state.callbacks.push_back(callback);
            self.call(state, outcome);
        } else {
            // Whoever calls those before calls this one too.
            state.callbacks.push_back(callback);
        }
        None
    }

    /// Has `waker` woken when the job is over; `false` if it is.
    pub(super) fn watch(&self, watch: &mut Watch, waker: &Waker) -> bool {
        // Cloning may do anything, so not under the lock; neither is the old one dropped there.
        let waker = waker.clone();
        let mut state = self.lock();
        if state.is_over() {
            return false;
        }
        let number = *watch.0.get_or_insert_with(|| {
            state.next += 1;
            state.next
        });
        let old = state.wakers.iter().position(|(one, _)| *one == number);
        let old = old.map(|at| state.wakers.swap_remove(at));
        state.wakers.push((number, waker));
        drop(state);
        drop(old);
        true
    }

    /// Takes a waker back.
    pub(super) fn forget(&self, watch: &mut Watch) {
        let Some(number) = watch.0.take() else { return };
        let mut state = self.lock();
        let at = state.wakers.iter().position(|(one, _)| *one == number);
        let waker = at.map(|at| state.wakers.swap_remove(at));
        drop(state);
        drop(waker);
    }

    fn conclude(&self, mut state: MutexGuard<'_, State<R>>, outcome: R) {
        state.phase = Phase::Done;
        self.call(state, outcome);
    }

    /// Calls what is to be called, then gives the outcome to those who wait for it.
    fn call<'a>(&'a self, mut state: MutexGuard<'a, State<R>>, outcome: R) {
        state.caller = Some(thread::current().id());
        while let Some(callback) = state.callbacks.pop_front() {
            drop(state);
            // One that panics must not keep the others from being called. The hook has told of it.
            unharmed(|| callback(&outcome));
            state = self.lock();
        }
        state.caller = None;
        state.outcome = Some(outcome);
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        for (_, waker) in wakers {
            unharmed(|| waker.wake());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<R>> {
        // Whatever may panic is called outside of it, so what a poisoned one guards is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> State<R> {
    fn is_over(&self) -> bool {
        self.phase == Phase::Done && self.caller.is_none()
    }
}

/// Runs what is the user's, and goes on if that panics, or what it throws does when it is dropped.
fn unharmed(work: impl FnOnce()) {
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(work)) {
        let _ = catch_unwind(AssertUnwindSafe(|| drop(thrown))).map_err(std::mem::forget);
    }
}
