//! One result at a time: looking it up.

use super::validity::Verdict;
use super::{Cache, Tracked, Validity, since_epoch};
use crate::entry::{Entry, Key};
use crate::error::Result;
use crate::store::{Folder, Found};
use std::sync::atomic::Ordering;
use std::time::SystemTime;

/// What a lookup came to.
pub(crate) enum Lookup<T> {
    /// The value, and how long it took to compute with all that it called for.
    Found {
        value: T,
        full_ns: u64,
    },
    Missing,
    /// Something is there, but it is of no use and to be replaced.
    Damaged,
    /// A result is there that does not count any more, and is to be replaced.
    Invalid,
}

/// What one read of an entry came to.
enum Read<T> {
    Decoded(Result<T>, Known),
    Invalid(Verdict),
}

/// What a read tells beside the value.
struct Known {
    full_ns: u64,
    created_ns: u64,
}

impl Cache {
    /// The value under `key`, if it is there and `decode` can read it.
    #[inline]
    pub(crate) fn lookup<T>(
        &self,
        tracked: &Tracked,
        key: &Key,
        decode: impl FnOnce(u8, &[u8]) -> Result<T>,
    ) -> Lookup<T> {
        let (looked, created_ns) = self.look(&tracked.identity.validity, tracked, key, decode);
        if let (Lookup::Found { .. }, Some(disk)) = (&looked, &self.inner.disk) {
            self.used(disk, tracked, key, created_ns);
        }
        looked
    }

    /// The same, whether the result counts or not: for those who have had it before.
    pub(crate) fn lookup_again<T>(
        &self,
        tracked: &Tracked,
        key: &Key,
        decode: impl FnOnce(u8, &[u8]) -> Result<T>,
    ) -> Lookup<T> {
        let (looked, created_ns) = self.look(&Validity::default(), tracked, key, decode);
        if let (Lookup::Found { .. }, Some(disk)) = (&looked, &self.inner.disk) {
            self.used(disk, tracked, key, created_ns);
        }
        looked
    }

    /// Looks a value up, and tells when it was created.
    #[inline]
    fn look<T>(
        &self,
        validity: &Validity,
        tracked: &Tracked,
        key: &Key,
        decode: impl FnOnce(u8, &[u8]) -> Result<T>,
    ) -> (Lookup<T>, u64) {
        let Some(disk) = &self.inner.disk else {
            return (Lookup::Missing, 0);
        };
        let read = |entry: &Entry<'_>| read(validity, entry, decode);
        let looked = match disk.store.read(&tracked.identity.folder, key, read) {
            Ok(Found::Entry(Read::Decoded(Ok(value), Known { full_ns, created_ns }))) => {
                return (Lookup::Found { value, full_ns }, created_ns);
            }
            Ok(Found::Missing) => Lookup::Missing,
            Ok(Found::Entry(Read::Invalid(verdict))) => self.invalid(tracked, verdict),
            Ok(Found::Entry(Read::Decoded(Err(error), _))) => {
                tracked.doubtful.store(true, Ordering::Relaxed);
                self.damaged(tracked, key, &error)
            }
            Ok(Found::Damaged) => self.damaged(tracked, key, &"its bytes are not what was written"),
            Err(error) => {
                self.refused(disk, "read a result", &error);
                Lookup::Missing
            }
        };
        (looked, 0)
    }

    /// The value under `key`, if it can be had without waiting for a disk.
    pub(crate) fn lookup_at_hand<T>(
        &self,
        tracked: &Tracked,
        key: &Key,
        decode: impl FnOnce(u8, &[u8]) -> Result<T>,
    ) -> Option<Lookup<T>> {
        let disk = self.inner.disk.as_ref()?;
        let read = |entry: &Entry<'_>| read(&tracked.identity.validity, entry, decode);
        match disk.store.read_at_hand(&tracked.identity.folder, key, read)? {
            Read::Decoded(Ok(value), Known { full_ns, created_ns }) => {
                self.used(disk, tracked, key, created_ns);
                Some(Lookup::Found { value, full_ns })
            }
            Read::Invalid(verdict) => Some(self.invalid(tracked, verdict)),
            // The other way will tell people what is wrong with it.
            Read::Decoded(Err(_), _) => None,
        }
    }

    #[cold]
    fn invalid<T>(&self, tracked: &Tracked, verdict: Verdict) -> Lookup<T> {
        if let Verdict::Panicked(text) = verdict {
            let name = &tracked.identity.name;
            self.warn(format!("`validate` of `{name}` panicked, which counts as `false`"), text);
        }
        Lookup::Invalid
    }

    #[cold]
    pub(crate) fn damaged<T>(
        &self,
        tracked: &Tracked,
        key: &Key,
        why: &dyn std::fmt::Display,
    ) -> Lookup<T> {
        let (name, file) = (&tracked.identity.name, Folder::file(key));
        self.warn("a damaged result was computed again", format_args!("{file} of `{name}`: {why}"));
        Lookup::Damaged
    }

    /// Whether an entry under `key` is there and whole.
    pub(crate) fn contains(&self, tracked: &Tracked, key: &Key) -> bool {
        // Asking is no use of it.
        let (looked, _) = self.look(&tracked.identity.validity, tracked, key, |_, _| Ok(()));
        matches!(looked, Lookup::Found { .. })
    }
}

/// The value in an entry, if that counts.
#[inline]
fn read<T>(
    validity: &Validity,
    entry: &Entry<'_>,
    decode: impl FnOnce(u8, &[u8]) -> Result<T>,
) -> Read<T> {
    if validity.depends() {
        let verdict = validity.judge(entry, since_epoch(SystemTime::now()));
        if verdict != Verdict::Valid {
            return Read::Invalid(verdict);
        }
    }
    let known = Known { full_ns: entry.full_ns(), created_ns: entry.created_ns() };
    Read::Decoded(decode(entry.codec(), entry.payload()), known)
}
