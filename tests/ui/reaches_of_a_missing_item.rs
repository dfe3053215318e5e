use larder::cache;

#[cache(reaches(helpers::missing))]
fn double(number: u64) -> u64 {
    number * 2
}

mod helpers {}

fn main() {
    double(1);
}
