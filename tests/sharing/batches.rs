//! What a batch sets aside, and what it does meanwhile.

use crate::{CACHE, Counter, Event, LONG, ends, stats};
use larder::cache;
use std::panic::catch_unwind;
use std::thread;
use std::time::Duration;

#[test]
fn what_others_compute_comes_last_and_the_rest_is_done_first() {
    static LEADS: Event = Event::new();
    static REST: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn aside(x: u64) -> u64 {
        if x == 0 {
            LEADS.set();
            assert!(REST.reaches(200), "the rest waits for what was set aside");
            // Longer than anybody waits who does not wait without bound.
            thread::sleep(Duration::from_millis(100));
        } else {
            REST.add();
        }
        x
    }
    let values = ends(|| {
        let leader = thread::spawn(|| aside(0));
        assert!(LEADS.wait(LONG));
        // The second zero waits for the first one, within the batch.
        let values = aside::map([0, 0].into_iter().chain(1..=200).chain([0]));
        assert_eq!(leader.join().unwrap(), 0);
        values
    });
    assert!(values.iter().copied().eq([0, 0].into_iter().chain(1..=200).chain([0])));
    let line = stats(&CACHE, "aside");
    assert_eq!([line.computed, line.shared + line.found, line.given_up], [201, 3, 0]);
}

#[test]
fn more_items_than_may_wait_can_be_equal_to_one_that_is_set_aside() {
    static LEADS: Event = Event::new();
    #[cache(cache = CACHE)]
    fn crowded(x: u64) -> u64 {
        if x == 0 {
            LEADS.set();
            thread::sleep(Duration::from_millis(100));
        }
        x
    }
    let inputs = || (0..5_000).map(|n| if n % 4 == 3 { n } else { 0 });
    let values = ends(move || {
        let leader = thread::spawn(|| crowded(0));
        assert!(LEADS.wait(LONG));
        let values = crowded::map(inputs());
        assert_eq!(leader.join().unwrap(), 0);
        values
    });
    assert!(values.into_iter().eq(inputs()));
    let line = stats(&CACHE, "crowded");
    assert_eq!([line.computed, line.given_up], [1_251, 0]);
}

#[test]
fn the_panic_of_a_leader_elsewhere_does_not_reach_the_batch() {
    static LEADS: Event = Event::new();
    static OTHERS: Counter = Counter::new();
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn abandoned(x: u64) -> u64 {
        if x > 0 {
            OTHERS.add();
        } else if RUNS.add() == 0 {
            LEADS.set();
            assert!(OTHERS.reaches(10));
            thread::sleep(Duration::from_millis(50));
            panic!("expected");
        }
        x
    }
    let (leader, values) = ends(|| {
        let leader = thread::spawn(|| abandoned(0));
        assert!(LEADS.wait(LONG));
        let values = abandoned::map((0..=10).chain([0]));
        (leader.join(), values)
    });
    assert!(leader.is_err() && values.into_iter().eq((0..=10).chain([0])));
    assert_eq!((RUNS.get(), stats(&CACHE, "abandoned").given_up), (2, 0));
}

#[test]
fn a_batch_that_panics_does_not_wait_for_what_others_compute() {
    static LEADS: Event = Event::new();
    static OVER: Event = Event::new();
    #[cache(cache = CACHE)]
    fn broken(x: u64) -> u64 {
        if x == 0 {
            LEADS.set();
            assert!(OVER.wait(LONG), "the batch waits for an item that nobody wants any more");
        }
        assert!(x < 5, "expected");
        x
    }
    // An item that panics, and inputs that do.
    for end in [5, 6] {
        LEADS.0.store(false, std::sync::atomic::Ordering::SeqCst);
        OVER.0.store(false, std::sync::atomic::Ordering::SeqCst);
        broken::forget(0).unwrap();
        ends(move || {
            let leader = thread::spawn(|| broken(0));
            assert!(LEADS.wait(LONG));
            let inputs = [0, 0, 1, 2, end, 3, 0].into_iter().chain(
                (7..100_u64).inspect(move |x| assert!(end == 5 || *x < 20, "expected")).map(|_| 1),
            );
            assert!(catch_unwind(|| broken::map(inputs)).is_err());
            OVER.set();
            assert_eq!(leader.join().unwrap(), 0);
        });
    }
}

#[test]
fn inputs_may_come_from_the_same_function_and_from_a_batch_of_it() {
    #[cache(cache = CACHE)]
    fn chained(x: u64) -> u64 {
        thread::sleep(Duration::from_micros(200));
        x + 1
    }
    for workers in [1, 2, 4] {
        let values = ends(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap();
            let base = workers as u64 * 1_000;
            // Each input is what the item before came to, asked for while that may be under way.
            let single = (0..100).scan(base, |last, _| {
                let next = chained(*last);
                Some(std::mem::replace(last, next))
            });
            let batches = (0..20).flat_map(move |x| chained::map([base + x, base + x + 1, base]));
            pool.install(|| chained::map(single.chain(batches)))
        });
        assert_eq!(values.len(), 160);
        assert_eq!(values[99], workers as u64 * 1_000 + 100);
    }
    let line = stats(&CACHE, "chained");
    assert_eq!(line.computed, 300 + line.given_up);
}

#[test]
fn an_item_with_the_key_that_its_batch_is_part_of_computes() {
    static RUNS: Counter = Counter::new();
    #[cache(cache = CACHE)]
    fn inward(x: u64) -> u64 {
        if x > 2 || RUNS.add() > 12 {
            return x;
        }
        inward::map([x, x + 1, x, x + 10]).into_iter().sum()
    }
    for workers in [1, 2, 4] {
        ends(move || {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build().unwrap();
            pool.install(|| inward(0))
        });
        ends(|| inward(1));
        inward::clear().unwrap();
        RUNS.0.store(0, std::sync::atomic::Ordering::SeqCst);
    }
}
