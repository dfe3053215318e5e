//! `async fn`, on an executor that is as simple as can be.

use crate::Counter;
use crate::check;
use crate::isolated;
use larder::cache;
use pollster::block_on;
use serde::Serialize;

static RUNS: Counter = Counter::new();

#[cache]
async fn fetch(url: &str, retries: u32) -> Result<String, std::fmt::Error> {
    RUNS.add();
    std::future::ready(()).await;
    Ok(format!("{url}{retries}"))
}

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn an_async_function_runs_once_and_its_future_is_send() {
    isolated(|| {
        check(&RUNS, &Ok("a1".to_owned()), || block_on(is_send(fetch("a", 1))));
        assert!(fetch::is_cached("a", 1));
        let many = block_on(fetch::map([("a".to_owned(), 1), ("b".to_owned(), 2)]));
        assert_eq!(many, [Ok("a1".to_owned()), Ok("b2".to_owned())]);
        assert_eq!(RUNS.runs(), 2);
        assert_eq!(block_on(fetch::recompute("a", 1)), Ok("a1".to_owned()));
        assert_eq!(block_on(fetch::uncached("a", 1)), Ok("a1".to_owned()));
        assert_eq!(RUNS.runs(), 4);
        assert!(fetch::forget("a", 1).unwrap());
        assert_eq!(block_on(fetch::call("b", 2)).into_value(), Ok("b2".to_owned()));
        assert_eq!(block_on(fetch::shelve("b", 2)).get().unwrap(), Ok("b2".to_owned()));
        assert_eq!(RUNS.runs(), 4);
        fetch::clear().unwrap();
        assert!(!fetch::is_cached("b", 2));
    });
}

static GENERIC: Counter = Counter::new();

#[cache]
async fn generic<T: Serialize, const N: usize>(values: [T; N], label: impl Serialize) -> usize
where
    [T; N]: Serialize,
{
    GENERIC.add();
    drop((values, label));
    N
}

#[test]
fn an_async_function_can_be_generic() {
    isolated(|| {
        check(&GENERIC, &2, || block_on(generic([1u8, 2], "x")));
    });
}
