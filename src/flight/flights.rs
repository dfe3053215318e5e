//! Who computes a key, who waits for that, and for how long.
//!
//! Whoever asks for a key first *leads*; who comes while it is computed holds a *ticket*. A lead
//! lands what it computed, and all tickets get it. A lead that is dropped instead, as by a panic or
//! with the future that it is part of, passes to a ticket.
//!
//! Waiting is where this goes wrong: part of what the leader needs may lie on the stack of the one
//! who waits, or in the queue of its thread. So only a plain thread waits without bound, and only for
//! a leader that is one too. Every other wait has a bound, after which its holder leads as well. One
//! at a time: the others' bounds begin anew, doubled. Who leads a key already, further up on its own stack,
//! does not wait at all.
//!
//! Nothing here reads the clock or puts a thread to sleep, so that each step can be tested, and the
//! order of steps be explored, by a model checker.

use super::digests::Digests;
use super::stack::{self, Entered};
use super::sync::thread::{self, Thread, ThreadId};
use super::sync::{Arc, AtomicU32, AtomicU64, Mutex, MutexGuard, Ordering, PoisonError};
use super::waits::{Wait, Waits};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Waker;
use std::time::{Duration, Instant};

/// Threads that ask for different keys seldom meet at the same lock.
const SHARDS: usize = 64;

/// Each who gives up on a key doubles the bound of those who go on waiting for it, so many times at
/// most.
const DOUBLINGS: u32 = 3;

/// What runs a call. It decides who may wait for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A thread of the program's own.
    Thread,
    /// A worker of a pool, on whose stack there may be work that others wait for.
    Worker,
    /// A future, which goes on only when somebody polls it.
    Task,
}

/// What became of a computation.
#[derive(Debug, Clone)]
pub(crate) enum Landing {
    /// The whole entry: equal calls decode it.
    Bytes(Arc<Vec<u8>>),
    /// The same for one that could not be filed, so that later calls will not find it.
    Unfiled(Arc<Vec<u8>>),
    /// It turned out to be in the store.
    Stored,
    /// Nothing that could be shared: everyone computes for themselves.
    Nothing,
}

/// What [`Flights::board`] comes to.
#[derive(Debug)]
pub(crate) enum Boarding<K: Key> {
    /// Nobody computes this key: the caller does.
    Lead(Lead<K>),
    /// Somebody does.
    Wait(Ticket<K>),
    /// The caller is part of that computation.
    Own,
}

/// What a ticket comes to.
#[derive(Debug)]
pub(crate) enum Verdict<K: Key> {
    Landed(Landing),
    /// The one who computed ended without landing anything: now it is the holder's turn.
    Passed(Lead<K>),
    /// The wait took too long: the holder computes as well.
    GaveUp(Lead<K>),
}

/// What a ticket says when it is asked.
#[derive(Debug)]
pub(crate) enum Polled<K: Key> {
    Ready(Verdict<K>),
    /// Not yet. To be asked again at this time; with none, when the waker is called.
    Pending(Option<Instant>),
}

/// What a flight can be of.
pub(crate) trait Key: Eq + Hash + Clone {
    /// A number that is spread evenly over all keys.
    fn spread(&self) -> u8;
}

/// All computations that are under way.
#[derive(Debug)]
pub(crate) struct Flights<K>(Arc<Table<K>>);

#[derive(Debug)]
struct Table<K> {
    shards: [Shard<K>; SHARDS],
    waits: Waits,
    /// The process whose threads lead. A copy that is forked off it has none of them.
    process: AtomicU32,
}

/// The flights of one shard, by their keys.
type Flying<K> = HashMap<K, Arc<Flight>, BuildHasherDefault<Digests>>;

#[derive(Debug)]
struct Shard<K> {
    flights: Mutex<Flying<K>>,
    /// How many have landed. Changed under the lock, after what was landed can be found.
    landed: AtomicU64,
}

/// The computation of one key, by one leader or several. It is in its shard until it landed, or
/// nobody leads it or waits for it any more. Its lock is taken after that of the shard.
#[derive(Debug, Default)]
struct Flight(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    leaders: Vec<Leader>,
    /// How many tickets are held.
    tickets: usize,
    /// The holders of tickets that are to be told of changes.
    wakers: Vec<(usize, Waker)>,
    /// When the last of them gave up, and how many did.
    gave_up: Option<(Instant, u32)>,
    landing: Option<Landing>,
    /// The number of the next leader or ticket.
    next: usize,
}

