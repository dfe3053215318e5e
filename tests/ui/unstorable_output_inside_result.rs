use larder::cache;

struct Connection;

#[cache]
fn connect(host: &str) -> Result<Connection, String> {
    Err(host.to_owned())
}

fn main() {
    let _ = connect("x");
}
