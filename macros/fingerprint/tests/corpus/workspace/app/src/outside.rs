//! Other packages.

use alpha::shapes::Solid;
use larder::cache;

#[cache]
pub fn path_function(x: u64) -> u64 {
    alpha::raise(x)
}

#[cache]
pub fn path_type(x: u64) -> u64 {
    Solid::new(x).volume()
}

#[cache]
pub fn path_macro(x: u64) -> u64 {
    alpha::halve!(x)
}

#[cache]
pub fn path_feature(x: u64) -> u64 {
    alpha::tuned(x)
}

#[cache]
pub fn path_variable() -> &'static str {
    alpha::built_for()
}

#[cache]
pub fn through_path_package(x: u64) -> u64 {
    alpha::deeper(x)
}

#[cache]
pub fn path_external(x: u64) -> usize {
    alpha::counted(x)
}

#[cache]
pub fn external(x: u64) -> String {
    itoa::Buffer::new().format(x).to_owned()
}

#[cache]
pub fn external_transitive(x: u64) -> bool {
    rand::random::<u64>() == x
}

#[cache]
pub fn external_renamed(text: String) -> [u8; 16] {
    md5::compute(text)
}

#[cache]
pub fn external_git(x: u64) -> u64 {
    tally::count(x)
}

#[cache]
pub fn by_bang(x: u64) -> u64 {
    x + pm::answer!()
}

#[derive(pm::Describe)]
pub struct Described {
    pub n: u64,
}

#[cache]
pub fn by_derive(described: &Described) -> u64 {
    described.n
}
