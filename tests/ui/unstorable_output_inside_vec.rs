use larder::cache;

struct Connection;

#[cache]
async fn connect(host: &str) -> Vec<Connection> {
    let _ = host;
    vec![Connection]
}

fn main() {
    let _ = connect("x");
}
