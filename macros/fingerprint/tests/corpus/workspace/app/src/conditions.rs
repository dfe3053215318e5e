//! Conditional compilation.

use larder::cache;

#[cfg(feature = "fast")]
fn speed(x: u64) -> u64 {
    x + 1101
}

#[cfg(not(feature = "fast"))]
fn speed(x: u64) -> u64 {
    x + 1102
}

#[cache]
pub fn by_feature(x: u64) -> u64 {
    speed(x)
}

#[cache]
pub fn by_predicate(x: u64) -> u64 {
    if cfg!(any(feature = "fast", feature = "wide")) { x } else { x + 1103 }
}

pub struct Options {
    pub depth: u64,
    #[cfg(feature = "wide")]
    pub width: u64,
}

#[cache]
pub fn by_field(options: &Options) -> u64 {
    options.depth
}

#[cache]
pub fn by_profile(x: u64) -> u64 {
    if cfg!(debug_assertions) { x + 1104 } else { x }
}

#[cfg(unix)]
fn separator() -> char {
    '/'
}

#[cfg(not(unix))]
fn separator() -> char {
    '\\'
}

#[cache]
pub fn by_target() -> char {
    separator()
}

#[cfg(not(test))]
fn clock() -> u64 {
    1105
}

#[cfg(test)]
fn clock() -> u64 {
    1106
}

#[cache]
pub fn by_test(x: u64) -> u64 {
    x + clock()
}

#[cfg(feature = "gates")]
mod gated {
    pub fn passes(x: u64) -> u64 {
        x + 1107
    }
}

#[cfg(not(feature = "gates"))]
mod gated {
    pub fn passes(x: u64) -> u64 {
        x + 1108
    }
}

#[cache]
pub fn by_gated_module(x: u64) -> u64 {
    gated::passes(x)
}

#[cfg_attr(feature = "packed", repr(C))]
pub struct Packed {
    pub a: u8,
}

#[cache]
pub fn by_attribute(packed: &Packed) -> u8 {
    packed.a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fast_enough() {
        assert_eq!(by_feature(1), 1103);
    }
}
