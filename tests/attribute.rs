//! Every form of function that `#[cache]` supports, seen through how often its body runs.
#![deny(warnings, missing_docs, unreachable_pub)]

use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use larder::cache;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// How often a body ran. Every function counts with a counter of its own.
struct Counter(AtomicUsize);

impl Counter {
    const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    fn add(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    fn runs(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// Calls twice and checks that both calls give `expected` and the body runs `once`, whatever ran
/// before.
fn check<T: PartialEq + std::fmt::Debug>(counter: &Counter, expected: &T, call: impl Fn() -> T) {
    let before = counter.runs();
    assert_eq!(call(), *expected);
    assert_eq!(counter.runs(), before + 1, "the first call computes");
    assert_eq!(call(), *expected);
    assert_eq!(counter.runs(), before + 1, "the second call does not");
}

/// Runs a future to its end on this thread. The futures here never wait for anything.
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

mod arguments {
    use super::*;

    static NONE: Counter = Counter::new();

    #[cache]
    fn none() -> u64 {
        NONE.add();
        7
    }

    #[test]
    fn no_argument_is_enough() {
        check(&NONE, &7, none);
    }

    static UNIT: Counter = Counter::new();

    #[cache]
    fn unit(_unused: u8) {
        UNIT.add();
    }

    #[test]
    fn a_function_without_a_result_runs_once() {
        check(&UNIT, &(), || unit(1));
    }

    static TWELVE: Counter = Counter::new();

    #[cache]
    #[expect(clippy::too_many_arguments, reason = "that is what is tested")]
    #[expect(clippy::many_single_char_names, reason = "that is what is tested")]
    fn twelve(
        a: u8,
        b: i16,
        c: u32,
        d: i64,
        e: f32,
        f: f64,
        g: bool,
        h: char,
        i: String,
        j: &str,
        k: &[u8],
        l: Option<u8>,
    ) -> String {
        TWELVE.add();
        format!("{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}{k:?}{l:?}")
    }

    #[test]
    fn twelve_arguments_work() {
        let call = |l| twelve(1, 2, 3, 4, 5.0, 6.0, true, 'h', "i".into(), "j", &[7], l);
        let expected = "123456trueh".to_owned() + "ij[7]Some(8)";
        check(&TWELVE, &expected, || call(Some(8)));
        let before = TWELVE.runs();
        call(None);
        assert_eq!(TWELVE.runs(), before + 1, "the twelfth argument counts");
    }

    static BORROWED: Counter = Counter::new();

    #[cache]
    fn borrowed(text: &str, grid: &[f64], path: &Path, map: &BTreeMap<String, u8>) -> usize {
        BORROWED.add();
        text.len() + grid.len() + path.as_os_str().len() + map.len()
    }

    #[test]
    fn references_to_unsized_things_work() {
        let map = BTreeMap::from([("k".to_owned(), 1)]);
        check(&BORROWED, &7, || borrowed("ab", &[1.0, 2.0], Path::new("pp"), &map));
        let before = BORROWED.runs();
        borrowed("ab", &[1.0, 2.5], Path::new("pp"), &map);
        assert_eq!(BORROWED.runs(), before + 1, "a float that differs counts");
    }

    static FLOATS: Counter = Counter::new();

    #[cache]
    fn floats(x: f64, y: f32) -> f64 {
        FLOATS.add();
        x * f64::from(y)
    }

    #[test]
    fn floats_work() {
        check(&FLOATS, &3.0, || floats(1.5, 2.0));
    }

    #[derive(Serialize, Clone, Copy)]
    struct Point {
        x: u64,
        y: u64,
    }

    #[derive(Serialize, Clone, Copy)]
    struct Seed(u64);

    static PATTERNS: Counter = Counter::new();

    #[cache]
    fn patterns(
        (a, b): (u64, u64),
        [c, d]: [u64; 2],
        Point { x, y }: Point,
        Seed(seed): Seed,
        &e: &u64,
        _: u64,
        mut f: u64,
        whole @ Point { .. }: Point,
    ) -> u64 {
        PATTERNS.add();
        f += 1;
        a + b + c + d + x + y + seed + e + f + whole.x
    }

    #[test]
    #[expect(clippy::many_single_char_names, reason = "they are patterns")]
    fn patterns_and_mut_bindings_work() {
        let point = Point { x: 5, y: 6 };
        let call = |ignored| patterns((1, 2), [3, 4], point, Seed(7), &8, ignored, 9, point);
        check(&PATTERNS, &51, || call(0));
        let before = PATTERNS.runs();
        call(1);
        assert_eq!(PATTERNS.runs(), before + 1, "an argument without a name counts");
    }

    static CONFUSING: Counter = Counter::new();

    #[cache]
    fn confusing(
        inputs: u8,
        function: u8,
        result: u8,
        cache: u8,
        arguments: u8,
        this: u8,
        str: &str,
        r#type: u8,
        arg0: u8,
        (_, _): (u8, u8),
    ) -> usize {
        CONFUSING.add();
        usize::from(inputs + function + result + cache + arguments + this + r#type + arg0)
            + str.len()
    }

    #[test]
    fn names_that_generated_code_could_use_are_harmless() {
        check(&CONFUSING, &9, || confusing(1, 1, 1, 1, 1, 1, "x", 1, 1, (2, 3)));
        let inputs = [(1, 1, 1, 1, 1, 1, "x", 1, 1, (2, 3))];
        assert_eq!(confusing::map(inputs), [9]);
        assert_eq!(CONFUSING.runs(), 1);
    }

    static STATIC: Counter = Counter::new();

    #[cache]
    fn of_static(text: &'static str) -> usize {
        STATIC.add();
        text.len()
    }

    #[test]
    fn static_references_can_be_arguments() {
        check(&STATIC, &3, || of_static("abc"));
        assert_eq!(of_static::map(["abc", "defg"]), [3, 4]);
        assert_eq!(STATIC.runs(), 2);
    }
}

mod generics {
    use super::*;

    static TYPES: Counter = Counter::new();

    #[cache]
    fn largest<T>(values: &[T]) -> Option<T>
    where
        T: Serialize + DeserializeOwned + PartialOrd + Copy,
    {
        TYPES.add();
        let first = *values.first()?;
        Some(values.iter().fold(first, |best, value| if *value > best { *value } else { best }))
    }

    #[test]
    fn each_type_argument_has_results_of_its_own() {
        check(&TYPES, &Some(2u8), || largest(&[1u8, 2]));
        check(&TYPES, &Some(2u16), || largest(&[1u16, 2]));
        check(&TYPES, &None, || largest::<u8>(&[]));
        assert_eq!(largest::map::<u8>([[1u8, 2], [2, 1]]), [Some(2), Some(2)]);
        largest::clear::<u8>().unwrap();
        assert!(!largest::is_cached(&[1u8, 2]));
        assert!(largest::is_cached(&[1u16, 2]));
    }

    static CONSTS: Counter = Counter::new();

    #[cache]
    fn filled<const N: usize, const UP: bool>(value: u64) -> Vec<u64> {
        CONSTS.add();
        vec![if UP { value + 1 } else { value }; N]
    }

    #[test]
    fn each_const_argument_has_results_of_its_own() {
        check(&CONSTS, &vec![1; 2], || filled::<2, false>(1));
        check(&CONSTS, &vec![1; 3], || filled::<3, false>(1));
        check(&CONSTS, &vec![2; 3], || filled::<3, true>(1));
    }

    static LIFETIMES: Counter = Counter::new();

    #[derive(Serialize)]
    struct Pair<'a> {
        left: &'a str,
        right: &'a str,
    }

    #[cache]
    fn lifetimes<'a, 'b: 'a, T: Serialize + 'b>(
        one: &'a str,
        two: &'b [T],
        pair: Pair<'_>,
        maybe: Option<&str>,
    ) -> usize
    where
        T: Clone,
    {
        LIFETIMES.add();
        one.len() + two.len() + pair.left.len() + pair.right.len() + maybe.map_or(0, str::len)
    }

    #[test]
    fn lifetimes_named_and_elided_work() {
        let owned = String::from("four");
        let pair = || Pair { left: &owned, right: "r" };
        check(&LIFETIMES, &9, || lifetimes(&owned[..1], &[1u8], pair(), Some("yy")));
        assert_eq!(lifetimes::map([("f", &[1u8][..], pair(), Some("yy"))]), [9]);
        assert_eq!(LIFETIMES.runs(), 1);
    }

    static IMPLS: Counter = Counter::new();

    #[cache]
    fn impls<T: Serialize>(
        text: impl AsRef<str> + Serialize,
        extra: T,
        more: &(impl Serialize + Into<u64> + Copy),
    ) -> u64 {
        IMPLS.add();
        drop(extra);
        let length: u64 = text.as_ref().chars().map(|_| 1).sum();
        length + (*more).into()
    }

    #[test]
    fn impl_trait_arguments_work() {
        check(&IMPLS, &5, || impls("abc", 1u8, &2u8));
        check(&IMPLS, &5, || impls(String::from("abc"), 1u8, &2u8));
        assert!(impls::is_cached::<u8>("abc", 1, &2u8));
        assert_eq!(impls::map([("abc", 1u8, &2u8)]), [5]);
        assert_eq!(IMPLS.runs(), 2);
    }

    static UNSIZED: Counter = Counter::new();

    #[cache]
    fn of_unsized<T: ?Sized + Serialize + ToString>(value: &T) -> String {
        UNSIZED.add();
        value.to_string()
    }

    #[test]
    fn unsized_type_arguments_work() {
        check(&UNSIZED, &"x".to_owned(), || of_unsized("x"));
    }
}

mod outputs {
    use super::*;

    type Fallible<T> = Result<T, String>;

    static RESULT: Counter = Counter::new();

    #[cache]
    fn half(number: u64) -> Result<u64, &'static str> {
        RESULT.add();
        if number.is_multiple_of(2) { Ok(number / 2) } else { Err("odd") }
    }

    #[test]
    fn an_error_is_not_kept() {
        check(&RESULT, &Ok(2), || half(4));
        let before = RESULT.runs();
        assert_eq!(half(3), Err("odd"));
        assert_eq!(half(3), Err("odd"));
        assert_eq!(RESULT.runs(), before + 2);
        assert!(!half::is_cached(3));
    }

    /// An error that serde knows nothing of.
    #[derive(Debug, PartialEq)]
    struct Plain;

    static ALIAS: Counter = Counter::new();

    #[cache]
    fn aliased(number: u64) -> Fallible<u64> {
        ALIAS.add();
        number.checked_sub(1).ok_or_else(|| "zero".to_owned())
    }

    static QUESTION: Counter = Counter::new();

    #[cache]
    fn question(number: u64) -> Result<String, Plain> {
        QUESTION.add();
        let number = aliased(number).map_err(|_| Plain)?;
        Ok(number.to_string())
    }

    #[test]
    fn aliases_of_result_and_the_question_mark_work() {
        check(&ALIAS, &Ok(1), || aliased(2));
        check(&QUESTION, &Ok("2".to_owned()), || question(3));
        assert_eq!(question(0), Err(Plain));
        let before = ALIAS.runs();
        assert_eq!(aliased(0), Err("zero".to_owned()));
        assert_eq!(ALIAS.runs(), before + 1, "an error is computed anew");
    }

    static OPTION: Counter = Counter::new();

    #[cache]
    fn option(number: u64) -> Option<u64> {
        OPTION.add();
        number.checked_sub(1)
    }

    #[test]
    fn none_is_a_result_like_any_other() {
        check(&OPTION, &None, || option(0));
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct NotClone {
        parts: Vec<String>,
    }

    static NOT_CLONE: Counter = Counter::new();

    #[cache]
    fn not_clone(parts: Vec<String>) -> NotClone {
        NOT_CLONE.add();
        NotClone { parts }
    }

    #[test]
    fn a_result_need_not_be_clone() {
        let parts = vec!["a".to_owned()];
        check(&NOT_CLONE, &NotClone { parts: parts.clone() }, || not_clone(parts.clone()));
    }

    static RC: Counter = Counter::new();

    #[cache]
    #[expect(clippy::rc_buffer, reason = "that it is not `Send` is what is tested")]
    fn not_send(values: Rc<Vec<u8>>) -> Rc<str> {
        RC.add();
        format!("{values:?}").into()
    }

    #[test]
    fn arguments_and_results_need_not_be_send() {
        check(&RC, &Rc::from("[1]"), || not_send(Rc::new(vec![1])));
    }
}

mod controls {
    use super::*;

    static ALL: Counter = Counter::new();

    #[cache]
    fn doubled(number: u64) -> u64 {
        ALL.add();
        number * 2
    }

    #[test]
    fn each_control_does_what_it_says() {
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
    }

    fn value_of<T>(call: larder::Call<T>) -> T {
        call.value
    }

    fn taken<T>(shelved: &larder::Shelved<T>) -> T {
        shelved.get().unwrap()
    }

    #[test]
    fn the_type_of_the_controls_is_an_empty_value() {
        let task = doubled {};
        let copy = task;
        assert_eq!(size_of_val(&copy), 0);
        assert_eq!(format!("{task:?}"), "doubled");
    }

    static BATCH: Counter = Counter::new();

    #[cache]
    fn batch(text: &str, grid: &[f64], number: u64) -> String {
        BATCH.add();
        format!("{text}{grid:?}{number}")
    }

    #[test]
    fn a_batch_takes_whatever_borrows_and_shares_results_with_calls() {
        batch("a", &[1.0], 1);
        let owned = (String::from("a"), vec![1.0], 1);
        let shared: (Arc<str>, Box<[f64]>, u64) = (Arc::from("a"), Box::from([1.0]), 1);
        assert_eq!(batch::map([owned]), ["a[1.0]1"]);
        assert_eq!(batch::map([shared]), ["a[1.0]1"]);
        assert_eq!(batch::map([("a", [1.0], 1)]), ["a[1.0]1"]);
        assert_eq!(BATCH.runs(), 1);
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
        assert_eq!(no_input::map([(), ()]), [3, 3]);
        assert_eq!(one_tuple::map(vec![(1, 2)]), [3]);
        assert_eq!((NO_INPUT.runs(), TUPLE.runs()), (1, 1));
    }
}

mod options {
    use super::*;

    /// Not hashable.
    struct Pool(u64);

    static IGNORE: Counter = Counter::new();

    #[cache(ignore(pool, report))]
    fn ignoring(pool: &Pool, number: u64, report: &dyn Fn(u64)) -> u64 {
        IGNORE.add();
        report(number);
        number + pool.0
    }

    #[test]
    fn what_is_ignored_is_no_part_of_the_key_and_need_not_be_hashable() {
        check(&IGNORE, &3, || ignoring(&Pool(1), 2, &|_| ()));
        assert_eq!(ignoring(&Pool(100), 2, &|_| ()), 3);
        assert_eq!(IGNORE.runs(), 1);
    }

    static REDACT: Counter = Counter::new();

    #[cache(redact(token))]
    fn redacting(token: &str) -> usize {
        REDACT.add();
        token.len()
    }

    #[test]
    fn what_is_redacted_is_part_of_the_key() {
        check(&REDACT, &2, || redacting("ab"));
        check(&REDACT, &2, || redacting("cd"));
    }

    static ENV: Counter = Counter::new();

    #[cache(env("CARGO_MANIFEST_DIR"), env("LARDER_TEST_NOT_SET", "PATH"))]
    fn of_environment(number: u64) -> u64 {
        ENV.add();
        number
    }

    #[test]
    fn environment_variables_may_be_set_or_not() {
        check(&ENV, &1, || of_environment(1));
    }

    static KEEP: Counter = Counter::new();

    fn is_even(number: &u64) -> bool {
        number.is_multiple_of(2)
    }

    #[cache(keep_if = is_even, name = "kept", version = 3)]
    fn kept(number: u64) -> u64 {
        KEEP.add();
        number
    }

    #[test]
    fn only_what_the_condition_accepts_is_kept() {
        check(&KEEP, &2, || kept(2));
        let before = KEEP.runs();
        kept(3);
        kept(3);
        kept::map([3, 3]);
        assert!(KEEP.runs() >= before + 3);
        assert!(!kept::is_cached(3));
    }
}

mod places {
    use super::*;

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
        check(&one::RUNS, &1, || one::same(1));
        check(&other::RUNS, &1, || other::same(1));
        assert!(other::same::forget(1).unwrap());
        assert!(one::same::is_cached(1));
    }

    #[test]
    fn a_function_in_a_body_is_cached_and_has_controls() {
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
    }

    #[test]
    fn functions_of_one_name_in_two_bodies_do_not_meet() {
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
    }

    static FIBONACCI: Counter = Counter::new();

    #[cache]
    fn fibonacci(n: u64) -> u64 {
        FIBONACCI.add();
        if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
    }

    #[test]
    fn a_recursive_function_uses_its_own_results() {
        assert_eq!(fibonacci(50), 12_586_269_025);
        assert_eq!(FIBONACCI.runs(), 51);
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
        assert_eq!(conditional(), 2);
        assert!(conditional::is_cached());
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
        assert_eq!(of_macro(&4), 5);
        assert_eq!(of_macro::map([4, 5]), [5, 6]);
        assert!(of_macro::is_cached(&5));
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
        assert_eq!(attributed(1), 2);
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
        macro_rules! format {
            () => {};
        }
        macro_rules! option_env {
            () => {};
        }
        #[cache]
        pub(super) fn shadowed<T: ::serde::Serialize>(number: u64, _other: T) -> u64 {
            number
        }
        #[test]
        fn generated_code_does_not_care_what_names_mean_around_it() {
            ::std::assert_eq!(shadowed::map([(1, 2u8)]), [1]);
        }
    }
}

mod asynchronous {
    use super::*;

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
        check(&RUNS, &Ok("a1".to_owned()), || block_on(is_send(fetch("a", 1))));
        assert!(fetch::is_cached("a", 1));
        let many = block_on(fetch::map([("a".to_owned(), 1), ("b".to_owned(), 2)]));
        assert_eq!(many, [Ok("a1".to_owned()), Ok("b2".to_owned())]);
        assert_eq!(RUNS.runs(), 2);
        assert_eq!(block_on(fetch::recompute("a", 1)), Ok("a1".to_owned()));
        assert_eq!(block_on(fetch::uncached("a", 1)), Ok("a1".to_owned()));
        assert_eq!(RUNS.runs(), 4);
        assert!(fetch::forget("a", 1).unwrap());
        assert_eq!(block_on(fetch::call("b", 2)).value, Ok("b2".to_owned()));
        block_on(fetch::shelve("b", 2));
        assert_eq!(RUNS.runs(), 4);
        fetch::clear().unwrap();
        assert!(!fetch::is_cached("b", 2));
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
        check(&GENERIC, &2, || block_on(generic([1u8, 2], "x")));
    }
}

mod methods {
    use super::*;

