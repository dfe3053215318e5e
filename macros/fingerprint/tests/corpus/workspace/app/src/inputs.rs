//! Files and variables that are part of the code.

use larder::cache;

#[cache]
pub fn words() -> usize {
    include_str!("../data/words.txt").split_whitespace().count()
}

const IMAGE: &[u8] = include_bytes!("../data/image.bin");

#[cache]
pub fn image() -> usize {
    IMAGE.len()
}

#[cache]
pub fn absolute_words() -> usize {
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/data/absolute.txt")).len()
}

mod table {
    include!("../data/table.in");
}

#[cache]
pub fn included(x: u64) -> u64 {
    table::entry(x)
}

mod built {
    include!(concat!(env!("OUT_DIR"), "/tables.rs"));
}

#[cache]
pub fn from_build_script(x: u64) -> u64 {
    built::generated_entry(x)
}

#[cache]
pub fn variable() -> &'static str {
    env!("CORPUS_MODEL")
}

#[cache]
pub fn optional_variable() -> Option<&'static str> {
    option_env!("CORPUS_OPTION")
}

#[cache]
pub fn input(file: &larder::InputFile) -> u64 {
    file.length() + 1001
}
