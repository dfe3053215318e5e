//! Where a cached function can stand, and what can stand around it.

use crate::Counter;
use crate::check;
use crate::isolated;
use larder::cache;
use serde::Deserialize;
use serde::Serialize;

mod one {
    use super::*;
    pub(super) static RUNS: Counter = Counter::new();
    #[cache]
    pub(super) fn same(number: u64) -> u64 {
        RUNS.add();
        number
    }
}

mod other {
    use super::*;
    pub(super) static RUNS: Counter = Counter::new();
    #[cache]
    pub(super) fn same(number: u64) -> u64 {
        RUNS.add();
        number
    }
}

#[test]
fn functions_of_one_name_in_two_modules_do_not_meet() {
    isolated(|| {
        check(&one::RUNS, &1, || one::same(1));
        check(&other::RUNS, &1, || other::same(1));
        assert!(other::same::forget(1).unwrap());
        assert!(one::same::is_cached(1));
    });
}

#[test]
fn a_function_in_a_body_is_cached_and_has_controls() {
    isolated(|| {
        static RUNS: Counter = Counter::new();
        #[derive(Serialize, Deserialize, PartialEq, Debug)]
        struct Local(u64);
        #[cache]
        fn inner(number: u64) -> Local {
            RUNS.add();
            Local(number)
        }
        check(&RUNS, &Local(4), || inner(4));
        assert_eq!(inner::map([4, 4]), [Local(4), Local(4)]);
        assert_eq!(RUNS.runs(), 1);
    });
}

#[test]
fn functions_of_one_name_in_two_bodies_do_not_meet() {
    isolated(|| {
        fn here() -> u64 {
            #[cache]
            fn inner(number: u64) -> u64 {
                number
            }
            inner(1)
        }
        fn there() -> bool {
            #[cache]
            fn inner(number: u64) -> u64 {
                number
            }
            inner::is_cached(1)
        }
        here();
        assert!(!there());
    });
}

static FIBONACCI: Counter = Counter::new();

#[cache]
fn fibonacci(n: u64) -> u64 {
    FIBONACCI.add();
    if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
}

#[test]
fn a_recursive_function_uses_its_own_results() {
    isolated(|| {
        assert_eq!(fibonacci(50), 12_586_269_025);
        assert_eq!(FIBONACCI.runs(), 51);
    });
}

#[cache]
#[cfg(not(test))]
fn conditional() -> u8 {
    1
}

#[cache]
#[cfg(test)]
fn conditional() -> u8 {
    2
}

#[test]
fn conditions_hold_for_all_that_is_generated() {
    isolated(|| {
        assert_eq!(conditional(), 2);
        assert!(conditional::is_cached());
    });
}

macro_rules! cached {
    ($name:ident, $argument:ident: $ty:ty => $body:expr) => {
        #[cache]
        fn $name($argument: $ty) -> u64 {
            let extra = 1;
            $body + extra
        }
    };
}

cached!(of_macro, number: &u64 => *number);

#[test]
fn a_function_that_a_macro_writes_can_be_cached() {
    isolated(|| {
        assert_eq!(of_macro(&4), 5);
        assert_eq!(of_macro::map([4, 5]), [5, 6]);
        assert!(of_macro::is_cached(&5));
    });
}

/// A function of many attributes.
#[cache]
#[must_use]
#[inline]
#[allow(clippy::allow_attributes, reason = "an attribute of the user's")]
#[expect(unused_variables, reason = "an expectation about the body")]
fn attributed(number: u64) -> u64 {
    let surplus = 1;
    2
}

#[cache]
#[expect(dead_code, reason = "an expectation about the function")]
fn never_called(number: u64) -> u64 {
    number
}

#[test]
fn attributes_work_where_they_belong() {
    isolated(|| {
        assert_eq!(attributed(1), 2);
    });
}

/// Names of the prelude and of `core` that mean something else here.
mod shadowed {
    #![expect(dead_code, non_camel_case_types, reason = "they only stand in the way")]
    use larder::cache;
    struct Option;
    struct Some;
    struct Vec;
    struct String;
    struct Result;
    struct Send;
    struct bool;
    mod core {}
    mod std {}
    mod larder_macros {}
    trait IntoIterator {}
    #[expect(unused_macros, reason = "it only stands in the way")]
    macro_rules! format {
        () => {};
    }
    #[expect(unused_macros, reason = "it only stands in the way")]
    macro_rules! option_env {
        () => {};
    }
    #[cache]
    pub(super) fn shadowed<T: ::serde::Serialize>(number: u64, _other: T) -> u64 {
        number
    }
    #[test]
    fn generated_code_does_not_care_what_names_mean_around_it() {
        crate::isolated(|| {
            ::std::assert_eq!(shadowed::map([(1, 2u8)]), [1]);
        });
    }
}
