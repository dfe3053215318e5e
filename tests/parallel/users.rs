//! Code of the user's that runs between the calls: copies, keys, decoding, iterators.

use crate::{ends, in_new_cache};
use larder::executor::{Executor, ThreadPoolExecutor};
use larder::{Cause, Failure, Finish, Parallel, cache};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::thread;
use std::time::Duration;

/// What panics when something is done to it.
#[derive(Debug)]
struct Touchy(u32);

const TOUCHY: u32 = 3;

impl Touchy {
    fn touch(number: u32) -> u32 {
        assert!(number != TOUCHY, "touched");
        number
    }
}

impl Clone for Touchy {
    fn clone(&self) -> Self {
        Self(Self::touch(self.0))
    }
}

impl Serialize for Touchy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Self::touch(self.0).serialize(serializer)
    }
}

/// One that can be written, and not read.
#[derive(Debug, Clone, Serialize)]
struct Unreadable(u32);

impl<'de> Deserialize<'de> for Unreadable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Touchy::touch(u32::deserialize(deserializer)?)))
    }
}

fn has_panicked<E>(failure: &Failure<E>) -> bool {
    matches!(failure.cause(), Cause::Panicked(panicked) if panicked.message() == "touched")
}

fn check(results: Vec<Result<u32, Failure>>, expected: impl IntoIterator<Item = u32>) {
    assert!(results.into_iter().map(Result::unwrap).eq(expected));
}

/// A copy was made outside of what catches panics, after which its batch waited for ever.
#[test]
fn an_input_whose_copy_panics_fails() {
    let results = ends(|| {
        let batch = Parallel::new().on_error(Finish).retries(1).backoff(Duration::ZERO);
        batch.try_map((0..8).map(Touchy), |x: Touchy| if x.0 == 5 { Err(5) } else { Ok(x.0) })
    });
    for (at, result) in (0_u32..).zip(results) {
        match result {
            Ok(value) => assert!(value == at && at != 5),
            Err(failure) if at == TOUCHY => assert!(has_panicked(&failure)),
            Err(failure) => assert_eq!((at, failure.into_error()), (5, Some(5))),
        }
    }
}

#[test]
fn an_input_whose_key_panics_is_computed_and_not_kept() {
    #[cache]
    #[expect(clippy::needless_pass_by_value, reason = "inputs of a batch are given away")]
    fn number(x: Touchy) -> u32 {
        x.0
    }
    ends(|| {
        in_new_cache(|_| {
            let batch = Parallel::new().on_error(Finish);
            let inputs = || (0..40).map(Touchy);
            check(batch.map(inputs(), number {}), 0..40);
            check(batch.stream(inputs(), number {}).collect(), 0..40);
            assert!(number::map(inputs()).into_iter().eq(0..40));
        });
    });
}

/// Workers decode what equal items have come to.
#[test]
fn a_value_whose_decoding_panics_is_computed_by_each_and_nobody_hangs() {
    #[cache]
    fn unreadable(x: u32) -> Unreadable {
        thread::sleep(Duration::from_millis(2));
        Unreadable(x)
    }
    ends(|| {
        in_new_cache(|_| {
            let batch = Parallel::new().on_error(Finish);
            let inputs = [3, 3, 3, 1, 2, 3, 3, 1];
            for _ in ["computed", "found"] {
                let values = batch.map(inputs, unreadable {}).into_iter();
                check(values.map(|value| value.map(|value| value.0)).collect(), inputs);
                let values = batch.stream(inputs, unreadable {});
                check(values.map(|value| value.map(|value| value.0)).collect(), inputs);
            }
        });
    });
}

/// Lines of a terminal, for one, have to be ended twice by whoever types if they are asked twice.
#[test]
fn inputs_are_asked_for_nothing_after_their_end() {
    #[cache]
    fn same(x: u32) -> u32 {
        x
    }
    let lines = || {
        let mut left = 7;
        std::iter::from_fn(move || {
            assert!(left > 0, "asked after the end");
            left -= 1;
            (left > 0).then_some(left)
        })
    };
    let batch = Parallel::new();
    assert_eq!(batch.map(lines(), |x: u32| x).unwrap().len(), 6);
    assert_eq!(batch.try_map(lines(), |x: u32| Ok::<_, ()>(x)).unwrap().len(), 6);
    assert_eq!(batch.stream(lines(), |x: u32| x).count(), 6);
    in_new_cache(|_| assert_eq!(same::map(lines()).len(), 6));
}

/// Workers that ran tiny items in whole windows were not in that scope. Whether these go by windows
/// depends on the machine, and must not matter.
#[test]
fn tiny_items_use_the_cache_of_the_job_that_they_are_part_of() {
    #[cache]
    fn triple(x: u64) -> u64 {
        3 * x
    }
    ends(|| {
        in_new_cache(|cache| {
            assert_eq!((0..50).map(triple).sum::<u64>(), 3675);
            let executor = ThreadPoolExecutor::new(1).unwrap();
            let batch = || Parallel::new().n_jobs(2).map(0..5000, |x: u64| triple(x % 50)).unwrap();
            let job = executor.submit(batch).unwrap();
            assert_eq!(job.result().unwrap().len(), 5000);
            assert_eq!(cache.stats().function("triple").unwrap().found, 5000);
        });
    });
}

#[test]
fn a_closure_need_not_name_the_type_of_its_argument_unless_it_calls_a_method() {
    struct Row {
        name: String,
        number: u32,
    }
    let rows = ["a", "b"].map(|name| Row { name: name.to_owned(), number: 1 });
    let batch = Parallel::new();
    assert_eq!(batch.map(0..3, |x| x * 2).unwrap(), [0, 2, 4]);
    assert_eq!(batch.map(&rows, |row: &Row| row.number + 1).unwrap(), [2, 2]);
    let numbered = rows.iter().enumerate();
    assert_eq!(
        batch.map(numbered, |(at, row): (usize, &Row)| at + row.name.len()).unwrap(),
        [1, 2]
    );
    assert_eq!(batch.map(["a", "bb"], str::len).unwrap(), [1, 2]);
    assert!(batch.try_map(["1", "x"], str::parse::<u32>).is_err());
}
