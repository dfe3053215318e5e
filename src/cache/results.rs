//! One result at a time: looking it up, keeping it, removing it.

use super::room::OwnRoom;
use super::validity::Verdict;
use super::{
    Cache, Counters, Disk, Durability, Identity, Reuse, Tracked, Validity, description, exit,
    since_epoch,
};
use crate::catalog::{EntryRecord, Record};
use crate::codec::{Codec, Verify};
use crate::entry::{self, Entry, Header, Key};
use crate::error::{Error, Result};
use crate::key::Digest;
use crate::store::{Folder, Found, Placed};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// A result that took this long is on the disk before its call returns (about a millisecond).
const COSTLY: Duration = Duration::from_millis(100);

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

/// What is in the place of a result that is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occupant {
    /// Nothing, as far as is known.
    Nobody,
    /// Something that is no result.
    Damaged,
    /// A result that does not count any more.
    Invalid,
    /// Whatever it is, it was not asked for.
    Unwanted,
}

impl Occupant {
    /// Whether the result is to take its place.
    pub(crate) fn is_replaced(self) -> bool {
        self != Self::Nobody
    }
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

/// A result that is to be kept, but for its bytes.
pub(crate) struct Fresh {
    pub(crate) key: Key,
    pub(crate) arguments: Vec<Digest>,
    pub(crate) printed: String,
    pub(crate) own_ns: u64,
    pub(crate) full_ns: u64,
    /// Take the place of what is there.
    pub(crate) replace: bool,
    /// The same is there already, so it is encoded for whoever shares it and not written.
    pub(crate) unchanged: bool,
}

/// A result as it is to be filed.
#[derive(Debug)]
pub(crate) struct Encoded {
    /// The whole entry.
    bytes: Vec<u8>,
    header: Header,
    replace: bool,
    unchanged: bool,
    verified: Verify,
}

/// What came of keeping a result.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The whole entry, be it filed or not: equal calls share it. Absent where the value is not to
    /// be kept, or cannot be encoded.
    pub(crate) bytes: Option<Arc<Vec<u8>>>,
    /// Whether later calls will find it.
    pub(crate) filed: bool,
    /// Whether somebody else had filed it before.
    pub(crate) was_there: bool,
}

impl Tracked {
    pub(super) fn new(identity: &'static Identity) -> Self {
        Self {
            identity,
            counters: Counters::default(),
            encoded: AtomicU64::new(0),
            doubtful: AtomicBool::new(false),
            introduced: AtomicBool::new(false),
            described: AtomicBool::new(false),
            room: OwnRoom::default(),
        }
    }

    /// Whether the next value is to be decoded again and compared: the first, the second, the fourth
    /// and so on, as the first may be too simple to tell (an empty list, a `None`); and each where
    /// one was met that bincode does not carry.
    fn verify(&self) -> Verify {
        let count = self.encoded.fetch_add(1, Ordering::Relaxed) + 1;
        let doubtful = self.doubtful.load(Ordering::Relaxed);
        if doubtful || count.is_power_of_two() { Verify::Yes } else { Verify::No }
    }
}

impl Cache {
    #[inline]
    pub(crate) fn tracked(&self, identity: &'static Identity) -> &Tracked {
        exit::notice();
        self.inner.functions.get_or_init(identity.index, || Tracked::new(identity))
    }

    /// The same once more, on a thread that has asked before: a hit saves asking for its end again.
    #[inline]
    pub(crate) fn tracked_again(&self, identity: &'static Identity) -> &Tracked {
        match self.inner.functions.get(identity.index) {
            Some(tracked) => tracked,
            None => self.tracked(identity),
        }
    }

    pub(crate) fn warn(&self, cause: impl Into<String>, detail: impl std::fmt::Display) {
        self.inner.warnings.warn(cause, detail);
    }

    #[cold]
    fn refused(&self, disk: &Disk, doing: &str, error: &std::io::Error) {
        let directory = disk.store.path().display();
        self.inner.warnings.refused(format_args!("{doing} in `{directory}`"), error);
    }

    /// Counts a call that did not have to compute.
    #[inline]
    pub(crate) fn reused(&self, tracked: &Tracked, how: Reuse, full_ns: u64) {
        let count = tracked.counters.reused(how, full_ns);
        // Now and then, as the threads of a pool may never end.
        if count.is_power_of_two() && count > 8 {
            self.report(tracked);
        }
    }

    /// Brings what was counted of a function to the journal.
    #[cold]
    pub(crate) fn report(&self, tracked: &Tracked) {
        if let Some(disk) = self.inner.disk.as_ref().filter(|_| self.inner.mode.writes()) {
            self.inner.report(disk, tracked);
            self.tell_uses();
        }
    }

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

