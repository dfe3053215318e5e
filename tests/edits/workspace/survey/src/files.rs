//! Functions whose code is partly in other files, or in what the build script says.

use larder::cache;

static GREETING: &str = include_str!("../data/greeting.txt");

mod generated {
    include!(concat!(env!("OUT_DIR"), "/table.rs"));
}

#[cache]
pub fn greet(n: u64) -> String {
    format!("{GREETING}{n}")
}

#[cache]
pub fn weigh(n: u64) -> u64 {
    let weights = include_bytes!("../data/weights.bin");
    weights.iter().map(|byte| u64::from(*byte)).sum::<u64>() + n
}

#[cache]
pub fn lookup(n: u64) -> u64 {
    generated::TABLE.iter().sum::<u64>() + n
}

#[cache]
pub fn stamp(n: u64) -> String {
    format!("{}{n}", env!("SURVEY_STAMP"))
}
