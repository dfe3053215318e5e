//! What names mean that are brought from elsewhere, and names that are given twice.

use std::cmp::max as pick;

use larder::cache;

use self::first as chosen;
use self::tools::*;
use self::units::Thin as Other;
use self::units::Wide as Unit;

pub mod units {
    pub struct Wide(pub u64);
    pub struct Thin(pub u64);

    impl Wide {
        pub fn size(&self) -> u64 {
            self.0 * 2
        }
    }

    impl Thin {
        pub fn size(&self) -> u64 {
            self.0 + 2
        }
    }
}

pub fn first() -> u64 {
    1
}

pub fn second() -> u64 {
    2
}

#[cache]
pub fn picks_imported(a: u64, b: u64) -> u64 {
    pick(a, b)
}

#[cache]
pub fn chooses() -> u64 {
    chosen() * 10 + first() + second()
}

#[cache]
pub fn measures_imported(x: u64) -> u64 {
    Unit(x).size() * 100 + Other(x).size()
}

pub mod score {}

pub mod tools {
    pub fn score() -> u64 {
        1801
    }
}

#[cache]
pub fn scores() -> u64 {
    score()
}

pub struct Shape(pub u64);

impl Shape {
    pub fn area(&self) -> u64 {
        self.0 + 1802
    }
}

pub fn find(key: &str) -> Option<Shape> {
    (!key.is_empty()).then_some(Shape(1))
}

#[cache]
pub fn binds_again(key: &str) -> u64 {
    if let Some(key) = find(key) { key.area() } else { 0 }
}

#[cache]
pub fn infers_items(count: u64) -> u64 {
    let all: Vec<_> = (0..=count).map(Shape).collect();
    all.first().map_or(0, |shape| shape.0) + all[0].area()
}

pub struct Whole(pub u64);

macro_rules! whole {
    ($($from:ty),*) => {
        $(impl From<$from> for Whole {
            fn from(x: $from) -> Whole {
                Whole(u64::from(x) + 1803)
            }
        })*
    };
}

whole!(u8, u16);

#[cache]
pub fn converts_by_macro(x: u8) -> u64 {
    let whole: Whole = x.into();
    whole.0
}

pub trait Level {
    const LEVEL: u64 = 1804;
}

impl Level for Whole {}

#[cache]
pub fn levels_by_default() -> u64 {
    Whole::LEVEL
}

pub fn weight(x: u64) -> u64 {
    x + 1805
}

#[cache]
pub fn weighs() -> u64 {
    let weight = [0u64; 3].into_iter().map(weight).sum::<u64>();
    weight
}

#[cfg(debug_assertions)]
pub mod profile {
    pub fn speed() -> u64 {
        1
    }
}

#[cfg(not(debug_assertions))]
pub mod profile {
    pub fn speed() -> u64 {
        2
    }
}

#[cache]
pub fn speeds() -> u64 {
    profile::speed()
}
