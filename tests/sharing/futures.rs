//! Futures, on an executor of one thread.

use crate::{CACHE, Counter, Event, LONG, ends, let_wait, named, stats};
use futures_timer::Delay;
use futures_util::future::{FutureExt, join, join_all, join3, poll_immediate};
use larder::{Source, cache};
use pollster::block_on;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

/// How long the first call of a function takes where the others are to wait for each other: nobody
/// gives up before that time is over.
const HISTORY: Duration = Duration::from_secs(2);

/// Sleeps, for the input that makes history.
async fn history(x: u64) {
    if x == 0 {
        Delay::new(HISTORY).await;
    }
}

/// Completes when the event is there. It asks now and then, and panics if it never comes.
async fn seen(event: &Event) {
    let started = Instant::now();
    while !event.is_set() {
        assert!(started.elapsed() < LONG, "it does not come");
        Delay::new(Duration::from_millis(1)).await;
    }
}

#[test]
fn a_future_that_waits_for_an_equal_call_lets_others_go_on() {
    static LEADS: Event = Event::new();
    static RUNS: Counter = Counter::new();
    static BEATS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    async fn slow(x: u64) -> u64 {
        history(x).await;
        if x == 1 {
            RUNS.add();
            LEADS.set();
            assert!(BEATS.reaches(100), "who waits holds up another future of its task");
        }
        x
    }
    let source = ends(|| {
        block_on(slow(0));
        let leader = thread::spawn(|| block_on(slow(1)));
        assert!(LEADS.wait(LONG));
        let done = Event::new();
        let waiting = async {
            let source = slow::call(1).await.source();
            done.set();
            source
        };
        let heart = async {
            while !done.is_set() {
                Delay::new(Duration::from_millis(2)).await;
                BEATS.add();
            }
        };
        let (source, ()) = block_on(join(waiting, heart));
        assert_eq!(leader.join().unwrap(), 1);
        source
    });
    assert_eq!((source, RUNS.get()), (Source::Shared, 1));
    let line = stats(&CACHE, "slow");
    assert_eq!([line.computed, line.shared, line.given_up, line.duplicates], [2, 1, 0, 0]);
}

#[test]
fn a_future_claims_and_writes_elsewhere() {
    #[cache(cache = CACHE)]
    async fn quick(x: u64) -> u64 {
        std::future::ready(x).await
    }
    // What is done on another thread makes the future wait at least once, unless that is very quick.
    // What is done in place never does.
    let waited = (0..100).filter(|x| {
        let mut call = pin!(quick::call(*x));
        let waits = block_on(poll_immediate(&mut call)).is_none();
        assert!(!waits || block_on(call).source() == Source::Computed);
        waits
    });
    assert!(waited.count() > 0, "it blocks");
}

#[test]
fn equal_futures_in_one_task_compute_once() {
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    async fn joined(x: u64) -> u64 {
        history(x).await;
        if x == 1 {
            RUNS.add();
            Delay::new(Duration::from_millis(50)).await;
        }
        x
    }
    let (one, two, three) = ends(|| {
        block_on(joined(0));
        block_on(join3(joined::call(1), joined::call(1), joined::call(1)))
    });
    let sources = [one.source(), two.source(), three.source()];
    let computed = sources.iter().filter(|source| **source == Source::Computed).count();
    assert_eq!((computed, RUNS.get()), (1, 1), "{sources:?}");
    let line = stats(&CACHE, "joined");
    // One whose lookup takes its time finds what the first came to.
    assert_eq!([line.computed, line.shared + line.found, line.given_up], [2, 2, 0]);
}

#[test]
fn a_future_that_is_dropped_passes_its_lead_on_to_a_future_and_to_a_thread() {
    static RUNS: Counter = Counter::new();
    static LEADS: Event = Event::new();
    #[cache(cache = CACHE)]
    async fn cancelled(x: u64) -> u64 {
        history(x).await;
        if x > 0 && RUNS.add().is_multiple_of(2) {
            LEADS.set();
            std::future::pending::<()>().await;
        }
        x
    }
    ends(|| {
        block_on(cancelled(0));
        for (x, on_a_thread) in [(1, false), (2, true)] {
            let mut leader = Box::pin(cancelled(x));
            LEADS.0.store(false, std::sync::atomic::Ordering::SeqCst);
            block_on(async {
                while !LEADS.is_set() {
                    assert!(poll_immediate(&mut leader).await.is_none());
                    Delay::new(Duration::from_millis(1)).await;
                }
            });
            let source = if on_a_thread {
                let waiting = named("cancelled", move || block_on(cancelled::call(x)).source());
                let_wait("cancelled");
                drop(leader);
                waiting.join().unwrap()
            } else {
                let mut waiting = pin!(cancelled::call(x));
                block_on(async {
                    for _ in 0..50 {
                        assert!(poll_immediate(&mut waiting).await.is_none());
                        Delay::new(Duration::from_millis(2)).await;
                    }
                });
                drop(leader);
                block_on(waiting).source()
            };
            assert_eq!(source, Source::Computed);
        }
    });
    assert_eq!(RUNS.get(), 4);
    assert_eq!(stats(&CACHE, "cancelled").given_up, 0);
}

