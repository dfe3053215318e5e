//! Whose turn it is to compute a missing result: the caller's, or that of an equal call.

use super::instances::Function;
use super::others::{Next, Others};
use super::patience::Caller;
use super::payload::{Payload, copy};
use super::probe::Outcome;
use super::recipe::{Obtained, Pending, Recipe};
use super::timing;
use crate::cache::{Attempt, Cache, Kept, Lookup, Occupant, Reuse, Tracked};
use crate::entry::Key;
use crate::flight::{Boarding, Entered, Landing, Lead, Verdict};
use crate::store::Claim;
use std::future::poll_fn;
use std::ops::ControlFlow;
use std::pin::pin;
use std::time::{Duration, Instant};

/// After so long, a caller that is not [at home](Caller::is_home) asks again.
const ELSEWHERE: Duration = Duration::from_millis(1);

/// A lookup that ended so short a time ago need not be repeated because of other processes, unless
/// some have been met: they are likely to come along the same way.
const RECENT: Duration = Duration::from_micros(20);

/// How a call that found nothing goes on.
#[derive(Debug)]
pub(crate) enum Turn {
    /// With the result of an equal call.
    Got(Payload, Reuse),
    /// By computing.
    Ours(Right),
}

/// The right to compute a key, which others may be waiting for. One that is dropped, as in a panic,
/// passes on.
#[derive(Debug, Default)]
pub(crate) struct Right {
    // Let go of first, here and in `land`. To this process itself its claims are no obstacle, so
    // whoever gets the lead could claim the key while it is still claimed here, and would then lose
    // it with this one.
    claim: Option<Claim>,
    lead: Option<Lead<Key>>,
}

impl Right {
    fn new(lead: Lead<Key>, claim: Option<Claim>) -> Self {
        Self { claim, lead: Some(lead) }
    }

    /// While the guard lives, equal calls on this thread know that they are part of the computation.
    pub(crate) fn enter(&self) -> Option<Entered> {
        self.lead.as_ref().map(Lead::enter)
    }

    /// The same for a future, whenever it is polled.
    pub(crate) async fn entered<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| {
            let _entered = self.enter();
            future.as_mut().poll(context)
        })
        .await
    }

    /// Whether anybody waits in this process.
    pub(crate) fn is_awaited(&self) -> bool {
        self.lead.as_ref().is_some_and(Lead::is_awaited)
    }

    /// Gives what came of the computation to those who wait.
    pub(crate) fn land(self, tracked: &Tracked, kept: &Kept) {
        let landing = || match Payload::of(kept) {
            Some(Payload::Shared(bytes)) => Landing::Bytes(bytes),
            Some(Payload::Unfiled(bytes)) => Landing::Unfiled(bytes),
            Some(Payload::Read { .. }) | None => Landing::Nothing,
        };
        drop(self.claim);
        let is_late = self.lead.is_some_and(|lead| !lead.land(landing));
        if is_late || kept.was_there {
            tracked.counters.duplicate();
        }
    }
}

impl Turn {
    /// The result of an equal call, if that is what it came to and it can be read; else the right to
    /// compute.
    pub(crate) fn settle<T, V, O, K>(
        self,
        cache: &Cache,
        recipe: &Recipe<V, O, K>,
        pending: Pending,
    ) -> ControlFlow<Obtained<T>, (Right, Pending)>
    where
        O: Outcome<T>,
    {
        let (payload, how) = match self {
            Self::Ours(right) => return ControlFlow::Continue((right, pending)),
            Self::Got(payload, how) => (payload, how),
        };
        let key = pending.key();
        match recipe.got(cache, &key, &payload, how) {
            Some((value, full_ns)) => {
                timing::reused(full_ns);
                // A handle on what is not on the disk would be a handle on nothing.
                let key = payload.is_filed().then_some(key);
                ControlFlow::Break(Obtained { value, source: how.into(), key })
            }
            None => ControlFlow::Continue((Right::default(), pending)),
        }
    }
}

/// A lookup that found nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Missed {
    /// When it ended; `None` for long ago.
    at: Option<Instant>,
    /// How many flights had landed before it began.
    landed: u64,
    /// Whether something was there that is of no use: looking at it again would tell so again.
    damaged: bool,
}

impl Missed {
    /// A lookup that began when so many had [landed](crate::flight::Flights::landed), and has just ended.
    pub(crate) fn now(landed: u64, occupant: Occupant) -> Self {
        Self { at: Some(Instant::now()), landed, damaged: occupant == Occupant::Damaged }
    }

