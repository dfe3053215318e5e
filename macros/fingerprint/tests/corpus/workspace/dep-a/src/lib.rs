//! A package that the app depends on by path, under another name.

pub mod shapes;

pub use dep_b as lower;

pub fn raise(x: u64) -> u64 {
    lifted(x)
}

fn lifted(x: u64) -> u64 {
    x + 1201
}

pub fn unreached(x: u64) -> u64 {
    x + 1202
}

#[macro_export]
macro_rules! halve {
    ($x:expr) => {
        $crate::half($x)
    };
}

#[macro_export]
macro_rules! define_half {
    ($name:ident) => {
        fn $name(x: u64) -> u64 {
            $crate::other_half(x) + 1223
        }
    };
}

pub fn other_half(x: u64) -> u64 {
    x - x / 2 + 1224
}

pub fn half(x: u64) -> u64 {
    x / 2 + 1203
}

pub fn tuned(x: u64) -> u64 {
    if cfg!(feature = "boost") { x + 1204 } else { x }
}

#[cfg(feature = "spare")]
pub fn spare(x: u64) -> u64 {
    x + 1205
}

pub fn built_for() -> &'static str {
    env!("DEP_A_TARGET")
}

pub fn deeper(x: u64) -> u64 {
    dep_b::bottom(x)
}

pub fn counted(x: u64) -> usize {
    fixedbuf::length(x)
}
