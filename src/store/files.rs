//! The few things asked of the file system, each in the cheapest way that this system offers.
//!
//! Paths are relative to the root and end in a zero byte (see [`super::path`]). On Unix they are
//! resolved from an open handle of the root, which saves walking the path to it at each call;
//! elsewhere they are joined to its path. What is written appears whole or not at all: as a file
//! without a name that is linked into place (Linux), or under a temporary name that is renamed.

use super::durable::Anchored;
use crate::faults::{self, Step};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const TEMPORARY: &str = "tmp";

/// How a file is put in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Put {
    /// Take the place of a file that is there already. Without this either may remain, as both have
    /// the same key.
    pub(super) replace: bool,
    /// Do not return before the file and its name are on the disk.
    pub(super) durable: bool,
}

/// An open directory and the way to its files.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    /// The start of the names of temporary files: they tell who wrote them.
    session: String,
    anchored: Anchored,
    system: system::Root,
}

impl Root {
    pub(super) fn open(path: &Path, session: &str) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            session: session.to_owned(),
            anchored: Anchored::default(),
            system: system::Root::open(path)?,
        })
    }

    /// Opens a file to be read. Links are not followed, and what is no regular file does not block.
    pub(super) fn open_file(&self, path: &[u8]) -> io::Result<File> {
        self.system.open_file(&self.path, path)
    }

    /// Whether the directory that was opened is still the one at its path.
    pub(super) fn is_current(&self) -> bool {
        self.system.is_at(&self.path)
    }

    /// Writes `bytes` to the file at `path`, in the folder `shard`, which is created if need be.
    /// Tells whether the folder around that had to be created too.
    pub(super) fn put(
        &self,
        path: &[u8],
        shard: &[u8],
        bytes: &[u8],
        put: Put,
    ) -> io::Result<bool> {
        let result = self.put_once(path, shard, bytes, put);
        match result {
            // Folders are created by their paths, which may lead to somebody else's by now.
            Err(error) if error.kind() == io::ErrorKind::NotFound && self.is_current() => {
                let outer = self.create_folders(shard)?;
                self.put_once(path, shard, bytes, put)?;
                Ok(outer)
            }
            result => result.map(|()| false),
        }
    }

    fn put_once(&self, path: &[u8], shard: &[u8], bytes: &[u8], put: Put) -> io::Result<()> {
        let linked =
            !put.replace && self.system.link_new(&self.path, path, shard, bytes, put.durable)?;
        if !linked {
            self.rename_into_place(path, bytes, put.durable)?;
        }
        if put.durable {
            self.anchored.sync(&self.path, &self.join(shard))?;
        }
        faults::step(Step::EntryDone)
    }

    fn rename_into_place(&self, path: &[u8], bytes: &[u8], durable: bool) -> io::Result<()> {
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
        create_folder(&folder)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Ok(folder.join(format!("{}.{number}", self.session)))
    }

    pub(super) fn remove_file(&self, path: &[u8]) -> io::Result<()> {
        faults::step(Step::EntryRemove)?;
        remove_file(&self.join(path))
    }

    /// Creates the folder and those above it, up to the root, which is never created here: if it is
    /// gone, that is for the store to judge. Tells whether more than the last one was missing.
    fn create_folders(&self, shard: &[u8]) -> io::Result<bool> {
        // Mostly it is the last one alone that is missing.
        let (last, mut folder) = (self.join(shard), self.path.clone());
        match create_folder(&last) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            result => return result.map(|()| false),
        }
        for name in text(shard).split('/') {
            folder.push(name);
            create_folder(&folder)?;
        }
        Ok(true)
    }

    fn join(&self, path: &[u8]) -> PathBuf {
        self.path.join(text(path))
    }
}

/// The path without its final zero byte. We made it, so it is ASCII.
fn text(path: &[u8]) -> &str {
    std::str::from_utf8(path.strip_suffix(b"\0").unwrap_or(path)).unwrap_or_default()
}