    /// One that proves nothing any more.
    pub(crate) fn long_ago() -> Self {
        Self { at: None, landed: 0, damaged: false }
    }

    /// Whether an equal call may have brought the result meanwhile. Of this process that is known; of
    /// another it is unlikely in so short a time, and would cost no more than computing once more.
    fn may_be_there(self, cache: &Cache, key: &Key) -> bool {
        cache.has_company()
            || (!self.damaged && self.at.is_none_or(|at| at.elapsed() > RECENT))
            || cache.flights().landed(key) != self.landed
    }
}

/// Waits for an equal call, or returns the right to compute.
pub(crate) async fn take(
    caller: impl Caller,
    cache: &Cache,
    function: &'static Function,
    key: Key,
    missed: Missed,
) -> Turn {
    let tracked = cache.tracked(&function.identity);
    let mut others = Others::new(caller.waits());
    loop {
        let boarding = cache.flights().board(&key, caller.leads(), caller.waits(), Instant::now());
        let lead = match boarding {
            Boarding::Lead(lead) => lead,
            Boarding::Own if caller.is_home() => {
                tracked.counters.gave_up();
                return Turn::Ours(Right::default());
            }
            Boarding::Own => {
                caller.pause(ELSEWHERE).await;
                continue;
            }
            Boarding::Wait(ticket) => {
                let started = Instant::now();
                let verdict = caller.wait(ticket, tracked.patience(), function).await;
                timing::waited(started.elapsed());
                match verdict {
                    Verdict::Passed(lead) => lead,
                    Verdict::GaveUp(lead) => {
                        tracked.counters.gave_up();
                        // Whoever was waited for has the claim.
                        return Turn::Ours(Right::new(lead, None));
                    }
                    Verdict::Landed(Landing::Bytes(entry)) => {
                        return Turn::Got(Payload::Shared(entry), Reuse::Shared);
                    }
                    Verdict::Landed(Landing::Unfiled(entry)) => {
                        return Turn::Got(Payload::Unfiled(entry), Reuse::Shared);
                    }
                    Verdict::Landed(Landing::Nothing) => return Turn::Ours(Right::default()),
                    Verdict::Landed(Landing::Stored) => {
                        let cache = cache.clone();
                        let find =
                            move || cache.lookup(cache.tracked(&function.identity), &key, copy);
                        return match caller.disk(Box::new(find)).await {
                            Lookup::Found { value: (codec, bytes), full_ns } => {
                                let payload = Payload::Read { codec, bytes, full_ns };
                                Turn::Got(payload, Reuse::Shared)
                            }
                            Lookup::Missing | Lookup::Damaged | Lookup::Invalid => {
                                Turn::Ours(Right::default())
                            }
                        };
                    }
                }
            }
        };
        // First in this process. Now for the others.
        let (there, rank) = (cache.clone(), others.rank());
        let met = others.were_met();
        // A future that is dropped meanwhile leads until this is done, or it would let go of a claim
        // that the next one in this process already relies on.
        let attempt = move || {
            let attempt = there.attempt(&key, rank);
            let again = met || missed.may_be_there(&there, &key);
            let tracked = there.tracked(&function.identity);
            let looked = if again { there.lookup(tracked, &key, copy) } else { Lookup::Missing };
            (attempt, looked, lead)
        };
        let (attempt, looked, lead) = caller.disk(Box::new(attempt)).await;
        let claim = match (attempt, looked) {
            (_, Lookup::Found { value: (codec, bytes), full_ns }) => {
                lead.land(|| Landing::Stored);
                let how = if others.were_met() { Reuse::Shared } else { Reuse::Found };
                return Turn::Got(Payload::Read { codec, bytes, full_ns }, how);
            }
            (Attempt::Ours(claim), _) => claim,
            (Attempt::Theirs(holder), _) => {
                let (bound, name) = (tracked.patience(), &function.identity.name);
                match others.meet(holder, bound, name, Instant::now()) {
                    Next::Compute => None,
                    // Whoever waits in this process waits for the other one itself.
                    next => {
                        drop(lead);
                        if let Next::Pause(pause) = next {
                            caller.pause(pause).await;
                            timing::waited(pause);
                        }
                        continue;
                    }
                }
            }
        };
        if others.gave_up() {
            tracked.counters.gave_up();
        }
        return Turn::Ours(Right::new(lead, claim));
    }
}
