//! `f::map` for an `async fn`: many futures, driven by whoever polls the one that is returned.

use super::observe::{Ended, Started, Watch};
use super::settings::{Settings, Stopped};
use crate::cache::{Cache, Lookup, Reuse, Tally, current};
use crate::function::asynchronous::{compute_and_keep, find};
use crate::function::inputs::Inputs;
use crate::function::instances::Function;
use crate::function::patience::Task;
use crate::function::payload::Payload;
use crate::function::probe::Outcome;
use crate::function::recipe::{Hashed, Lookups, Prepared, Recipe};
use crate::function::timing;
use crate::function::turn::{Missed, Right, Turn, take};
use crate::key::Digest;
use futures_util::future::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::pin;
use std::time::{Duration, Instant};

/// So many calls are under way at once.
const UNDER_WAY: usize = 256;

/// What a call comes back with.
struct Settled<T> {
    index: usize,
    inputs: Option<Digest>,
    /// The value, and the bytes of its entry, if it has some.
    outcome: Result<(T, Option<Payload>), Box<dyn Any + Send>>,
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
    let inputs = inputs.into_iter();
    let watch = Watch::start(&Started {
        function: Some((function, &cache)),
        name: &function.identity.name,
        left: inputs.size_hint(),
        jobs: UNDER_WAY,
        // None of them is ours.
        workers: 0,
        settings: &Settings::default(),
    });
    let unfinished = Unfinished(&watch);
    let recipe = Recipe { function, visit, outcome, keep_if };
    let tally = Tally::new(&cache);
    let results = {
        let mut batch = pin!(run_all(&watch, &cache, &recipe, &tally, compute, inputs));
        poll_fn(|context| {
            let _within = watch.enter();
            batch.as_mut().poll(context)
        })
        .await
    };
    std::mem::forget(unfinished);
    tally.log(&function.identity);
    results.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Says that a batch that is dropped before its end was cancelled.
struct Unfinished<'a>(&'a Watch);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.stopped(Stopped::Cancelled);
    }
}

/// The values, or the panic of the first item that panicked.
async fn run_all<A, R, T, V, F, O, K>(
    watch: &Watch,
    cache: &Cache,
    recipe: &Recipe<V, O, K>,
    tally: &Tally,
    compute: F,
    inputs: impl Iterator<Item = A>,
) -> Result<Vec<T>, Box<dyn Any + Send>>
where
    V: Fn(&A, &mut Inputs),
    F: Fn(A) -> R,
    R: Future<Output = T>,
    O: Outcome<T>,
    K: Fn(&T) -> bool,
{
    let run = |index: usize, arguments: A, begun: Option<(Hashed, bool)>| {
        let inputs = begun.as_ref().map(|(hashed, _)| hashed.key.inputs);
        let item = Item { index, watch, cache, recipe, tally, compute: &compute };
        async move {
            let (mut printed, started) = (String::new(), Instant::now());
            let settle = AssertUnwindSafe(item.settle(arguments, begun, &mut printed));
            let outcome = settle.catch_unwind().await;
            if outcome.is_err() {
                recipe.log_panic(index, &printed);
                watch.tell(|observer| observer.failed(ended(index, started, &printed)));
            }
            Settled { index, inputs, outcome }
        }
    };

    let mut inputs = inputs.enumerate().fuse();
    let mut under_way = FuturesUnordered::new();
    let mut waiting: HashMap<Digest, Vec<(usize, A, Hashed)>> = HashMap::new();
    let mut results: Vec<Option<T>> = Vec::new();
    let mut panic = None;
    loop {
        while under_way.len() < UNDER_WAY
            && panic.is_none()
            && let Some((index, arguments)) = inputs.next()
        {
            results.push(None);
            watch.tell(|observer| observer.drawn(1, inputs.size_hint()));
            let begun = recipe.begin(cache, &arguments, Lookups::Allowed);
            if let Some((hashed, _)) = &begun {
                match waiting.entry(hashed.key.inputs) {
                    Entry::Vacant(first) => first.insert(Vec::new()),
                    Entry::Occupied(mut equal) => {
                        equal.get_mut().push((index, arguments, hashed.clone()));
                        continue;
                    }
                };
            }
            under_way.push(run(index, arguments, begun));
        }
        let Some(settled) = under_way.next().await else { break };
        let Settled { index, inputs, outcome } = settled;
        let equal = inputs.and_then(|inputs| waiting.remove(&inputs)).unwrap_or_default();
        let (value, payload) = match outcome {
            Ok(settled) => settled,
            Err(payload) => {
                watch.stopped(Stopped::Failed);
                if panic.as_ref().is_none_or(|(first, _)| index < *first) {
                    panic = Some((index, payload));
                }
                continue;
            }
        };
        results[index] = Some(value);
        for (index, arguments, hashed) in equal {
            let shared = payload
                .as_ref()
                .and_then(|payload| recipe.got(cache, &hashed.key, payload, Reuse::Shared));
            if let Some((value, full_ns)) = shared {
                tally.shared();
                reused(watch, Reuse::Shared, full_ns);
                timing::reused(full_ns);
                results[index] = Some(value);
            } else if panic.is_none() {
                // It was there already, or what the first of them came to is not to be shared.
                let replace = !cache.mode().reads();
                under_way.push(run(index, arguments, Some((hashed, replace))));
            }
        }
    }
    if let Some((_, payload)) = panic {
        return Err(payload);
    }
    // Anything else would shift the results that follow.
    assert!(results.iter().all(Option::is_some), "an item of a batch was left out");
    Ok(results.into_iter().flatten().collect())
}

