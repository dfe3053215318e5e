//! A file that an attribute names, in the folder of a module without a file.

pub fn far(x: u64) -> u64 {
    x + 1718
}
