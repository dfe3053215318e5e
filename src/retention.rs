//! What to keep and what to remove, as questions about numbers: no disk, no clock, no functions.

mod age;
mod quantity;
mod size;

pub use age::{Age, IntoAge};
pub use size::{IntoSize, Size};