/// Creates a folder, unless it is there.
fn create_folder(folder: &Path) -> io::Result<()> {
    faults::step(Step::EntryFolder)?;
    match fs::create_dir(folder) {
        Ok(()) => faults::new_folder(folder),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    Ok(())
}

fn remove_file(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    faults::removed(path);
    Ok(())
}

/// Writes the bytes of a new file, and waits for the disk to have them if that is called for.
fn fill(file: &mut File, half: Step, bytes: &[u8], durable: bool) -> io::Result<()> {
    faults::write_all(half, file, bytes)?;
    if durable {
        faults::step(Step::EntrySync)?;
        file.sync_all()?;
        faults::synced(file);
    }
    Ok(())
}

#[cfg(unix)]
mod system {
    #[cfg(target_os = "linux")]
    use crate::faults::{self, Step};
    use rustix::fs::{CWD, Mode, OFlags};
    use std::ffi::CStr;
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;
    #[cfg(target_os = "linux")]
    use std::sync::atomic::{AtomicBool, Ordering};

    #[derive(Debug)]
    pub(super) struct Root {
        handle: OwnedFd,
        /// Set when the file system turned out to lack files without a name.
        #[cfg(target_os = "linux")]
        no_unnamed: AtomicBool,
    }

    impl Root {
        pub(super) fn open(path: &Path) -> io::Result<Self> {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let handle = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
            Ok(Self {
                handle,
                #[cfg(target_os = "linux")]
                no_unnamed: AtomicBool::new(false),
            })
        }

        pub(super) fn open_file(&self, _: &Path, path: &[u8]) -> io::Result<File> {
            let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
            Ok(rustix::fs::openat(&self.handle, c_str(path)?, flags, Mode::empty())?.into())
        }

        pub(super) fn is_at(&self, path: &Path) -> bool {
            let identity = |stat: rustix::fs::Stat| (stat.st_dev, stat.st_ino);
            match (rustix::fs::fstat(&self.handle), rustix::fs::stat(path)) {
                (Ok(ours), Ok(theirs)) => identity(ours) == identity(theirs),
                _ => false,
            }
        }

        /// Writes a file that appears under its name when it is whole. `false` if this cannot be
        /// done here; a file that is there already is left, for it has the same key.
        #[cfg(target_os = "linux")]
        pub(super) fn link_new(
            &self,
            root: &Path,
            path: &[u8],
            shard: &[u8],
            bytes: &[u8],
            durable: bool,
        ) -> io::Result<bool> {
            use rustix::io::Errno;
            if self.no_unnamed.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let mut file = match self.open_unnamed(c_str(shard)?) {
                Ok(file) => File::from(file),
                Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
                    self.no_unnamed.store(true, Ordering::Relaxed);
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            };
            faults::new_file(&file);
            super::fill(&mut file, Step::EntryWrite, bytes, durable)?;
            faults::step(Step::EntryLink)?;
            match self.link(&file, c_str(path)?) {
                Ok(()) => {
                    faults::linked(&file, root, super::text(path));
                    Ok(true)
                }
                Err(Errno::EXIST) if durable => {
                    // Whoever wrote it may not have waited for the disk.
                    let there = self.open_file(root, path)?;
                    there.sync_all()?;
                    faults::synced(&there);
                    Ok(true)
                }
                Err(Errno::EXIST) => Ok(true),
                // Without /proc there is no way to name the file for an ordinary user.
                Err(Errno::NOENT | Errno::PERM | Errno::ACCESS) => Ok(false),
                Err(error) => Err(error.into()),
            }
        }

        #[cfg(target_os = "linux")]
        fn open_unnamed(&self, shard: &CStr) -> rustix::io::Result<OwnedFd> {
            if let Err(error) = faults::step(Step::EntryOpen) {
                return Err(
                    rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::IO)
                );
            }
            let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
            rustix::fs::openat(&self.handle, shard, flags, Mode::from(0o666))
        }

        #[cfg(target_os = "linux")]
        fn link(&self, file: &File, path: &CStr) -> rustix::io::Result<()> {
            use rustix::fs::AtFlags;
            use std::io::Write;
            use std::os::fd::AsRawFd;
            let mut source = [0; 32];
            // 14 bytes and at most 10 digits, so it fits and the rest stays zero.
            let _ = write!(&mut source[..31], "/proc/self/fd/{}", file.as_raw_fd());
            let source = CStr::from_bytes_until_nul(&source).unwrap_or_default();
            rustix::fs::linkat(CWD, source, &self.handle, path, AtFlags::SYMLINK_FOLLOW)
        }

        #[cfg(not(target_os = "linux"))]
        pub(super) fn link_new(
            &self,
            _: &Path,
            _: &[u8],
            _: &[u8],
            _: &[u8],
            _: bool,
        ) -> io::Result<bool> {
            Ok(false)
        }
    }

    fn c_str(path: &[u8]) -> io::Result<&CStr> {
        CStr::from_bytes_with_nul(path).map_err(|_| io::ErrorKind::InvalidInput.into())
    }
}

#[cfg(not(unix))]
mod system {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    #[derive(Debug)]
    pub(super) struct Root;

    impl Root {
        pub(super) fn open(path: &Path) -> io::Result<Self> {
            if path.is_dir() { Ok(Self) } else { Err(io::ErrorKind::NotFound.into()) }
        }

        pub(super) fn open_file(&self, root: &Path, path: &[u8]) -> io::Result<File> {
            File::open(root.join(super::text(path)))
        }

        /// Paths are walked anew at each call here, so they never lead to what was there before.
        pub(super) fn is_at(&self, path: &Path) -> bool {
            path.is_dir()
        }

        pub(super) fn link_new(
            &self,
            _: &Path,
            _: &[u8],
            _: &[u8],
            _: &[u8],
            _: bool,
        ) -> io::Result<bool> {
            Ok(false)
        }
    }
}
