//! Calls of a cached function as items: looked up by the driver, computed and kept by workers.

use super::aside::{Aside, poll};
use super::item::{Call, Item, Memo};
use super::kind::{Batch, Judge};
use super::outcome::{Out, Ran};
use super::{Engine, Spawn};
use crate::cache::{Lookup, Mode, Occupant, Reuse, add_time};
use crate::function::payload::Payload;
use crate::function::span;
use crate::function::timing::{Parent, timed};
use crate::function::turn::{Right, Turn};
use crate::parallel::panicked::catch;
use crate::parallel::task::Work;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

/// What a lookup came to.
pub(super) enum Looked<A, R> {
    Found(usize, R, u64),
    Missed(Item<A>),
}

impl Memo {
    /// Looks an item up.
    pub(super) fn look<A, R, W: Work<A, R>>(
        &self,
        work: &W,
        index: usize,
        arguments: A,
    ) -> Looked<A, R> {
        let unkept = |arguments| Looked::Missed(Item { index, arguments, call: None, tries: 0 });
        let cache = &self.cache;
        if cache.mode() == Mode::Off {
            return unkept(arguments);
        }
        let Some(mut hashed) = work.hash(cache, &arguments) else {
            return unkept(arguments);
        };
        let landed = cache.flights().landed(&hashed.key);
        let mut occupant = Occupant::Unwanted;
        if cache.mode().reads() {
            let looked = work.find(cache, &hashed.key);
            match work.unless_checked(cache, &mut hashed, looked) {
                Lookup::Found { value, full_ns } => {
                    return Looked::Found(index, value, full_ns);
                }
                Lookup::Missing => occupant = Occupant::Nobody,
                Lookup::Damaged => occupant = Occupant::Damaged,
                Lookup::Invalid => occupant = Occupant::Invalid,
            }
        }
        let call = Some(Box::new(Call { hashed, occupant, landed, turn: None }));
        Looked::Missed(Item { index, arguments, call, tries: 0 })
    }
}

impl<B: Batch> Engine<B> {
    /// Counts results that did not have to be computed, which took so long in all.
    pub(super) fn reuse<W: Work<B::Input, B::Returned>>(
        &self,
        work: &W,
        how: Reuse,
        items: usize,
        full_ns: u64,
    ) {
        if let Some(memo) = self.memo.as_ref().filter(|_| items > 0) {
            memo.cache.reused(work.tracked(&memo.cache), how, items as u64, full_ns);
            self.reused(how, items, full_ns);
        }
    }

    /// The same for what the cache has counted.
    fn reused(&self, how: Reuse, items: usize, full_ns: u64) {
        if let Some(memo) = &self.memo {
            memo.tally.reused(how, items as u64);
        }
        add_time(&self.cost_ns, full_ns);
        let saved = Duration::from_nanos(full_ns);
        self.watch.tell(|observer| match how {
            Reuse::Found => observer.found(items, saved),
            Reuse::Shared => observer.shared(items, saved),
        });
    }

    /// Puts the result of an item that was not computed.
    pub(super) fn found(&self, index: usize, returned: B::Returned, out: &mut Out<B>) {
        match B::Judge::judge(returned) {
            Ok(value) => out.put(index, Some(Ok(value))),
            Err(error) => {
                let (result, took) = (Ok(Err(error)), Duration::ZERO);
                self.conclude(
                    Ran { index, printed: None, result, took, again: None, watched: false },
                    out,
                );
            }
        }
    }

