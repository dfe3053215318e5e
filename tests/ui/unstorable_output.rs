use larder::cache;

struct Connection;

#[cache]
fn connect(host: &str) -> Connection {
    let _ = host;
    Connection
}

fn main() {
    connect("x");
    connect::map(["x"]);
}
