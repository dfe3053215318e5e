use larder::cache;

#[cache]
fn simulate(seed: u64) -> u64 {
    seed
}

#[expect(non_camel_case_types)]
struct simulate {}

fn main() {
    simulate(1);
}
