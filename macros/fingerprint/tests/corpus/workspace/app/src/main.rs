//! A binary whose functions reach the library of its package.

mod report;

use larder::cache;

#[cache]
fn across(x: u64) -> u64 {
    app::calls::direct(x) + report::line(x)
}

#[cache]
fn measured(x: u64) -> u64 {
    app::methods::Meter::new(x).read()
}

#[cache]
fn alone(x: u64) -> u64 {
    x + 2
}

fn main() {
    assert!(across(1) + measured(1) + alone(1) > 0);
}
