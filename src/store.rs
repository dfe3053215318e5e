//! Where entries live: the files and folders of one cache directory.
//!
//! It knows keys and bytes, and neither functions nor values. That an entry is a file is known here
//! and nowhere else. Every file is written once and never changed, so reading needs no lock; what
//! is read is checked by [`Entry::parse`] and against the key that was asked for.

mod census;
mod checkup;
mod claims;
mod codes;
mod creation;
mod current;
mod damaged;
mod durable;
mod files;
mod folders;
mod layout;
mod leftovers;
mod path;
mod reading;
mod retry;
mod search;
mod stamps;
mod survey;
mod table;
#[cfg(test)]
mod tests;
mod totals;
mod walk;

pub(crate) use census::{Cost, Removed};
pub(crate) use checkup::{Rights, Unusable};
pub(crate) use claims::{Claim, Claiming, Exclusion, Holder, RANKS, State};
pub(crate) use files::Volume;
pub(crate) use files::clock;
pub(crate) use layout::{FORMAT, is_larder};
pub(crate) use leftovers::{Cleared, delete};
pub(crate) use path::{FileName, Folder, entries_path, is_folder as is_function};
pub(crate) use survey::{Shard, Survey};
pub(crate) use table::Table;
pub(crate) use totals::Totals;
pub(crate) use walk::{Head, is_place};

use crate::entry::{self, Entry, Key};
use crate::error::{Error, ErrorKind, Result};
pub(crate) use files::{Placed, Seen, check_length, is_limited};
use files::{Put, Root, is_lost};
use reading::{parse_file, with_scratch};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::time::{Instant, SystemTime};

/// What a read found.
#[derive(Debug)]
pub(crate) enum Found<T> {
    /// The entry, as the reader was handed it.
    Entry(T),
    /// There is none.
    Missing,
    /// There is a file, but it is not the entry that was asked for.
    Damaged,
}

/// One cache directory.
#[derive(Debug)]
pub(crate) struct Store {
    path: PathBuf,
    session: String,
    shared: bool,
    /// The directories that were at our path: mostly one, and another each time it was removed and
    /// created anew while we ran. They stay open, so that no call has to lock or count anything.
    roots: Table<Root>,
    /// How many there are, which is where the current one is, counted from one. Zero as long as there
    /// is no directory: a store that may not write found none, or a patient one could not get any.
    current: AtomicUsize,
    /// Which of them was created here, so that it was empty.
    created: AtomicUsize,
    reopening: Mutex<()>,
    opened: Instant,
    /// When it was last seen that the current directory is the one at our path, in microseconds since
    /// then; zero for never.
    checked: AtomicU64,
    read_only: bool,
}

/// How a store may treat its directory.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Access {
    /// Create and write nothing.
    pub(crate) read_only: bool,
    /// Let new directories be open to other users, as the umask says.
    pub(crate) shared: bool,
    /// Go on without a directory where the system refuses one, and try again when one is needed.
    pub(crate) patient: bool,
}

impl Store {
    /// Opens the directory at `path`, creating it unless `access` forbids.
    ///
    /// # Errors
    ///
    /// See [`crate::Cache::open`].
    pub(crate) fn open(path: &Path, access: Access) -> Result<Self> {
        // Absolute, so that a change of the working directory does not move the cache.
        let path = std::path::absolute(path)
            .map_err(|error| Error::io(format_args!("find `{}`", path.display()), error))?;
        let random = RandomState::new().hash_one(SystemTime::now());
        let store = Self {
            path,
            session: format!("{}-{random:016x}", std::process::id()),
            shared: access.shared,
            roots: Table::new(),
            current: AtomicUsize::new(0),
            created: AtomicUsize::new(0),
            reopening: Mutex::new(()),
            opened: Instant::now(),
            checked: AtomicU64::new(0),
            read_only: access.read_only,
        };
        match store.reopen(!access.read_only) {
            Err(error) if access.patient && error.kind() == ErrorKind::Io => {
                tracing::debug!("{error}; it is tried again");
            }
            outcome => _ = outcome?,
        }
        Ok(store)
    }

    /// The directory, absolute.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a directory that has to be created is open to other users.
    pub(crate) fn is_shared(&self) -> bool {
        self.shared
    }

    /// A name for this use of the directory by this process, which no other has.
    pub(crate) fn session(&self) -> &str {
        &self.session
    }

