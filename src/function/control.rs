//! What can be asked of a call: its value, its story, whether it is there, that it be forgotten.

use super::call::{Call, Source};
use super::inputs::Inputs;
use super::invocation::Invocation;
use super::patience::{Thread, now};
use super::probe::Outcome;
use super::recipe::{Lookups, Obtained, Pending, Prepared, Recipe};
use super::shelved::Shelved;
use super::span;
use super::timing::{Parent, timed};
use super::turn::{self, Missed, Right};
use crate::cache::{Cache, Mode, Sources, Why};
use crate::error::{Error, ErrorKind, Result};
use crate::flight::Kind;
use std::ops::ControlFlow;
use std::time::Instant;

/// Something asked of a call that may compute.
pub trait Control {
    /// What it gives for a result of type `T`.
    type Reply<T>;

    /// Carries it out. `here` tells what runs the call.
    fn reply<A, T, V, F, O, K>(
        invocation: Invocation<A, V, F, O, K>,
        here: fn() -> Kind,
    ) -> Self::Reply<T>
    where
        V: Fn(&A, &mut Inputs),
        F: FnOnce(A) -> T,
        O: Outcome<T>,
        K: Fn(&T) -> bool;
}

/// Something asked of a call that never computes.
pub trait Ask {
    /// What it gives.
    type Answer;

    /// Carries it out.
    fn ask<A, V, F, O, K>(invocation: Invocation<A, V, F, O, K>) -> Self::Answer
    where
        V: Fn(&A, &mut Inputs);
}

/// The plain call.
#[derive(Debug)]
pub struct Value;

/// The call with its story: [`Call`].
#[derive(Debug)]
pub struct InFull;

/// The call, computed whatever there is, and kept in its place.
#[derive(Debug)]
pub struct Recompute;

/// The call, whose result stays in the cache until it is asked for: [`Shelved`].
#[derive(Debug)]
pub struct Shelve;

/// Whether the result is there.
#[derive(Debug)]
pub struct IsCached;

/// Removes the result.
#[derive(Debug)]
pub struct Forget;

/// Why it would be computed: [`Why`].
#[derive(Debug)]
pub struct Explain;

#[inline]
fn obtain<A, T, V, F, O, K>(
    invocation: Invocation<A, V, F, O, K>,
    here: fn() -> Kind,
    lookups: Lookups,
) -> Obtained<T>
where
    V: Fn(&A, &mut Inputs),
    F: FnOnce(A) -> T,
    O: Outcome<T>,
    K: Fn(&T) -> bool,
{
    let Invocation { cache, recipe, arguments, compute } = invocation;
    let (prepared, landed) = prepare(&cache, &recipe, &arguments, lookups);
    let pending = match prepared {
        Prepared::Found { value, key } => {
            return Obtained { value, source: Source::Disk, key: Some(key) };
        }
        Prepared::Compute(pending) => pending,
    };
    let missed = |pending: &Pending| Missed::now(landed, pending.occupant());
    let missed = pending.as_ref().map_or_else(Missed::long_ago, missed);
    let call = Missing { pending, missed, lookups };
    complete(&cache, &recipe, call, Thread(here()), arguments, compute)
}

/// A call that was not found.
pub(crate) struct Missing {
    /// Nothing where the cache has no part in it.
    pub(crate) pending: Option<Pending>,
    pub(crate) missed: Missed,
    pub(crate) lookups: Lookups,
}

/// Looks a call up. Beside what that comes to, it tells how many flights had landed before.
#[inline]
pub(crate) fn prepare<A, T, V, O, K>(
    cache: &Cache,
    recipe: &Recipe<V, O, K>,
    arguments: &A,
    lookups: Lookups,
) -> (Prepared<T>, u64)
where
    V: Fn(&A, &mut Inputs),
    O: Outcome<T>,
{
    let Some((mut hashed, replace)) = recipe.begin(cache, arguments, lookups) else {
        return (Prepared::Compute(None), 0);
    };
    let landed = cache.flights().landed(&hashed.key);
    let looked = (!replace).then(|| {
        let looked = recipe.find(cache, &hashed.key);
        recipe.unless_checked(cache, &mut hashed, looked)
    });
    (recipe.prepared(cache, arguments, hashed, looked), landed)
}