    /// The entry for a result; `None` for a value that cannot be encoded, which is logged and
    /// counted.
    pub(crate) fn encode(
        &self,
        tracked: &Tracked,
        fresh: Fresh,
        encode: impl FnOnce(Verify, &mut Vec<u8>) -> Result<Codec>,
    ) -> Option<Encoded> {
        let header = Header {
            key: fresh.key,
            codec: 0,
            created_ns: since_epoch(SystemTime::now()),
            own_ns: fresh.own_ns,
            full_ns: fresh.full_ns,
            arguments: fresh.arguments,
            function: tracked.identity.name.clone(),
            printed: fresh.printed,
        };
        let verified = tracked.verify();
        let mut bytes = Vec::with_capacity(512);
        let written = entry::write(&header, &mut bytes, |out| {
            let codec = encode(verified, out)?;
            if codec != Codec::Bincode {
                tracked.doubtful.store(true, Ordering::Relaxed);
            }
            Ok::<_, Error>(codec as u8)
        });
        if let Err(error) = written {
            tracked.counters.unkept();
            self.warn(format!("results of `{}` cannot be stored", header.function), error);
            return None;
        }
        Some(Encoded {
            bytes,
            header,
            replace: fresh.replace,
            unchanged: fresh.unchanged,
            verified,
        })
    }

    /// Writes an entry to its place, unless this cache only reads.
    ///
    /// What goes wrong is logged and counted, for the call itself is all right.
    pub(crate) fn file(&self, tracked: &Tracked, encoded: Encoded) -> Kept {
        let Encoded { bytes, header, replace, unchanged, verified } = encoded;
        let (mut filed, mut was_there) = (unchanged, false);
        let writes = self.inner.mode.writes() && !unchanged;
        let disk = self.inner.disk.as_ref().filter(|_| writes);
        if disk.is_some_and(|disk| !disk.keeping.allows()) {
            tracked.counters.unkept();
        } else if let Some(disk) = disk {
            let durable = self.inner.durability == Durability::Always
                || header.full_ns >= u64::try_from(COSTLY.as_nanos()).unwrap_or(u64::MAX);
            // The journal is how others know that we live and that our temporary files are in use.
            self.inner.introduce(disk, tracked);
            let folder = &tracked.identity.folder;
            match disk.store.write(folder, &header.key, &bytes, replace, durable) {
                Ok(Placed { in_new_folder, was_there: before }) => {
                    (filed, was_there) = (true, before);
                    if before {
                        self.meet_others();
                    }
                    if disk.keeping.accepted() {
                        self.inner.warnings.relented();
                    }
                    if in_new_folder || !tracked.described.load(Ordering::Relaxed) {
                        self.describe(disk, tracked, header.created_ns);
                    }
                    self.tell_unclaimed(disk);
                    tracked.counters.written(bytes.len());
                    self.inner.record(
                        disk,
                        &Record::Kept(EntryRecord {
                            folder: folder.name().to_owned(),
                            file: Folder::file(&header.key),
                            size: bytes.len() as u64,
                            payload: entry::payload(&bytes).len() as u64,
                            created_ns: header.created_ns,
                            own_ns: header.own_ns,
                            full_ns: header.full_ns,
                            last_used_ns: header.created_ns,
                            inputs: header.printed,
                        }),
                    );
                    // What was there before may have been another, but then a recount tells.
                    if !before {
                        self.inner.grown(disk, tracked, bytes.len());
                    }
                    // Now and then, as the threads of a pool may never end.
                    if verified == Verify::Yes {
                        self.report(tracked);
                    }
                }
                Err(error) => {
                    super::lock(&disk.unclaimed).take();
                    tracked.counters.unkept();
                    disk.keeping.refused();
                    self.refused(disk, "keep a result", &error);
                }
            }
        }
        Kept { bytes: Some(Arc::new(bytes)), filed, was_there }
    }

    /// Makes sure that what is known of the function's code stands beside its results: once for each
    /// function and process, and again where its folder turned out to be gone.
    #[cold]
    fn describe(&self, disk: &Disk, tracked: &Tracked, now_ns: u64) {
        tracked.described.store(true, Ordering::Relaxed);
        let identity = tracked.identity;
        let content = || description::encode(identity, now_ns);
        if let Err(error) = disk.store.describe(&identity.folder, &identity.code, content) {
            self.refused(disk, "keep what a function's code consists of", &error);
        }
    }

    /// Removes the result under `key`; `false` if there was none.
    pub(crate) fn forget(&self, tracked: &Tracked, key: &Key) -> Result<bool> {
        let Some(disk) = &self.inner.disk else {
            return Ok(false);
        };
        let folder = &tracked.identity.folder;
        let removed = disk.store.remove(folder, key).map_err(|error| {
            Error::io(format_args!("remove a result of `{}`", tracked.identity.name), error)
        })?;
        if removed {
            let (folder, file) = (folder.name().to_owned(), Folder::file(key));
            let when_ns = since_epoch(SystemTime::now());
            self.inner.record(disk, &Record::Removed { folder, file, when_ns });
        }
        Ok(removed)
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
