//! Methods and associated functions of marked `impl` blocks.

use crate::Counter;
use crate::check;
use crate::isolated;
use larder::cache;
use pollster::block_on;
use serde::Deserialize;
use serde::Serialize;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;

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
    isolated(|| {
        let model = Model::new(2.0);
        check(&PREDICT, &3.0, || model.predict(1.5));
        check(&PREDICT, &6.0, || Model::new(4.0).predict(1.5));
        check(&TRAIN, &Model::new(3.0), || Model::train(&[1.0, 2.0]));
        check(&OWNED, &Model::new(5.0), || model.clone().owned(Model::new(3.0)));
        check(&SHARED, &3.0, || Arc::new(model.clone()).shared(1));
        check(&ASYNC, &8.0, || block_on(model.later(4.0)));
    });
}

#[test]
fn self_can_be_ignored() {
    isolated(|| {
        check(&IGNORED, &1, || Model::new(7.0).ignored(1));
        Model::new(8.0).ignored(1);
        assert_eq!(IGNORED.runs(), 1);
    });
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
    isolated(|| {
        let two = Wrapper::<str, 2>("ab", PhantomData);
        let three = Wrapper::<str, 3>("ab", PhantomData);
        let controls = Wrapper::<str, 2>::repeated_cache();
        check(&CONTROLLED, &"abab1".to_owned(), || two.repeated(&1u8));
        check(&CONTROLLED, &"ababab1".to_owned(), || three.repeated(&1u8));
        assert!(controls.is_cached(&two, &1u8));
        assert_eq!(controls.map::<u8>([(&two, 1u8), (&two, 1)]), ["abab1"; 2]);
        assert_eq!(CONTROLLED.runs(), 2);
        assert_eq!(controls.recompute(&two, &1u8), "abab1");
        assert_eq!(controls.uncached(&two, &1u8), "abab1");
        assert_eq!(CONTROLLED.runs(), 4);
        assert_eq!(controls.call(&two, &1u8).into_value(), "abab1");
        controls.clear::<u8>().unwrap();
        assert!(!controls.is_cached(&two, &1u8));
        assert!(Wrapper::<str, 3>::repeated_cache().is_cached(&three, &1u8));
        assert!(Wrapper::<str, 3>::repeated_cache().forget(&three, &1u8).unwrap());
        let debug = format!("{controls:?}");
        assert!(debug.contains("Wrapper") && debug.ends_with("::repeated"), "{debug}");
    });
}

struct Steps;

#[cache]
impl Steps {
    #[cache]
    fn first(x: u64) -> u64 {
        #[cache(code = "none")]
        fn step(x: u64) -> u64 {
            x + 1
        }
        step(x)
    }

    #[cache]
    fn second(x: u64) -> u64 {
        #[cache(code = "none")]
        fn step(x: u64) -> u64 {
            x + 2
        }
        step(x)
    }
}

/// The method was no part of their names, so the second found what the first had left.
#[test]
fn functions_of_one_name_in_two_methods_are_two() {
    isolated(|| assert_eq!([Steps::first(1), Steps::second(1)], [2, 3]));
}

static BORROWING: Counter = Counter::new();

#[derive(Serialize)]
struct Lent<'a, T>(&'a T);

/// Where the block says `Lent<'a, T>`, the compiler knows that `T: 'a`; the controls stand elsewhere, and
/// would not compile.
#[cache]
impl<'a, T: Serialize + ToString + Sync> Lent<'a, T> {
    #[cache]
    fn shown(&self) -> String {
        BORROWING.add();
        self.0.to_string()
    }

    #[cache]
    fn shown_of(value: &'a T) -> String {
        BORROWING.add();
        value.to_string()
    }
}

#[cache]
impl<T: Serialize + ToString + Sync> Lent<'_, T> {
    #[cache]
    fn shown_again(&self) -> String {
        BORROWING.add();
        self.0.to_string()
    }
}

/// The type's arguments are not tied to each other: one may live longer.
#[derive(Serialize)]
struct Named<'a, T>(&'a str, T);

#[cache]
impl<T: Serialize + ToString + Sync> Named<'_, T> {
    #[cache]
    fn in_full(&self) -> String {
        BORROWING.add();
        format!("{} {}", self.0, self.1.to_string())
    }
}

#[test]
fn a_type_may_hold_references_to_its_parameters() {
    isolated(|| {
        let text = String::from("abc");
        let lent = Lent(&text);
        assert_eq!([lent.shown(), lent.shown_again(), Lent::shown_of(&text)], ["abc"; 3]);
        assert_eq!(Lent::<String>::shown_cache().map([&lent]), ["abc"]);
        assert_eq!(Lent::<String>::shown_again_cache().map([&lent]), ["abc"]);
        assert_eq!(Lent::<String>::shown_of_cache().map([&text]), ["abc"]);
        let named: Named<'static, &str> = Named("of", &text);
        assert_eq!(named.in_full(), "of abc");
        assert_eq!(Named::<'static, &str>::in_full_cache().map([&named]), ["of abc"]);
        assert_eq!(BORROWING.runs(), 4);
    });
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
    isolated(|| {
        check(&INDIRECT, &3, || Unhashable.path_length(PathBuf::from("a/b")));
        assert_eq!(Unhashable::path_length_cache().map([(Unhashable, PathBuf::from("a/b"))]), [3]);
        assert_eq!(INDIRECT.runs(), 1);
    });
}