#[derive(Debug)]
struct Leader {
    number: usize,
    kind: Kind,
    thread: Thread,
}

/// The part of one who computes.
#[derive(Debug)]
pub(crate) struct Lead<K: Key> {
    place: Place<K>,
    number: usize,
    /// Whether the flight has landed, so that nobody asks who leads it.
    over: bool,
}

/// The part of one who waits.
#[derive(Debug)]
pub(crate) struct Ticket<K: Key> {
    place: Place<K>,
    number: usize,
    leads: Kind,
    waits: Kind,
    arrived: Instant,
    /// Known while it waits without bound.
    unbounded: Option<Wait>,
}

#[derive(Debug)]
struct Place<K> {
    table: Arc<Table<K>>,
    key: K,
    flight: Arc<Flight>,
}

impl<K: Key> Flights<K> {
    /// None are under way yet. `waits` are those of all threads that may come here.
    pub(crate) fn new(waits: Waits) -> Self {
        Self::led_by(waits, std::process::id())
    }

    /// The same, led by threads of this process.
    pub(super) fn led_by(waits: Waits, process: u32) -> Self {
        let shard = |_| Shard { flights: Mutex::default(), landed: AtomicU64::new(0) };
        let process = AtomicU32::new(process);
        Self(Arc::new(Table { shards: std::array::from_fn(shard), waits, process }))
    }

    /// A number that is another one when a flight of `key` has landed meanwhile, and seldom else.
    #[inline]
    pub(crate) fn landed(&self, key: &K) -> u64 {
        self.0.shard(key).landed.load(Ordering::Acquire)
    }

    /// Asks to compute `key`, for one who `leads` as this kind of thing or `waits` as that.
    pub(crate) fn board(&self, key: &K, leads: Kind, waits: Kind, now: Instant) -> Boarding<K> {
        let mut shard = lock(&self.0.shard(key).flights);
        let flight = Arc::clone(shard.entry(key.clone()).or_default());
        let place = Place { table: Arc::clone(&self.0), key: key.clone(), flight };
        let mut state = place.flight.lock();
        let number = state.number();
        if state.leaders.is_empty() {
            // A new one, or one whose lead is free and whose tickets have not been asked yet.
            state.lead(number, leads);
            drop(state);
            return Boarding::Lead(Lead { place, number, over: false });
        }
        if stack::leads(place.flight.address()) {
            return Boarding::Own;
        }
        if self.0.process.load(Ordering::Relaxed) != std::process::id() {
            drop((state, shard));
            self.0.begin_anew();
            return self.board(key, leads, waits, now);
        }
        state.tickets += 1;
        drop(state);
        Boarding::Wait(Ticket { place, number, leads, waits, arrived: now, unbounded: None })
    }

    /// How many computations are under way.
    #[cfg(test)]
    pub(crate) fn count(&self) -> usize {
        self.0.shards.iter().map(|shard| lock(&shard.flights).len()).sum()
    }
}

impl<K: Key> Lead<K> {
    /// Marks the flight as led by what is on the stack of this thread from now on, until the guard
    /// is dropped.
    pub(crate) fn enter(&self) -> Entered {
        Entered::new(self.place.flight.address())
    }

    /// Whether anybody waits for it.
    pub(crate) fn is_awaited(&self) -> bool {
        self.place.flight.lock().tickets > 0
    }

    /// Ends the flight, unless another leader did, and wakes those who wait. What it landed is asked
    /// for only where somebody is interested. Tells whether this leader was the first.
    pub(crate) fn land(mut self, landing: impl FnOnce() -> Landing) -> bool {
        let shard = self.place.table.shard(&self.place.key);
        let mut flights = lock(&shard.flights);
        let mut state = self.place.flight.lock();
        if state.landing.is_some() {
            return false;
        }
        // From here on nobody boards this flight.
        self.place.remove_from(&mut flights);
        shard.landed.fetch_add(1, Ordering::Release);
        let landing = if state.tickets > 0 { landing() } else { Landing::Nothing };
        state.landing = Some(landing);
        let wakers = std::mem::take(&mut state.wakers);
        drop((state, flights));
        self.over = true;
        wake(wakers);
        true
    }
}

impl<K: Key> Drop for Lead<K> {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let shard = self.place.table.shard(&self.place.key);
        let mut flights = lock(&shard.flights);
        let mut state = self.place.flight.lock();
        state.leaders.retain(|leader| leader.number != self.number);
        let wakers = std::mem::take(&mut state.wakers);
        self.place.remove_if_over(&mut flights, &state);
        drop((state, flights));
        wake(wakers);
    }
}

