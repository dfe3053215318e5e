//! Forms of functions.

use larder::cache;

#[cache]
pub async fn waits(x: u64) -> u64 {
    later(x).await
}

async fn later(x: u64) -> u64 {
    x + 1301
}

const fn area(side: usize) -> usize {
    side * side + 1302
}

#[cache]
pub fn const_generic<const N: usize>(xs: [u64; N]) -> usize {
    area(N) + xs.len()
}

pub struct Grid<const N: usize> {
    pub cells: [u64; N],
}

const ROWS: usize = 3;

#[cache]
pub fn const_argument(grid: &Grid<{ ROWS + 1 }>) -> u64 {
    grid.cells[0]
}

pub fn r#match(x: u64) -> u64 {
    x + 1303
}

#[cache]
pub fn raw_name(x: u64) -> u64 {
    r#match(x)
}

pub struct Ranges;

impl Ranges {
    pub const FIRST: u64 = 1304;
    pub const LAST: u64 = 1309;
}

#[cache]
pub fn in_pattern(x: u64) -> bool {
    matches!(x, Ranges::FIRST..=Ranges::LAST)
}

fn chain(x: u64) -> Option<u64> {
    x.checked_add(1305)
}

#[cache]
pub fn method_value(x: Option<u64>) -> Option<u64> {
    x.and_then(chain).map(Step::widen)
}

pub struct Step;

impl Step {
    pub fn widen(x: u64) -> u64 {
        x + 1306
    }

    pub fn narrow(x: u64) -> u64 {
        x - 1307
    }
}

type Callback = fn(u64) -> u64;

const CALLBACKS: [(&str, Callback); 1] = [("hook", hook)];

fn hook(x: u64) -> u64 {
    x + 1308
}

#[cache]
pub fn from_table(x: u64) -> u64 {
    CALLBACKS.iter().map(|(_, callback)| callback(x)).sum()
}