    static PREDICT: Counter = Counter::new();
    static TRAIN: Counter = Counter::new();
    static OWNED: Counter = Counter::new();
    static SHARED: Counter = Counter::new();
    static IGNORED: Counter = Counter::new();
    static ASYNC: Counter = Counter::new();

    #[derive(Serialize, Deserialize, Clone, PartialEq, Debug)]
    struct Model {
        weight: f64,
    }

    #[cache]
    impl Model {
        const SIZE: usize = 2;

        fn new(weight: f64) -> Self {
            Self { weight }
        }

        #[cache]
        fn predict(&self, x: f64) -> f64 {
            PREDICT.add();
            self.weight * x
        }

        #[larder::cache(name = "train")]
        fn train(data: &[f64; Self::SIZE]) -> Self {
            TRAIN.add();
            Self { weight: data.iter().sum() }
        }

        #[cache]
        fn owned(mut self, other: Self) -> Self {
            OWNED.add();
            self.weight += other.weight;
            self
        }

        #[cache]
        fn shared(self: Arc<Self>, this: u8) -> f64 {
            SHARED.add();
            self.weight + f64::from(this)
        }

        #[cache(ignore(self))]
        fn ignored(&self, number: u64) -> u64 {
            IGNORED.add();
            number
        }

        #[cache]
        async fn later(&self, x: f64) -> f64 {
            ASYNC.add();
            self.predict(x)
        }
    }

