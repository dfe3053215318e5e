//! One trial: a random program of cached functions that call each other, from threads and pools.
//!
//! The functions are pure, so a plain model tells what they return. Their bodies nest in every way
//! that has made such caches hang: calls inside calls, `join`, `scope`, `par_iter` and `map` inside
//! cached bodies, threads and pools of their own, futures, and equal keys from everywhere.

use futures_util::future::{join_all, select};
use larder::{FunctionStats, cache};
use rayon::prelude::*;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Each trial has a pool with one of these numbers of workers.
pub(crate) const WORKERS: [usize; 4] = [1, 2, 4, 8];

/// Keys of a program: a function calls only larger ones, so each program ends.
pub(crate) const KEYS: u64 = 24;

/// How often each body ran.
static RUNS: Mutex<Option<HashMap<(u64, u64), u64>>> = Mutex::new(None);

/// How many bodies ran while the same one was further down on their stack.
static OWN: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// The bodies on the stack of this thread.
    static STACK: RefCell<Vec<(u64, u64)>> = const { RefCell::new(Vec::new()) };
}

#[cache]
pub(crate) fn node(program: u64, key: u64) -> u64 {
    ran(program, key);
    let body = Body::of(program, key);
    body.work();
    STACK.with_borrow_mut(|stack| {
        if stack.contains(&(program, key)) {
            OWN.fetch_add(1, Ordering::Relaxed);
        }
        stack.push((program, key));
    });
    let values = body.call();
    STACK.with_borrow_mut(Vec::pop);
    combine(key, &values)
}

#[cache]
pub(crate) async fn later(program: u64, key: u64) -> u64 {
    ran(program, key);
    let body = Body::of(program, key);
    let children = body.children.iter().map(|child| call_later(program, *child));
    let values = match body.how % 3 {
        0 => join_all(children).await,
        // A future that sleeps, so that others come in between, and it may be dropped.
        1 => {
            futures_timer::Delay::new(Duration::from_micros(body.work)).await;
            one_by_one(children).await
        }
        _ => {
            body.work();
            one_by_one(children).await
        }
    };
    combine(key, &values)
}

async fn one_by_one(futures: impl Iterator<Item = impl Future<Output = u64>>) -> Vec<u64> {
    let mut values = Vec::new();
    for future in futures {
        values.push(future.await);
    }
    values
}

/// Boxed, as the future of a function that calls itself has no size.
fn call_later(program: u64, key: u64) -> std::pin::Pin<Box<dyn Future<Output = u64> + Send>> {
    if is_later(program, key) {
        Box::pin(later(program, key))
    } else {
        Box::pin(async move { node(program, key) })
    }
}

/// Either function, by the key.
pub(crate) fn call(program: u64, key: u64) -> u64 {
    if is_later(program, key) {
        pollster::block_on(later(program, key))
    } else {
        node(program, key)
    }
}

fn is_later(program: u64, key: u64) -> bool {
    Random(program ^ key.rotate_left(40)).below(6) == 0
}

fn ran(program: u64, key: u64) {
    let mut runs = RUNS.lock().unwrap();
    *runs.get_or_insert_default().entry((program, key)).or_default() += 1;
}

fn combine(key: u64, values: &[u64]) -> u64 {
    values.iter().fold(key, |sum, value| sum.wrapping_mul(31).wrapping_add(*value))
}

/// What the function returns, without larder.
fn expected(program: u64, key: u64, known: &mut HashMap<u64, u64>) -> u64 {
    if let Some(value) = known.get(&key) {
        return *value;
    }
    let children = Body::of(program, key).children;
    let values: Vec<_> = children.iter().map(|child| expected(program, *child, known)).collect();
    let value = combine(key, &values);
    known.insert(key, value);
    value
}

/// What a function does for a key, drawn from the key alone.
struct Body {
    program: u64,
    how: u64,
    work: u64,
    children: Vec<u64>,
}

impl Body {
    fn of(program: u64, key: u64) -> Self {
        let mut random = Random(program.wrapping_mul(0x9e37_79b9).wrapping_add(key));
        let how = random.below(10);
        let work = random.below(300);
        let left = KEYS - 1 - key.min(KEYS - 1);
        let count = if left == 0 { 0 } else { random.below(4) };
        let children = (0..count).map(|_| key + 1 + random.below(left)).collect();
        Self { program, how, work, children }
    }

    fn work(&self) {
        std::thread::sleep(Duration::from_micros(self.work));
    }

    /// The values of the children, in order.
    fn call(&self) -> Vec<u64> {
        let (program, children) = (self.program, &self.children);
        let one = |child: &u64| call(program, *child);
        match self.how {
            0 => match children.as_slice() {
                [first, second, rest @ ..] => {
                    let (first, second) = rayon::join(|| one(first), || one(second));
                    [first, second].into_iter().chain(rest.iter().map(one)).collect()
                }
                few => few.iter().map(one).collect(),
            },
            1 => children.par_iter().map(one).collect(),
            2 => {
                let mut values = vec![0; children.len()];
                rayon::scope(|scope| {
                    for (value, child) in values.iter_mut().zip(children) {
                        scope.spawn(move |_| *value = call(program, *child));
                    }
                });
                values
            }
            3 => children.iter().map(|child| Self::in_a_pool(program, *child)).collect(),
            // A worker that waited for a thread which waits for workers would hang by itself.
            4 if rayon::current_thread_index().is_none() => std::thread::scope(|scope| {
                let threads: Vec<_> = children
                    .iter()
                    .map(|child| scope.spawn(move || call(program, *child)))
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            }),
            5 => {
                let (later, now): (Vec<u64>, Vec<u64>) =
                    children.iter().partition(|child| is_later(program, **child));
                let mut values: HashMap<u64, u64> = HashMap::new();
                let inputs = now.iter().map(|child| (program, *child));
                values.extend(now.iter().copied().zip(node::map(inputs)));
                let inputs: Vec<_> = later.iter().map(|child| (program, *child)).collect();
                let mapped = pollster::block_on(later::map(inputs));
                values.extend(later.iter().copied().zip(mapped));
                children.iter().map(|child| values[child]).collect()
            }
            6 => pollster::block_on(join_all(
                children.iter().map(|child| call_later(program, *child)),
            )),
            _ => children.iter().map(one).collect(),
        }
    }

