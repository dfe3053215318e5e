use larder::cache;

struct Model(u8);

#[cache]
impl Model {
    #[cache]
    fn step(&mut self) -> u8 {
        self.0 += 1;
        self.0
    }
}

fn main() {
    Model(1).step();
}