/// Goes on with a call that was not found: takes a turn, computes and keeps, or shares what an equal
/// call comes to.
#[inline]
pub(crate) fn complete<A, T, V, O, K>(
    cache: &Cache,
    recipe: &Recipe<V, O, K>,
    call: Missing,
    caller: Thread,
    arguments: A,
    compute: impl FnOnce(A) -> T,
) -> Obtained<T>
where
    V: Fn(&A, &mut Inputs),
    O: Outcome<T>,
    K: Fn(&T) -> bool,
{
    let Missing { pending, missed, lookups } = call;
    let (right, pending) = match pending {
        Some(pending) if pending.is_shared() => {
            let turn = now(turn::take(caller, cache, recipe.function, pending.key(), missed));
            match turn.settle(cache, recipe, pending) {
                ControlFlow::Break(obtained) => return obtained,
                ControlFlow::Continue((right, pending)) => (right, Some(pending)),
            }
        }
        pending => (Right::default(), pending),
    };
    if lookups == Lookups::Allowed {
        recipe.log_reason(cache, &arguments, pending.as_ref());
    }
    let tracked = recipe.tracked(cache);
    let failed = |result: &T| recipe.is_failure(result);
    let entered = right.enter();
    let span = span::computation(recipe.function, pending.as_ref());
    let compute = || span.run(failed, || compute(arguments));
    let (value, cost) = timed(&tracked.counters, Parent::Caller, failed, compute);
    let key = pending.and_then(|pending| {
        let key = pending.key();
        let encoded = recipe.encode(cache, pending, &value, cost, right.is_awaited());
        let kept = encoded.map(|encoded| cache.file(tracked, encoded)).unwrap_or_default();
        // Only now, as `keep_if` and what encodes are the user's too, and may call the function.
        drop(entered);
        right.land(tracked, &kept);
        kept.filed.then_some(key)
    });
    Obtained { value, source: Source::Computed, key }
}

/// Writes the implementation for a control whose reply is a function of what was obtained.
macro_rules! control {
    ($control:ty, $reply:ty, |$invocation:ident, $here:ident, $outcome:ident| $body:block) => {
        impl Control for $control {
            type Reply<T> = $reply;

            #[inline]
            fn reply<A, T, V, F, $outcome, K>(
                $invocation: Invocation<A, V, F, $outcome, K>,
                $here: fn() -> Kind,
            ) -> $reply
            where
                V: Fn(&A, &mut Inputs),
                F: FnOnce(A) -> T,
                $outcome: Outcome<T>,
                K: Fn(&T) -> bool,
            $body
        }
    };
}

control!(Value, T, |invocation, here, O| { obtain(invocation, here, Lookups::Allowed).value });

control!(Recompute, T, |invocation, here, O| { obtain(invocation, here, Lookups::Refused).value });

control!(InFull, Call<T>, |invocation, here, O| {
    let started = Instant::now();
    let Obtained { value, source, .. } = obtain(invocation, here, Lookups::Allowed);
    Call::new(value, source, started.elapsed())
});

control!(Shelve, Shelved<T>, |invocation, here, O| {
    let (cache, function) = (invocation.cache.clone(), invocation.recipe.function);
    Shelved::new::<O>(cache, function, obtain(invocation, here, Lookups::Allowed))
});

impl Ask for IsCached {
    type Answer = bool;

    fn ask<A, V, F, O, K>(invocation: Invocation<A, V, F, O, K>) -> bool
    where
        V: Fn(&A, &mut Inputs),
    {
        let Invocation { cache, recipe, arguments, .. } = invocation;
        let hashed = recipe.hash(&arguments);
        hashed.is_ok_and(|hashed| cache.contains(recipe.tracked(&cache), &hashed.key))
    }
}

impl Ask for Explain {
    type Answer = Why;

    fn ask<A, V, F, O, K>(invocation: Invocation<A, V, F, O, K>) -> Why
    where
        V: Fn(&A, &mut Inputs),
    {
        let Invocation { cache, recipe, arguments, .. } = invocation;
        if cache.mode() == Mode::Off {
            return Why::SwitchedOff;
        }
        match recipe.hash(&arguments) {
            Ok(hashed) => recipe.why(&cache, &arguments, &hashed, Sources::Everything),
            Err(error) => Why::unhashable(&error),
        }
    }
}

impl Ask for Forget {
    type Answer = Result<bool>;

    fn ask<A, V, F, O, K>(invocation: Invocation<A, V, F, O, K>) -> Result<bool>
    where
        V: Fn(&A, &mut Inputs),
    {
        let Invocation { cache, recipe, arguments, .. } = invocation;
        if cache.mode() == Mode::Off {
            return Ok(false);
        }
        let hashed = recipe.hash(&arguments).map_err(|error| {
            let name = &recipe.function.identity.name;
            Error::new(ErrorKind::Unhashable, format!("inputs of `{name}` cannot be hashed"))
                .with_source(error)
        })?;
        cache.forget(recipe.tracked(&cache), &hashed.key)
    }
}
