use larder::cache;

fn is_long(text: &String) -> bool {
    text.len() > 3
}

#[cache(keep_if = is_long)]
fn compute(number: u64) -> u64 {
    number
}

fn main() {
    compute(1);
    compute::map([1]);
}
