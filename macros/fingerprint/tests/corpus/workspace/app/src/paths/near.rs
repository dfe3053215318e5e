pub fn lean(x: u64) -> u64 {
    x + 101
}

pub fn tilt(x: u64) -> u64 {
    x + 102
}

pub fn absolute(x: u64) -> u64 {
    x + 103
}

pub fn relative(x: u64) -> u64 {
    x + 104
}

pub fn chosen(x: u64) -> u64 {
    x + 105
}

pub mod group {
    pub fn choose(x: u64) -> u64 {
        x + 106
    }

    pub fn other(x: u64) -> u64 {
        x + 107
    }

    pub fn neither(x: u64) -> u64 {
        x + 108
    }
}
