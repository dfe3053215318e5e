//! `f::map`: many calls of one function, in input order.
//!
//! Inputs are drawn in windows, so that even a long iterator is never copied as a whole. The calls
//! of a window are looked up in parallel; what is missing goes to the pool one by one, and is kept
//! the moment it is there. Equal calls are computed once: the later ones decode what the first one
//! kept. While the pool computes, the next windows are drawn and looked up.

use super::throttle::Throttle;
use crate::cache::{Cache, Kept, Lookup, Mode, Reuse, Tally, current, enter, scope};
use crate::function::inputs::Inputs;
use crate::function::instances::Function;
use crate::function::probe::Outcome;
use crate::function::recipe::{Hashed, Recipe, decode_entry};
use crate::function::timing::{self, Parent, timed};
use crate::key::Digest;
use rayon::Scope;
use rayon::prelude::*;
use std::any::Any;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

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
        throttle: Throttle::new(WAITING * rayon::current_num_threads()),
        stopped: AtomicBool::new(false),
        panicked: Mutex::default(),
        cost_ns: AtomicU64::new(0),
    };
    timing::batch(|| {
        rayon::in_place_scope(|scope| batch.feed(scope, inputs.into_iter()));
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
    throttle: Throttle,
    stopped: AtomicBool,
    panicked: Mutex<Option<Panicked>>,
    /// What the results cost when they were computed, now or earlier.
    cost_ns: AtomicU64,
}

enum State<A> {
    /// Being computed, and who waits for it.
    Running(Vec<Miss<A>>),
    /// Computed, and kept where it can be looked up, or not.
    Done { kept: bool },
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
    replace: bool,
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
                self.throttle.wait();
                self.dispatch(scope, miss);
            }
            drawn += count;
            size = (2 * size).min(LARGEST_WINDOW);
        }
    }

    fn look(&self, index: usize, arguments: A) -> Looked<A, T> {
        let unkept =
            |arguments| Looked::Missed(Miss { index, arguments, hashed: None, replace: false });
        if self.cache.mode() == Mode::Off {
            return unkept(arguments);
        }
        let Some(mut hashed) = self.recipe.hash_or_warn(&self.cache, &arguments) else {
            return unkept(arguments);
        };
        let mut replace = !self.cache.mode().reads();
        if !replace {
            match self.recipe.find_unless_checked(&self.cache, &mut hashed) {
                Lookup::Found { value, full_ns } => {
                    self.reuse(Reuse::Found, full_ns);
                    return Looked::Found(value);
                }
                Lookup::Missing => {}
                Lookup::Damaged => replace = true,
            }
        }
        Looked::Missed(Miss { index, arguments, hashed: Some(hashed), replace })
    }

    /// Has a miss computed, or lets it wait for an equal one, or answers it by now.
    fn dispatch<'scope>(&'scope self, scope: &Scope<'scope>, miss: Miss<A>)
    where
        A: 'scope,
    {
        let Some(hashed) = &miss.hashed else { return self.spawn(scope, miss) };
        let mut keys = lock(&self.keys);
        match keys.entry(hashed.key.inputs) {
            Entry::Vacant(state) => {
                state.insert(State::Running(Vec::new()));
                drop(keys);
                return self.spawn(scope, miss);
            }
            Entry::Occupied(mut state) => match state.get_mut() {
                State::Running(waiting) => {
                    self.throttle.enter();
                    waiting.push(miss);
                    return;
                }
                State::Done { kept: true } => {}
                State::Done { kept: false } => {
                    drop(keys);
                    return self.spawn(scope, miss);
                }
            },
        }
        drop(keys);
        // An equal item was done between the lookup of this one and now.
        match self.recipe.find(&self.cache, &hashed.key) {
            Lookup::Found { value, full_ns } => {
                self.reuse(Reuse::Shared, full_ns);
                self.put(miss.index, value);
            }
            Lookup::Missing | Lookup::Damaged => self.spawn(scope, miss),
        }
    }

    fn spawn<'scope>(&'scope self, scope: &Scope<'scope>, miss: Miss<A>)
    where
        A: 'scope,
    {
        self.throttle.enter();
        scope.spawn(move |scope| {
            let _leave = LeaveAtEnd(&self.throttle);
            if self.is_stopped() {
                self.dismiss(miss.hashed.as_ref().map(|hashed| &hashed.key.inputs));
            } else {
                self.compute(scope, miss);
            }
        });
    }

    fn compute<'scope>(&'scope self, scope: &Scope<'scope>, miss: Miss<A>)
    where
        A: 'scope,
    {
        let Miss { index, arguments, hashed, replace } = miss;
        // A worker that helps out in the middle of another scope is to leave that for a while.
        let _entered = enter(self.scope.clone());
        let (recipe, cache) = (&self.recipe, &self.cache);
        let inputs = hashed.as_ref().map(|hashed| hashed.key.inputs);
        let mut printed = String::new();
        let computed = catch_unwind(AssertUnwindSafe(|| {
            let pending = hashed.map(|hashed| recipe.pending(&arguments, hashed, replace));
            printed = recipe.printed(&arguments, pending.as_ref());
            if let Some(pending) = &pending {
                pending.count(&self.tally, cache, recipe.function);
            }
            let counters = &recipe.tracked(cache).counters;
            let failed = |result: &T| recipe.is_failure(result);
            let (value, cost) =
                timed(counters, Parent::Batch, failed, || (self.compute)(arguments));
            let kept = pending.map(|pending| recipe.conclude(cache, pending, &value, cost));
            (value, cost, kept.unwrap_or_default())
        }));
        match computed {
            Ok((value, cost, kept)) => {
                self.cost_ns.fetch_add(cost.full_ns, Ordering::Relaxed);
                self.put(index, value);
                if let Some(inputs) = inputs {
                    self.release(scope, &inputs, &kept, cost.full_ns);
                }
            }
            Err(payload) => {
                self.panicked(index, &printed, payload);
                self.dismiss(inputs.as_ref());
            }
        }
    }

    /// Gives those who waited for this key its value, or where none was kept, lets each compute.
    fn release<'scope>(
        &'scope self,
        scope: &Scope<'scope>,
        inputs: &Digest,
        kept: &Kept,
        full_ns: u64,
    ) where
        A: 'scope,
    {
        for miss in self.take_waiting(inputs, kept.filed) {
            let shared = kept.bytes.as_ref().and_then(|bytes| decode_entry::<T, O>(bytes).ok());
            if let Some(value) = shared {
                self.reuse(Reuse::Shared, full_ns);
                self.put(miss.index, value);
            } else {
                self.spawn(scope, miss);
            }
        }
    }

    /// Those who waited for this key, which is done now. They make room for others.
    fn take_waiting(&self, inputs: &Digest, kept: bool) -> Vec<Miss<A>> {
        match lock(&self.keys).insert(*inputs, State::Done { kept }) {
            Some(State::Running(waiting)) => {
                for _ in &waiting {
                    self.throttle.leave();
                }
                waiting
            }
            _ => Vec::new(),
        }
    }

    /// Drops those who waited for a key that is not computed any more.
    fn dismiss(&self, inputs: Option<&Digest>) {
        inputs.map(|inputs| self.take_waiting(inputs, false));
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
        match how {
            Reuse::Found => self.tally.found(),
            Reuse::Shared => self.tally.shared(),
        }
        self.cache.reused(self.recipe.tracked(&self.cache), how, full_ns);
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
