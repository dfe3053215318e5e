//! Keys and values on disk, through sled: the only file that names it.
//!
//! sled is trusted with nothing. Its errors and its panics (it panics on some kinds of damage, when
//! it opens as well as later) become a [`Failure`], which says whether the files are to blame. A
//! caught panic has been printed by the hook of the program by then: a library has no business
//! replacing that hook, and the message is rare. With `panic = "abort"` nothing is caught; see
//! [`home`](super::home) for what happens then.

use crate::error::caught;
use std::io::{self, ErrorKind};
use std::mem;
use std::ops::Bound::{Excluded, Unbounded};
use std::path::Path;
use std::thread;
use std::time::Duration;

/// sled keeps more in memory than this says, which is one more reason to say little.
const CACHE_BYTES: u64 = 8 << 20;

/// How often, and how long apart, a database is tried that somebody seems to have open. Threads of
/// an earlier one in this process hold its file a little longer than its handle lives.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(10);

/// Values to set, or to remove where there is none, by their keys.
pub(super) type Change = (Vec<u8>, Option<Vec<u8>>);

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// An open database.
pub(super) struct Database(Option<sled::Db>);

/// Why the database did not do what it was asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another process has it open.
    Locked,
    /// The system refused, as on a full disk; the files may be fine.
    Refused(io::Error),
    /// The files are not what sled wrote, or sled lost its way in them.
    Damaged(String),
}

impl Database {
    /// Opens the database in a folder, which is created where it is missing.
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        for _ in 1..TRIES {
            match Self::open_once(folder) {
                Err(Failure::Locked) => thread::sleep(PAUSE),
                outcome => return outcome,
            }
        }
        Self::open_once(folder)
    }

    fn open_once(folder: &Path) -> Result<Self, Failure> {
        let config = sled::Config::new()
            .path(folder)
            .cache_capacity(CACHE_BYTES)
            .mode(sled::Mode::LowSpace)
            // Flushed after a merge, before the journals go. In between there is nothing to gain.
            .flush_every_ms(None);
        guarded(|| config.open()).map(|database| Self(Some(database)))
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        guarded(|| Ok(self.sled()?.get(key)?.map(|value| value.to_vec())))
    }

    /// Makes all changes, or none of them if the process ends on the way.
    pub(super) fn apply(&self, changes: impl IntoIterator<Item = Change>) -> Result<(), Failure> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        guarded(|| self.sled()?.apply_batch(batch))
    }

    /// Keys and values under a prefix, in order: up to `limit` of those after a key.
    pub(super) fn page(
        &self,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Pair>, Failure> {
        guarded(|| {
            let database = self.sled()?;
            let pairs = match after {
                Some(after) => database.range::<&[u8], _>((Excluded(after), Unbounded)),
                None => database.range::<&[u8], _>(prefix..),
            };
            pairs
                .map(|pair| pair.map(|(key, value)| (key.to_vec(), value.to_vec())))
                .take_while(|pair| pair.as_ref().map_or(true, |(key, _)| key.starts_with(prefix)))
                .take(limit)
                .collect()
        })
    }

    /// Hands what was applied to the system, so that it survives the end of this process.
    pub(super) fn flush(&self) -> Result<(), Failure> {
        guarded(|| self.sled()?.flush().map(drop))
    }

    /// Leaves a damaged database alone, for good: closing it would write to it, and may panic or
    /// wait for threads that have panicked. What it holds in memory is the price, paid rarely.
    pub(super) fn abandon(mut self) {
        mem::forget(self.0.take());
    }

    fn sled(&self) -> sled::Result<&sled::Db> {
        self.0.as_ref().ok_or_else(|| sled::Error::Unsupported("the database is closed".into()))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let database = self.0.take();
        // What cannot be written any more is found in the journals again, or in the entries.
        let _ = guarded(|| {
            drop(database);
            Ok(())
        });
    }
}

fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, Failure> {
    match caught(work) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(Failure::of(error)),
        Err(thrown) => {
            let text = thrown.message().unwrap_or("(no message)");
            Err(Failure::Damaged(format!("sled panicked: {text}")))
        }
    }
}

impl Failure {
    fn of(error: sled::Error) -> Self {
        let sled::Error::Io(error) = error else {
            return Self::Damaged(error.to_string());
        };
        match error.kind() {
            // The only trace of a held lock that sled leaves is this text.
            ErrorKind::Other if error.to_string().starts_with("could not acquire lock") => {
                Self::Locked
            }
            // What reading damaged files leads to: offsets, names and lengths that make no sense.
            ErrorKind::Other
            | ErrorKind::NotFound
            | ErrorKind::AlreadyExists
            | ErrorKind::InvalidInput
            | ErrorKind::InvalidData
            | ErrorKind::UnexpectedEof
            | ErrorKind::IsADirectory
            | ErrorKind::NotADirectory => Self::Damaged(error.to_string()),
            _ => Self::Refused(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(error: sled::Error, expected: &str) {
        let failure = guarded::<()>(|| Err(error)).unwrap_err();
        assert!(format!("{failure:?}").starts_with(expected), "{failure:?}");
    }

    #[test]
    fn a_panic_becomes_damage_that_tells_its_message() {
        let failure = guarded::<()>(|| panic!("no page {}", 7)).unwrap_err();
        assert!(matches!(failure, Failure::Damaged(why) if why == "sled panicked: no page 7"));
    }

    #[test]
    fn a_second_handle_to_an_open_database_is_told_that_it_is_locked() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("db");
        let _first = Database::open(&folder).unwrap();
        assert!(matches!(Database::open(&folder), Err(Failure::Locked)));
    }

    #[test]
    fn a_database_can_be_opened_again_as_soon_as_it_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("db");
        for number in 0..20_u8 {
            let database = Database::open(&folder).unwrap();
            if let Some(before) = number.checked_sub(1) {
                assert_eq!(database.get(&[before]).unwrap(), Some(vec![before]));
            }
            database.apply([(vec![number], Some(vec![number]))]).unwrap();
        }
    }

    #[test]
    fn a_refusal_of_the_system_is_not_taken_for_damage() {
        for kind in [
            ErrorKind::StorageFull,
            ErrorKind::PermissionDenied,
            ErrorKind::ReadOnlyFilesystem,
            ErrorKind::OutOfMemory,
        ] {
            check(sled::Error::Io(kind.into()), "Refused");
        }
        check(sled::Error::Io(ErrorKind::UnexpectedEof.into()), "Damaged");
        check(sled::Error::Unsupported("another version".into()), "Damaged");
        check(sled::Error::Corruption { at: None, bt: () }, "Damaged");
    }

    #[test]
    fn pages_follow_each_other_without_gap_or_overlap_and_stay_under_their_prefix() {
        let root = tempfile::tempdir().unwrap();
        let database = Database::open(&root.path().join("db")).unwrap();
        let keys: Vec<Vec<u8>> = (0..100).map(|number| vec![b'b', number]).collect();
        let others = [vec![b'a', 5], vec![b'c', 5], b"b".to_vec()];
        let all = keys.iter().chain(&others);
        database.apply(all.map(|key| (key.clone(), Some(vec![1])))).unwrap();
        let mut seen = Vec::new();
        loop {
            let after = seen.last().map(Vec::as_slice);
            let page = database.page(b"b", after, 7).unwrap();
            if page.is_empty() {
                break;
            }
            seen.extend(page.into_iter().map(|(key, _)| key));
        }
        assert_eq!(seen[0], b"b");
        assert_eq!(seen[1..], keys);
    }
}
