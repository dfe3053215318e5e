//! `validate = path`.

use super::aging::{Case, DAY, HOUR};
use larder::{EntryMeta, Why, cache};
use pollster::block_on;
use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

fn is_of_today(entry: &EntryMeta) -> bool {
    assert!(entry.created <= SystemTime::now() && entry.own_time <= entry.full_time);
    entry.age < DAY
}

#[cache(validate = is_of_today)]
fn news(topic: &str) -> usize {
    topic.len()
}

#[cache(validate = is_of_today)]
async fn news_later(topic: String) -> usize {
    std::future::ready(topic.len()).await
}

/// Large results, and those of `keep`, are good.
fn is_large_or_kept(entry: &EntryMeta<'_>) -> bool {
    entry.size > 10_000 || entry.inputs == "what: \"keep\", count: 1"
}

#[cache(validate = is_large_or_kept)]
fn repeated(what: &str, count: usize) -> String {
    what.repeat(count)
}

fn is_slow(entry: &EntryMeta<'_>) -> bool {
    entry.full_time > Duration::from_millis(1)
}

#[cache(validate = is_slow, expires = "2h")]
fn slowly(millis: u64) -> u64 {
    std::thread::sleep(Duration::from_millis(millis));
    millis
}

fn panics(_: &EntryMeta<'_>) -> bool {
    panic!("a condition that does not hold")
}

#[cache(validate = panics)]
fn unlucky(x: u64) -> u64 {
    x
}

#[cache(validate = panics)]
async fn unlucky_later(x: u64) -> u64 {
    std::future::ready(x).await
}

trait Fresh {
    const FRESH: bool;
}

impl Fresh for u32 {
    const FRESH: bool = true;
}

impl Fresh for u64 {
    const FRESH: bool = false;
}

fn is_fresh<T: Fresh>(_: &EntryMeta<'_>) -> bool {
    T::FRESH
}

#[cache(validate = is_fresh::<T>)]
fn generic<T: Fresh + Serialize>(_number: T) -> bool {
    T::FRESH
}

#[derive(Serialize)]
struct Feed(u64);

static REFUSED: AtomicU64 = AtomicU64::new(0);

fn counted(_: &EntryMeta<'_>) -> bool {
    REFUSED.fetch_add(1, Ordering::SeqCst);
    false
}

#[cache]
impl Feed {
    #[cache(validate = counted)]
    fn read(&self) -> u64 {
        self.0
    }
}

#[test]
fn a_condition_decides_at_each_lookup_whatever_the_call() {
    let case = Case::new();
    let all = || {
        let batch = news::map(["a", "bb"]);
        let later = block_on(news_later::map(["a".to_owned(), "bb".to_owned()]));
        (news("ccc"), batch, block_on(news_later("ccc".to_owned())), later)
    };
    let expected = (3, vec![1, 2], 3, vec![1, 2]);
    let (values, stats) = case.run(all);
    assert_eq!((values, stats.computed), (expected.clone(), 6));
    case.age(HOUR * 23);
    let (values, stats) = case.run(all);
    assert_eq!((values, stats.computed, stats.found), (expected.clone(), 0, 6));
    case.age(HOUR * 2);
    case.run(|| {
        assert!(!news::is_cached("a"));
        let why = news::why("a");
        assert!(matches!(why, Why::Refused { .. }), "{why:?}");
        let expected =
            "computed again because `validate` refuses its result, which was computed 1 day ago";
        assert_eq!(why.to_string(), expected);
    });
    let (values, stats) = case.run(all);
    assert_eq!((values, stats.computed, stats.found), (expected.clone(), 6, 0));
    let (values, stats) = case.run(all);
    assert_eq!((values, stats.computed, stats.found), (expected, 0, 6));
}

#[test]
fn a_condition_sees_size_inputs_and_times() {
    let case = Case::new();
    case.run(|| {
        for (what, count) in [("keep", 1), ("small", 1), ("large", 10_000)] {
            repeated(what, count);
        }
        assert!(repeated::is_cached("keep", 1));
        assert!(!repeated::is_cached("small", 1));
        assert!(repeated::is_cached("large", 10_000));
        slowly(2);
        assert!(slowly::is_cached(2));
        slowly(0);
    });
    // With both, both have to agree.
    case.age(HOUR * 3);
    case.run(|| assert!(matches!(slowly::why(2), Why::Expired { .. })));
}

#[test]
fn a_condition_that_panics_counts_as_false_and_is_told_once() {
    let case = Case::new();
    case.run(|| (unlucky(1), block_on(unlucky_later(1))));
    let cache = larder::Cache::open(case.path()).unwrap();
    let values = larder::with_cache(&cache, || {
        assert!(!unlucky::is_cached(1));
        (unlucky(1), unlucky::map([1]), block_on(unlucky_later(1)))
    });
    assert_eq!(values, (1, vec![1], 1));
    let stats = cache.stats();
    assert_eq!((stats.total().computed, stats.total().found), (3, 0));
    let told: Vec<_> = stats.warnings.iter().filter(|(cause, _)| cause.contains("panic")).collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].0.starts_with("`validate` of `") && told[0].0.contains("unlucky"), "{told:?}");
}

#[test]
fn a_condition_may_depend_on_the_type_arguments() {
    let case = Case::new();
    case.run(|| {
        generic(1_u32);
        generic(1_u64);
        assert!(generic::is_cached(1_u32));
        assert!(!generic::is_cached(1_u64));
    });
}

#[test]
fn a_condition_of_a_method_is_asked_when_there_is_something_to_ask_about() {
    let case = Case::new();
    case.run(|| Feed(1).read());
    assert_eq!(REFUSED.load(Ordering::SeqCst), 0);
    let (_, stats) = case.run(|| Feed(1).read());
    assert_eq!(stats.computed, 1);
    assert!(REFUSED.load(Ordering::SeqCst) > 0);
}
