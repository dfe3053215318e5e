//! The same for an `async fn`, on any executor.
//!
//! Disk work and waiting for equal calls happen elsewhere, so that other futures go on meanwhile.
//! Hashing, encoding and decoding happen where the future is polled, as values need not be able to
//! change threads.

use super::call::{Call, Source};
use super::control::{InFull, Recompute, Shelve, Value};
use super::inputs::Inputs;
use super::invocation::Invocation;
use super::patience::Task;
use super::payload::copy;
use super::probe::Outcome;
use super::recipe::{Hashed, Lookups, Obtained, Pending, Prepared, Recipe, decode};
use super::shelved::Shelved;
use super::span;
use super::timing::timed_future;
use super::turn::{self, Missed, Right};
use crate::cache::{Cache, Kept, Lookup};
use crate::entry::Key;
use crate::flight::elsewhere;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

/// Something asked of a call that may compute, and be waited for.
pub trait AsyncControl {
    /// What it gives for a result of type `T`.
    type Reply<T>;

    /// Carries it out.
    fn reply<A, R, T, V, F, O, K>(
        invocation: Invocation<A, V, F, O, K>,
    ) -> impl Future<Output = Self::Reply<T>>
    where
        V: Fn(&A, &mut Inputs),
        F: FnOnce(A) -> R,
        R: Future<Output = T>,
        O: Outcome<T>,
        K: Fn(&T) -> bool;
}

/// What came of a computation.
pub(crate) struct Computed<T> {
    pub(crate) value: T,
    /// Under which it is in the cache; `None` if it is not.
    pub(crate) key: Option<Key>,
    /// The whole entry, if there is one.
    pub(crate) bytes: Option<Arc<Vec<u8>>>,
}

/// Looks a call up, unless it is its turn to be checked.
pub(crate) async fn find<T, V, O, K>(
    cache: &Cache,
    recipe: &Recipe<V, O, K>,
    hashed: &mut Hashed,
) -> Lookup<T>
where
    O: Outcome<T>,
{
    let tracked = recipe.tracked(cache);
    if let Some(looked) = cache.lookup_at_hand(tracked, &hashed.key, decode::<T, O>) {
        return recipe.unless_checked(cache, hashed, looked);
    }
    let (there, identity, wanted) = (cache.clone(), &recipe.function.identity, hashed.key);
    let looked = match elsewhere(move || there.lookup(there.tracked(identity), &wanted, copy)).await
    {
        Lookup::Found { value: (codec, bytes), full_ns } => match decode::<T, O>(codec, &bytes) {
            Ok(value) => Lookup::Found { value, full_ns },
            Err(error) => cache.damaged(recipe.tracked(cache), &hashed.key, &error),
        },
        Lookup::Missing => Lookup::Missing,
        Lookup::Damaged => Lookup::Damaged,
        Lookup::Invalid => Lookup::Invalid,
    };
    recipe.unless_checked(cache, hashed, looked)
}

/// Computes a result, keeps it, and gives it to those who wait.
pub(crate) async fn compute_and_keep<R, T, V, O, K>(
    cache: &Cache,
    recipe: &Recipe<V, O, K>,
    pending: Option<Pending>,
    right: Right,
    compute: R,
    shared: bool,
) -> Computed<T>
where
    R: Future<Output = T>,
    O: Outcome<T>,
    K: Fn(&T) -> bool,
{
    let identity = &recipe.function.identity;
    let counters = &recipe.tracked(cache).counters;
    let failed = |result: &T| recipe.is_failure(result);
    let span = span::computation(recipe.function, pending.as_ref());
    let compute = span.follow(failed, right.entered(compute));
    let (value, cost) = timed_future(counters, failed, compute).await;
    let Some(pending) = pending else {
        return Computed { value, key: None, bytes: None };
    };
    let key = pending.key();
    let shared = shared || right.is_awaited();
    let encoded = {
        // `keep_if` and what encodes are the user's too, and may call the function.
        let _entered = right.enter();
        recipe.encode(cache, pending, &value, cost, shared)
    };
    let kept = if let Some(encoded) = encoded {
        let there = cache.clone();
        // It lands there too, for whoever waits, even if this future is dropped meanwhile.
        let file = move || {
            let tracked = there.tracked(identity);
            let kept = there.file(tracked, encoded);
            right.land(tracked, &kept);
            kept
        };
        elsewhere(file).await
    } else {
        let kept = Kept::default();
        right.land(recipe.tracked(cache), &kept);
        kept
    };
    Computed { value, key: kept.filed.then_some(key), bytes: kept.bytes }
}

