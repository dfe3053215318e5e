//! A cached function in a benchmark.

use larder::cache;

#[cache]
fn speed(n: u64) -> u64 {
    survey::scale(n) + tripled(n)
}

fn tripled(n: u64) -> u64 {
    3 * n
}

fn main() {
    let call = speed::call(7);
    let source = format!("{:?}", call.source());
    println!("speed\t{source}\t{:?}\t{:?}", call.into_value(), speed::uncached(7));
}
