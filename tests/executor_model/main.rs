//! The order of steps of several threads that have to do with one job, explored by a model checker.
//!
//! The state machine of a job is compiled once more here, on locks that the checker knows. Who waits
//! blocks on a condition variable of the checker's until its waker is called, so a waker that is
//! forgotten is a deadlock, which the checker reports.

#[path = "../../src/parallel/executor/slot.rs"]
#[expect(dead_code, reason = "written for larder, which uses all of it")]
mod slot;
mod sync;

use shuttle::scheduler::{DfsScheduler, RandomScheduler};
use shuttle::sync::{Condvar, Mutex};
use shuttle::{Config, Runner};
use slot::{Phase, Slot, Stand, Taken, Watch};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Wake, Waker};

/// So many orders of each program, at random.
const ORDERS: usize = 1_000;

/// All orders of a pair are fewer than this, which only ends what would not end.
const ALL: usize = 200_000;

/// What the job comes to when it is run, and when it is cancelled.
const VALUE: u8 = 7;
const CANCELLED: u8 = 9;

/// What one thread does to the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Runs it, as a worker does.
    Run,
    /// Cancels it.
    Cancel,
    /// Waits for it and takes the outcome.
    Take,
    /// The same without ever being woken.
    TakeAsleep,
    /// Waits for it and looks at the outcome.
    Look,
    /// Asks to be woken, and goes, like a future that is dropped.
    Leave,
    /// Adds two callbacks, of which the first one panics.
    Call,
    /// Adds a callback that adds another one and asks how the job stands.
    CallTwice,
}

/// One run.
struct World {
    slot: Slot<u8>,
    /// What callbacks saw, each with its number.
    called: std::sync::Mutex<Vec<(usize, u8)>>,
    /// Whether somebody has the outcome.
    taken: std::sync::atomic::AtomicBool,
    ran: std::sync::atomic::AtomicUsize,
}

/// Where a thread sleeps.
struct Bed {
    woken: Mutex<bool>,
    changed: Condvar,
}

impl Bed {
    fn new() -> Arc<Self> {
        Arc::new(Self { woken: Mutex::new(false), changed: Condvar::new() })
    }

    fn sleep(&self) {
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

impl World {
    fn new() -> Arc<Self> {
        Arc::new_cyclic(|world: &std::sync::Weak<Self>| {
            let world = world.clone();
            let work = move || {
                let world = world.upgrade().expect("it is there while it is run");
                world.ran.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                let here = Stand::On(shuttle::thread::current().id());
                assert_eq!(world.slot.stand(), here);
                VALUE
            };
            Self {
                slot: Slot::pending(Box::new(work)),
                called: std::sync::Mutex::default(),
                taken: std::sync::atomic::AtomicBool::new(false),
                ran: std::sync::atomic::AtomicUsize::new(0),
            }
        })
    }

    /// A callback that writes down what it saw.
    fn note(self: &Arc<Self>, number: usize) {
        let there = Arc::clone(self);
        let callback = move |outcome: &u8| {
            assert_eq!(there.slot.phase(), Phase::Done);
            there.called.lock().expect("no panic").push((number, *outcome));
        };
        if self.slot.on_done(Box::new(callback)).is_some() {
            let taken = self.taken.load(std::sync::atomic::Ordering::SeqCst);
            assert!(taken, "handed back, though nobody has the outcome");
            self.called.lock().expect("no panic").push((number, 0));
        }
    }

    fn wait(&self, waker: &Waker, bed: &Bed) {
        let mut watch = Watch::default();
        while self.slot.watch(&mut watch, waker) {
            bed.sleep();
        }
        self.slot.forget(&mut watch);
        // Callbacks that were added since may be called now.
        assert_eq!(self.slot.phase(), Phase::Done);
    }

    /// What a thread with this part does; what it comes to is the number of outcomes it brought about.
    fn play(self: &Arc<Self>, number: usize, part: Part) -> usize {
        let bed = Bed::new();
        let waker = Waker::from(Arc::clone(&bed));
        match part {
            Part::Run => return usize::from(self.slot.run()),
            Part::Cancel => return usize::from(self.slot.settle(true, || CANCELLED)),
            Part::Take | Part::TakeAsleep => {
                let waker = if part == Part::Take { &waker } else { Waker::noop() };
                self.wait(waker, &bed);
                // Before it is gone, so that nobody is handed a callback back too early.
                self.taken.store(true, std::sync::atomic::Ordering::SeqCst);
                match self.slot.take() {
                    Taken::Outcome(outcome) => self.check(outcome),
                    // Another thread may be calling a callback with it, which gives it back.
                    Taken::NotYet | Taken::Nothing => {}
                }
            }
            Part::Look => {
                self.wait(&waker, &bed);
                #[expect(
                    clippy::redundant_closure_for_method_calls,
                    reason = "the method itself is not general enough in its lifetime"
                )]
                let outcome = self.slot.look(|outcome| outcome.copied());
                if let Some(outcome) = outcome.flatten() {
                    self.check(outcome);
                }
            }
            Part::Leave => {
                let mut watch = Watch::default();
                self.slot.watch(&mut watch, &waker);
                self.slot.forget(&mut watch);
                drop(waker);
                assert!(Arc::strong_count(&bed) <= 2, "its waker is kept");
            }
            Part::Call => {
                let _ = self.slot.on_done(Box::new(|_| std::panic::panic_any(Expected)));
                self.note(10 * number + 1);
            }
            Part::CallTwice => {
                let there = Arc::clone(self);
                let outer = move |_: &u8| {
                    let here = Stand::On(shuttle::thread::current().id());
                    assert_eq!(there.slot.stand(), here);
                    assert!(!there.slot.run() && !there.slot.settle(true, || 0));
                    there.note(10 * number + 2);
                };
                if self.slot.on_done(Box::new(outer)).is_some() {
                    self.note(10 * number + 2);
                }
                self.note(10 * number + 3);
            }
        }
        0
    }

