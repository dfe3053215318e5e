//! `call`, `is_cached`, `map` and the rest, for functions.

use crate::Counter;
use crate::isolated;
use larder::cache;
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