    #[test]
    fn methods_are_cached_with_self_as_an_input() {
        let model = Model::new(2.0);
        check(&PREDICT, &3.0, || model.predict(1.5));
        check(&PREDICT, &6.0, || Model::new(4.0).predict(1.5));
        check(&TRAIN, &Model::new(3.0), || Model::train(&[1.0, 2.0]));
        check(&OWNED, &Model::new(5.0), || model.clone().owned(Model::new(3.0)));
        check(&SHARED, &3.0, || Arc::new(model.clone()).shared(1));
        check(&ASYNC, &8.0, || block_on(model.later(4.0)));
    }

    #[test]
    fn self_can_be_ignored() {
        check(&IGNORED, &1, || Model::new(7.0).ignored(1));
        Model::new(8.0).ignored(1);
        assert_eq!(IGNORED.runs(), 1);
    }

    static CONTROLLED: Counter = Counter::new();

    #[derive(Serialize)]
    struct Wrapper<'a, T: ?Sized, const N: usize>(&'a str, PhantomData<T>);

    #[cache]
    impl<T: ?Sized, const N: usize> Wrapper<'_, T, N>
    where
        T: Send,
    {
        #[cache]
        pub(crate) fn repeated<U: Serialize + ToString>(&self, with: &U) -> String {
            CONTROLLED.add();
            self.0.repeat(N) + &with.to_string()
        }
    }

