//! The fingerprint of a cached function: a digest of its own code and of all code it reaches.
//!
//! An [`Engine`] reads the sources of one compilation (the crate that is compiled, the packages it
//! depends on by path, the lock file), and is then asked for one function after the other. It knows
//! nothing of procedural macros: the `#[cache]` attribute calls it, and so can a test.

mod blocks;
mod body;
mod callees;
mod calls;
mod compilation;
mod conditions;
mod digest;
mod edges;
mod engine;
mod files;
mod fingerprint;
mod gather;
mod graph;
mod guards;
mod heads;
mod imports;
mod index;
mod invoked;
mod items;
mod layout;
mod leaves;
mod lexer;
mod library;
mod literals;
mod load;
mod locals;
mod lock;
mod macros;
mod manifest;
mod meanings;
mod members;
mod mentions;
mod named;
mod names;
mod opened;
mod packages;
mod quick;
mod quoted;
mod reach;
mod reader;
mod receivers;
mod resolve;
mod roots;
mod scope;
mod unit;
mod unnamed;

pub use body::{digest, method_digest};
pub use compilation::Compilation;
pub use engine::{Engine, Found, Root};
pub use fingerprint::{Fingerprint, Kind, Part};
