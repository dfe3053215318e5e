//! `f::map` for an `async fn`: many futures, driven by whoever polls the one that is returned.

use crate::cache::{Cache, Reuse, Tally, current};
use crate::function::inputs::Inputs;
use crate::function::instances::Function;
use crate::function::probe::Outcome;
use crate::function::recipe::{Lookups, Pending, Prepared, Recipe, decode_entry};
use crate::function::timing::{self, Cost, timed_future};
use crate::key::Digest;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, resume_unwind};

/// So many calls are under way at once.
const UNDER_WAY: usize = 256;

/// The result, what it took, and the bytes of its entry, if it has some.
type Settled<T> = (T, Cost, Option<Vec<u8>>);

/// What a call that was computed comes back with.
struct Computed<T> {
    index: usize,
    /// The arguments, for people.
    printed: String,
    inputs: Option<Digest>,
    outcome: Result<Settled<T>, Box<dyn Any + Send>>,
}

/// Calls the function with every item of `inputs`; results in input order.
///
/// Up to 256 calls are under way at once, all within this future, so they run concurrently and not
/// in parallel, unless the function itself spawns. Equal calls are computed once. If one panics,
/// what is under way ends and is kept, then the panic goes on.
///
/// # Panics
///
/// If the function does.
pub async fn map_async<A, R, T, V, F, O, K, I>(
    function: &'static Function,
    cache: Option<Cache>,
    inputs: I,
    visit: V,
    compute: F,
    outcome: O,
    keep_if: K,
) -> Vec<T>
where
    V: Fn(&A, &mut Inputs),
    F: Fn(A) -> R,
    R: Future<Output = T>,
    O: Outcome<T>,
    K: Fn(&T) -> bool,
    I: IntoIterator<Item = A>,
{
    let cache = cache.unwrap_or_else(current);
    let recipe = Recipe { function, visit, outcome, keep_if };
    let tally = Tally::new(&cache);
    let run = |index: usize, arguments: A, pending: Option<Pending>| {
        let (cache, recipe, compute) = (&cache, &recipe, &compute);
        if let Some(pending) = &pending {
            pending.count(&tally, cache, function);
        }
        async move {
            let inputs = pending.as_ref().map(Pending::inputs);
            let printed = recipe.printed(&arguments, pending.as_ref());
            let work = async {
                let counters = &recipe.tracked(cache).counters;
                let failed = |result: &T| recipe.is_failure(result);
                let (value, cost) = timed_future(counters, failed, compute(arguments)).await;
                let kept = pending.map(|pending| recipe.conclude(cache, pending, &value, cost));
                (value, cost, kept.and_then(|kept| kept.bytes))
            };
            let outcome = AssertUnwindSafe(work).catch_unwind().await;
            Computed { index, printed, inputs, outcome }
        }
    };

    let mut inputs = inputs.into_iter().enumerate().fuse();
    let mut under_way = FuturesUnordered::new();
    let mut waiting: HashMap<Digest, Vec<(usize, A)>> = HashMap::new();
    let mut results: Vec<Option<T>> = Vec::new();
    let mut panic = None;
    loop {
        while under_way.len() < UNDER_WAY
            && panic.is_none()
            && let Some((index, arguments)) = inputs.next()
        {
            results.push(None);
            match recipe.prepare(&cache, &arguments, Lookups::Allowed) {
                Prepared::Found { value, .. } => {
                    tally.found();
                    results[index] = Some(value);
                }
                Prepared::Compute(pending) => {
                    if let Some(pending) = &pending {
                        if let Some(equal) = waiting.get_mut(&pending.inputs()) {
                            equal.push((index, arguments));
                            continue;
                        }
                        waiting.insert(pending.inputs(), Vec::new());
                    }
                    under_way.push(run(index, arguments, pending));
                }
            }
        }
        let Some(computed) = under_way.next().await else { break };
        let Computed { index, printed, inputs, outcome } = computed;
        let equal = inputs.and_then(|inputs| waiting.remove(&inputs)).unwrap_or_default();
        let (value, cost, bytes) = match outcome {
            Ok(computed) => computed,
            Err(payload) => {
                recipe.log_panic(index, &printed);
                if panic.as_ref().is_none_or(|(first, _)| index < *first) {
                    panic = Some((index, payload));
                }
                continue;
            }
        };
        results[index] = Some(value);
        for (index, arguments) in equal {
            if let Some(value) = bytes.as_ref().and_then(|bytes| decode_entry::<T, O>(bytes).ok()) {
                tally.shared();
                cache.reused(recipe.tracked(&cache), Reuse::Shared, cost.full_ns);
                timing::reused(cost.full_ns);
                results[index] = Some(value);
            } else if panic.is_none() {
                // What the first of them came to is not to be shared, so each computes for itself.
                match recipe.prepare(&cache, &arguments, Lookups::Allowed) {
                    Prepared::Found { value, .. } => {
                        tally.found();
                        results[index] = Some(value);
                    }
                    Prepared::Compute(pending) => under_way.push(run(index, arguments, pending)),
                }
            }
        }
    }
    tally.log(&function.identity);
    if let Some((_, payload)) = panic {
        resume_unwind(payload);
    }
    // Anything else would shift the results that follow.
    assert!(results.iter().all(Option::is_some), "an item of a batch was left out");
    results.into_iter().flatten().collect()
}
