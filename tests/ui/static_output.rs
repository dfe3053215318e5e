use larder::cache;

#[cache]
fn name(number: u64) -> &'static str {
    if number == 1 { "one" } else { "many" }
}

fn main() {
    name(1);
}
