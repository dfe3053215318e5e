//! The few things asked of the file system, each in the cheapest way that this system offers.
//!
//! Paths are relative to the root and end in a zero byte (see [`super::path`]). On Unix they are
//! resolved from an open handle of the root, which saves walking the path to it at each call;
//! elsewhere they are joined to its path. What is written appears whole or not at all: as a file
//! without a name that is linked into place (Linux), or under a temporary name that is renamed.

use super::claims::{CLAIMS, Claims};
use super::durable::Anchored;
use super::folders::{create_real_folder, is_real_folder, not_a_folder};
use super::path::{parent, text};
use crate::faults::{self, Step};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub(crate) use limit::{check_length, is_limited};
pub(crate) use seen::Seen;
pub(super) use system::{is_lost, read_once};
pub(crate) use volume::Volume;
pub(super) use volume::{may_write, volume};

pub(super) const TEMPORARY: &str = "tmp";

pub(crate) mod clock;
mod limit;
mod seen;
#[cfg(not(unix))]
#[path = "files/elsewhere.rs"]
mod system;
#[cfg(unix)]
#[path = "files/unix.rs"]
mod system;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod volume;

/// How a file is put in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Put {
    /// Take the place of a file that is there already. Without this either may remain, as both have
    /// the same key.
    pub(super) replace: bool,
    /// Do not return before the file and its name are on the disk.
    pub(super) durable: bool,
}

/// What came of writing a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    /// Whether the folder around the one that it is in had to be created too.
    pub(crate) in_new_folder: bool,
    /// Whether somebody else had put one there before.
    pub(crate) was_there: bool,
}

/// How a file came by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Linked {
    Now,
    /// There was one of that name, which was left.
    Before,
}

/// An open directory and the way to its files.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    /// The start of the names of temporary files: they tell who wrote them.
    session: String,
    pub(super) claims: Claims,
    anchored: Anchored,
    system: system::Root,
}

