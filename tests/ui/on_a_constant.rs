use larder::cache;

#[cache]
const ANSWER: u64 = 42;

fn main() {
    let _ = ANSWER;
}
