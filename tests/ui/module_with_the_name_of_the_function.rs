use larder::cache;

mod simulate {}

#[cache]
fn simulate(seed: u64) -> u64 {
    seed
}

fn main() {
    simulate(1);
}
