//! Runs larder and its peers side by side.
fn main() {}
