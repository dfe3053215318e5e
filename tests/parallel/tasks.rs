//! What can be run: closures, plain names, and cached functions as values.

use crate::in_new_cache;
use larder::{Parallel, Task, cache};
use serde::Serialize;

#[cache]
fn add(a: u64, b: u64) -> u64 {
    a + b
}

#[cache]
fn length(text: &str) -> usize {
    text.len()
}

#[cache]
fn none() -> u8 {
    7
}

#[cache]
fn largest<T: Serialize + Ord + Copy>(values: Vec<T>) -> Option<u64>
where
    u64: From<T>,
{
    values.into_iter().max().map(u64::from)
}

#[cache]
fn smallest<T: Serialize + Ord + Copy>(values: &[T]) -> Option<u64>
where
    u64: From<T>,
{
    values.iter().copied().min().map(u64::from)
}

#[derive(Serialize)]
struct Scale(u64);

#[cache]
impl Scale {
    #[cache]
    fn apply(&self, x: u64) -> u64 {
        self.0 * x
    }
}

fn computed(cache: &larder::Cache, name: &str) -> u64 {
    cache.stats().function(name).map_or(0, |line| line.computed)
}

#[test]
fn a_cached_function_is_a_task_for_whatever_its_map_takes() {
    in_new_cache(|cache| {
        let batch = Parallel::new();
        let sums = batch.map((0..100).map(|x| (x, 1)), add {}).unwrap();
        assert!(sums.into_iter().eq(1..=100));
        let owned = vec!["a".to_owned(), "bcd".to_owned()];
        assert_eq!(batch.map(owned, length {}).unwrap(), [1, 3]);
        assert_eq!(batch.map(["", "xy"], length {}).unwrap(), [0, 2]);
        assert_eq!(batch.map([(), ()], none {}).unwrap(), [7, 7]);
        // All that was computed is found by the calls, and the other way round.
        assert_eq!((add(5, 1), length("bcd"), none()), (6, 3, 7));
        assert_eq!([computed(cache, "add"), computed(cache, "length")], [100, 4]);
        assert_eq!(computed(cache, "none"), 1);
    });
}

#[test]
fn a_generic_function_is_a_task_where_its_inputs_say_all_types() {
    in_new_cache(|_| {
        let batch = Parallel::new();
        assert_eq!(batch.map([vec![1_u8, 3], vec![]], largest {}).unwrap(), [Some(3), None]);
        let (one, two) = ([4_u32, 2], [9_u32]);
        assert_eq!(batch.map([&one[..], &two[..]], smallest {}).unwrap(), [Some(2), Some(9)]);
    });
}

#[test]
fn a_cached_method_is_a_task() {
    in_new_cache(|cache| {
        let scale = Scale(3);
        let inputs = (0..10).map(|x| (&scale, x));
        let scaled = Parallel::new().map(inputs, Scale::apply_cache()).unwrap();
        assert!(scaled.into_iter().eq((0..10).map(|x| 3 * x)));
        assert_eq!(computed(cache, "Scale::apply"), 10);
    });
}

#[test]
fn plain_names_and_closures_are_tasks_and_may_borrow() {
    in_new_cache(|_| {
        let offset = 10;
        let batch = Parallel::new();
        assert_eq!(batch.map([1, 2], |x| x + offset).unwrap(), [11, 12]);
        assert_eq!(batch.map(["a", "bc"], length).unwrap(), [1, 2]);
        assert_eq!(batch.map([-1, 2], i32::abs).unwrap(), [1, 2]);
    });
}

#[test]
fn a_function_can_be_generic_over_tasks() {
    fn first<A: Send, T: Send, F: Task<A, T>>(input: A, task: F) -> T {
        Parallel::new().map([input], task).unwrap().remove(0)
    }
    in_new_cache(|_| {
        assert_eq!(first((1, 2), add {}), 3);
        assert_eq!(first(3, |x: u8| x + 1), 4);
    });
}