    /// Waits for a computation elsewhere, uses what it came to, or computes.
    pub(super) fn run_call<'s, W: Work<B::Input, B::Returned>>(
        self: &Arc<Self>,
        work: &W,
        spawner: &dyn Spawn<'s>,
        mut item: Item<B::Input>,
        out: &mut Out<B>,
    ) where
        Self: 's,
    {
        let (Some(call), Some(memo)) = (&mut item.call, &self.memo) else {
            return self.compute(work, spawner, item, Right::default(), out);
        };
        let turn = match call.turn.take() {
            Some(turn) => turn,
            None => match memo.turn(call) {
                None => Turn::Ours(Right::default()),
                Some(mut turn) => match poll(&mut turn) {
                    Poll::Ready(turn) => turn,
                    // Asked again only when there is nothing else to do, and waited for from then on.
                    Poll::Pending => return out.aside.push(Aside { item, turn: None }),
                },
            },
        };
        let (payload, how) = match turn {
            Turn::Ours(right) => return self.compute(work, spawner, item, right, out),
            Turn::Got(payload, how) => (payload, how),
        };
        let key = call.hashed.key;
        match work.got(&memo.cache, &key, &payload, how) {
            Some((returned, full_ns)) => {
                self.reused(how, 1, full_ns);
                self.found(item.index, returned, out);
                self.release(work, spawner, &key.inputs, Some(&payload), true, out);
            }
            None => self.compute(work, spawner, item, Right::default(), out),
        }
    }

    fn compute<'s, W: Work<B::Input, B::Returned>>(
        self: &Arc<Self>,
        work: &W,
        spawner: &dyn Spawn<'s>,
        item: Item<B::Input>,
        right: Right,
        out: &mut Out<B>,
    ) where
        Self: 's,
    {
        let Some(memo) = &self.memo else { return };
        let cache = &memo.cache;
        let index = item.index;
        let inputs = item.call.as_ref().map(|call| call.hashed.key.inputs);
        let (mut again, mut printed, mut watched) = (None, String::new(), false);
        let begun = Instant::now();
        let computed = catch(|| {
            // To be tried again, if need be, with a look at what others do meanwhile.
            again = self.copy(&item).map(|arguments| item.again(arguments));
            let Item { arguments, call, .. } = item;
            let pending = call.map(|call| {
                let Call { hashed, occupant, .. } = *call;
                work.pending(&arguments, hashed, occupant, !cache.mode().reads())
            });
            printed = work.printed(&arguments, pending.as_ref());
            watched = self.watches_time();
            if watched {
                self.begin(index, Some(printed.clone()));
            }
            if let Some(pending) = &pending {
                pending.count(&memo.tally, cache, memo.function);
            }
            let tracked = work.tracked(cache);
            let failed = |result: &B::Returned| work.is_failure(result);
            let span = span::computation(memo.function, pending.as_ref());
            let led = right.enter();
            let (returned, cost) = timed(&tracked.counters, Parent::Batch, failed, || {
                span.run(failed, || work.run(arguments))
            });
            let ran = begun.elapsed();
            let encoded = pending.and_then(|pending| work.encode(cache, pending, &returned, cost));
            let kept = encoded.map(|encoded| cache.file(tracked, encoded)).unwrap_or_default();
            // Only now, as `keep_if` and what encodes are the user's too, and may call the function.
            drop(led);
            right.land(tracked, &kept);
            (returned, cost, kept, ran)
        });
        match computed {
            Ok((returned, cost, kept, took)) => {
                add_time(&self.cost_ns, cost.full_ns);
                let result = Ok(B::Judge::judge(returned));
                let tried = out.later.len();
                self.conclude(
                    Ran { index, printed: Some(printed), result, took, again, watched },
                    out,
                );
                // Those who wait for an item that is to be tried again go on waiting.
                if let Some(inputs) = inputs.filter(|_| out.later.len() == tried) {
                    let payload = kept.bytes.map(Payload::Shared);
                    self.release(work, spawner, &inputs, payload.as_ref(), kept.filed, out);
                }
            }
            Err(panicked) => {
                let name = &memo.function.identity.name;
                tracing::error!(
                    function = %name, index, inputs = %printed, "an item of a batch panicked"
                );
                let result = Err(panicked);
                let took = begun.elapsed();
                self.conclude(
                    Ran { index, printed: Some(printed), result, took, again, watched },
                    out,
                );
                if let Some(inputs) = inputs {
                    self.release(work, spawner, &inputs, None, false, out);
                }
            }
        }
    }
}
