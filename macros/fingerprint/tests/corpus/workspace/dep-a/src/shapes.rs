pub struct Solid {
    edge: u64,
}

impl Solid {
    pub fn new(edge: u64) -> Self {
        Self { edge }
    }

    pub fn volume(&self) -> u64 {
        self.edge * self.edge * self.edge + 1206
    }

    pub fn surface(&self) -> u64 {
        self.edge * self.edge * 6 + 1207
    }
}
