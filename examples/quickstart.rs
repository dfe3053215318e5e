//! The first run takes a moment, later ones none: run it twice.
#![expect(clippy::print_stdout, reason = "so that there is something to see")]

#[larder::cache]
fn slow_square(x: u64) -> u64 {
    std::thread::sleep(std::time::Duration::from_secs(1));
    x * x
}

fn main() {
    println!("{:?}\n\n{}", slow_square::map(1..=4), larder::stats());
}
