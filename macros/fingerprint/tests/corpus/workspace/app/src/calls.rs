//! Free functions.

use larder::cache;

#[cache]
pub fn direct(x: u64) -> u64 {
    step(x)
}

fn step(x: u64) -> u64 {
    x + 1
}

#[cache]
pub fn transitive(x: u64) -> u64 {
    first(x)
}

fn first(x: u64) -> u64 {
    second(x) * 2
}

fn second(x: u64) -> u64 {
    third(x) + 3
}

fn third(x: u64) -> u64 {
    x ^ 5
}

#[cache]
pub fn recursive(n: u64) -> u64 {
    if n == 0 { base() } else { n * recursive(n - 1) }
}

fn base() -> u64 {
    1
}

#[cache]
pub fn mutual(n: u64) -> bool {
    even(n)
}

fn even(n: u64) -> bool {
    n == 0 || odd(n - 1)
}

fn odd(n: u64) -> bool {
    n != 0 && even(n - 1)
}

#[cache]
pub fn as_value(xs: Vec<u64>) -> Vec<u64> {
    xs.into_iter().map(twice).collect()
}

fn twice(x: u64) -> u64 {
    x * 2
}

#[cache]
pub fn in_closure(x: u64) -> u64 {
    let add = |y: u64| y + inside(x);
    add(3)
}

fn inside(x: u64) -> u64 {
    x % 17
}

#[cache]
pub fn outer(x: u64) -> u64 {
    inner(x) + 1
}

#[larder::cache]
pub fn inner(x: u64) -> u64 {
    under_inner(x) + 20
}

fn under_inner(x: u64) -> u64 {
    x + 30
}

#[cache]
pub fn from_local(x: u64) -> u64 {
    let offset = offset(x);
    offset + 1
}

fn offset(x: u64) -> u64 {
    x + 40
}

/// The names of its parameter and of its local variable are those of functions it does not call.
#[cache]
pub fn shadowed(weight: u64) -> u64 {
    let scale = weight + 1;
    scale * weight
}

pub fn weight(x: u64) -> u64 {
    x + 50
}

pub fn scale(x: u64) -> u64 {
    x + 60
}

pub fn nobody_calls_this(x: u64) -> u64 {
    x + 70
}
