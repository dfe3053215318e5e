use larder::cache;

#[derive(serde::Serialize)]
struct Report(u8);

#[cache]
fn report(number: u8) -> Report {
    Report(number)
}

fn main() {
    report(1);
}