impl Root {
    pub(super) fn open(path: &Path, session: &str) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            session: session.to_owned(),
            claims: Claims::default(),
            anchored: Anchored::default(),
            system: system::Root::open(path)?,
        })
    }

    /// Opens the file in which keys are claimed, and creates it first if need be.
    pub(super) fn open_claims(&self) -> io::Result<File> {
        self.system.open_own(&self.path, CLAIMS)
    }

    /// Opens a file of this name at the top of the directory to be read and written, and creates it
    /// first if need be. What is no regular file, or has other names too, is none of ours.
    pub(super) fn open_own(&self, name: &str) -> io::Result<File> {
        let file = self.system.open_own(&self.path, name)?;
        let metadata = file.metadata()?;
        if metadata.is_file() && has_one_name(&metadata) {
            Ok(file)
        } else {
            Err(io::Error::other(format!("`{name}` is no regular file of its own")))
        }
    }

    /// Reads the start of a file, if that can be done without waiting for a disk.
    pub(super) fn read_at_hand(&self, path: &[u8], buffer: &mut [u8]) -> Option<usize> {
        system::read_at_hand(&self.system.open_at_hand(path)?, buffer)
    }

    /// Opens a file to be read. Links are not followed, neither at its place nor on the way, and
    /// what is no regular file does not block.
    ///
    /// # Errors
    ///
    /// Where something stands at the file's place that is no file, the error is
    /// [`InvalidData`](io::ErrorKind::InvalidData).
    pub(super) fn open_file(&self, path: &[u8]) -> io::Result<File> {
        self.system.open_file(&self.path, path).map_err(|error| self.explain(path, error))
    }

    /// Says what is in the way where a path did not lead to a file; another error stays.
    #[cold]
    fn explain(&self, path: &[u8], error: io::Error) -> io::Error {
        if !system::is_obstacle(&error) {
            return error;
        }
        match self.check_folder(parent(path)) {
            Ok(()) => io::Error::new(io::ErrorKind::InvalidData, "there is something, but no file"),
            Err(error) => error,
        }
    }

    /// Makes sure that this leads to a folder without a link on the way, so that what is about to be
    /// done there by path is not done elsewhere.
    ///
    /// Whoever can write to the directory can exchange a folder for a link in the moment between.
    /// That is no concern here: such a person can do more with less effort.
    fn check_folder(&self, path: &[u8]) -> io::Result<()> {
        match self.system.check_folder(&self.path, path) {
            Err(error) if system::is_obstacle(&error) => Err(self.obstacle(path)),
            result => result,
        }
    }

    /// Names what is in the way of a folder: the first on the path that is none, so that it is one
    /// cause for all that it keeps from being read and kept.
    #[cold]
    fn obstacle(&self, path: &[u8]) -> io::Error {
        let mut folder = self.path.clone();
        for name in text(path).split('/').filter(|name| !name.is_empty()) {
            folder.push(name);
            if !is_real_folder(&folder).unwrap_or(false) {
                break;
            }
        }
        not_a_folder(&folder)
    }

    /// Whether the directory that was opened is still the one at its path.
    pub(super) fn is_current(&self) -> bool {
        self.system.is_at(&self.path)
    }

    /// Writes `bytes` to the file at `path`, in the folder `shard`, which is created if need be.
    pub(super) fn put(
        &self,
        path: &[u8],
        shard: &[u8],
        bytes: &[u8],
        put: Put,
    ) -> io::Result<Placed> {
        let result = self.put_once(path, shard, bytes, put);
        match result {
            // Folders are created by their paths, which may lead to somebody else's by now.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_current() => {
                let in_new_folder = self.create_folders(shard)?;
                let was_there = self.put_once(path, shard, bytes, put)?;
                Ok(Placed { in_new_folder, was_there })
            }
            result => result.map(|was_there| Placed { in_new_folder: false, was_there }),
        }
    }

    /// Tells whether there was one already, as far as that is known.
    fn put_once(&self, path: &[u8], shard: &[u8], bytes: &[u8], put: Put) -> io::Result<bool> {
        let link = || self.system.link_new(&self.path, path, shard, bytes, put.durable);
        let in_the_way = |error| match error {
            error if system::is_obstacle(&error) => self.obstacle(shard),
            error => error,
        };
        let linked = if put.replace { None } else { link().map_err(in_the_way)? };
        if linked.is_none() {
            self.rename_into_place(path, bytes, put.durable)?;
        }
        if put.durable {
            self.anchored.sync(&self.path, &self.join(shard))?;
        }
        faults::step(Step::EntryDone)?;
        Ok(linked == Some(Linked::Before))
    }

    fn rename_into_place(&self, path: &[u8], bytes: &[u8], durable: bool) -> io::Result<()> {
        self.check_folder(parent(path))?;
        let (temporary, target) = (self.temporary()?, self.join(path));
        let write = || {
            faults::step(Step::EntryCreate)?;
            let mut file = File::create_new(&temporary)?;
            faults::new_file(&file);
            faults::named(&file, &temporary);
            fill(&mut file, Step::TemporaryWrite, bytes, durable)?;
            faults::step(Step::EntryRename)?;
            fs::rename(&temporary, &target)
        };
        write().inspect_err(|_| {
            // The first error is the one to report; a leftover is swept later.
            let _ = remove_file(&temporary);
        })?;
        faults::renamed(&temporary, &target);
        Ok(())
    }

    /// A path in `tmp/` that nobody else uses and that tells whose it is. There is none where the
    /// directory is no longer the one that was opened.
    pub(super) fn temporary(&self) -> io::Result<PathBuf> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let folder = self.path.join(TEMPORARY);
        if !self.is_current() {
            return Err(io::ErrorKind::NotFound.into());
        }
        create_real_folder(&folder)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Ok(folder.join(format!("{}.{number}", self.session)))
    }

    /// The files in a folder whose names mean something to `ours`, in no order, with what the system
    /// says of each, or why it does not. What is no regular file, or vanishes meanwhile, is passed
    /// over. Where there is no folder, nothing is in it.
    pub(super) fn list<T>(
        &self,
        path: &[u8],
        ours: impl Fn(&str) -> Option<T>,
    ) -> io::Result<Vec<(T, io::Result<Seen>)>> {
        match self.system.list(&self.path, path, ours) {
            Err(error) if system::is_obstacle(&error) || is_gone(&error) => Ok(Vec::new()),
            result => result,
        }
    }

    /// Moves the time stamp of a file to now if it is further than this many seconds away from that.
    /// `false` for what is left alone: also what is no regular file, or has another name, which may
    /// be outside.
    pub(super) fn touch(&self, path: &[u8], seconds: u64) -> io::Result<bool> {
        system::touch(&self.open_file(path)?, seconds)
    }

    pub(super) fn remove_file(&self, path: &[u8]) -> io::Result<()> {
        self.check_folder(parent(path))?;
        faults::step(Step::EntryRemove)?;
        remove_file(&self.join(path))
    }

    /// Creates the folder and those above it, up to the root, which is never created here: if it is
    /// gone, that is for the store to judge. Tells whether more than the last one was missing.
    fn create_folders(&self, shard: &[u8]) -> io::Result<bool> {
        // Mostly it is the last one alone that is missing.
        let (last, mut folder) = (self.join(shard), self.path.clone());
        match self.check_folder(parent(shard)).and_then(|()| create_real_folder(&last)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result.map(|_| false),
        }
        for name in text(shard).split('/') {
            folder.push(name);
            create_real_folder(&folder)?;
        }
        Ok(true)
    }

    fn join(&self, path: &[u8]) -> PathBuf {
        self.path.join(text(path))
    }
}

/// Whether what is written to a file can be seen in no other place.
pub(super) fn has_one_name(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::nlink(metadata) <= 1;
    #[cfg(not(unix))]
    {
        let _ = metadata;
        true
    }
}

/// Whether an error means that there is nothing at a path.
pub(super) fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    faults::removed(path);
    Ok(())
}

/// Writes the bytes of a new file, and waits for the disk to have them if that is called for.
fn fill(file: &mut File, half: Step, bytes: &[u8], durable: bool) -> io::Result<()> {
    check_length(bytes.len() as u64)?;
    faults::write_all(half, file, bytes)?;
    if durable {
        faults::step(Step::EntrySync)?;
        file.sync_all()?;
        faults::synced(file);
    }
    Ok(())
}
