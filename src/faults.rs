//! Faults on demand, for our own tests: each step of writing can be made to fail, or to be the last.
//!
//! Code that writes says which [`Step`] it is about to take, and what it did. In ordinary builds
//! nobody listens, and these functions are empty. Only with the cargo feature `faults`, which the
//! tests of this package switch on, do they act on `LARDER_FAULTS` and take records.

use std::fs::File;
use std::io;

#[cfg(feature = "faults")]
mod armed;
#[cfg(feature = "faults")]
mod plan;

#[cfg(feature = "faults")]
pub use armed::{Operation, mark, record, set};
#[cfg(feature = "faults")]
pub(crate) use armed::{
    cut, folder_synced, linked, named, new_file, new_folder, removed, renamed, step, synced, write,
};
#[cfg(not(feature = "faults"))]
pub(crate) use inert::{
    cut, folder_synced, linked, named, new_file, new_folder, removed, renamed, step, synced, write,
};

/// A moment in the writing of something, named after what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(not(feature = "faults"), expect(unreachable_pub, reason = "with the feature it is"))]
pub enum Step {
    /// A new cache directory is created.
    LayoutFolder,
    /// The second half of one of its own files is written.
    LayoutWrite,
    /// That file gets its name.
    LayoutRename,
    /// The names in the new directory are brought to the disk.
    LayoutSync,
    /// A folder for entries is created.
    EntryFolder,
    /// A file without a name is opened for an entry.
    EntryOpen,
    /// A file in `tmp/` is created for an entry, as one without a name is not to be had, or as it is
    /// to take the place of another.
    EntryCreate,
    /// The second half of an entry is written to a file without a name.
    EntryWrite,
    /// The second half of an entry is written to a file in `tmp/`.
    TemporaryWrite,
    /// All of it is written, and about to be brought to the disk.
    EntrySync,
    /// The file without a name gets one.
    EntryLink,
    /// The file in `tmp/` gets its final name.
    EntryRename,
    /// The name is there; the folder that it is in is brought to the disk.
    FolderSync,
    /// So is the folder around a folder whose own name may not be there yet.
    OuterSync,
    /// The entry is there, and its writer goes on to tell of it.
    EntryDone,
    /// What is known of a function's code is filed.
    Describe,
    /// A key is claimed, and about to be computed.
    ClaimTaken,
    /// The result is there, and the claim of its key is let go of.
    ClaimRelease,
    /// An entry is removed.
    EntryRemove,
    /// The journal of the process is created.
    JournalCreate,
    /// The journal was created, and is about to be locked.
    JournalLock,
    /// The second half of a record is written.
    JournalWrite,
    /// The record is there.
    JournalDone,
    /// An entry is removed to make room.
    TrimRemove,
    /// What was to make room is gone, which the totals and the journal do not know yet.
    TrimDone,
    /// The second half of the totals is written.
    TotalsWrite,
    /// A folder of entries is renamed aside.
    ClearRename,
    /// All folders are aside, which the journal does not know yet.
    ClearDone,
    /// One of the things in what was put aside is deleted.
    Delete,
    /// Something that a process left behind is deleted.
    Sweep,
    /// The lock of the catalog is taken.
    CatalogLock,
    /// The marker is there, and the database is opened.
    CatalogOpen,
    /// The database is open, and the marker goes.
    CatalogUnmark,
    /// A damaged database is moved aside.
    CatalogAside,
    /// A batch of records is applied.
    MergeApply,
    /// All records are applied, and about to be flushed.
    MergeFlush,
    /// The second half of the summary of the catalog is written.
    SummaryWrite,
    /// That file gets its name, in place of the one before.
    SummaryRename,
    /// A journal is removed that is merged to its end.
    MergeRemove,
    /// The catalog forgets how far journals were merged that are gone.
    MergeForget,
}

#[cfg(feature = "faults")]
impl Step {
    /// All of them.
    pub const ALL: [Self; 40] = [
        Self::LayoutFolder,
        Self::LayoutWrite,
        Self::LayoutRename,
        Self::LayoutSync,
        Self::EntryFolder,
        Self::EntryOpen,
        Self::EntryCreate,
        Self::EntryWrite,
        Self::TemporaryWrite,
        Self::EntrySync,
        Self::EntryLink,
        Self::EntryRename,
        Self::FolderSync,
        Self::OuterSync,
        Self::EntryDone,
        Self::Describe,
        Self::ClaimTaken,
        Self::ClaimRelease,
        Self::EntryRemove,
        Self::JournalCreate,
        Self::JournalLock,
        Self::JournalWrite,
        Self::JournalDone,
        Self::TrimRemove,
        Self::TrimDone,
        Self::TotalsWrite,
        Self::ClearRename,
        Self::ClearDone,
        Self::Delete,
        Self::Sweep,
        Self::CatalogLock,
        Self::CatalogOpen,
        Self::CatalogUnmark,
        Self::CatalogAside,
        Self::MergeApply,
        Self::MergeFlush,
        Self::SummaryWrite,
        Self::SummaryRename,
        Self::MergeRemove,
        Self::MergeForget,
    ];
}

/// Writes all bytes, as `write_all` of the standard library does.
pub(crate) fn write_all(step: Step, file: &mut File, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match write(step, file, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// What happens without the feature: nothing but what was asked for.
#[cfg(not(feature = "faults"))]
mod inert {
    use super::Step;
    use std::fs::File;
    use std::io::{self, Write};
    use std::path::Path;

    #[expect(clippy::unnecessary_wraps, reason = "with the feature it can fail")]
    #[inline]
    pub(crate) fn step(_: Step) -> io::Result<()> {
        Ok(())
    }

    #[inline]
    pub(crate) fn write(_: Step, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
        file.write(bytes)
    }

    #[inline]
    pub(crate) fn new_file(_: &File) {}

    #[inline]
    pub(crate) fn named(_: &File, _: &Path) {}

    #[inline]
    pub(crate) fn linked<'a>(_: &File, _: &Path, _: impl FnOnce() -> &'a str) {}

    #[inline]
    pub(crate) fn cut(_: &File, _: u64) {}

    #[inline]
    pub(crate) fn synced(_: &File) {}

    #[inline]
    pub(crate) fn renamed(_: &Path, _: &Path) {}

    #[inline]
    pub(crate) fn new_folder(_: &Path) {}

    #[inline]
    pub(crate) fn folder_synced(_: &Path) {}

    #[inline]
    pub(crate) fn removed(_: &Path) {}
}
