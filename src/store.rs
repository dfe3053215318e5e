//! Where entries live: the files and folders of one cache directory.
//!
//! It knows keys and bytes, and neither functions nor values. That an entry is a file is known here
//! and nowhere else. Every file is written once and never changed, so reading needs no lock; what
//! is read is checked by [`Entry::parse`] and against the key that was asked for.

mod claims;
mod codes;
mod files;
mod layout;
mod leftovers;
mod path;
mod retry;
mod search;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use claims::{Claim, Claiming, Holder, RANKS, State};
pub(crate) use layout::{FORMAT, is_larder};
pub(crate) use leftovers::delete;
pub(crate) use path::Folder;
pub(crate) use table::Table;

use crate::entry::{self, Entry, Key};
use crate::error::{Error, Result};
use files::{Put, Root};
use std::cell::Cell;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

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
    /// How many there are, which is where the current one is, counted from one. Zero as long as a
    /// store that may not write has found no directory.
    current: AtomicUsize,
    reopening: Mutex<()>,
    read_only: bool,
}

/// How a store may treat its directory.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Access {
    /// Create and write nothing.
    pub(crate) read_only: bool,
    /// Let new directories be open to other users, as the umask says.
    pub(crate) shared: bool,
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
            reopening: Mutex::new(()),
            read_only: access.read_only,
        };
        store.reopen(!access.read_only)?;
        Ok(store)
    }

    /// The directory, absolute.
    pub(crate) fn path(&self) -> &Path {
        &self.path
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
            let Some(file) = self.open_entry(&scratch.path)? else {
                return Ok(Found::Missing);
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

    fn open_entry(&self, path: &[u8]) -> io::Result<Option<File>> {
        let root = self.root();
        match root.as_ref().map(|root| root.open_file(path)) {
            Some(Ok(file)) => return Ok(Some(file)),
            Some(Err(error)) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        // Computing is at hand, so there is time to make sure that we look at the directory that is
        // there now, and not at one that was removed.
        if root.is_some_and(Root::is_current) || !self.reopen(false).is_ok_and(|there| there) {
            return Ok(None);
        }
        Ok(self.root().and_then(|root| root.open_file(path).ok()))
    }

    /// Files `bytes`, a whole entry, under `key`. An entry that is there already stays, unless
    /// `replace`; `durable` returns only once the disk has it. Tells whether the function had no
    /// folder before.
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
    ) -> io::Result<bool> {
        let (mut path, mut shard) = (Vec::with_capacity(192), Vec::with_capacity(192));
        folder.entry(key, &mut path);
        folder.shard(key, &mut shard);
        let put = Put { replace, durable };
        self.repeatedly(|root| root.put(&path, &shard, bytes, put))
    }

    /// Claims `key` for this process: see [`Claiming`].
    ///
    /// # Errors
    ///
    /// Whatever the system reports: then there are no claims here, or none now.
    pub(crate) fn claim(&self, key: &Key, rank: u8) -> io::Result<Claiming> {
        self.repeatedly(|root| root.claims.claim(&self.path, key, rank))
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

    /// Takes all entries of one folder, or of all, out of the way at once. What is returned is to be
    /// deleted at leisure; what is not deleted by then is [swept](Self::sweep) by a later process.
    ///
    /// # Errors
    ///
    /// Whatever the system reports; folders that were dealt with before are gone.
    pub(crate) fn clear(&self, folder: Option<&str>) -> io::Result<Vec<PathBuf>> {
        let root = self.writable()?;
        let names = match folder {
            Some(name) => vec![name.to_owned()],
            None => self.folders()?,
        };
        let mut aside = Vec::new();
        for name in names {
            let target = root.temporary()?;
            match fs::rename(self.path.join(path::ENTRIES).join(name), &target) {
                Ok(()) => aside.push(target),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(aside)
    }

    /// The names of the folders that hold entries, in order.
    pub(crate) fn folders(&self) -> io::Result<Vec<String>> {
        let mut names = names(&self.path.join(path::ENTRIES))?;
        names.sort_unstable();
        Ok(names)
    }

    /// The names of the entries in a folder, in no order.
    pub(crate) fn files(&self, folder: &str) -> io::Result<Vec<String>> {
        let folder = self.path.join(path::ENTRIES).join(folder);
        let mut files = Vec::new();
        for shard in names(&folder)? {
            let found = names(&folder.join(&shard))?;
            files.extend(found.into_iter().filter(|file| path::is_entry(&shard, file)));
        }
        Ok(files)
    }

    /// Hands the entry in this file to `read`, whatever its key; `None` if it is gone or damaged.
    pub(crate) fn inspect<T>(
        &self,
        folder: &str,
        file: &str,
        read: impl FnOnce(&Entry<'_>) -> Option<T>,
    ) -> io::Result<Option<T>> {
        let shard = file.get(..2).unwrap_or_default();
        let path = format!("{}/{folder}/{shard}/{file}\0", path::ENTRIES);
        let Some(file) = self.open_entry(path.as_bytes())? else {
            return Ok(None);
        };
        with_scratch(|scratch| parse_file(file, &mut scratch.bytes, read))
    }

    #[inline]
    fn root(&self) -> Option<&Root> {
        self.roots.get(self.current.load(Ordering::Acquire).checked_sub(1)?)
    }

    fn writable(&self) -> io::Result<&Root> {
        self.root().filter(|_| !self.read_only).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::ReadOnlyFilesystem,
                "the cache is opened for reading only",
            )
        })
    }

    /// Opens the directory that is at our path now, if it is not open already, and makes it if it is
    /// missing and `create` says so; `false` if there is none.
    fn reopen(&self, create: bool) -> Result<bool> {
        let _one_at_a_time = self.reopening.lock().unwrap_or_else(PoisonError::into_inner);
        if self.root().is_some_and(Root::is_current) {
            return Ok(true);
        }
        if create {
            layout::prepare(&self.path, self.shared)?;
        } else if !layout::check(&self.path)? {
            return Ok(false);
        }
        let root = Root::open(&self.path, &self.session).map_err(|error| {
            Error::io(format_args!("open the cache in `{}`", self.path.display()), error)
        })?;
        if let Some(before) = self.root() {
            before.claims.close();
        }
        let count = self.current.load(Ordering::Acquire);
        self.roots.get_or_init(count, || root);
        self.current.store(count + 1, Ordering::Release);
        Ok(true)
    }
}

/// Reads a file with as few system calls as possible, and hands it to `read` if it is an entry.
///
/// A small entry takes one call: it tells itself how long it is, so that neither the file's size nor
/// its end has to be asked for.
fn parse_file<T>(
    mut file: File,
    scratch: &mut [u8],
    read: impl FnOnce(&Entry<'_>) -> Option<T>,
) -> io::Result<Option<T>> {
    let mut have = 0;
    loop {
        match file.read(&mut scratch[have..]) {
            Ok(0) => return Ok(None),
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => return Ok(None),
            Err(error) => return Err(error),
        }
        if have < entry::PREFIX {
            continue;
        }
        match entry::length(&scratch[..have]) {
            Some(length) if length <= have as u64 => {
                return Ok(Entry::parse(&scratch[..have]).as_ref().and_then(read));
            }
            Some(length) if length > scratch.len() as u64 => {
                let bytes = read_large(file, length, &scratch[..have])?;
                return Ok(Entry::parse(&bytes).as_ref().and_then(read));
            }
            Some(_) => {}
            None => return Ok(None),
        }
    }
}

/// All bytes of a file that has `length` of them; none if it has not.
fn read_large(mut file: File, length: u64, start: &[u8]) -> io::Result<Vec<u8>> {
    // The file's own size first: a damaged length must not make us ask for that much memory.
    if file.metadata()?.len() != length {
        return Ok(Vec::new());
    }
    let Ok(size) = usize::try_from(length) else {
        return Ok(Vec::new());
    };
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(start);
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Buffers that a thread uses again and again.
struct Scratch {
    path: Vec<u8>,
    bytes: Vec<u8>,
}

/// An entry of up to this size is read at one go. Larger ones get memory of their own, which is
/// given back.
const SCRATCH_SIZE: usize = 64 * 1024;

/// Lends this thread's buffers. They are out of reach meanwhile, so that a value whose decoding looks
/// something up itself gets new ones.
fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local! {
        static SCRATCH: Cell<Option<Scratch>> = const { Cell::new(None) };
    }
    let new = || Scratch { path: Vec::with_capacity(192), bytes: vec![0; SCRATCH_SIZE] };
    let mut scratch = SCRATCH.try_with(Cell::take).ok().flatten().unwrap_or_else(new);
    let result = work(&mut scratch);
    // Where the thread is ending, the buffers end with it.
    let _ = SCRATCH.try_with(|cell| cell.set(Some(scratch)));
    result
}

/// The names in a folder; none if there is no such folder. What is not text is not ours.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Vec::new()),
        result => result?,
    };
    let name = |entry: io::Result<fs::DirEntry>| match entry {
        Ok(entry) => entry.file_name().into_string().ok().map(Ok),
        Err(error) => Some(Err(error)),
    };
    entries.filter_map(name).collect()
}
