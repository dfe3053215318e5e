//! Small programs of several threads that ask for keys, and what must hold in whatever order.

use super::flights::{Boarding, Flights, Kind, Landing, Lead, Polled, Ticket, Verdict};
use super::waits::Waits;
use shuttle::sync::{Condvar, Mutex};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

/// Keys are small numbers, and a key that nests needs the next one.
const LAST: u8 = 3;

impl super::flights::Key for u8 {
    fn spread(&self) -> u8 {
        *self
    }
}

/// What each thread asks for, one after the other, and what it does if it is to compute that.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) threads: &'static [&'static [(u8, Answer)]],
}

/// What a thread does with a lead, or with a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// Computes, and lands the value.
    Land,
    /// The same, and asks for the next key meanwhile.
    Nest,
    /// Asks for key 2 to compute key 1, and the other way round, whatever comes of that.
    Circle,
    /// Computes what was asked for in a circle; if that may not be waited for, does so at once.
    Close,
    /// Ends without a value.
    Drop,
    Panic,
    /// Does not wait at all, but computes as well.
    GiveUp,
    /// Lets go of its ticket, like a future that is dropped; computes if it leads.
    Cancel,
}

/// What wakers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wakes {
    Called,
    /// Nothing, so that the check has something to find.
    Forgotten,
}

/// What all threads of a run share.
struct World {
    flights: Flights<u8>,
    /// How many compute each key now, and how many more may because somebody gave up.
    computing: std::sync::Mutex<[(usize, usize); LAST as usize + 1]>,
    started: Instant,
}

impl Program {
    /// Runs all threads to their ends.
    pub(super) fn run(&'static self) {
        let world = Arc::new(World {
            flights: Flights::new(Waits::default()),
            computing: std::sync::Mutex::default(),
            started: Instant::now(),
        });
        let threads: Vec<_> = self.threads[1..]
            .iter()
            .map(|requests| {
                let world = Arc::clone(&world);
                shuttle::thread::spawn(move || world.ask_all(requests))
            })
            .collect();
        world.ask_all(self.threads[0]);
        for thread in threads {
            thread.join().expect("a thread ends well");
        }
        assert_eq!(world.flights.count(), 0, "a flight was left behind");
    }
}

/// The value of a key.
fn value(key: u8) -> Vec<u8> {
    (key..=LAST).collect()
}

impl World {
    fn ask_all(&self, requests: &[(u8, Answer)]) {
        for (key, answer) in requests {
            if let Some(got) = self.ask(*key, *answer) {
                assert_eq!(got, value(*key));
            }
        }
    }

    fn ask(&self, key: u8, answer: Answer) -> Option<Vec<u8>> {
        let waits = if answer == Answer::GiveUp { Kind::Worker } else { Kind::Thread };
        match self.flights.board(&key, Kind::Thread, waits, self.started) {
            Boarding::Lead(lead) => self.lead(key, answer, lead, 0),
            Boarding::Own => panic!("no key of these programs needs itself"),
            Boarding::Wait(ticket) if answer == Answer::Cancel => {
                let mut ticket = ticket;
                let polled = ticket.poll(self.started, Duration::MAX, Waker::noop());
                // Whatever it came to: a lead is dropped with it, and passes on.
                drop((polled, ticket));
                None
            }
            Boarding::Wait(ticket) => match self.wait(ticket, answer) {
                Verdict::Landed(Landing::Bytes(bytes)) => Some(bytes.to_vec()),
                Verdict::Landed(other) => panic!("{other:?} was not landed"),
                Verdict::Passed(lead) => self.lead(key, answer, lead, 0),
                Verdict::GaveUp(lead) => {
                    assert!(matches!(answer, Answer::GiveUp | Answer::Close));
                    self.lead(key, answer, lead, 1)
                }
            },
        }
    }

    /// Waits as a thread does: it sleeps until it is woken.
    fn wait(&self, mut ticket: Ticket<u8>, answer: Answer) -> Verdict<u8> {
        let bed = Bed::new();
        let waker = bed.waker(Wakes::Called);
        let bound = if answer == Answer::GiveUp { Duration::ZERO } else { Duration::from_secs(1) };
        let mut now = self.started;
        loop {
            match ticket.poll(now, bound, &waker) {
                Polled::Ready(verdict) => return verdict,
                // Who gave up leads as a thread does, so all others wait without bound.
                Polled::Pending(None) => bed.sleep(),
                Polled::Pending(Some(until)) if answer == Answer::Close => now = until,
                // It looks like a circle until one in it notices that it was woken.
                Polled::Pending(Some(_)) => shuttle::thread::yield_now(),
            }
        }
    }

    /// Computes, while no more do than may: one, and those who gave up.
    fn lead(&self, key: u8, answer: Answer, lead: Lead<u8>, more: usize) -> Option<Vec<u8>> {
        {
            let mut computing = self.computing.lock().expect("no panic in between");
            let (now, may) = &mut computing[usize::from(key)];
            *now += 1;
            // For good: who boarded first may come here after one who gave up on it has landed.
            *may += more;
            assert!(*now <= 1 + *may, "{now} compute key {key}, and {may} gave up");
        }
        let computed = catch_unwind(AssertUnwindSafe(|| self.compute(key, answer, &lead)));
        {
            let mut computing = self.computing.lock().expect("no panic in between");
            computing[usize::from(key)].0 -= 1;
        }
        match computed {
            Ok(Some(value)) => {
                lead.land(|| Landing::Bytes(Arc::new(value.clone())));
                Some(value)
            }
            Ok(None) => None,
            Err(panic) if panic.is::<Expected>() => None,
            Err(panic) => resume_unwind(panic),
        }
    }

    fn compute(&self, key: u8, answer: Answer, lead: &Lead<u8>) -> Option<Vec<u8>> {
        let _entered = lead.enter();
        shuttle::thread::yield_now();
        match answer {
            Answer::Drop => None,
            Answer::Panic => resume_unwind(Box::new(Expected)),
            Answer::Nest if key < LAST => {
                let nested = self.ask(key + 1, Answer::Nest)?;
                Some([key].into_iter().chain(nested).collect())
            }
            Answer::Circle => {
                self.ask(3 - key, Answer::Close);
                Some(value(key))
            }
            Answer::Land | Answer::Nest | Answer::Close | Answer::GiveUp | Answer::Cancel => {
                Some(value(key))
            }
        }
    }
}

/// The panic of a computation, without a message, as there are thousands.
struct Expected;

/// Where a thread sleeps.
pub(super) struct Bed {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Bed {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { woken: Mutex::new(false), changed: Condvar::new() })
    }

    pub(super) fn waker(self: &Arc<Self>, wakes: Wakes) -> Waker {
        match wakes {
            Wakes::Called => Waker::from(Arc::clone(self)),
            Wakes::Forgotten => Waker::noop().clone(),
        }
    }

    pub(super) fn sleep(&self) {
        let mut woken = self.woken.lock().expect("no panic in between");
        while !*woken {
            woken = self.changed.wait(woken).expect("no panic in between");
        }
        *woken = false;
    }
}

impl Wake for Bed {
    fn wake(self: Arc<Self>) {
        *self.woken.lock().expect("no panic in between") = true;
        self.changed.notify_one();
    }
}
