//! What a batch sets aside because somebody else computes it, on another thread or in another
//! process: the rest comes first.

use super::{Batch, Miss, lock};
use crate::cache::{Occupant, Reuse};
use crate::function::inputs::Inputs;
use crate::function::probe::Outcome;
use crate::function::turn::{Missed, Right, Turn, take};
use rayon::Scope;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// What was set aside is asked after so long, which doubles as long as nothing happens.
const SHORTEST_PAUSE: Duration = Duration::from_micros(50);
pub(super) const LONGEST_PAUSE: Duration = Duration::from_millis(5);

/// One item that somebody else computes, and what is to become of it once that is asked for.
pub(super) struct Aside<A> {
    pub(super) miss: Miss<A>,
    pub(super) turn: Option<Taking>,
}

pub(super) type Taking = Pin<Box<dyn Future<Output = Turn> + Send>>;

impl<A, T, V, F, O, K> Batch<A, T, V, F, O, K>
where
    A: Send,
    T: Send,
    V: Fn(&A, &mut Inputs) + Sync,
    F: Fn(A) -> T + Sync,
    O: Outcome<T> + Sync,
    K: Fn(&T) -> bool + Sync,
{
    /// Whose turn it is to compute a miss, where others can have a part in that.
    pub(super) fn turn(&self, miss: &Miss<A>) -> Option<Taking> {
        let hashed = miss.hashed.as_ref().filter(|hashed| hashed.is_shared())?;
        self.cache.mode().reads().then_some(())?;
        let (cache, function) = (self.cache.clone(), self.recipe.function);
        // What is damaged is not looked at again, only to be found damaged.
        let missed = match miss.occupant {
            occupant @ Occupant::Damaged => Missed::now(miss.landed, occupant),
            _ => Missed::long_ago(),
        };
        let (item, key) = (self.item, hashed.key);
        Some(Box::pin(async move { take(item, &cache, function, key, missed).await }))
    }

    pub(super) fn settle<'scope>(&'scope self, scope: &Scope<'scope>, miss: Miss<A>, turn: Turn)
    where
        A: 'scope,
    {
        let (payload, how) = match turn {
            Turn::Ours(right) => return self.compute(scope, miss, right),
            Turn::Got(payload, how) => (payload, how),
        };
        let Some(key) = miss.hashed.as_ref().map(|hashed| hashed.key) else { return };
        match self.recipe.got(&self.cache, &key, &payload, how) {
            Some((value, full_ns)) => {
                self.reused(how, full_ns);
                self.put(miss.index, value);
                self.release(scope, &key.inputs, Some(&payload), true);
            }
            None => self.compute(scope, miss, Right::default()),
        }
    }

    /// Asks what became of the items that were set aside; `false` if nothing did.
    pub(super) fn ask<'scope>(&'scope self, scope: &Scope<'scope>) -> bool
    where
        A: 'scope,
    {
        let aside = std::mem::take(&mut *lock(&self.aside));
        let (mut still, mut progress) = (Vec::new(), false);
        for Aside { miss, turn } in aside {
            if self.is_stopped() {
                self.dismiss(&miss);
                continue;
            }
            let Some(mut turn) = turn.or_else(|| self.turn(&miss)) else { continue };
            match poll(&mut turn) {
                Poll::Pending => still.push(Aside { miss, turn: Some(turn) }),
                Poll::Ready(turn) => {
                    progress = true;
                    // Whoever computed it when it was set aside may be done before it is asked for.
                    let turn = match turn {
                        Turn::Got(payload, _) => Turn::Got(payload, Reuse::Shared),
                        ours @ Turn::Ours(_) => ours,
                    };
                    self.enqueue(scope, miss, |scope, miss| self.settle(scope, miss, turn));
                }
            }
        }
        lock(&self.aside).extend(still);
        progress
    }

    /// Waits for what is left: what the pool computes, and what was set aside.
    pub(super) fn collect<'scope>(&'scope self, scope: &Scope<'scope>)
    where
        A: 'scope,
    {
        let mut pause = SHORTEST_PAUSE;
        // In this order: a worker sets an item aside before it is done with it.
        while !self.throttle.is_idle() || !lock(&self.aside).is_empty() {
            pause = if self.ask(scope) { SHORTEST_PAUSE } else { (2 * pause).min(LONGEST_PAUSE) };
            self.throttle.wait(pause);
        }
    }
}

/// What a turn comes to now. Nobody is woken: what is not ready is asked again.
pub(super) fn poll(turn: &mut Taking) -> Poll<Turn> {
    turn.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
