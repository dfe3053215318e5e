//! `f::map` for an `async fn`: many futures, driven by whoever polls the one that is returned.

use super::ambient::{self, within};
use super::failure::{Cause, Failure};
use super::interrupt;
use super::observe::{Ended, Started, Watch};
use super::panics::{Panic, dropped};
use super::pool::count;
use super::run::{first_of, give_up};
use super::settings::{Ends, Settings, Stopped};
use crate::cache::{Cache, Lookup, Reuse, Tally, current};
use crate::error::Error;
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
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::time::{Duration, Instant};

/// So many calls are under way at once, unless settings say something else.
const UNDER_WAY: usize = 256;

/// What a call comes back with.
struct Settled<T> {
    index: usize,
    inputs: Option<Digest>,
    /// The value, and the bytes of its entry, if it has some.
    outcome: Result<(T, Option<Payload>), Failure>,
}

/// What holds for all calls.
struct Limits {
    under_way: usize,
    timeout: Option<Duration>,
    ends: Ends,
}

impl Limits {
    /// That the item is not begun, if nothing is any more.
    fn not_begun(&self, index: usize, watch: &Watch) -> Option<Failure> {
        let why = self.ends.reached()?;
        watch.stopped(why);
        Failure::not_begun(index, why)
    }

    fn of(settings: &Settings) -> Result<Self, Error> {
        settings.check()?;
        let under_way = settings.n_jobs.map(count).transpose()?.unwrap_or(UNDER_WAY);
        Ok(Self { under_way, timeout: settings.timeout, ends: Ends::of(settings) })
    }
}

/// Calls the function with every item of `inputs`; results in input order.
///
/// Up to 256 calls are under way at once, all within this future, so they run concurrently and not
/// in parallel, unless the function itself spawns. Equal calls are computed once. If one panics,
/// what is under way ends and is kept, then the panic goes on.
///
/// The settings are those of [`with_parallel`](crate::with_parallel) where the future is polled first.
///
/// # Panics
///
/// If the function does. Also if the batch ends before its end, as by Ctrl-C or by the settings.
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
    let outer = ambient::current();
    let settings = within(&Settings::default());
    let limits = Limits::of(&settings).unwrap_or_else(|error| {
        give_up(Failure::new(0, None, Cause::Invalid(error)));
    });
    let watch = Watch::start(&Started {
        function: Some((function, &cache)),
        name: &function.identity.name,
        left: inputs.size_hint(),
        jobs: limits.under_way,
        // None of them is ours.
        workers: 0,
        settings: &settings,
    });
    let unfinished = Unfinished(&watch);
    let recipe = Recipe { function, visit, outcome, keep_if };
    let tally = Tally::new(&cache);
    let results = {
        let mut batch = pin!(run_all(&watch, &cache, &recipe, &tally, compute, inputs, &limits));
        poll_fn(|context| {
            let _entered = ambient::enter(outer.clone());
            let _within = watch.enter();
            batch.as_mut().poll(context)
        })
        .await
    };
    std::mem::forget(unfinished);
    tally.log(&function.identity);
    results.unwrap_or_else(|failure| give_up(failure))
}

/// Says that a batch that is dropped before its end was cancelled.
struct Unfinished<'a>(&'a Watch);

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        self.0.stopped(Stopped::Cancelled);
    }
}

