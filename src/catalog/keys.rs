//! The keys of the catalog's database, and what their values are.
//!
//! | key | value |
//! |---|---|
//! | `c`, `str folder` | the counts of a function, without their folder |
//! | `e`, `str folder`, `str file` | an entry, without these names |
//! | `f`, `str folder` | a function, without its folder |
//! | `g`, `str folder`, `str file` | an entry that is gone: `u8` how, `u64` when ([`past`](super::past)) |
//! | `j`, `str session` | `u64`: how many bytes of that journal are merged |
//! | `r`, 8 bytes, 8 bytes | a run: when it began (big-endian), a digest of it ([`run`](super::run)) |
//! | `w`, `str folder` | `u64`: when that folder was last cleared; with an empty name, when all were |
//!
//! Strings carry their length ([`fields`](super::fields)), so no name is a prefix of another's key.
//! All of it is in one tree, since only there can several changes be made at once.

use super::fields::{Fields, put_str};

pub(super) const COUNTS: &[u8] = b"c";
pub(super) const ENTRIES: &[u8] = b"e";
pub(super) const FUNCTIONS: &[u8] = b"f";
pub(super) const GONE: &[u8] = b"g";
pub(super) const JOURNALS: &[u8] = b"j";
pub(super) const RUNS: &[u8] = b"r";
const CLEARED: &[u8] = b"w";

pub(super) fn counts(folder: &str) -> Vec<u8> {
    named(COUNTS, &[folder])
}

pub(super) fn entry(folder: &str, file: &str) -> Vec<u8> {
    named(ENTRIES, &[folder, file])
}

/// What the keys of a folder's entries begin with; of all entries without a folder.
pub(super) fn entries(folder: Option<&str>) -> Vec<u8> {
    folder.map_or_else(|| ENTRIES.to_vec(), |folder| named(ENTRIES, &[folder]))
}

pub(super) fn function(folder: &str) -> Vec<u8> {
    named(FUNCTIONS, &[folder])
}

pub(super) fn gone(folder: &str, file: &str) -> Vec<u8> {
    named(GONE, &[folder, file])
}

/// When a folder was cleared; no folder has an empty name, so that stands for all of them.
pub(super) fn cleared(folder: Option<&str>) -> Vec<u8> {
    named(CLEARED, &[folder.unwrap_or_default()])
}

pub(super) fn journal(session: &str) -> Vec<u8> {
    named(JOURNALS, &[session])
}

/// Runs are in order of time, for which the bytes of a number have to be in order of weight.
pub(super) fn run(started_ns: u64, digest: u64) -> Vec<u8> {
    [RUNS, &started_ns.to_be_bytes(), &digest.to_be_bytes()].concat()
}

/// The first name in a key, and the fields that follow it.
pub(super) fn name(key: &[u8]) -> Option<(String, Fields<'_>)> {
    let mut fields = Fields::new(key);
    fields.u8()?;
    Some((fields.string()?, fields))
}

fn named(kind: &[u8], names: &[&str]) -> Vec<u8> {
    let mut key = kind.to_vec();
    for name in names {
        put_str(&mut key, name);
    }
    key
}
