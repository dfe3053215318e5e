//! What `#[cache]` generates calls into: one function, its inputs, and what is asked of it.
//!
//! It knows nothing of pools and batches. A call is prepared (key, lookup), computed if need be, and
//! concluded (kept, counted); [`recipe`] has these steps, and [`control`] strings them together in
//! the ways a user can ask for. The layer below does the same for many calls at once.

pub(crate) mod asynchronous;
pub(crate) mod call;
mod check;
pub(crate) mod control;
pub(crate) mod inputs;
pub(crate) mod instances;
pub(crate) mod invocation;
pub(crate) mod lend;
pub(crate) mod others;
pub(crate) mod patience;
pub(crate) mod payload;
pub mod probe;
pub(crate) mod recipe;
pub(crate) mod shelved;
pub(crate) mod span;
pub(crate) mod timing;
pub(crate) mod turn;

pub use call::{Call, Source};
pub use shelved::Shelved;
