//! `f::submit` and `f {}` in `map`: hits are no jobs, misses are computed by jobs and kept.

#![expect(clippy::needless_pass_by_value, reason = "all forms of parameters are tried")]

use crate::{Gate, executor, watched};
use larder::executor::{Executor, JobHandle, ThreadPoolExecutor};
use larder::{Cache, ErrorKind, Mode, cache, with_cache};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, ThreadId};
use tempfile::TempDir;

#[cache]
fn join(words: &[String], separator: &str) -> String {
    words.join(separator)
}

#[cache]
fn nothing() -> u64 {
    7
}

#[cache]
fn half(x: u64) -> Result<u64, String> {
    if x.is_multiple_of(2) { Ok(x / 2) } else { Err(format!("{x} is odd")) }
}

#[cache]
fn named(executor: u64, task: u64) -> u64 {
    executor * task
}

#[cache]
fn owned(path: PathBuf, text: Option<String>, pair: (u8, Vec<u8>)) -> usize {
    path.as_os_str().len() + text.map_or(0, |text| text.len()) + pair.1.len()
}

#[cache]
fn borrowed<'a>(first: &'a str, second: &'a Path, third: Cow<'_, str>) -> usize {
    first.len() + second.as_os_str().len() + third.len()
}

#[cache]
fn parse<T: DeserializeOwned + Serialize>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

#[cache]
fn sum<T: Serialize + Copy + Into<f64>, const N: usize>(values: [T; N]) -> f64
where
    [T; N]: Serialize,
{
    values.into_iter().map(Into::into).sum()
}

#[cache]
fn shown(value: impl Serialize + std::fmt::Display) -> String {
    value.to_string()
}

#[derive(Serialize, Deserialize, Clone)]
struct Model {
    weights: Vec<f64>,
}

#[cache]
impl Model {
    #[cache]
    fn predict(&self, x: f64) -> f64 {
        self.weights.iter().rev().fold(0.0, |sum, weight| sum * x + weight)
    }
}

#[cache]
fn panics(message: String) -> u64 {
    panic!("{message}")
}

#[cache(ignore(seen))]
fn on_thread(x: u64, seen: &std::sync::Mutex<Vec<ThreadId>>) -> u64 {
    seen.lock().unwrap().push(thread::current().id());
    x
}

fn case<R: Send>(work: impl FnOnce(&Cache, &ThreadPoolExecutor) -> R + Send) -> R {
    let dir = TempDir::new().unwrap();
    let cache = Cache::open(dir.path()).unwrap();
    let executor = executor(2);
    with_cache(&cache, || work(&cache, &executor))
}

/// Submits twice: first there is a job, then a result.
#[track_caller]
fn check<T: Send + PartialEq + std::fmt::Debug + 'static>(
    expected: &T,
    submit: impl Fn() -> larder::Result<JobHandle<T>>,
) {
    assert_eq!(submit().unwrap().result().unwrap(), *expected);
    let again = submit().unwrap();
    assert!(again.is_done(), "it is there");
    assert_eq!(again.result().unwrap(), *expected);
}

#[test]
fn functions_of_all_forms_are_submitted_with_owned_arguments() {
    case(|_, executor| {
        let words = || vec!["a".to_owned(), "b".to_owned()];
        check(&"a-b".to_owned(), || join::submit(executor, words(), "-".to_owned()));
        check(&"a-b".to_owned(), || join::submit(executor, words(), "-"));
        check(&7, || nothing::submit(executor));
        check(&6, || named::submit(executor, 2, 3));
        check(&5, || owned::submit(executor, "/x".into(), Some("y".to_owned()), (1, vec![2, 3])));
        check(&6, || borrowed::submit(executor, "ab", PathBuf::from("cd"), "ef".into()));
        check(&vec![1_u8, 2], || parse::submit::<Vec<u8>>(executor, "[1,2]"));
        check(&6.0, || sum::submit(executor, [1_u8, 2, 3]));
        check(&"1.5".to_owned(), || shown::submit(executor, 1.5));
        let model = Arc::new(Model { weights: vec![1.0, 2.0] });
        check(&7.0, || Model::predict_cache().submit(executor, Arc::clone(&model), 3.0));
    });
}

