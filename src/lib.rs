#![doc = include_str!("../README.md")]

extern crate self as larder;

mod cache;
mod catalog;
mod codec;
mod entry;
mod error;
mod function;
mod key;
mod parallel;
mod store;

pub use cache::{
    Builder, Cache, Durability, Entries, EntryInfo, FunctionStats, InputFile, Mode, Stats, clear,
    install, stats,
};
pub use error::{Error, ErrorKind, Result};
pub use function::{Call, Shelved, Source};
pub use key::Digest;
pub use parallel::with_cache;
