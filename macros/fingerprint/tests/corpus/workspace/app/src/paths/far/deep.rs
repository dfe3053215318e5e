pub fn sink(x: u64) -> u64 {
    x + 131
}

pub fn relay(x: u64) -> u64 {
    x + 132
}

pub fn chosen(x: u64) -> u64 {
    x + 133
}

pub mod trench {
    pub fn dive(x: u64) -> u64 {
        x + 134
    }
}
