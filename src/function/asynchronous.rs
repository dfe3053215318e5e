//! The same for an `async fn`, on any executor.
//!
//! Looking up and keeping happen where the future is polled: they take microseconds where the
//! directory is on a local disk, and a moment more for a costly result that is brought to the disk.

use super::call::{Call, Source};
use super::control::{InFull, Recompute, Shelve, Value};
use super::inputs::Inputs;
use super::invocation::Invocation;
use super::probe::Outcome;
use super::recipe::{Lookups, Obtained, Prepared};
use super::shelved::Shelved;
use super::timing::timed_future;
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
    match recipe.prepare(&cache, &arguments, lookups) {
        Prepared::Found { value, key } => Obtained { value, source: Source::Disk, key: Some(key) },
        Prepared::Compute(pending) => {
            if lookups == Lookups::Allowed {
                recipe.log_reason(&cache, &arguments, pending.as_ref());
            }
            let counters = &recipe.tracked(&cache).counters;
            let failed = |result: &T| recipe.is_failure(result);
            let (value, cost) = timed_future(counters, failed, compute(arguments)).await;
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
