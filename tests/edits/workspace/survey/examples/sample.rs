//! A cached function in an example.

use larder::cache;

#[cache]
fn sample(n: u64) -> u64 {
    survey::scale(n) + doubled(n)
}

fn doubled(n: u64) -> u64 {
    2 * n
}

fn main() {
    let call = sample::call(7);
    let source = format!("{:?}", call.source());
    println!("sample\t{source}\t{:?}\t{:?}", call.into_value(), sample::uncached(7));
}
