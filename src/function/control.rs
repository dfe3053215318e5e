//! What can be asked of a call: its value, its story, whether it is there, that it be forgotten.

use super::call::{Call, Source};
use super::inputs::Inputs;
use super::invocation::Invocation;
use super::probe::Outcome;
use super::recipe::{Lookups, Obtained, Prepared};
use super::shelved::Shelved;
use super::timing::{Parent, timed};
use crate::cache::{Mode, Sources, Why};
use crate::error::{Error, ErrorKind, Result};
use std::time::Instant;

/// Something asked of a call that may compute.
pub trait Control {
    /// What it gives for a result of type `T`.
    type Reply<T>;

    /// Carries it out.
    fn reply<A, T, V, F, O, K>(invocation: Invocation<A, V, F, O, K>) -> Self::Reply<T>
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
fn obtain<A, T, V, F, O, K>(invocation: Invocation<A, V, F, O, K>, lookups: Lookups) -> Obtained<T>
where
    V: Fn(&A, &mut Inputs),
    F: FnOnce(A) -> T,
    O: Outcome<T>,
    K: Fn(&T) -> bool,
{
    let Invocation { cache, recipe, arguments, compute } = invocation;
    match recipe.prepare(&cache, &arguments, lookups) {
        Prepared::Found { value, key } => Obtained { value, source: Source::Disk, key: Some(key) },
        Prepared::Compute(pending) => {
            if lookups == Lookups::Allowed {
                recipe.log_reason(&cache, &arguments, pending.as_ref());
            }
            let counters = &recipe.tracked(&cache).counters;
            let failed = |result: &T| recipe.is_failure(result);
            let (value, cost) = timed(counters, Parent::Caller, failed, || compute(arguments));
            let key = pending.and_then(|pending| {
                let key = pending.key();
                recipe.conclude(&cache, pending, &value, cost).filed.then_some(key)
            });
            Obtained { value, source: Source::Computed, key }
        }
    }
}

/// Writes the implementation for a control whose reply is a function of what was obtained.
macro_rules! control {
    ($control:ty, $reply:ty, |$invocation:ident, $outcome:ident| $body:block) => {
        impl Control for $control {
            type Reply<T> = $reply;

            #[inline]
            fn reply<A, T, V, F, $outcome, K>(
                $invocation: Invocation<A, V, F, $outcome, K>,
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

control!(Value, T, |invocation, O| { obtain(invocation, Lookups::Allowed).value });

control!(Recompute, T, |invocation, O| { obtain(invocation, Lookups::Refused).value });

control!(InFull, Call<T>, |invocation, O| {
    let started = Instant::now();
    let Obtained { value, source, .. } = obtain(invocation, Lookups::Allowed);
    Call::new(value, source, started.elapsed())
});

control!(Shelve, Shelved<T>, |invocation, O| {
    let (cache, function) = (invocation.cache.clone(), invocation.recipe.function);
    Shelved::new::<O>(cache, function, obtain(invocation, Lookups::Allowed))
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
