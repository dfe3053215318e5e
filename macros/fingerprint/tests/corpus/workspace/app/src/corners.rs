//! Rarer ways of naming things.

pub use alpha as solids;

use larder::cache;

pub struct Lamp {
    pub on: bool,
}

type Light = Lamp;

impl Light {
    pub fn glow(&self) -> u64 {
        1501
    }

    pub fn lit() -> Self {
        Self { on: true }
    }
}

#[cache]
pub fn through_alias() -> u64 {
    Light::lit().glow()
}

pub struct Ring<T> {
    items: Vec<T>,
}

impl<T> Ring<T> {
    pub fn turns(&self) -> usize {
        self.items.len() + 1502
    }
}

#[cache]
pub fn generic_method(items: Vec<u64>) -> usize {
    Ring { items }.turns()
}

pub struct Mark(pub u64);

const _: () = {
    impl PartialEq for Mark {
        fn eq(&self, other: &Self) -> bool {
            self.0 == other.0 + 1503
        }
    }
};

#[cache]
pub fn impl_in_constant(mark: &Mark) -> bool {
    *mark == Mark(4)
}

pub struct Door;

pub fn where_the_impl_is() {
    impl Door {
        pub fn knock(&self) -> u64 {
            1504
        }
    }
}

#[cache]
pub fn impl_in_body() -> u64 {
    Door.knock()
}

mod tools {
    macro_rules! local_macro {
        ($x:expr) => {
            $crate::corners::behind_use($x)
        };
    }
    pub(crate) use local_macro;
}

pub fn behind_use(x: u64) -> u64 {
    x + 1505
}

pub mod inner {
    use larder::cache;

    use super::tools::local_macro;

    #[cache]
    pub fn macro_by_import(x: u64) -> u64 {
        local_macro!(x)
    }

    #[cache]
    pub fn macro_by_path(x: u64) -> u64 {
        crate::corners::tools::local_macro!(x) + super::solids::raise(x)
    }
}

pub union Bits {
    pub float: f32,
    pub word: u32,
}

#[cache]
pub fn of_union(x: u32) -> u32 {
    let bits = Bits { word: x };
    std::mem::size_of_val(&bits) as u32
}

pub enum Shape {
    Dot,
    Line(u64),
}

impl Shape {
    pub fn length(&self) -> u64 {
        match self {
            Self::Dot => 1506,
            Self::Line(length) => *length,
        }
    }
}

#[cache]
pub fn of_enum(x: u64) -> u64 {
    [Shape::Dot, Shape::Line(x)].iter().map(Shape::length).sum()
}

pub struct Job {
    pub run: fn(u64) -> u64,
}

impl Job {
    pub const NIGHTLY: Self = Self { run: nightly };
}

fn nightly(x: u64) -> u64 {
    x + 1507
}

#[cache]
pub fn function_in_constant(x: u64) -> u64 {
    (Job::NIGHTLY.run)(x)
}

pub trait Visit {
    fn visit(&self, visitor: &mut impl FnMut(u64));
}

pub struct Forest(pub Vec<u64>);

impl Visit for Forest {
    fn visit(&self, visitor: &mut impl FnMut(u64)) {
        self.0.iter().for_each(|tree| visitor(*tree + 1508));
    }
}

fn walk(place: &impl Visit) -> u64 {
    let mut sum = 0;
    place.visit(&mut |tree| sum += tree);
    sum
}

#[cache]
pub fn impl_argument(trees: Vec<u64>) -> u64 {
    walk(&Forest(trees))
}

fn hidden_type() -> impl Fn(u64) -> u64 {
    |x| x + hidden_amount()
}

fn hidden_amount() -> u64 {
    1509
}

#[cache]
pub fn impl_result(x: u64) -> u64 {
    hidden_type()(x)
}

#[cache]
pub fn of_static_in_body(x: u64) -> u64 {
    static AMOUNT: u64 = initial_amount();
    x + AMOUNT
}

const fn initial_amount() -> u64 {
    1510
}

/// Names the package from the root of all, past the module of that name.
#[cache]
pub fn past_a_module(x: u64) -> u64 {
    ::alpha::raise(x) + shadow::of_package(x)
}

mod shadow {
    mod alpha {
        pub fn raise(x: u64) -> u64 {
            x + 1511
        }
    }

    pub fn of_package(x: u64) -> u64 {
        alpha::raise(x)
    }
}

#[cache]
pub fn by_question_mark(text: &str) -> Result<u64, Problem> {
    let number: u64 = text.parse()?;
    Ok(number)
}

pub struct Problem(pub u64);

impl From<std::num::ParseIntError> for Problem {
    fn from(_: std::num::ParseIntError) -> Self {
        Self(1512)
    }
}

pub struct Deck {
    pub cards: Vec<u64>,
}

impl<'a> IntoIterator for &'a Deck {
    type Item = &'a u64;
    type IntoIter = std::iter::Rev<std::slice::Iter<'a, u64>>;

    fn into_iter(self) -> Self::IntoIter {
        self.cards[1..].iter().rev()
    }
}

#[cache]
pub fn by_loop(deck: &Deck) -> u64 {
    let mut sum = 0;
    for card in deck {
        sum = sum * 2 + card;
    }
    sum
}

pub trait Named {
    const NAME: &'static str = "nobody";

    fn title(&self) -> String {
        format!("{}{}", Self::NAME, suffix())
    }
}

fn suffix() -> &'static str {
    "the 1513th"
}

pub struct King;

impl Named for King {}

#[cache]
pub fn default_constant() -> String {
    King.title()
}
