//! Paths, imports and modules.

pub mod far;
mod hub;
pub mod near;

use self::near::lean;
use far::*;
use larder::cache;
use near::chosen;
use near::group::{self, choose};
use near::tilt as slant;

use crate::paths::far::deep;

#[cache]
pub fn through_use(x: u64) -> u64 {
    lean(x)
}

#[cache]
pub fn through_rename(x: u64) -> u64 {
    slant(x)
}

#[cache]
pub fn through_glob(x: u64) -> u64 {
    spread(x)
}

#[cache]
pub fn through_module(x: u64) -> u64 {
    deep::sink(x)
}

#[cache]
pub fn through_reexport(x: u64) -> u64 {
    hub::forward(x)
}

#[cache]
pub fn through_glob_reexport(x: u64) -> u64 {
    hub::dive(x)
}

#[cache]
pub fn through_crate(x: u64) -> u64 {
    crate::paths::near::absolute(x)
}

#[cache]
pub fn through_self(x: u64) -> u64 {
    self::near::relative(x)
}

#[cache]
pub fn through_group(x: u64) -> u64 {
    choose(x) + group::other(x)
}

#[cache]
pub fn through_inline(x: u64) -> u64 {
    inline::within(x)
}

mod inline {
    pub fn within(x: u64) -> u64 {
        super::above(x) + below::bottom(x)
    }

    mod below {
        pub fn bottom(x: u64) -> u64 {
            x + 110
        }
    }
}

fn above(x: u64) -> u64 {
    x + 111
}

#[cache]
pub fn same_name(x: u64) -> u64 {
    chosen(x)
}

#[cache]
pub fn path_module(x: u64) -> u64 {
    crate::moved::odd(x)
}
