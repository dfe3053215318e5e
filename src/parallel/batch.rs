//! `f::map`: many calls of one function, in input order.
//!
//! Inputs are drawn in windows, so that even a long iterator is never copied as a whole. The calls
//! of a window are looked up in parallel; what is missing goes to the pool one by one, and is kept
//! the moment it is there. Equal calls are computed once: the later ones decode what the first one
//! kept. While the pool computes, the next windows are drawn and looked up. What somebody else is
//! computing, on another thread or in another process, is set aside until the rest is done.

mod aside;
mod equal;

use super::throttle::Throttle;
use super::worker::here;
use crate::cache::{Cache, Lookup, Mode, Occupant, Reuse, Tally, current, enter, scope};
use crate::function::inputs::Inputs;
use crate::function::instances::Function;
use crate::function::patience::Item;
use crate::function::payload::Payload;
use crate::function::probe::Outcome;
use crate::function::recipe::{Hashed, Recipe};
use crate::function::timing::{self, Parent, timed};
use crate::function::turn::Right;
use crate::key::Digest;
use aside::{Aside, LONGEST_PAUSE, poll};
use equal::State;
use rayon::Scope;
use rayon::prelude::*;
use std::any::Any;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Poll;

/// The first window is small, so that the first computation starts at once; each further one is
/// twice as large, up to this.
const LARGEST_WINDOW: usize = 4096;

/// So many misses per worker wait in the pool at most.
const WAITING: usize = 64;

/// A window this small is looked up faster by one thread than by asking others.
const SMALL_WINDOW: usize = 16;

/// Calls the function with every item of `inputs`, on the current pool; results in input order.
pub fn map<A, T, V, F, O, K, I>(
    function: &'static Function,
    cache: Option<Cache>,
    inputs: I,
    visit: V,
    compute: F,
    outcome: O,
    keep_if: K,
) -> Vec<T>
where
    A: Send,
    T: Send,
    V: Fn(&A, &mut Inputs) + Sync,
    F: Fn(A) -> T + Sync,
    O: Outcome<T> + Sync,
    K: Fn(&T) -> bool + Sync,
    I: IntoIterator<Item = A>,
{
    let cache = cache.unwrap_or_else(current);
    let batch = Batch {
        scope: scope(),
        tally: Tally::new(&cache),
        cache,
        recipe: Recipe { function, visit, outcome, keep_if },
        compute,
        results: Mutex::default(),
        keys: Mutex::default(),
        aside: Mutex::default(),
        item: Item { waits: here(), home: std::thread::current().id() },
        throttle: Throttle::new(WAITING * rayon::current_num_threads()),
        stopped: AtomicBool::new(false),
        panicked: Mutex::default(),
        cost_ns: AtomicU64::new(0),
    };
    timing::batch(|| {
        rayon::in_place_scope(|scope| {
            batch.feed(scope, inputs.into_iter());
            batch.collect(scope);
        });
        ((), batch.cost_ns.load(Ordering::Relaxed))
    });
    batch.finish()
}

struct Batch<A, T, V, F, O, K> {
    /// What calls inside the items are to use for a cache, on whichever thread they run.
    scope: Option<Cache>,
    cache: Cache,
    tally: Tally,
    recipe: Recipe<V, O, K>,
    compute: F,
    results: Mutex<Vec<Option<T>>>,
    /// The keys that this batch computes or has computed, by the digest of their inputs.
    keys: Mutex<HashMap<Digest, State<A>>>,
    /// What somebody else was computing when it was its turn.
    aside: Mutex<Vec<Aside<A>>>,
    item: Item,
    throttle: Throttle,
    stopped: AtomicBool,
    panicked: Mutex<Option<Panicked>>,
    /// What the results cost when they were computed, now or earlier.
    cost_ns: AtomicU64,
}

struct Panicked {
    index: usize,
    payload: Box<dyn Any + Send>,
}