impl<K: Key> Ticket<K> {
    /// Asks what became of the flight, for someone who has waited since boarding and is willing to
    /// wait for `bound`, where there is to be a bound.
    ///
    /// A ticket that was ready is used up.
    pub(crate) fn poll(&mut self, now: Instant, bound: Duration, waker: &Waker) -> Polled<K> {
        let mut state = self.place.flight.lock();
        if let Some(landing) = &state.landing {
            return Polled::Ready(Verdict::Landed(landing.clone()));
        }
        if state.leaders.is_empty() {
            state.lead(self.number, self.leads);
            return Polled::Ready(Verdict::Passed(self.lead()));
        }
        let until = if self.waits == Kind::Thread
            && self.place.table.waits.allow(&mut self.unbounded, state.threads())
        {
            None
        } else {
            let (gave_up, times) = state.gave_up.unwrap_or((self.arrived, 0));
            // A key that one gave up on takes longer than was expected.
            let until = gave_up.max(self.arrived) + bound * 2_u32.pow(times.min(DOUBLINGS));
            if until <= now {
                state.gave_up = Some((now, times + 1));
                state.lead(self.number, self.leads);
                return Polled::Ready(Verdict::GaveUp(self.lead()));
            }
            Some(until)
        };
        match state.wakers.iter_mut().find(|(number, _)| *number == self.number) {
            Some((_, old)) => old.clone_from(waker),
            None => state.wakers.push((self.number, waker.clone())),
        }
        Polled::Pending(until)
    }

    /// Who computes, for people.
    pub(crate) fn led_by(&self) -> String {
        let state = self.place.flight.lock();
        let names = state.leaders.iter().map(|leader| match leader.thread.name() {
            Some(name) => format!("thread `{name}`"),
            None => format!("{:?}", leader.thread.id()),
        });
        names.collect::<Vec<_>>().join(" and ")
    }

    fn lead(&self) -> Lead<K> {
        Lead { place: self.place.clone(), number: self.number, over: false }
    }
}

impl<K: Key> Drop for Ticket<K> {
    fn drop(&mut self) {
        let shard = self.place.table.shard(&self.place.key);
        let mut flights = lock(&shard.flights);
        let mut state = self.place.flight.lock();
        state.tickets -= 1;
        state.wakers.retain(|(number, _)| *number != self.number);
        self.place.remove_if_over(&mut flights, &state);
    }
}

impl<K: Key> Place<K> {
    /// Takes a flight out of its shard that nobody leads or waits for.
    fn remove_if_over(&self, flights: &mut Flying<K>, state: &State) {
        if state.landing.is_none() && state.leaders.is_empty() && state.tickets == 0 {
            self.remove_from(flights);
        }
    }

    /// Unless another flight of the key is there, as it may be in a process that was forked off.
    fn remove_from(&self, flights: &mut Flying<K>) {
        if flights.get(&self.key).is_some_and(|flight| Arc::ptr_eq(flight, &self.flight)) {
            flights.remove(&self.key);
        }
    }
}

impl<K: Clone> Clone for Place<K> {
    fn clone(&self) -> Self {
        let (table, flight) = (Arc::clone(&self.table), Arc::clone(&self.flight));
        Self { table, key: self.key.clone(), flight }
    }
}

impl<K: Key> Table<K> {
    /// Forgets all flights in a process that was forked off: whoever leads them is not here to land
    /// them. Some may be led here by now, and have company then.
    #[cold]
    fn begin_anew(&self) {
        self.process.store(std::process::id(), Ordering::Relaxed);
        for shard in &self.shards {
            lock(&shard.flights).clear();
        }
    }

    fn shard(&self, key: &K) -> &Shard<K> {
        &self.shards[usize::from(key.spread()) % SHARDS]
    }
}

impl Flight {
    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    fn address(self: &Arc<Self>) -> usize {
        Arc::as_ptr(self).addr()
    }
}

impl State {
    fn number(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn lead(&mut self, number: usize, kind: Kind) {
        self.leaders.push(Leader { number, kind, thread: thread::current() });
    }

    /// The plain threads among the leaders.
    fn threads(&self) -> Vec<ThreadId> {
        let threads = self.leaders.iter().filter(|leader| leader.kind == Kind::Thread);
        threads.map(|leader| leader.thread.id()).collect()
    }
}

/// Outside of all locks, as waking may run anything.
fn wake(wakers: Vec<(usize, Waker)>) {
    for (_, waker) in wakers {
        // One that panics must not keep the others asleep.
        let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
