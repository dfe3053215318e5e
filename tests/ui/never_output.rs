use larder::cache;

#[cache]
fn forever(number: u64) -> ! {
    panic!("{number}")
}

fn main() {
    if std::env::args().len() > 5 {
        forever(1);
    }
}