    /// In a pool of its own, with others at work in it.
    fn in_a_pool(program: u64, key: u64) -> u64 {
        let pool = pools().num_threads(2).build().unwrap();
        pool.install(|| {
            let (value, again) = rayon::join(|| call(program, key), || call(program, key));
            assert_eq!(value, again);
            value
        })
    }
}

/// Calls made from everywhere, of a program that is new: what they return is compared with the
/// model.
pub(crate) fn run(program: u64, workers: usize) {
    let mut known = HashMap::new();
    (0..KEYS).for_each(|key| {
        expected(program, key, &mut known);
    });
    let expected = &known;
    let check = |key: u64| assert_eq!(call(program, key), expected[&key], "{key}");
    let pool = pools().num_threads(workers).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..2 {
            scope.spawn(move || {
                let mut random = Random(program ^ (thread << 50));
                (0..200).for_each(|_| check(random.below(KEYS)));
            });
        }
        scope.spawn(move || {
            let mut random = Random(program ^ (7 << 50));
            let keys: Vec<_> = (0..200).map(|_| random.below(KEYS)).collect();
            let keys: Vec<_> = keys.into_iter().filter(|key| !is_later(program, *key)).collect();
            let values = node::map(keys.iter().map(|key| (program, *key)));
            for (key, value) in keys.iter().zip(values) {
                assert_eq!(value, expected[key]);
            }
        });
        scope.spawn(move || {
            let mut random = Random(program ^ (8 << 50));
            let keys: Vec<_> = (0..100).map(|_| random.below(KEYS)).collect();
            pollster::block_on(async {
                join_all(keys.iter().map(|key| dropped_soon(program, *key, random.0))).await;
                let values = join_all(keys.iter().map(|key| call_later(program, *key))).await;
                for (key, value) in keys.iter().zip(values) {
                    assert_eq!(value, expected[key]);
                }
            });
        });
        scope.spawn(move || {
            pool.install(|| {
                let random = Random(program ^ (9 << 50));
                (0..400_u64).into_par_iter().for_each(|n| {
                    let mut random = Random(random.0 ^ (n << 32));
                    check(random.below(KEYS));
                });
            });
        });
    });
}

/// A call that is given up by its caller, after some time or not at all.
async fn dropped_soon(program: u64, key: u64, seed: u64) {
    let patience = Duration::from_micros(Random(seed ^ key).below(1_000));
    let call = call_later(program, key);
    // Both are dropped here, whichever is done.
    let _ = select(call, futures_timer::Delay::new(patience)).await;
}

/// How many runs of bodies there were beyond one for each key.
pub(crate) fn repeated() -> u64 {
    let runs = RUNS.lock().unwrap();
    runs.iter().flatten().map(|(_, runs)| runs - 1).sum()
}

/// How many calls met their own computation on their stack, which nobody waits for.
pub(crate) fn own() -> u64 {
    OWN.load(Ordering::Relaxed)
}

/// Fails if waits are given up in more than one call of a hundred, or a body ran again for another
/// reason than a wait given up or a future dropped in the middle of its body.
///
/// # Panics
///
/// If so.
pub(crate) fn check(total: &FunctionStats) {
    let calls = total.found + total.computed + total.shared;
    assert!(total.shared > 0 && total.given_up * 100 <= calls, "{total:?}");
    let runs: u64 = RUNS.lock().unwrap().iter().flatten().map(|(_, runs)| runs).sum();
    let dropped = runs - total.computed;
    assert!(repeated() <= total.given_up + dropped, "{} again, {total:?}", repeated());
}

/// Runs trials with numbers from `first` on, each watched: one that takes a minute hangs.
///
/// # Panics
///
/// If one hangs or returns something wrong.
pub(crate) fn trials(first: u64, count: u64, workers: usize) {
    for number in first..first + count {
        let program = Random(number).next();
        let (done, watch) = std::sync::mpsc::channel();
        let trial = std::thread::spawn(move || {
            run(program, workers);
            done.send(())
        });
        match watch.recv_timeout(Duration::from_mins(1)) {
            Ok(()) | Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => {}
            Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                panic!("trial {number} with {workers} workers hangs: {}", larder::stats())
            }
        }
        assert!(trial.join().is_ok(), "trial {number} with {workers} workers failed");
    }
}

/// Pools whose workers have room for what they steal while they wait: each job may wait in turn, and
/// steal another one.
pub(crate) fn pools() -> rayon::ThreadPoolBuilder {
    rayon::ThreadPoolBuilder::new().stack_size(256 << 20)
}

/// A sequence of numbers that look random, the same for the same start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        // SplitMix64, by Steele, Lea and Flood (2014).
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }
}
