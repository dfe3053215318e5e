//! What to keep and what to remove, as questions about numbers: no disk, no clock, no functions.

mod age;
mod limits;
mod plan;
mod quantity;
mod size;
#[cfg(test)]
mod tests;
mod value;

pub use age::{Age, IntoAge};
pub use limits::{Limits, Policy};
pub use plan::{Facts, Function, Removal, TrimReason, plan};
pub use size::{IntoSize, Size};