#[test]
fn a_future_that_is_dropped_while_its_result_is_written_still_gives_it_to_others() {
    static RUNS: Counter = Counter::new();
    static LEADS: Event = Event::new();
    static GATE: Event = Event::new();
    #[cache(cache = CACHE)]
    async fn written(x: u64) -> u64 {
        history(x).await;
        if x == 1 {
            RUNS.add();
            LEADS.set();
            std::future::poll_fn(|_| if GATE.is_set() { Poll::Ready(()) } else { Poll::Pending })
                .await;
        }
        x
    }
    let source = ends(|| {
        block_on(written(0));
        let mut leader = Box::pin(written(1));
        block_on(async {
            while !LEADS.is_set() {
                assert!(poll_immediate(&mut leader).await.is_none());
                Delay::new(Duration::from_millis(1)).await;
            }
        });
        let waiting = named("written", || block_on(written::call(1)).source());
        let_wait("written");
        GATE.set();
        // The body ends in this step, and the writing begins, which may be over at once.
        let _ = block_on(poll_immediate(&mut leader));
        drop(leader);
        waiting.join().unwrap()
    });
    assert_eq!((source, RUNS.get()), (Source::Shared, 1));
    assert_eq!(stats(&CACHE, "written").given_up, 0);
}

#[test]
fn a_future_that_is_never_polled_again_holds_others_up_no_longer_than_their_bound() {
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    async fn forgotten(x: u64) -> u64 {
        if RUNS.add() == 0 {
            std::future::pending::<()>().await;
        }
        x
    }
    let (sources, leader) = ends(|| {
        let mut leader = Box::pin(forgotten(1));
        block_on(async {
            while RUNS.get() == 0 {
                assert!(poll_immediate(&mut leader).await.is_none());
                Delay::new(Duration::from_millis(1)).await;
            }
        });
        let calls = [thread::spawn(|| block_on(forgotten::call(1)).source())];
        (calls.map(|call| call.join().unwrap()), leader)
    });
    assert_eq!((sources, RUNS.get()), ([Source::Computed], 2));
    drop(leader);
    let line = stats(&CACHE, "forgotten");
    assert_eq!([line.computed, line.given_up, line.duplicates], [1, 1, 0]);
}

#[test]
fn a_future_that_comes_to_its_own_key_computes() {
    static DEPTH: Counter = Counter::new();
    fn again(x: u64) -> std::pin::Pin<Box<dyn Future<Output = u64> + Send>> {
        Box::pin(winding(x))
    }
    #[cache(cache = CACHE)]
    async fn winding(x: u64) -> u64 {
        if DEPTH.add() < 3 { again(x).await + 1 } else { 1 }
    }
    assert_eq!(ends(|| block_on(winding(1))), 4);
    let line = stats(&CACHE, "winding");
    assert_eq!([line.computed, line.given_up], [4, 3]);
}

#[test]
fn the_panic_of_a_future_reaches_its_caller_alone_and_another_one_computes() {
    static RUNS: Counter = Counter::new();
    static GATE: Event = Event::new();
    #[cache(cache = CACHE)]
    async fn bursts_first(x: u64) -> u64 {
        history(x).await;
        if x == 1 && RUNS.add() == 0 {
            seen(&GATE).await;
            panic!("expected");
        }
        x
    }
    let results = ends(|| {
        block_on(bursts_first(0));
        let calls = (0..4).map(|_| AssertUnwindSafe(bursts_first(1)).catch_unwind());
        let opener = async {
            Delay::new(Duration::from_millis(100)).await;
            GATE.set();
        };
        block_on(join(join_all(calls), opener)).0
    });
    assert_eq!(results.iter().filter(|result| result.is_err()).count(), 1);
    assert_eq!(RUNS.get(), 2);
    let line = stats(&CACHE, "bursts_first");
    // One whose lookup takes its time finds it.
    let others = line.shared + line.found;
    assert_eq!([line.failed, line.computed, others, line.given_up], [1, 2, 2, 0]);
}

#[test]
fn where_an_error_came_out_all_futures_compute_at_the_same_time() {
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    async fn rejected(x: u64) -> Result<u64, u64> {
        history(x).await;
        if x == 0 {
            return Ok(0);
        }
        if RUNS.add() == 0 {
            Delay::new(Duration::from_millis(100)).await;
        } else {
            let started = Instant::now();
            while RUNS.get() < 4 {
                assert!(started.elapsed() < LONG, "those who wait are released one by one");
                Delay::new(Duration::from_millis(1)).await;
            }
        }
        Err(x)
    }
    let results = ends(|| {
        block_on(rejected(0)).unwrap();
        block_on(join_all((0..4).map(|_| rejected(1))))
    });
    assert_eq!(results, [Err(1); 4]);
    let line = stats(&CACHE, "rejected");
    assert_eq!([line.failed, line.shared, line.given_up], [4, 0, 0]);
}

#[test]
fn a_future_can_be_sent_whose_result_cannot_be_shared() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    #[cache(cache = CACHE)]
    async fn counted(x: u64) -> std::cell::Cell<u64> {
        std::future::ready(std::cell::Cell::new(x)).await
    }
    assert_eq!(block_on(is_send(counted(1))).get(), 1);
    assert_eq!(block_on(is_send(counted(1))).get(), 1);
}