    fn check(&self, outcome: u8) {
        assert_eq!(outcome == CANCELLED, self.slot.is_cancelled());
        assert!(outcome == CANCELLED || outcome == VALUE);
    }
}

/// A panic that is part of a program.
struct Expected;

/// Runs all parts to their ends, the first one here, and checks what came of them.
fn run(parts: &[Part]) {
    let world = World::new();
    let threads: Vec<_> = parts[1..]
        .iter()
        .enumerate()
        .map(|(number, &part)| {
            let world = Arc::clone(&world);
            shuttle::thread::spawn(move || world.play(number + 1, part))
        })
        .collect();
    let mut ended = world.play(0, parts[0]);
    for thread in threads {
        ended += thread.join().expect("a thread ends well");
    }
    assert_eq!(ended, 1, "one of those who run or cancel it does so");
    assert_eq!(world.slot.stand(), Stand::Over);
    let ran = world.ran.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(ran, usize::from(!world.slot.is_cancelled()));
    let called = world.called.lock().expect("no panic").clone();
    let expected = if world.slot.is_cancelled() { CANCELLED } else { VALUE };
    assert!(called.iter().all(|(_, seen)| [expected, 0].contains(seen)), "{called:?}");
    let mut numbers: Vec<_> = called.iter().map(|(number, _)| *number).collect();
    numbers.sort_unstable();
    let mut due = Vec::new();
    for (number, part) in parts.iter().enumerate() {
        match part {
            Part::Call => due.push(10 * number + 1),
            Part::CallTwice => due.extend([10 * number + 2, 10 * number + 3]),
            _ => {}
        }
    }
    assert_eq!(numbers, due, "each callback is called once");
}

fn exhaustively(parts: &'static [Part]) -> usize {
    let scheduler = DfsScheduler::new(Some(ALL), false);
    Runner::new(scheduler, Config::new()).run(move || run(parts))
}

fn check_all(parts: &'static [Part]) {
    let orders = exhaustively(parts);
    assert!((3..ALL).contains(&orders), "{orders} orders of {parts:?}");
}

fn at_random(parts: &'static [Part]) {
    let scheduler = RandomScheduler::new(ORDERS);
    let orders = Runner::new(scheduler, Config::new()).run(move || run(parts));
    assert_eq!(orders, ORDERS);
}

#[test]
fn in_every_order_who_waits_is_woken() {
    check_all(&[Part::Run, Part::Take]);
    check_all(&[Part::Cancel, Part::Take]);
    check_all(&[Part::Run, Part::Look]);
}

#[test]
fn in_every_order_a_job_is_either_run_or_cancelled() {
    check_all(&[Part::Run, Part::Cancel]);
    check_all(&[Part::Run, Part::Run]);
    check_all(&[Part::Cancel, Part::Cancel]);
}

#[test]
fn in_every_order_each_callback_is_called_once() {
    check_all(&[Part::Run, Part::Call]);
    check_all(&[Part::Cancel, Part::Call]);
    check_all(&[Part::Run, Part::CallTwice]);
}

#[test]
fn in_every_order_one_who_leaves_leaves_nothing() {
    check_all(&[Part::Run, Part::Leave]);
    check_all(&[Part::Cancel, Part::Leave]);
}

#[test]
fn three_and_four_threads_end_with_what_they_are_due() {
    at_random(&[Part::Run, Part::Cancel, Part::Take]);
    at_random(&[Part::Run, Part::Call, Part::Take]);
    at_random(&[Part::Run, Part::CallTwice, Part::Look, Part::Take]);
    at_random(&[Part::Cancel, Part::Run, Part::Call, Part::CallTwice]);
    at_random(&[Part::Run, Part::Take, Part::Leave, Part::Look]);
    at_random(&[Part::Cancel, Part::Take, Part::Call, Part::Call]);
}

/// The check can fail: with a waker that does nothing, a thread that waits is never told.
#[test]
fn a_waker_that_does_nothing_is_found_as_a_deadlock() {
    let run = || exhaustively(&[Part::Run, Part::TakeAsleep]);
    let panic = catch_unwind(AssertUnwindSafe(run)).expect_err("a deadlock");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.contains("deadlock"), "{message}");
}