#[test]
fn a_hit_needs_no_worker_and_no_open_executor() {
    case(|cache, executor| {
        let (first, behind) = Gate::new();
        let (second, also_behind) = Gate::new();
        for behind in [behind, also_behind] {
            executor.submit(move || behind.pass()).unwrap();
        }
        assert_eq!(nothing(), 7);
        let job = nothing::submit(executor).unwrap();
        assert_eq!(job.result().unwrap(), 7, "both workers wait at the gates");
        first.open();
        second.open();
        executor.shutdown(true, false);
        assert_eq!(nothing::submit(executor).unwrap().result().unwrap(), 7);
        assert_eq!(named::submit(executor, 2, 3).unwrap_err().kind(), ErrorKind::ShutDown);
        let total = cache.stats().total();
        assert_eq!((total.found, total.computed), (2, 1));
    });
}

#[test]
fn a_miss_is_computed_by_a_worker_and_kept() {
    static SEEN: std::sync::Mutex<Vec<ThreadId>> = std::sync::Mutex::new(Vec::new());
    case(|cache, executor| {
        let job = on_thread::submit(executor, 5, Arc::<std::sync::Mutex<_>>::default()).unwrap();
        assert_eq!(job.result().unwrap(), 5);
        assert!(on_thread::is_cached(5, &SEEN));
        assert!(SEEN.lock().unwrap().is_empty());
        let seen = Arc::<std::sync::Mutex<Vec<ThreadId>>>::default();
        on_thread::submit(executor, 6, Arc::clone(&seen)).unwrap().result().unwrap();
        assert!(!seen.lock().unwrap().contains(&thread::current().id()));
        assert_eq!(cache.stats().total().computed, 2);
    });
}

#[test]
fn errors_are_values_that_are_not_kept_and_panics_are_errors_of_the_job() {
    case(|_, executor| {
        assert_eq!(half::submit(executor, 4).unwrap().result().unwrap(), Ok(2));
        assert!(half::submit(executor, 4).unwrap().result().unwrap().is_ok());
        assert!(half::submit(executor, 3).unwrap().result().unwrap().is_err());
        assert!(!half::is_cached(3));
        let error = panics::submit(executor, "no".to_owned()).unwrap().result().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Panicked);
        assert!(error.to_string().ends_with(": no"), "{error}");
    });
}

#[test]
fn equal_jobs_that_are_submitted_at_once_come_to_the_same() {
    watched(|| {
        case(|cache, executor| {
            let jobs: Vec<_> =
                (0..100).map(|x| half::submit(executor, x % 4 * 2).unwrap()).collect();
            for (x, job) in jobs.into_iter().enumerate() {
                assert_eq!(job.result().unwrap(), Ok(x as u64 % 4));
            }
            let total = cache.stats().total();
            assert_eq!(total.found + total.shared + total.computed, 100, "{total:?}");
            assert!(total.computed < 20, "{total:?}");
        });
    });
}

#[test]
fn map_of_a_cached_function_finds_what_is_there_and_computes_the_rest() {
    case(|cache, executor| {
        assert_eq!((named(1, 2), named(3, 4)), (2, 12));
        let products = executor.map(named {}, (0..10).map(|x| (x, x + 1))).unwrap();
        let products: Vec<_> = products.map(Result::unwrap).collect();
        assert_eq!(products, (0..10).map(|x| x * (x + 1)).collect::<Vec<_>>());
        let total = cache.stats().total();
        assert_eq!((total.found, total.computed), (2, 10));
    });
}

#[test]
fn modes_hold_for_jobs_too() {
    case(|cache, executor| {
        assert_eq!(named(2, 3), 6);
        let dir = cache.directory().unwrap();
        for (mode, expected) in [(Mode::Off, [0, 0]), (Mode::Refresh, [0, 2]), (Mode::On, [2, 0])] {
            let cache = Cache::builder().dir(dir).mode(mode).open().unwrap();
            with_cache(&cache, || {
                for _ in 0..2 {
                    assert_eq!(named::submit(executor, 2, 3).unwrap().result().unwrap(), 6);
                }
            });
            let total = cache.stats().total();
            if mode != Mode::Off {
                assert_eq!([total.found, total.computed], expected, "{mode:?}");
            }
        }
    });
}