/// One item on its way to being computed.
struct Miss<A> {
    index: usize,
    arguments: A,
    /// Absent where nothing is to be looked up or kept.
    hashed: Option<Hashed>,
    occupant: Occupant,
    /// How many flights had landed before it was looked up.
    landed: u64,
}

enum Looked<A, T> {
    Found(T),
    Missed(Miss<A>),
}

impl<A, T, V, F, O, K> Batch<A, T, V, F, O, K>
where
    A: Send,
    T: Send,
    V: Fn(&A, &mut Inputs) + Sync,
    F: Fn(A) -> T + Sync,
    O: Outcome<T> + Sync,
    K: Fn(&T) -> bool + Sync,
{
    /// Draws all inputs, answers what is there, and hands the rest to the pool.
    fn feed<'scope>(&'scope self, scope: &Scope<'scope>, mut inputs: impl Iterator<Item = A>)
    where
        A: 'scope,
    {
        let _stop = StopOnPanic(&self.stopped);
        let (mut drawn, mut size) = (0, SMALL_WINDOW);
        while !self.is_stopped() {
            let window: Vec<_> = inputs.by_ref().take(size).enumerate().collect();
            if window.is_empty() {
                break;
            }
            let count = window.len();
            lock(&self.results).resize_with(drawn + count, || None);
            let look = |(index, arguments)| self.look(drawn + index, arguments);
            let looked: Vec<_> = if count > SMALL_WINDOW {
                window.into_par_iter().map(look).collect()
            } else {
                window.into_iter().map(look).collect()
            };
            let mut misses = Vec::new();
            let mut results = lock(&self.results);
            for (index, looked) in looked.into_iter().enumerate() {
                match looked {
                    Looked::Found(value) => results[drawn + index] = Some(value),
                    Looked::Missed(miss) => misses.push(miss),
                }
            }
            drop(results);
            for miss in misses {
                // If it is full of what waits for what was set aside, there is nothing else to do.
                while self.throttle.is_full() && !self.ask(scope) {
                    self.throttle.wait(LONGEST_PAUSE);
                }
                self.dispatch(scope, miss);
            }
            drawn += count;
            size = (2 * size).min(LARGEST_WINDOW);
        }
    }

    fn look(&self, index: usize, arguments: A) -> Looked<A, T> {
        let unkept = |arguments| {
            let occupant = Occupant::Nobody;
            Looked::Missed(Miss { index, arguments, hashed: None, occupant, landed: 0 })
        };
        if self.cache.mode() == Mode::Off {
            return unkept(arguments);
        }
        let Some(mut hashed) = self.recipe.hash_or_warn(&self.cache, &arguments) else {
            return unkept(arguments);
        };
        let landed = self.cache.flights().landed(&hashed.key);
        let mut occupant = Occupant::Unwanted;
        if self.cache.mode().reads() {
            let looked = self.recipe.find(&self.cache, &hashed.key);
            match self.recipe.unless_checked(&self.cache, &mut hashed, looked) {
                Lookup::Found { value, full_ns } => {
                    self.reuse(Reuse::Found, full_ns);
                    return Looked::Found(value);
                }
                Lookup::Missing => occupant = Occupant::Nobody,
                Lookup::Damaged => occupant = Occupant::Damaged,
                Lookup::Invalid => occupant = Occupant::Invalid,
            }
        }
        Looked::Missed(Miss { index, arguments, hashed: Some(hashed), occupant, landed })
    }

    /// Hands a miss to the pool.
    fn spawn<'scope>(&'scope self, scope: &Scope<'scope>, miss: Miss<A>)
    where
        A: 'scope,
    {
        self.enqueue(scope, miss, |scope, miss| {
            let Some(mut turn) = self.turn(&miss) else {
                return self.compute(scope, miss, Right::default());
            };
            match poll(&mut turn) {
                Poll::Ready(turn) => self.settle(scope, miss, turn),
                // Asked again only when there is nothing else to do, and waited for from then on.
                Poll::Pending => lock(&self.aside).push(Aside { miss, turn: None }),
            }
        });
    }

    fn enqueue<'scope>(
        &'scope self,
        scope: &Scope<'scope>,
        miss: Miss<A>,
        work: impl FnOnce(&Scope<'scope>, Miss<A>) + Send + 'scope,
    ) where
        A: 'scope,
    {
        self.throttle.enter();
        scope.spawn(move |scope| {
            let _leave = LeaveAtEnd(&self.throttle);
            if self.is_stopped() { self.dismiss(&miss) } else { work(scope, miss) }
        });
    }

    fn compute<'scope>(&'scope self, scope: &Scope<'scope>, miss: Miss<A>, right: Right)
    where
        A: 'scope,
    {
        let Miss { index, arguments, hashed, occupant, landed: _ } = miss;
        // A worker that helps out in the middle of another scope is to leave that for a while.
        let _entered = enter(self.scope.clone());
        let (recipe, cache) = (&self.recipe, &self.cache);
        let inputs = hashed.as_ref().map(|hashed| hashed.key.inputs);
        let mut printed = String::new();
        let computed = catch_unwind(AssertUnwindSafe(|| {
            let pending = hashed
                .map(|hashed| recipe.pending(&arguments, hashed, occupant, !cache.mode().reads()));
            printed = recipe.printed(&arguments, pending.as_ref());
            if let Some(pending) = &pending {
                pending.count(&self.tally, cache, recipe.function);
            }
            let tracked = recipe.tracked(cache);
            let failed = |result: &T| recipe.is_failure(result);
            let led = right.enter();
            let (value, cost) =
                timed(&tracked.counters, Parent::Batch, failed, || (self.compute)(arguments));
            let encoded =
                pending.and_then(|pending| recipe.encode(cache, pending, &value, cost, true));
            let kept = encoded.map(|encoded| cache.file(tracked, encoded)).unwrap_or_default();
            // Only now, as `keep_if` and what encodes are the user's too, and may call the function.
            drop(led);
            right.land(tracked, &kept);
            (value, cost, kept)
        }));
        match computed {
            Ok((value, cost, kept)) => {
                self.cost_ns.fetch_add(cost.full_ns, Ordering::Relaxed);
                self.put(index, value);
                if let Some(inputs) = inputs {
                    let payload = kept.bytes.map(Payload::Shared);
                    self.release(scope, &inputs, payload.as_ref(), kept.filed);
                }
            }
            Err(payload) => {
                self.panicked(index, &printed, payload);
                if let Some(inputs) = inputs {
                    self.take_waiting(&inputs, false);
                }
            }
        }
    }

    fn panicked(&self, index: usize, printed: &str, payload: Box<dyn Any + Send>) {
        self.stopped.store(true, Ordering::Relaxed);
        self.recipe.log_panic(index, printed);
        let mut panicked = lock(&self.panicked);
        if panicked.as_ref().is_none_or(|first| index < first.index) {
            *panicked = Some(Panicked { index, payload });
        }
    }

    fn reuse(&self, how: Reuse, full_ns: u64) {
        self.cache.reused(self.recipe.tracked(&self.cache), how, full_ns);
        self.reused(how, full_ns);
    }

    /// The same for what the cache has counted.
    fn reused(&self, how: Reuse, full_ns: u64) {
        self.tally.reused(how);
        self.cost_ns.fetch_add(full_ns, Ordering::Relaxed);
    }

    fn put(&self, index: usize, value: T) {
        lock(&self.results)[index] = Some(value);
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// The results, or the panic of the first item that panicked.
    fn finish(self) -> Vec<T> {
        self.cache.report(self.recipe.tracked(&self.cache));
        self.tally.log(&self.recipe.function.identity);
        if let Some(panicked) = lock(&self.panicked).take() {
            resume_unwind(panicked.payload);
        }
        let results = self.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        // Anything else would shift the results that follow.
        assert!(results.iter().all(Option::is_some), "an item of a batch was left out");
        results.into_iter().flatten().collect()
    }
}

/// Starts nothing new when the iterator of the inputs panics.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

struct LeaveAtEnd<'a>(&'a Throttle);

impl Drop for LeaveAtEnd<'_> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
