//! Which of several things of one name is meant.

use larder::cache;

#[cfg(debug_assertions)]
use self::engines::petrol as motor;
#[cfg(not(debug_assertions))]
use self::engines::diesel as motor;
use self::face::fuel;
use self::fast::*;
use self::reds::shade;

pub mod engines {
    pub fn petrol() -> u64 {
        1
    }

    pub fn diesel() -> u64 {
        2
    }
}

#[cache]
pub fn drives() -> u64 {
    motor() + engines::petrol() + engines::diesel()
}

pub mod face {
    #[cfg(debug_assertions)]
    pub use super::engines::petrol as fuel;
    #[cfg(not(debug_assertions))]
    pub use super::engines::diesel as fuel;
}

#[cache]
pub fn fuels() -> u64 {
    fuel()
}

pub struct Coach(pub u64);

pub mod fast {
    pub trait Fast {
        fn pace(&self) -> u64;
    }

    impl Fast for super::Coach {
        fn pace(&self) -> u64 {
            self.0 + 1901
        }
    }
}

pub mod slow {
    pub trait Slow {
        fn pace(&self) -> u64;
    }

    impl Slow for super::Coach {
        fn pace(&self) -> u64 {
            self.0 + 1902
        }
    }
}

#[cache]
pub fn paces(x: u64) -> u64 {
    Coach(x).pace()
}

pub mod reds {
    macro_rules! shade {
        () => {
            1903
        };
    }
    pub(crate) use shade;
}

pub mod blues {
    macro_rules! shade {
        () => {
            1904
        };
    }
    pub(crate) use shade;
}

#[cache]
pub fn shades() -> u64 {
    shade!()
}

macro_rules! rank {
    () => {
        1905
    };
}

#[cache]
pub fn ranks() -> u64 {
    rank!()
}

macro_rules! rank {
    () => {
        1906
    };
}

#[cache]
pub fn ranks_later() -> u64 {
    rank!()
}

macro_rules! count {
    ($x:expr) => {
        $x + 1
    };
    ($x:expr,) => {
        $x + 2
    };
}

#[cache]
pub fn counts(x: u64) -> u64 {
    assert!(x < 1907);
    count!(x)
}

pub mod parse {
    pub fn number() -> u64 {
        1908
    }
}

#[cache]
pub fn parses_beside() -> u64 {
    fn parse() -> u64 {
        parse::number()
    }
    parse()
}

pub fn size() -> u64 {
    1909
}

pub fn length() -> u64 {
    1910
}

#[cache]
pub fn sizes() -> u64 {
    #[expect(non_camel_case_types)]
    struct size {}
    fn length() -> u64 {
        1
    }
    let _ = size {};
    size() + length()
}

pub fn initial() -> u64 {
    1911
}

#[cfg_attr(any(), builder(default = "vec![initial()]"))]
pub struct Built(pub u64);

#[cache]
pub fn builds_by_attribute(x: u64) -> u64 {
    Built(x).0
}

pub struct Raw(pub u64);

#[cache]
pub fn points() -> usize {
    let raw: *const Raw = std::ptr::null();
    size_of_val(&raw)
}
