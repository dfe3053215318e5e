//! Threads and workers of rayon.

use crate::{CACHE, Counter, Event, LONG, READONLY, REFRESH, ends, let_wait, named, stats};
use larder::{Source, cache};
use std::cell::Cell;
use std::panic::catch_unwind;
use std::thread;
use std::time::Duration;

const THREADS: usize = 8;

/// Calls on eight threads of one name, and what each came to; `arrived` counts those that are about to
/// call.
fn on_threads<R: Send + 'static>(arrived: &'static Counter, call: fn() -> R) -> Vec<R> {
    static TEST: Counter = Counter::new();
    ends(move || {
        let name = format!("caller {}", TEST.add());
        let work = move || {
            arrived.add();
            call()
        };
        let threads: Vec<_> = (0..THREADS).map(|_| named(&name, work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn threads_wait_for_a_thread_however_long_it_takes() {
    static ARRIVED: Counter = Counter::new();
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn patient(x: u64) -> u64 {
        RUNS.add();
        assert!(ARRIVED.reaches(THREADS));
        let_wait(thread::current().name().unwrap());
        // Many times what anybody waits without history who does not wait without bound.
        thread::sleep(Duration::from_millis(150));
        x
    }
    let sources = on_threads(&ARRIVED, || {
        let call = patient::call(1);
        assert_eq!(*call.value(), 1);
        call.source()
    });
    let count = |source| sources.iter().filter(|one| **one == source).count();
    assert_eq!((RUNS.get(), count(Source::Computed)), (1, 1));
    assert!(count(Source::Shared) > 0, "{sources:?}");
    let line = stats(&CACHE, "patient");
    assert_eq!([line.computed, line.shared + line.found], [1, 7]);
    assert_eq!([line.given_up, line.duplicates], [0, 0]);
}

#[test]
fn a_worker_waits_no_longer_than_the_function_takes_and_computes_as_well() {
    static LEADS: Event = Event::new();
    static DONE: Event = Event::new();
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn stuck(x: u64) -> u64 {
        if RUNS.add() == 0 {
            LEADS.set();
            assert!(DONE.wait(LONG), "a worker waits for a thread that waits for it");
        }
        x
    }
    ends(|| {
        let leader = thread::spawn(|| stuck::call(1).source());
        assert!(LEADS.wait(LONG));
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        assert_eq!(pool.install(|| stuck::call(1)).source(), Source::Computed);
        DONE.set();
        assert_eq!(leader.join().unwrap(), Source::Computed);
    });
    let line = stats(&CACHE, "stuck");
    assert_eq!([line.computed, line.shared, line.given_up, line.duplicates], [2, 0, 1, 1]);
    // Over all time it is the same, by way of the journal and the catalog.
    let all = CACHE.all_time_stats().unwrap();
    let all = all.function("stuck").unwrap();
    assert_eq!([all.computed, all.given_up, all.duplicates], [2, 1, 1]);
}

#[test]
fn a_panic_reaches_its_caller_alone_and_one_of_those_who_wait_computes() {
    static ARRIVED: Counter = Counter::new();
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn fails_first(x: u64) -> u64 {
        let run = RUNS.add();
        assert!(ARRIVED.reaches(THREADS));
        let_wait(thread::current().name().unwrap());
        assert!(run > 0, "expected");
        x
    }
    let results = on_threads(&ARRIVED, || catch_unwind(|| fails_first(1)).ok());
    assert_eq!(results.iter().filter(|result| result.is_none()).count(), 1);
    assert!(results.iter().flatten().all(|value| *value == 1));
    let line = stats(&CACHE, "fails_first");
    assert_eq!([line.failed, line.computed, line.shared + line.found], [1, 1, 6]);
    assert_eq!([RUNS.get() as u64, line.given_up, line.duplicates], [2, 0, 0]);
}

/// What the seven who waited do once the first one came to nothing that could be shared: they run at
/// the same time.
fn run_with_others(runs: &'static Counter, arrived: &'static Counter) -> usize {
    let run = runs.add();
    if run == 0 {
        assert!(arrived.reaches(THREADS));
        let_wait(thread::current().name().unwrap());
    } else {
        assert!(runs.reaches(THREADS), "those who wait are released one by one");
    }
    run
}

#[test]
fn where_an_error_came_out_all_compute_at_the_same_time() {
    static ARRIVED: Counter = Counter::new();
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn refused(x: u64) -> Result<u64, String> {
        run_with_others(&RUNS, &ARRIVED);
        Err(x.to_string())
    }
    let results = on_threads(&ARRIVED, || refused(1));
    assert!(results.iter().all(|result| *result == Err("1".to_owned())));
    let line = stats(&CACHE, "refused");
    assert_eq!([line.failed, line.computed, line.shared, line.given_up], [8, 0, 0, 0]);
}

#[test]
fn where_keep_if_refuses_all_compute_at_the_same_time() {
    static ARRIVED: Counter = Counter::new();
    static RUNS: Counter = Counter::new();
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "it is what `keep_if` takes")]
    fn never(_: &u64) -> bool {
        false
    }
    #[cache(cache = CACHE, keep_if = never)]
    fn unwanted(x: u64) -> u64 {
        run_with_others(&RUNS, &ARRIVED);
        x
    }
    let results = on_threads(&ARRIVED, || unwanted(1));
    assert_eq!(results, [1; THREADS]);
    let line = stats(&CACHE, "unwanted");
    assert_eq!([line.computed, line.unkept, line.shared, line.given_up], [8, 8, 0, 0]);
}

#[test]
fn a_cache_that_writes_nothing_shares_in_the_process() {
    static ARRIVED: Counter = Counter::new();
    #[cache(cache = READONLY)]
    fn unwritten(x: u64) -> u64 {
        assert!(ARRIVED.reaches(THREADS));
        let_wait(thread::current().name().unwrap());
        x
    }
    assert_eq!(on_threads(&ARRIVED, || unwritten(1)), [1; THREADS]);
    let line = stats(&READONLY, "unwritten");
    assert_eq!(line.computed + line.shared, 8);
    assert!(line.shared > 0 && line.given_up == 0, "{line:?}");
    assert!(!READONLY.directory().unwrap().join("claims").exists());
}

/// A handle on what is not on the disk would be a handle on nothing.
#[test]
fn what_is_shelved_by_those_who_share_is_there_also_where_nothing_is_written() {
    static ARRIVED: Counter = Counter::new();
    #[cache(cache = READONLY)]
    fn shelved(x: u64) -> u64 {
        assert!(ARRIVED.reaches(THREADS));
        let_wait(thread::current().name().unwrap());
        x
    }
    let handles = on_threads(&ARRIVED, || shelved::shelve(1));
    assert!(handles.into_iter().all(|handle| handle.get().unwrap() == 1));
    assert!(stats(&READONLY, "shelved").shared > 0);
}

#[test]
fn who_wants_a_result_replaced_waits_for_nobody() {
    static RUNS: Counter = Counter::new();
    static REFRESHED: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn replaced(x: u64) -> u64 {
        if RUNS.add() == 0 {
            assert!(RUNS.reaches(2), "the second one waits for this");
        }
        x
    }
    #[cache(cache = REFRESH)]
    fn refreshed(x: u64) -> u64 {
        if REFRESHED.add() == 0 {
            assert!(REFRESHED.reaches(2), "the second one waits for this");
        }
        x
    }
    ends(|| {
        let leader = thread::spawn(|| replaced(1));
        assert!(RUNS.reaches(1));
        assert_eq!(replaced::recompute(1), 1);
        assert_eq!(leader.join().unwrap(), 1);
        let threads = [(); 2].map(|()| thread::spawn(|| refreshed(1)));
        assert_eq!(threads.map(|thread| thread.join().unwrap()), [1, 1]);
    });
    let [one, other] = [stats(&CACHE, "replaced"), stats(&REFRESH, "refreshed")];
    for line in [one, other] {
        assert_eq!([line.computed, line.shared, line.given_up], [2, 0, 0]);
    }
}

#[test]
fn a_call_that_comes_to_its_own_key_computes() {
    thread_local! {
        static DEPTH: Cell<u64> = const { Cell::new(0) };
    }
    #[cache(cache = CACHE)]
    fn circular(x: u64) -> u64 {
        let depth = DEPTH.replace(DEPTH.get() + 1);
        let below = if depth < 3 { circular(x) } else { 0 };
        DEPTH.set(depth);
        below + 1
    }
    let (thread, worker) = ends(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        (circular(1), pool.install(|| circular(2)))
    });
    assert_eq!((thread, worker), (4, 4));
    let line = stats(&CACHE, "circular");
    assert_eq!([line.computed, line.given_up], [8, 6]);
}
