//! Type, const and lifetime parameters, and `impl Trait` arguments.

use crate::Counter;
use crate::check;
use crate::isolated;
use larder::cache;
use serde::Serialize;
use serde::de::DeserializeOwned;

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
    isolated(|| {
        check(&TYPES, &Some(2u8), || largest(&[1u8, 2]));
        check(&TYPES, &Some(2u16), || largest(&[1u16, 2]));
        check(&TYPES, &None, || largest::<u8>(&[]));
        assert_eq!(largest::map::<u8>([[1u8, 2], [2, 1]]), [Some(2), Some(2)]);
        largest::clear::<u8>().unwrap();
        assert!(!largest::is_cached(&[1u8, 2]));
        assert!(largest::is_cached(&[1u16, 2]));
    });
}

static CONSTS: Counter = Counter::new();

#[cache]
fn filled<const N: usize, const UP: bool>(value: u64) -> Vec<u64> {
    CONSTS.add();
    vec![if UP { value + 1 } else { value }; N]
}

#[test]
fn each_const_argument_has_results_of_its_own() {
    isolated(|| {
        check(&CONSTS, &vec![1; 2], || filled::<2, false>(1));
        check(&CONSTS, &vec![1; 3], || filled::<3, false>(1));
        check(&CONSTS, &vec![2; 3], || filled::<3, true>(1));
    });
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
    isolated(|| {
        let owned = String::from("four");
        let pair = || Pair { left: &owned, right: "r" };
        check(&LIFETIMES, &9, || lifetimes(&owned[..1], &[1u8], pair(), Some("yy")));
        assert_eq!(lifetimes::map([("f", &[1u8][..], pair(), Some("yy"))]), [9]);
        assert_eq!(LIFETIMES.runs(), 1);
    });
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
    isolated(|| {
        check(&IMPLS, &5, || impls("abc", 1u8, &2u8));
        check(&IMPLS, &5, || impls(String::from("abc"), 1u8, &2u8));
        assert!(impls::is_cached::<u8>("abc", 1, &2u8));
        assert_eq!(impls::map([("abc", 1u8, &2u8)]), [5]);
        assert_eq!(IMPLS.runs(), 2);
    });
}

static UNSIZED: Counter = Counter::new();

#[cache]
fn of_unsized<T: ?Sized + Serialize + ToString>(value: &T) -> String {
    UNSIZED.add();
    value.to_string()
}

#[test]
fn unsized_type_arguments_work() {
    isolated(|| {
        check(&UNSIZED, &"x".to_owned(), || of_unsized("x"));
    });
}

static ARRAYS: Counter = Counter::new();

#[cache]
fn dot<const N: usize>(a: [u64; N], b: &[u64; N]) -> u64 {
    ARRAYS.add();
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn arrays_of_any_length_are_inputs() {
    isolated(|| {
        check(&ARRAYS, &6, || dot([1; 3], &[2; 3]));
        check(&ARRAYS, &200, || dot([1; 100], &[2; 100]));
        assert_eq!(dot::map::<50>([([1; 50], [1; 50])]), [50]);
    });
}

trait Measured {
    type Unit;
}

#[derive(Serialize)]
struct Meters;

impl Measured for Meters {
    type Unit = f64;
}

/// Aliases that do not say what their argument is: for each type, any number of others has the same.
type UnitOf<T> = <T as Measured>::Unit;
type Units<T> = Vec<UnitOf<T>>;

/// One that does, and a type, which look the same.
type Twice<T> = (T, T);

#[derive(Serialize)]
struct Around<T>(T);

static ALIASES: Counter = Counter::new();

#[cache]
fn behind_an_alias<T: Measured>(one: UnitOf<T>, all: Option<Units<T>>) -> f64
where
    UnitOf<T>: Serialize + Into<f64>,
{
    ALIASES.add();
    all.into_iter().flatten().chain([one]).map(Into::into).sum()
}

#[cache]
fn behind_a_reference<T: Measured>(all: &[UnitOf<T>]) -> usize
where
    UnitOf<T>: Serialize,
{
    all.len()
}

#[cache]
fn behind_a_projection<T: Measured>(all: Vec<<T as Measured>::Unit>, one: T::Unit) -> usize
where
    T::Unit: Serialize,
{
    drop(one);
    all.len()
}

#[cache]
fn behind_names<T: Serialize + Into<u64>, U: Serialize>(both: Twice<T>, around: Around<U>) -> u64 {
    drop(around);
    both.0.into() + both.1.into()
}

struct Scale<T>(std::marker::PhantomData<T>);

#[cache]
impl<T: Measured> Scale<T> {
    #[cache]
    fn of_a_block<U: Measured>(first: UnitOf<T>, second: UnitOf<U>) -> f64
    where
        UnitOf<T>: Serialize + Into<f64>,
        UnitOf<U>: Serialize + Into<f64>,
    {
        first.into() + second.into()
    }
}

#[test]
fn types_may_hide_behind_aliases_that_do_not_say_what_they_are() {
    // An alias of a projection was taken for a type around the parameter, and the implementation of
    // `Task` that was written then is not allowed (E0207).
    isolated(|| {
        check(&ALIASES, &3.0, || behind_an_alias::<Meters>(1.0, Some(vec![2.0])));
        assert_eq!(behind_an_alias::map::<Meters>([(1.0, Some(vec![2.0]))]), [3.0]);
        assert_eq!(ALIASES.runs(), 1);
        assert_eq!(behind_a_reference::map::<Meters>([[1.0, 2.0]]), [2]);
        assert_eq!(behind_a_projection::map::<Meters>([(vec![1.0], 1.0)]), [1]);
        assert_eq!(behind_names::map([((1_u8, 2), Around(1))]), [3]);
        assert_eq!(Scale::<Meters>::of_a_block_cache().map::<Meters>([(1.0, 2.0)]), [3.0]);
    });
}
