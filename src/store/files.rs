//! The few things asked of the file system, each in the cheapest way that this system offers.
//!
//! Paths are relative to the root and end in a zero byte (see [`super::path`]). On Unix they are
//! resolved from an open handle of the root, which saves walking the path to it at each call;
//! elsewhere they are joined to its path. What is written appears whole or not at all: as a file
//! without a name that is linked into place (Linux), or under a temporary name that is renamed.

use super::claims::Claims;
use std::fs::{self, File};
use std::io::{self, Write};
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

/// What came of creating folders.
struct Created {
    /// The folders in which something new appeared.
    changed: Vec<PathBuf>,
    /// Whether more than the last one was missing.
    outer: bool,
}

/// An open directory and the way to its files.
#[derive(Debug)]
pub(super) struct Root {
    path: PathBuf,
    /// The start of the names of temporary files: they tell who wrote them.
    session: String,
    pub(super) claims: Claims,
    system: system::Root,
}

impl Root {
    pub(super) fn open(path: &Path, session: &str) -> io::Result<Self> {
        Ok(Self {
            path: path.to_owned(),
            session: session.to_owned(),
            claims: Claims::default(),
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
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let Created { changed, outer } = self.create_folders(shard)?;
                self.put_once(path, shard, bytes, put)?;
                if put.durable {
                    changed.iter().try_for_each(|folder| sync_folder(folder))?;
                }
                Ok(outer)
            }
            result => result.map(|()| false),
        }
    }

    fn put_once(&self, path: &[u8], shard: &[u8], bytes: &[u8], put: Put) -> io::Result<()> {
        let linked = !put.replace && self.system.link_new(path, shard, bytes, put.durable)?;
        if !linked {
            self.rename_into_place(path, bytes, put.durable)?;
        }
        if put.durable {
            sync_folder(&self.join(shard))?;
        }
        Ok(())
    }

    fn rename_into_place(&self, path: &[u8], bytes: &[u8], durable: bool) -> io::Result<()> {
        let temporary = self.temporary()?;
        let write = || {
            let mut file = File::create_new(&temporary)?;
            file.write_all(bytes)?;
            if durable {
                file.sync_all()?;
            }
            fs::rename(&temporary, self.join(path))
        };
        write().inspect_err(|_| {
            // The first error is the one to report; a leftover is swept later.
            let _ = fs::remove_file(&temporary);
        })
    }

    /// A path in `tmp/` that nobody else uses and that tells whose it is.
    pub(super) fn temporary(&self) -> io::Result<PathBuf> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let folder = self.path.join(TEMPORARY);
        if let Err(error) = fs::create_dir(&folder)
            && error.kind() != io::ErrorKind::AlreadyExists
        {
            return Err(error);
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Ok(folder.join(format!("{}.{number}", self.session)))
    }

    pub(super) fn remove_file(&self, path: &[u8]) -> io::Result<()> {
        fs::remove_file(self.join(path))
    }

    /// Creates the folder and those above it, up to the root, which is never created here: if it is
    /// gone, that is for the store to judge.
    fn create_folders(&self, shard: &[u8]) -> io::Result<Created> {
        // Mostly it is the last one alone that is missing.
        let (last, mut folder) = (self.join(shard), self.path.clone());
        match fs::create_dir(&last) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {
                let changed = last.parent().map(Path::to_owned).into_iter().collect();
                return Ok(Created { changed, outer: false });
            }
        }
        let mut changed = Vec::new();
        for name in text(shard).split('/') {
            let inner = folder.join(name);
            match fs::create_dir(&inner) {
                Ok(()) => changed.push(folder),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
            folder = inner;
        }
        Ok(Created { changed, outer: true })
    }

    fn join(&self, path: &[u8]) -> PathBuf {
        self.path.join(text(path))
    }
}

/// The path without its final zero byte. We made it, so it is ASCII.
fn text(path: &[u8]) -> &str {
    std::str::from_utf8(path.strip_suffix(b"\0").unwrap_or(path)).unwrap_or_default()
}

/// Brings the names in a folder to the disk. Where folders cannot be opened as files (Windows), the
/// file system journals names by itself.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
mod system {
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
            path: &[u8],
            shard: &[u8],
            bytes: &[u8],
            durable: bool,
        ) -> io::Result<bool> {
            use rustix::io::Errno;
            use std::io::Write;
            if self.no_unnamed.load(Ordering::Relaxed) {
                return Ok(false);
            }
            let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
            let mode = Mode::from(0o666);
            let mut file = match rustix::fs::openat(&self.handle, c_str(shard)?, flags, mode) {
                Ok(file) => File::from(file),
                Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => {
                    self.no_unnamed.store(true, Ordering::Relaxed);
                    return Ok(false);
                }
                Err(error) => return Err(error.into()),
            };
            file.write_all(bytes)?;
            if durable {
                file.sync_all()?;
            }
            match self.link(&file, c_str(path)?) {
                Ok(()) | Err(Errno::EXIST) => Ok(true),
                // Without /proc there is no way to name the file for an ordinary user, and some file
                // systems know no links. Each of them has a word of its own for that.
                Err(
                    Errno::NOENT
                    | Errno::PERM
                    | Errno::ACCESS
                    | Errno::OPNOTSUPP
                    | Errno::NOSYS
                    | Errno::MLINK,
                ) => Ok(false),
                Err(error) => Err(error.into()),
            }
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
        pub(super) fn link_new(&self, _: &[u8], _: &[u8], _: &[u8], _: bool) -> io::Result<bool> {
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

        pub(super) fn link_new(&self, _: &[u8], _: &[u8], _: &[u8], _: bool) -> io::Result<bool> {
            Ok(false)
        }
    }
}
