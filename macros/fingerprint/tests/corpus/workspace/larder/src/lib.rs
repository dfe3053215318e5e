//! A stand-in for the crate whose attribute the functions carry.

pub use larder_macros::cache;

/// A file whose content counts.
pub struct InputFile {
    length: u64,
}

impl InputFile {
    /// How long it is.
    pub fn length(&self) -> u64 {
        self.length
    }
}
