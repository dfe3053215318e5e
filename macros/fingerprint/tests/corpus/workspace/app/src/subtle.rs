//! Names that are easily resolved to the wrong thing, or to nothing.

extern crate alpha as first;

mod nested {
    #[path = "stated.rs"]
    pub mod elsewhere;
}
mod r#try;

use std::fmt::{self, Display};
use std::ops::Mul;

use larder::cache;

pub struct Boxed<T>(pub T);

impl<T: Display> Display for Boxed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.0)
    }
}

pub struct Inside;

impl Display for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1701")
    }
}

#[cache]
pub fn displays_inside() -> String {
    Boxed(Inside).to_string()
}

#[derive(Clone, Copy)]
pub struct Length(pub u64);

impl<'a> Mul<&'a Length> for &'a Length {
    type Output = u64;

    fn mul(self, other: &Length) -> u64 {
        self.0 * other.0 + 1702
    }
}

#[cache]
pub fn by_reference(a: Length, b: Length) -> u64 {
    &a * &b
}

pub struct Title(pub u64);

impl From<Title> for String {
    fn from(title: Title) -> Self {
        format!("{}", title.0 + 1703)
    }
}

#[cache]
pub fn into_foreign(title: Title) -> String {
    title.into()
}

pub struct Limit(pub u64);

impl PartialEq<Limit> for u64 {
    fn eq(&self, limit: &Limit) -> bool {
        *self == limit.0 + 1704
    }
}

#[cache]
pub fn equals_foreign(x: u64) -> bool {
    x == Limit(3)
}

pub trait Apply {
    fn apply(&self, x: u64) -> u64;
}

impl<F: Fn(u64) -> u64> Apply for F {
    fn apply(&self, x: u64) -> u64 {
        self(x) + 1705
    }
}

#[cache]
pub fn on_closure(x: u64) -> u64 {
    (|y| y + 1).apply(x)
}

pub trait Checksum {
    fn checksum(&self) -> u64;
}

impl<const N: usize> Checksum for [u8; N] {
    fn checksum(&self) -> u64 {
        N as u64 + 1706
    }
}

#[cache]
pub fn on_array(bytes: [u8; 4]) -> u64 {
    bytes.checksum()
}

alpha::define_half!(half_of);

#[cache]
pub fn by_defining_macro(x: u64) -> u64 {
    half_of(x)
}

const AMOUNT: u64 = include!("../data/amount.in");

#[cache]
pub fn included_value() -> u64 {
    AMOUNT
}

#[cache]
pub fn in_stated_file(x: u64) -> u64 {
    nested::elsewhere::far(x)
}

#[cache]
pub fn in_raw_module(x: u64) -> u64 {
    r#try::again(x)
}

pub mod signals {
    #[derive(Clone, Copy)]
    pub enum Signal {
        Stop = 1707,
        Go = 1709,
    }
    pub use Signal::{Go, Stop as Halt};
}

#[cache]
pub fn renamed_variant() -> u64 {
    use signals::{Go, Halt};
    Halt as u64 + Go as u64
}

pub trait One {
    fn one(&self) -> u64;
}

pub trait Two {
    fn two(&self) -> u64;
}

pub trait Both: One + Two {}

impl<T: One + Two> Both for T {}

pub struct Couple;

impl One for Couple {
    fn one(&self) -> u64 {
        1710
    }
}

impl Two for Couple {
    fn two(&self) -> u64 {
        1711
    }
}

#[cache]
pub fn by_both<T: Both>(couple: T) -> u64 {
    couple.one() + couple.two()
}

pub trait Spread {
    fn spread(&self) -> u64;
}

pub struct Grain(pub u64);

impl Spread for Vec<Grain> {
    fn spread(&self) -> u64 {
        self.len() as u64 + 1712
    }
}

#[cache]
pub fn bounded_list<T>(grains: Vec<T>) -> u64
where
    Vec<T>: Spread,
{
    grains.spread()
}

#[cache]
pub fn through_package(x: u64) -> u64 {
    alpha::lower::through(x)
}

#[cache]
pub fn through_extern_crate(x: u64) -> u64 {
    first::other_half(x)
}

pub mod own_macros {
    use larder::cache;

    macro_rules! vec {
        ($x:expr) => {
            [$x, 1713]
        };
    }

    #[cache]
    pub fn own_vec(x: u64) -> u64 {
        vec![x][1]
    }
}

pub trait Store {
    type Key: Default + Into<u64>;
}

pub struct Shelf;

pub struct ShelfKey(pub u64);

impl Default for ShelfKey {
    fn default() -> Self {
        Self(1714)
    }
}

impl From<ShelfKey> for u64 {
    fn from(key: ShelfKey) -> Self {
        key.0 + 1715
    }
}

impl Store for Shelf {
    type Key = ShelfKey;
}

fn first_key<S: Store>(_store: &S) -> u64 {
    S::Key::default().into()
}

#[cache]
pub fn associated_type() -> u64 {
    first_key(&Shelf)
}

static COUNTRIES: [Country; 1] = [Country { area: country_area }];

pub struct Country {
    pub area: fn(u64) -> u64,
}

fn country_area(x: u64) -> u64 {
    x + 1716
}

impl Country {
    pub fn all() -> &'static [Self] {
        &COUNTRIES
    }
}

#[cache]
pub fn through_method_to_static(x: u64) -> u64 {
    Country::all().iter().map(|country| (country.area)(x)).sum()
}

pub mod prelude {
    pub use super::Hidden as _;
}

pub trait Hidden {
    fn hidden(&self) -> u64;
}

impl Hidden for u64 {
    fn hidden(&self) -> u64 {
        *self + 1717
    }
}

pub mod far_user {
    use larder::cache;

    use super::prelude::*;

    #[cache]
    pub fn by_prelude(x: u64) -> u64 {
        x.hidden()
    }
}