    #[test]
    fn the_controls_of_a_method_are_a_value() {
        let two = Wrapper::<str, 2>("ab", PhantomData);
        let three = Wrapper::<str, 3>("ab", PhantomData);
        let controls = Wrapper::<str, 2>::repeated_cache();
        check(&CONTROLLED, &"abab1".to_owned(), || two.repeated(&1u8));
        check(&CONTROLLED, &"ababab1".to_owned(), || three.repeated(&1u8));
        assert!(controls.is_cached(&two, &1u8));
        assert_eq!(
            controls.map::<u8>([(&two, &1u8), (&two, 1)].map(|(two, _)| (two, 1u8))),
            ["abab1"; 2]
        );
        assert_eq!(CONTROLLED.runs(), 2);
        assert_eq!(controls.recompute(&two, &1u8), "abab1");
        assert_eq!(controls.uncached(&two, &1u8), "abab1");
        assert_eq!(CONTROLLED.runs(), 4);
        assert_eq!(controls.call(&two, &1u8).value, "abab1");
        controls.clear::<u8>().unwrap();
        assert!(!controls.is_cached(&two, &1u8));
        assert!(Wrapper::<str, 3>::repeated_cache().is_cached(&three, &1u8));
        assert!(Wrapper::<str, 3>::repeated_cache().forget(&three, &1u8).unwrap());
        let debug = format!("{controls:?}");
        assert!(debug.contains("Wrapper") && debug.ends_with("::repeated"), "{debug}");
    }

    static INDIRECT: Counter = Counter::new();

    struct Unhashable;

    #[cache]
    impl Unhashable {
        #[cache(ignore(self))]
        fn path_length(&self, path: PathBuf) -> usize {
            INDIRECT.add();
            path.as_os_str().len()
        }
    }

    #[test]
    fn an_ignored_self_need_not_be_hashable() {
        check(&INDIRECT, &3, || Unhashable.path_length(PathBuf::from("a/b")));
        assert_eq!(Unhashable::path_length_cache().map([(Unhashable, PathBuf::from("a/b"))]), [3]);
        assert_eq!(INDIRECT.runs(), 1);
    }
}
