//! What a batch sets aside because somebody else computes it, on another thread or in another
//! process: the rest comes first.

use super::item::{Call, Item, Memo};
use super::kind::Batch;
use super::outcome::{Later, Out};
use super::{Engine, Spawn};
use crate::cache::{Occupant, Reuse};
use crate::function::turn::{Missed, Turn, take};
use crate::parallel::observe::Ended;
use crate::parallel::panics::dropped;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// One item that somebody else computes, and what is to become of it once that is asked for.
pub(super) struct Aside<A> {
    pub(super) item: Item<A>,
    pub(super) turn: Option<Taking>,
}

pub(super) type Taking = Pin<Box<dyn Future<Output = Turn> + Send>>;

impl Memo {
    /// Whose turn it is to compute a miss, where others can have a part in that.
    pub(super) fn turn(&self, call: &Call) -> Option<Taking> {
        if !call.hashed.is_shared() || !self.cache.mode().reads() {
            return None;
        }
        let (cache, function) = (self.cache.clone(), self.function);
        // What is damaged is not looked at again, only to be found damaged.
        let missed = match call.occupant {
            occupant @ Occupant::Damaged => Missed::now(call.landed, occupant),
            _ => Missed::long_ago(),
        };
        let (caller, key) = (self.caller, call.hashed.key);
        Some(Box::pin(async move { take(caller, &cache, function, key, missed).await }))
    }
}

impl<B: Batch> Engine<B> {
    /// Asks what became of the items that were set aside, and hands over those whose time to be tried
    /// again has come; `false` if nothing happened.
    pub(super) fn ask<'s>(self: &Arc<Self>, spawner: &dyn Spawn<'s>) -> bool
    where
        Self: 's,
    {
        let mut state = self.state();
        if state.aside.is_empty() && state.later.is_empty() {
            return false;
        }
        let aside = std::mem::take(&mut state.aside);
        let later = std::mem::take(&mut state.later);
        // They are in nobody's hands but ours now.
        state.unfinished += aside.len() + later.len();
        drop(state);
        let (mut out, mut progress) = (Out::new(), false);
        for Aside { item, turn } in aside {
            if let Some(why) = self.stopped() {
                self.skip(item, why, &mut out);
                continue;
            }
            let turn = turn.or_else(|| {
                let (memo, call) = (self.memo.as_ref()?, item.call.as_ref()?);
                memo.turn(call)
            });
            let Some(mut turn) = turn else {
                self.spawn(spawner, vec![item]);
                continue;
            };
            match poll(&mut turn) {
                Poll::Pending => out.aside.push(Aside { item, turn: Some(turn) }),
                Poll::Ready(turn) => {
                    progress = true;
                    // Whoever computed it when it was set aside may be done before it is asked for.
                    let turn = match turn {
                        Turn::Got(payload, _) => Turn::Got(payload, Reuse::Shared),
                        ours @ Turn::Ours(_) => ours,
                    };
                    let mut item = item;
                    if let Some(call) = &mut item.call {
                        call.turn = Some(turn);
                    }
                    self.spawn(spawner, vec![item]);
                }
            }
        }
        let now = Instant::now();
        for later in later {
            if let Some(why) = self.stopped() {
                // Its last error is a better answer than that it was not tried again.
                let Later { item, failure, due: _ } = later;
                self.skip_equal(&item, why, &mut out);
                let (index, printed) = (item.index, failure.input());
                let (worker, took) = (None, Duration::ZERO);
                let ended = Ended { index, count: 1, worker, took, printed };
                self.watch.tell(|observer| observer.failed(ended));
                out.put(index, Some(Err(failure)));
                dropped(item);
                progress = true;
            } else if later.due <= now {
                progress = true;
                dropped(later.failure);
                self.spawn(spawner, vec![later.item]);
            } else {
                out.later.push(later);
            }
        }
        self.flush(&mut out);
        progress
    }
}

/// What a turn comes to now. Nobody is woken: what is not ready is asked again.
pub(super) fn poll(turn: &mut Taking) -> Poll<Turn> {
    turn.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}
