//! `call`, `is_cached`, `map` and the rest, for functions.

use crate::Counter;
use crate::isolated;
use larder::{Parallel, cache};
use std::path::{Path, PathBuf};
use std::sync::Arc;

static ALL: Counter = Counter::new();

#[cache]
fn doubled(number: u64) -> u64 {
    ALL.add();
    number * 2
}

#[test]
fn each_control_does_what_it_says() {
    isolated(|| {
        assert!(!doubled::is_cached(1));
        assert_eq!(doubled::uncached(1), 2);
        assert!(!doubled::is_cached(1), "`uncached` keeps nothing");
        assert_eq!(doubled(1), 2);
        assert!(doubled::is_cached(1));
        assert_eq!(ALL.runs(), 2);
        assert_eq!(doubled::recompute(1), 2);
        assert_eq!(ALL.runs(), 3);
        assert_eq!(value_of(doubled::call(1)), 2);
        assert_eq!(taken(&doubled::shelve(1)), 2);
        assert_eq!(ALL.runs(), 3);
        assert!(doubled::forget(1).unwrap());
        assert!(!doubled::forget(1).unwrap());
        assert_eq!(doubled::map(0..4), [0, 2, 4, 6]);
        assert_eq!(ALL.runs(), 7);
        doubled::clear().unwrap();
        assert!(!doubled::is_cached(2));
    });
}

fn value_of<T>(call: larder::Call<T>) -> T {
    call.into_value()
}

fn taken<T>(shelved: &larder::Shelved<T>) -> T {
    shelved.get().unwrap()
}

#[test]
fn the_type_of_the_controls_is_an_empty_value() {
    isolated(|| {
        let task = doubled {};
        let copy = task;
        assert_eq!(size_of_val(&copy), 0);
        assert_eq!(format!("{task:?}"), "doubled");
    });
}

static BATCH: Counter = Counter::new();

#[cache]
fn batch(text: &str, grid: &[f64], number: u64) -> String {
    BATCH.add();
    format!("{text}{grid:?}{number}")
}

#[test]
fn a_batch_takes_whatever_borrows_and_shares_results_with_calls() {
    isolated(|| {
        batch("a", &[1.0], 1);
        let owned = (String::from("a"), vec![1.0], 1);
        let shared: (Arc<str>, Box<[f64]>, u64) = (Arc::from("a"), Box::from([1.0]), 1);
        assert_eq!(batch::map([owned]), ["a[1.0]1"]);
        assert_eq!(batch::map([shared]), ["a[1.0]1"]);
        assert_eq!(batch::map([("a", [1.0], 1)]), ["a[1.0]1"]);
        assert_eq!(BATCH.runs(), 1);
    });
}

static LENT: Counter = Counter::new();

#[cache]
fn lent(text: &str, grid: &[f64]) -> String {
    LENT.add();
    format!("{text}{grid:?}")
}

#[cache]
fn name(path: &Path) -> String {
    path.display().to_string()
}

mod of_the_user {
    use larder::cache;

    /// It has the name of a type whose values lie behind others.
    #[derive(Debug, serde::Serialize)]
    pub(super) struct Path(pub(super) u8);

    #[cache]
    pub(super) fn steps(path: &Path) -> u8 {
        path.0
    }
}

/// Inputs had to be `Borrow<str>` and the like, which `&String` is not: lists of `String`s, `Vec`s and
/// `PathBuf`s could be given away, but not lent.
#[test]
fn a_batch_takes_what_a_list_lends_and_shares_results_with_calls() {
    isolated(|| {
        lent("a", &[1.0]);
        let (names, grids) = (vec![String::from("a")], vec![vec![1.0]]);
        assert_eq!(lent::map(names.iter().zip(&grids)), ["a[1.0]"]);
        let batch = Parallel::new().map(names.iter().zip(&grids), lent {});
        assert_eq!(batch.unwrap(), ["a[1.0]"]);
        assert_eq!(lent::map([(&"a", &[1.0])]), ["a[1.0]"]);
        assert_eq!(LENT.runs(), 1);

        assert_eq!(name::map(&[PathBuf::from("a/b")]), ["a/b"]);
        assert_eq!(name::map(&names), ["a"]);
        assert_eq!(name::map([Path::new("c")]), ["c"]);
        let own = [of_the_user::Path(3)];
        assert_eq!(of_the_user::steps::map(&own), [3]);
        assert_eq!(of_the_user::steps::map(own), [3]);
    });
}

static NO_INPUT: Counter = Counter::new();

#[cache]
fn no_input() -> u8 {
    NO_INPUT.add();
    3
}

static TUPLE: Counter = Counter::new();

#[cache]
fn one_tuple(pair: (u8, u8)) -> u8 {
    TUPLE.add();
    pair.0 + pair.1
}

#[test]
fn inputs_of_a_batch_are_plain_where_there_is_one_argument() {
    isolated(|| {
        assert_eq!(no_input::map([(), ()]), [3, 3]);
        assert_eq!(one_tuple::map(vec![(1, 2)]), [3]);
        assert_eq!((NO_INPUT.runs(), TUPLE.runs()), (1, 1));
    });
}
