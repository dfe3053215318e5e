//! Constants, statics and aliases.

use std::cell::Cell;
use std::sync::LazyLock;

use larder::cache;

const LIMIT: u64 = 10;
const DERIVED: u64 = LIMIT * 2;
pub const UNUSED: u64 = 11;

#[cache]
pub fn constant(x: u64) -> u64 {
    x + DERIVED
}

static TABLE: [u64; 3] = [1, 2, 3];
pub static OTHER_TABLE: [u64; 3] = [4, 5, 6];

#[cache]
pub fn table(i: usize) -> u64 {
    TABLE[i]
}

static MODEL: LazyLock<Vec<u64>> = LazyLock::new(|| train(7));

fn train(seed: u64) -> Vec<u64> {
    vec![seed, seed + 1]
}

#[cache]
pub fn lazy(i: usize) -> u64 {
    MODEL[i]
}

trait Handler: Sync {
    fn handle(&self, x: u64) -> u64;
}

struct Doubler;

impl Handler for Doubler {
    fn handle(&self, x: u64) -> u64 {
        x * 2 + doubler_offset()
    }
}

fn doubler_offset() -> u64 {
    8
}

static HANDLERS: &[&dyn Handler] = &[&Doubler];

#[cache]
pub fn handlers(x: u64) -> u64 {
    HANDLERS.iter().map(|handler| handler.handle(x)).sum()
}

type Word = u32;

#[cache]
pub fn aliased(x: Word) -> Word {
    x.wrapping_add(1)
}

const WIDTH: usize = 4;

#[cache]
pub fn sized(x: [u8; WIDTH]) -> usize {
    x.len()
}

thread_local! {
    static SEED: Cell<u64> = Cell::new(first_seed());
}

fn first_seed() -> u64 {
    9
}

#[cache]
pub fn thread(x: u64) -> u64 {
    SEED.with(|seed| seed.get() + x)
}