/// The values, or the first failure.
async fn run_all<A, R, T, V, F, O, K>(
    watch: &Watch,
    cache: &Cache,
    recipe: &Recipe<V, O, K>,
    tally: &Tally,
    compute: F,
    inputs: impl Iterator<Item = A>,
    limits: &Limits,
) -> Result<Vec<T>, Failure>
where
    V: Fn(&A, &mut Inputs),
    F: Fn(A) -> R,
    R: Future<Output = T>,
    O: Outcome<T>,
    K: Fn(&T) -> bool,
{
    let run = |index: usize, arguments: A, begun: Option<(Hashed, bool)>| {
        let inputs = begun.as_ref().map(|(hashed, _)| hashed.key.inputs);
        let (compute, timeout) = (&compute, limits.timeout);
        let item = Item { index, watch, cache, recipe, tally, compute, timeout };
        async move {
            let (mut printed, started) = (String::new(), Instant::now());
            let settle = AssertUnwindSafe(item.settle(arguments, begun, &mut printed));
            let outcome = settle.catch_unwind().await.unwrap_or_else(|payload| {
                recipe.log_panic(index, &printed);
                Err(Cause::Panicked(Panic::caught(payload).into()))
            });
            let outcome = outcome.map_err(|cause| {
                watch.tell(|observer| observer.failed(ended(index, started, &printed)));
                Failure::new(index, Some(printed), cause)
            });
            Settled { index, inputs, outcome }
        }
    };

    let mut inputs = inputs.enumerate().fuse();
    let mut under_way = FuturesUnordered::new();
    let mut waiting: HashMap<Digest, Vec<(usize, A, Hashed)>> = HashMap::new();
    let mut results: Vec<Option<T>> = Vec::new();
    let mut first = None;
    loop {
        while under_way.len() < limits.under_way
            && first.is_none()
            && let Some((index, arguments)) = inputs.next()
        {
            results.push(None);
            if let Some(failure) = limits.not_begun(index, watch) {
                dropped(arguments);
                first = Some(failure);
                break;
            }
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
            Err(failure) => {
                watch.stopped(Stopped::Failed);
                first = Some(first_of(first, failure));
                continue;
            }
        };
        results[index] = Some(value);
        for (index, arguments, hashed) in equal {
            let shared = payload
                .as_ref()
                .and_then(|payload| recipe.got(cache, &hashed.key, payload, Reuse::Shared));
            if let Some((value, full_ns)) = shared {
                tally.reused(Reuse::Shared, 1);
                reused(watch, Reuse::Shared, full_ns);
                timing::reused(full_ns);
                results[index] = Some(value);
            } else if first.is_none() {
                first = limits.not_begun(index, watch);
                if first.is_some() {
                    break;
                }
                // It was there already, or what the first of them came to is not to be shared.
                let replace = !cache.mode().reads();
                under_way.push(run(index, arguments, Some((hashed, replace))));
            }
        }
    }
    if let Some(first) = first {
        if matches!(first.cause(), Cause::Cancelled) && interrupt::has_happened() {
            let done = results.iter().flatten().count();
            let left = inputs.size_hint().1;
            let left = left.map(|undrawn| undrawn.saturating_add(results.len() - done));
            interrupt::report(&recipe.function.identity.name, done, left);
        }
        return Err(first);
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
    timeout: Option<Duration>,
}

impl<V, F, O, K> Item<'_, V, F, O, K> {
    /// Looks the item up, waits for somebody else who computes it, or computes it.
    async fn settle<A, R, T>(
        self,
        arguments: A,
        begun: Option<(Hashed, bool)>,
        printed: &mut String,
    ) -> Result<(T, Option<Payload>), Cause>
    where
        V: Fn(&A, &mut Inputs),
        F: Fn(A) -> R,
        R: Future<Output = T>,
        O: Outcome<T>,
        K: Fn(&T) -> bool,
    {
        let Self { index, watch, cache, recipe, tally, compute, timeout } = self;
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
                    tally.reused(Reuse::Found, 1);
                    reused(watch, Reuse::Found, saved);
                    return Ok((value, None));
                }
                Prepared::Compute(prepared) => pending = prepared,
            }
            if let Some(pending) = pending.as_ref().filter(|pending| pending.is_shared()) {
                let missed = Missed::now(landed, pending.occupant());
                match take(Task, cache, recipe.function, key, missed).await {
                    Turn::Ours(ours) => right = ours,
                    Turn::Got(payload, how) => {
                        if let Some((value, full_ns)) = recipe.got(cache, &key, &payload, how) {
                            tally.reused(how, 1);
                            reused(watch, how, full_ns);
                            timing::reused(full_ns);
                            return Ok((value, Some(payload)));
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
        if let Some(limit) = timeout.filter(|limit| started.elapsed() > *limit) {
            return Err(Cause::TimedOut(limit));
        }
        watch.tell(|observer| observer.computed(ended(index, started, printed)));
        Ok((computed.value, computed.bytes.map(Payload::Shared)))
    }
}