async fn obtain<A, R, T, V, F, O, K>(
    invocation: Invocation<A, V, F, O, K>,
    lookups: Lookups,
) -> Obtained<T>
where
    V: Fn(&A, &mut Inputs),
    F: FnOnce(A) -> R,
    R: Future<Output = T>,
    O: Outcome<T>,
    K: Fn(&T) -> bool,
{
    let Invocation { cache, recipe, arguments, compute } = invocation;
    let function = recipe.function;
    let mut landed = 0;
    let prepared = match recipe.begin(&cache, &arguments, lookups) {
        Some((mut hashed, replace)) => {
            landed = cache.flights().landed(&hashed.key);
            let looked =
                if replace { None } else { Some(find(&cache, &recipe, &mut hashed).await) };
            recipe.prepared(&cache, &arguments, hashed, looked)
        }
        None => Prepared::Compute(None),
    };
    let (right, pending) = match prepared {
        Prepared::Found { value, key } => {
            return Obtained { value, source: Source::Disk, key: Some(key) };
        }
        Prepared::Compute(Some(pending)) if pending.is_shared() => {
            let (key, missed) = (pending.key(), Missed::now(landed, pending.occupant()));
            let turn = turn::take(Task, &cache, function, key, missed).await;
            match turn.settle(&cache, &recipe, pending) {
                ControlFlow::Break(obtained) => return obtained,
                ControlFlow::Continue((right, pending)) => (right, Some(pending)),
            }
        }
        Prepared::Compute(pending) => (Right::default(), pending),
    };
    if lookups == Lookups::Allowed {
        recipe.log_reason(&cache, &arguments, pending.as_ref());
    }
    let computed = compute_and_keep(&cache, &recipe, pending, right, compute(arguments), false);
    let Computed { value, key, .. } = computed.await;
    Obtained { value, source: Source::Computed, key }
}

/// Writes the implementation for a control whose reply is a function of what was obtained.
macro_rules! control {
    ($control:ty, $reply:ty, |$invocation:ident, $outcome:ident| $body:block) => {
        impl AsyncControl for $control {
            type Reply<T> = $reply;

            async fn reply<A, R, T, V, F, $outcome, K>(
                $invocation: Invocation<A, V, F, $outcome, K>,
            ) -> $reply
            where
                V: Fn(&A, &mut Inputs),
                F: FnOnce(A) -> R,
                R: Future<Output = T>,
                $outcome: Outcome<T>,
                K: Fn(&T) -> bool,
            $body
        }
    };
}

control!(Value, T, |invocation, O| { obtain(invocation, Lookups::Allowed).await.value });

control!(Recompute, T, |invocation, O| { obtain(invocation, Lookups::Refused).await.value });

control!(InFull, Call<T>, |invocation, O| {
    let started = Instant::now();
    let Obtained { value, source, .. } = obtain(invocation, Lookups::Allowed).await;
    Call::new(value, source, started.elapsed())
});

control!(Shelve, Shelved<T>, |invocation, O| {
    let (cache, function) = (invocation.cache.clone(), invocation.recipe.function);
    Shelved::new::<O>(cache, function, obtain(invocation, Lookups::Allowed).await)
});
