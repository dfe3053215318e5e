//! One result at a time: keeping it, removing it.

use super::{Cache, Disk, Durability, Tracked, description, since_epoch};
use crate::catalog::{EntryRecord, Record};
use crate::codec::{Codec, Verify};
use crate::entry::{self, Header, Key};
use crate::error::{Error, Result};
use crate::key::Digest;
use crate::store::{Folder, Placed};
use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

/// A result that took this long is on the disk before its call returns (about a millisecond).
const COSTLY: Duration = Duration::from_millis(100);

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

impl Cache {
    pub(crate) fn warn(&self, cause: impl Into<String>, detail: impl std::fmt::Display) {
        self.inner.warnings.warn(cause, detail);
    }

    #[cold]
    pub(super) fn refused(&self, disk: &Disk, doing: &str, error: &std::io::Error) {
        let directory = disk.store.path().display();
        self.inner.warnings.refused(format_args!("{doing} in `{directory}`"), error);
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
        match disk.store.describe(&identity.folder, &identity.code, content) {
            // Somebody removes the folder again and again. Whoever makes it anew describes it.
            Err(error) if error.kind() == ErrorKind::NotFound => {
                tracing::debug!("what a function's code consists of is not kept: {error}");
            }
            Err(error) => self.refused(disk, "keep what a function's code consists of", &error),
            Ok(()) => {}
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