    /// Hands the entry under `key` to `read`, if it is there and undamaged.
    ///
    /// # Errors
    ///
    /// Whatever the system reports, apart from the file not being there.
    pub(crate) fn read<T>(
        &self,
        folder: &Folder,
        key: &Key,
        read: impl FnOnce(&Entry<'_>) -> T,
    ) -> io::Result<Found<T>> {
        with_scratch(|scratch| {
            folder.entry(key, &mut scratch.path);
            let file = match self.open_entry(&scratch.path) {
                Ok(Some(file)) => file,
                Ok(None) => return Ok(Found::Missing),
                Err(error) if is_no_file(&error) => return Ok(Found::Damaged),
                Err(error) => return Err(error),
            };
            Ok(
                match parse_file(file, &mut scratch.bytes, |entry| {
                    (entry.key() == *key).then(|| read(entry))
                })? {
                    Some(value) => Found::Entry(value),
                    None => Found::Damaged,
                },
            )
        })
    }

    /// The same for an entry that can be had without waiting for a disk, which only the system can
    /// tell: `None` proves nothing.
    pub(crate) fn read_at_hand<T>(
        &self,
        folder: &Folder,
        key: &Key,
        read: impl FnOnce(&Entry<'_>) -> T,
    ) -> Option<T> {
        with_scratch(|scratch| {
            folder.entry(key, &mut scratch.path);
            let count = self.root()?.read_at_hand(&scratch.path, &mut scratch.bytes)?;
            let bytes = scratch.bytes.get(..count)?;
            let length = usize::try_from(entry::length(bytes)?).ok()?;
            let entry = Entry::parse(bytes.get(..length)?)?;
            (entry.key() == *key).then(|| read(&entry))
        })
    }

    fn open_entry(&self, path: &[u8]) -> io::Result<Option<File>> {
        let root = self.root();
        match root.as_ref().map(|root| root.open_file(path)) {
            Some(Ok(file)) => return Ok(Some(file)),
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Computing is at hand, so there is time to make sure that we look at the directory that is
        // there now, and not at one that was removed.
        if root.is_some_and(|root| self.was_current(root))
            || !self.reopen(false).is_ok_and(|there| there)
        {
            return Ok(None);
        }
        Ok(self.root().and_then(|root| root.open_file(path).ok()))
    }

    /// Files `bytes`, a whole entry, under `key`. An entry that is there already stays, unless
    /// `replace`; `durable` returns only once the disk has it.
    ///
    /// # Errors
    ///
    /// Whatever the system reports: the entry is then not there, or the old one still is.
    pub(crate) fn write(
        &self,
        folder: &Folder,
        key: &Key,
        bytes: &[u8],
        replace: bool,
        durable: bool,
    ) -> io::Result<Placed> {
        let (mut path, mut shard) = (Vec::with_capacity(192), Vec::with_capacity(192));
        folder.entry(key, &mut path);
        folder.shard(key, &mut shard);
        let put = Put { replace, durable };
        if !replace {
            return self.repeatedly(|root| root.put(&path, &shard, bytes, put));
        }
        // Whoever replaces has not looked for an entry first, and so not noticed that the directory
        // was moved away.
        self.current()?;
        self.repeatedly(|root| match root.put(&path, &shard, bytes, put) {
            // A file takes the place of anything but a folder.
            Err(error) if is_in_the_way(&error) => {
                self.set_aside(folder.name(), &Folder::file(key))?;
                root.put(&path, &shard, bytes, put)
            }
            result => result,
        })
    }

    /// Claims `key` for this process: see [`Claiming`]. `None` on systems without claims.
    ///
    /// # Errors
    ///
    /// Whatever the system reports: then there are no claims here, or none now.
    pub(crate) fn claim(&self, key: &Key, rank: u8) -> io::Result<Option<Claiming>> {
        if !claims::AVAILABLE {
            return Ok(None);
        }
        self.repeatedly(|root| root.claims.claim(root, key, rank)).map(Some)
    }

    /// Removes the entry under `key`; `false` if there was none.
    ///
    /// # Errors
    ///
    /// Whatever the system reports, apart from the file not being there.
    pub(crate) fn remove(&self, folder: &Folder, key: &Key) -> io::Result<bool> {
        let root = self.writable()?;
        let mut path = Vec::new();
        folder.entry(key, &mut path);
        match root.remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The names of the folders that hold entries, in order.
    pub(crate) fn folders(&self) -> io::Result<Vec<String>> {
        let mut names = self.names(&[path::ENTRIES])?;
        names.sort_unstable();
        Ok(names)
    }

    /// The names of the entries in a folder, in no order.
    pub(crate) fn files(&self, folder: &str) -> io::Result<Vec<String>> {
        let mut files = Vec::new();
        for shard in self.names(&[path::ENTRIES, folder])? {
            let found = self.names(&[path::ENTRIES, folder, &shard])?;
            files.extend(found.into_iter().filter(|file| path::is_entry(&shard, file)));
        }
        Ok(files)
    }

    /// Hands the entry in this file to `read`; `None` if it is gone, damaged, or another than the
    /// file's name says.
    pub(crate) fn inspect<T>(
        &self,
        folder: &str,
        file: &str,
        read: impl FnOnce(&Entry<'_>) -> Option<T>,
    ) -> io::Result<Option<T>> {
        let shard = file.get(..2).unwrap_or_default();
        self.examine(&[path::ENTRIES, folder, shard, file], file, read)
    }

    /// The same for a file at any place, whose name was once this.
    fn examine<T>(
        &self,
        place: &[&str],
        name: &str,
        read: impl FnOnce(&Entry<'_>) -> Option<T>,
    ) -> io::Result<Option<T>> {
        let path = place.join("/") + "\0";
        let file = match self.open_entry(path.as_bytes()) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(None),
            Err(error) if is_no_file(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        with_scratch(|scratch| {
            parse_file(file, &mut scratch.bytes, |entry| {
                if Folder::file(&entry.key()) == name { read(entry) } else { None }
            })
        })
    }
}

/// Whether this is said where there is something in the place of a file that will not do for one.
fn is_no_file(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData || is_lost(error)
}

/// Whether this is what the system says where a file is to replace a folder.
fn is_in_the_way(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::IsADirectory
        || cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied
}