fn reused(watch: &Watch, how: Reuse, full_ns: u64) {
    let saved = Duration::from_nanos(full_ns);
    watch.tell(|observer| match how {
        Reuse::Found => observer.found(1, saved),
        Reuse::Shared => observer.shared(1, saved),
    });
}

/// An item that began at this time and is over.
fn ended(index: usize, started: Instant, printed: &str) -> Ended<'_> {
    Ended { index, count: 1, worker: None, took: started.elapsed(), printed: Some(printed) }
}

/// What an item needs of its batch.
struct Item<'a, V, F, O, K> {
    index: usize,
    watch: &'a Watch,
    cache: &'a Cache,
    recipe: &'a Recipe<V, O, K>,
    tally: &'a Tally,
    compute: &'a F,
}

impl<V, F, O, K> Item<'_, V, F, O, K> {
    /// Looks the item up, waits for somebody else who computes it, or computes it.
    async fn settle<A, R, T>(
        self,
        arguments: A,
        begun: Option<(Hashed, bool)>,
        printed: &mut String,
    ) -> (T, Option<Payload>)
    where
        V: Fn(&A, &mut Inputs),
        F: Fn(A) -> R,
        R: Future<Output = T>,
        O: Outcome<T>,
        K: Fn(&T) -> bool,
    {
        let Self { index, watch, cache, recipe, tally, compute } = self;
        let (mut right, mut pending) = (Right::default(), None);
        if let Some((mut hashed, replace)) = begun {
            let key = hashed.key;
            let landed = cache.flights().landed(&key);
            let looked = if replace { None } else { Some(find(cache, recipe, &mut hashed).await) };
            let saved = match &looked {
                Some(Lookup::Found { full_ns, .. }) => *full_ns,
                _ => 0,
            };
            match recipe.prepared(cache, &arguments, hashed, looked) {
                Prepared::Found { value, .. } => {
                    tally.found();
                    reused(watch, Reuse::Found, saved);
                    return (value, None);
                }
                Prepared::Compute(prepared) => pending = prepared,
            }
            if let Some(pending) = pending.as_ref().filter(|pending| pending.is_shared()) {
                let missed = Missed::now(landed, pending.occupant());
                match take(Task, cache, recipe.function, key, missed).await {
                    Turn::Ours(ours) => right = ours,
                    Turn::Got(payload, how) => {
                        if let Some((value, full_ns)) = recipe.got(cache, &key, &payload, how) {
                            tally.reused(how);
                            reused(watch, how, full_ns);
                            timing::reused(full_ns);
                            return (value, Some(payload));
                        }
                    }
                }
            }
        }
        *printed = recipe.printed(&arguments, pending.as_ref());
        if let Some(pending) = &pending {
            pending.count(tally, cache, recipe.function);
        }
        let started = Instant::now();
        let compute = compute(arguments);
        let computed = compute_and_keep(cache, recipe, pending, right, compute, true).await;
        watch.tell(|observer| observer.computed(ended(index, started, printed)));
        (computed.value, computed.bytes.map(Payload::Shared))
    }
}
