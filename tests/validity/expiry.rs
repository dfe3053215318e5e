//! `expires = "7d"`, in all ways to make a call.

use super::aging::{Case, DAY, HOUR};
use larder::{Source, Why, cache};
use pollster::block_on;
use serde::Serialize;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

#[cache(expires = "7d")]
fn weekly(x: u64) -> u64 {
    x + 1
}

#[cache(expires = "1w")]
async fn weekly_later(x: u64) -> u64 {
    std::future::ready(x + 2).await
}

#[cache(expires = "7d")]
fn weekly_if_even(x: u64) -> Result<u64, String> {
    if x.is_multiple_of(2) { Ok(x) } else { Err("odd".to_owned()) }
}

static BROKEN: AtomicBool = AtomicBool::new(false);

#[cache(expires = "7d")]
fn fragile(x: u64) -> Result<u64, String> {
    if BROKEN.load(Ordering::SeqCst) { Err("broken".to_owned()) } else { Ok(x) }
}

#[derive(Serialize)]
struct Scale(u64);

#[cache]
impl Scale {
    #[cache(expires = "7d")]
    fn by(&self, x: u64) -> u64 {
        self.0 * x
    }
}

#[cache(name = "same", code = "none", expires = "1h")]
fn hourly(x: u64) -> u64 {
    x + 3
}

#[cache(name = "same", code = "none", expires = "7d")]
fn daily(x: u64) -> u64 {
    x + 3
}

#[cache(name = "same", code = "none")]
fn for_ever(x: u64) -> u64 {
    x + 3
}

/// A way to make a call: its name, and whether the value is right.
type Way = (&'static str, fn() -> bool);

/// All of them.
fn ways() -> [Way; 8] {
    [
        ("call", || weekly(1) == 2),
        ("call of a method", || Scale(3).by(4) == 12),
        ("call of a fallible function", || weekly_if_even(2) == Ok(2)),
        ("shelve", || weekly::shelve(1).get().unwrap() == 2),
        ("batch", || weekly::map([1]) == [2]),
        ("batch of many", || weekly::map(0..100) == (1..101).collect::<Vec<_>>()),
        ("future", || block_on(weekly_later(1)) == 3),
        ("batch of futures", || block_on(weekly_later::map(0..20)).len() == 20),
    ]
}

#[test]
fn a_result_is_found_until_its_time_and_computed_once_after_it_whatever_the_call() {
    for (way, call) in ways() {
        let case = Case::new();
        let (right, first) = case.run(call);
        assert!(right && first.computed > 0, "{way}");
        let files = case.files();
        case.age(DAY * 6);
        let (right, again) = case.run(call);
        assert!(right, "{way}");
        assert_eq!((again.computed, again.found), (0, first.computed), "{way}");
        case.age(DAY + HOUR);
        let (right, expired) = case.run(call);
        assert!(right, "{way}");
        assert_eq!((expired.computed, expired.found), (first.computed, 0), "{way}");
        assert_eq!(case.files(), files, "{way}: they take the place of the old ones");
        let (right, again) = case.run(call);
        assert!(right, "{way}");
        assert_eq!((again.computed, again.found), (0, first.computed), "{way}");
    }
}

#[test]
fn what_has_expired_is_not_cached_and_why_says_so() {
    let case = Case::new();
    case.run(|| (weekly(1), block_on(weekly_later(1))));
    case.age(DAY * 8);
    case.run(|| {
        assert!(!weekly::is_cached(1) && !weekly_later::is_cached(1));
        let why = weekly::why(1);
        assert!(matches!(why, Why::Expired { after, .. } if after == DAY * 7), "{why:?}");
        let expected = "computed again because its result has expired: it was computed 8 days ago, \
                        and is used for 7 days";
        assert_eq!(why.to_string(), expected);
        assert_eq!(weekly::call(1).source(), Source::Computed);
        assert!(weekly::is_cached(1));
        assert!(matches!(weekly::why(1), Why::Found { .. }));
        assert!(weekly_later::forget(1).unwrap(), "it is still there to be forgotten");
    });
}

#[test]
fn a_handle_on_a_result_outlives_its_time() {
    let case = Case::new();
    case.run(|| {
        let shelved = weekly::shelve(1);
        case.age(DAY * 8);
        assert_eq!(shelved.get().unwrap(), 2);
        assert!(!weekly::is_cached(1));
    });
}

#[test]
fn results_from_the_future_live_for_twice_their_time_at_most() {
    let case = Case::new();
    case.run(|| weekly(1));
    case.move_ahead(DAY * 6);
    case.run(|| assert!(weekly::is_cached(1)));
    case.move_ahead(DAY + HOUR);
    let (_, stats) = case.run(|| {
        assert!(!weekly::is_cached(1));
        assert!(matches!(weekly::why(1), Why::Expired { .. }));
        weekly(1)
    });
    assert_eq!((stats.computed, stats.found), (1, 0));
    case.run(|| assert!(weekly::is_cached(1)));
}

#[test]
fn what_may_not_write_computes_what_has_expired_and_leaves_it() {
    let case = Case::new();
    case.run(|| weekly(1));
    case.age(DAY * 8);
    let before = case.files().iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
    let (_, stats) = case.run_in("readonly", || (weekly(1), weekly(1), weekly::map([1, 1])));
    assert_eq!(stats.found, 0);
    assert!(stats.computed >= 3, "{stats:?}");
    let after = case.files().iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>();
    assert_eq!(before, after);
}

#[test]
fn for_how_long_results_are_used_is_no_part_of_their_key() {
    let case = Case::new();
    case.run(|| for_ever(1));
    case.age(HOUR * 2);
    let (_, stats) = case.run(|| {
        assert!(for_ever::is_cached(1) && daily::is_cached(1) && !hourly::is_cached(1));
        (daily(1), hourly(1), for_ever(1))
    });
    assert_eq!((stats.found, stats.computed), (2, 1));
    assert_eq!(case.files().len(), 1);
}

#[test]
fn a_failure_in_place_of_an_expired_result_leaves_that_expired() {
    let case = Case::new();
    assert_eq!(case.run(|| fragile(2)).0, Ok(2));
    case.age(DAY * 8);
    BROKEN.store(true, Ordering::SeqCst);
    for _ in 0..2 {
        let (result, stats) = case.run(|| (fragile(2), fragile::is_cached(2)));
        assert_eq!(result, (Err("broken".to_owned()), false));
        assert_eq!((stats.failed, stats.found), (1, 0));
    }
    BROKEN.store(false, Ordering::SeqCst);
    let (result, stats) = case.run(|| (fragile(2), fragile::is_cached(2)));
    assert_eq!((result, stats.computed), ((Ok(2), true), 1));
}

#[test]
fn equal_items_of_a_batch_compute_what_has_expired_once() {
    let case = Case::new();
    case.run(|| weekly::map([1, 2]));
    case.age(DAY * 8);
    let (_, stats) = case.run(|| weekly::map([1, 2, 1, 2, 1]));
    assert_eq!((stats.computed, stats.found, stats.shared), (2, 0, 3));
}
