#![doc = include_str!("../README.md")]

extern crate self as larder;

mod cache;
mod catalog;
mod codec;
mod entry;
mod error;
mod faults;
mod flight;
mod function;
mod key;
mod parallel;
mod retention;
mod store;

pub use cache::{
    Amount, Builder, Cache, Change, Code, CodeItem, DamagedEntry, Durability, Edit, Entries,
    EntryInfo, EntryMeta, FunctionStats, InputFile, ItemKind, Mode, Nearest, PlannedRemoval,
    Removal, Run, RunItem, RunOutcome, Share, Stats, TrimPlan, Trimmed, Verification, Why, clear,
    install, stats,
};
pub use cache::{
    Check, CodeState, Encoding, EntryDetails, Finding, Inventory, OnRecord, RemovedEntry, Severity,
    StoredEntry, StoredFunction, UnlistedFolder,
};
pub use error::{Error, ErrorKind, Result};
pub use function::{Call, Shelved, Source};
pub use key::Digest;
pub use parallel::{
    Again, CancelToken, Cause, Deferred, Delayed, Failure, Finish, OnError, Once, Panicked,
    Parallel, Retries, Stop, Stream, StreamScope, Task, cancel_on_ctrl_c, delayed, executor,
    progress, with_cache, with_parallel,
};
pub use retention::{Age, IntoAge, IntoSize, Limits, Policy, Size, TrimReason};

pub use larder_macros::cache;

/// How larder is built, and the layout of every file it writes.
#[cfg(doc)]
#[doc = include_str!("../ARCHITECTURE.md")]
pub mod architecture {}

#[cfg(any(doc, doctest))]
#[doc = include_str!("coming_from_python.md")]
pub mod coming_from_python {}

/// What the attribute's expansions call. Not for other use: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use crate::function::asynchronous::AsyncControl;
    pub use crate::function::control::{
        Ask, Control, Explain, Forget, InFull, IsCached, Recompute, Shelve, Value,
    };
    pub use crate::function::inputs::Inputs;
    pub use crate::function::instances::{Function, Instances, Spec};
    pub use crate::function::invocation::Invocation;
    pub use crate::function::lend::Lend;
    pub use crate::function::probe;
    pub use crate::parallel::asynchronous::map_async;
    pub use crate::parallel::executor::{submit, submit_alone};
    pub use crate::parallel::here;
    pub use crate::parallel::run::{map, map_task};
    pub use crate::parallel::task::{Cached, Visitor};

    /// What holds for any bytes, for the targets in `fuzz/`. Each panics where it does not.
    #[cfg(feature = "fuzzing")]
    pub mod fuzz {
        /// Bytes as an entry.
        pub fn entry(bytes: &[u8]) {
            crate::entry::properties::check(bytes);
        }

        /// Bytes as an encoded value.
        pub fn value(bytes: &[u8]) {
            crate::codec::properties::check(bytes);
        }

        /// Bytes as a journal.
        pub fn journal(bytes: &[u8]) {
            crate::catalog::properties::check(bytes);
        }

        /// Bytes as a recipe for two values, for their digests.
        pub fn key(bytes: &[u8]) {
            crate::key::properties::check(bytes);
        }
    }

    /// Faults on demand.
    #[cfg(feature = "faults")]
    pub mod faults {
        pub use crate::faults::{Operation, Step, mark, record, set};
    }

    /// The plan of what is removed, which a benchmark replays traces through.
    pub mod retention {
        pub use crate::retention::{Facts, Function, Removal, TrimReason, plan};
    }

    /// The rules of the key, which tests freeze from outside.
    pub mod key {
        pub use crate::key::*;
    }
}
