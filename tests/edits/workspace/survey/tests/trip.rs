//! A cached function in an integration test.

use larder::cache;

#[cache]
fn trip(n: u64) -> u64 {
    survey::scale(n) + halved(n)
}

fn halved(n: u64) -> u64 {
    n / 2
}

#[test]
fn a_trip_is_as_long_as_it_is() {
    let call = trip::call(7);
    let source = format!("{:?}", call.source());
    println!("\ntrip\t{source}\t{:?}\t{:?}", call.into_value(), trip::uncached(7));
}
