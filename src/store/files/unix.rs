//! The files of Unix: paths are resolved from an open handle of the root.

use super::{Seen, text};
use crate::faults;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(target_os = "linux")]
mod unnamed;

/// Enough to go on from a folder to what is in it.
const STEP: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(
    #[cfg(target_os = "linux")]
    OFlags::PATH,
    #[cfg(not(target_os = "linux"))]
    OFlags::RDONLY,
);

/// What is no regular file does not block.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// Set once the kernel turned out to be older than Linux 5.6, or to be kept from `openat2`.
#[cfg(target_os = "linux")]
static NO_OPENAT2: AtomicBool = AtomicBool::new(false);

#[derive(Debug)]
pub(super) struct Root {
    handle: OwnedFd,
    identity: Identity,
    /// Set when the file system turned out to lack files without a name, or links to them.
    #[cfg(target_os = "linux")]
    no_unnamed: AtomicBool,
    /// Set when the system turned out to insist on noting when files are read. To do so for the first
    /// time after a file was written takes as long as reading it does, and a write to the disk later on.
    #[cfg(target_os = "linux")]
    notes_reading: AtomicBool,
}

/// What tells a directory from all others for as long as it is open.
#[derive(Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl From<Stat> for Identity {
    fn from(stat: Stat) -> Self {
        Self { device: stat.st_dev, inode: stat.st_ino }
    }
}

impl From<Stat> for Seen {
    fn from(stat: Stat) -> Self {
        let modified_ns =
            i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec);
        Self {
            size: u64::try_from(stat.st_size).unwrap_or(0),
            // What was before 1970 counts as then.
            modified_ns: u64::try_from(modified_ns.max(0)).unwrap_or(u64::MAX),
            inode: stat.st_ino,
        }
    }
}

impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let handle = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        Ok(Self {
            identity: rustix::fs::fstat(&handle)?.into(),
            handle,
            #[cfg(target_os = "linux")]
            no_unnamed: AtomicBool::new(false),
            #[cfg(target_os = "linux")]
            notes_reading: AtomicBool::new(false),
        })
    }

    pub(super) fn open_own(&self, root: &Path, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let open = |flags| rustix::fs::openat(&self.handle, name, flags, Mode::from(0o666));
        match open(flags) {
            // Only now, as a directory that is shared may refuse to have somebody else's file
            // opened by one who would also create it.
            Err(Errno::NOENT) => {
                let file = open(flags | OFlags::CREATE)?.into();
                faults::new_file(&file);
                faults::linked(&file, root, || name);
                Ok(file)
            }
            result => Ok(result?.into()),
        }
    }

    pub(super) fn open_file(&self, _: &Path, path: &[u8]) -> io::Result<File> {
        let path = c_str(path)?;
        let open = |flags| self.open_at(path, flags, Mode::empty());
        #[cfg(target_os = "linux")]
        if !self.notes_reading.load(Ordering::Relaxed) {
            match open(READ | OFlags::NOATIME) {
                // Only their owner may ask for that, and some file systems know nothing of it.
                Err(error) if error != Errno::NOENT => {
                    let noted = open(READ)?;
                    self.note_reading();
                    return Ok(noted.into());
                }
                unnoted => return Ok(unnoted?.into()),
            }
        }
        Ok(open(READ)?.into())
    }

    #[cfg(target_os = "linux")]
    pub(super) fn note_reading(&self) {
        self.notes_reading.store(true, Ordering::Relaxed);
    }

    /// The same for a file whose path the kernel has in memory; `None` where it would have to ask a
    /// disk.
    #[cfg(target_os = "linux")]
    pub(super) fn open_at_hand(&self, path: &[u8]) -> Option<File> {
        use rustix::fs::{ResolveFlags, openat2};
        let noted = self.notes_reading.load(Ordering::Relaxed);
        let flags = if noted { READ } else { READ | OFlags::NOATIME };
        let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::CACHED;
        Some(openat2(&self.handle, c_str(path).ok()?, flags, Mode::empty(), resolve).ok()?.into())
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn open_at_hand(&self, _: &[u8]) -> Option<File> {
        None
    }

    pub(super) fn check_folder(&self, _: &Path, path: &[u8]) -> io::Result<()> {
        Ok(self.folder(text(path).as_bytes()).map(drop)?)
    }

    /// Opens what is at a path, unless there is a link on the way. Paths are of our making and
    /// hold no `..`, so it lies within the root.
    #[inline]
    pub(super) fn open_at(
        &self,
        path: &CStr,
        flags: OFlags,
        mode: Mode,
    ) -> rustix::io::Result<OwnedFd> {
        #[cfg(target_os = "linux")]
        if !NO_OPENAT2.load(Ordering::Relaxed) {
            use rustix::fs::{ResolveFlags, openat2};
            // Refusing links costs some 15 ns; `BENEATH` would cost 45, for nothing more.
            return match openat2(&self.handle, path, flags, mode, ResolveFlags::NO_SYMLINKS) {
                // Sandboxes that do not know the call refuse it like this. But so does a folder that
                // cannot be changed, or is gone, refuse new files, and a file to be read without a trace.
                Err(error @ (Errno::NOSYS | Errno::PERM)) => {
                    let walked = self.walk(path, flags, mode);
                    let without = walked.is_ok() && !flags.contains(OFlags::TMPFILE);
                    if error == Errno::NOSYS || without {
                        NO_OPENAT2.store(true, Ordering::Relaxed);
                    }
                    walked
                }
                result => result,
            };
        }
        self.walk(path, flags, mode)
    }

    /// The same, folder by folder.
    pub(super) fn walk(
        &self,
        path: &CStr,
        flags: OFlags,
        mode: Mode,
    ) -> rustix::io::Result<OwnedFd> {
        let path = path.to_bytes();
        let end = path.iter().rposition(|&byte| byte == b'/').map_or(0, |slash| slash + 1);
        let folder = self.folder(&path[..end])?;
        let folder = folder.as_ref().unwrap_or(&self.handle);
        rustix::fs::openat(folder, &path[end..], flags | OFlags::NOFOLLOW, mode)
    }

    /// The folder at the end of a path without links; `None` for the root.
    fn folder(&self, path: &[u8]) -> rustix::io::Result<Option<OwnedFd>> {
        let mut walked = None;
        for name in path.split(|&byte| byte == b'/').filter(|name| !name.is_empty()) {
            let folder = walked.as_ref().unwrap_or(&self.handle);
            walked = Some(rustix::fs::openat(folder, name, STEP, Mode::empty())?);
        }
        Ok(walked)
    }

    pub(super) fn list<T>(
        &self,
        _: &Path,
        path: &[u8],
        ours: impl Fn(&str) -> Option<T>,
    ) -> io::Result<Vec<(T, io::Result<Seen>)>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut children = Dir::new(self.open_at(c_str(path)?, flags, Mode::empty())?)?;
        let mut files = Vec::new();
        while let Some(child) = children.read() {
            let child = child?;
            let name = child.file_name();
            let Some(ours) = name.to_str().ok().and_then(&ours) else { continue };
            match rustix::fs::statat(children.fd()?, name, AtFlags::SYMLINK_NOFOLLOW) {
                Ok(stat) if FileType::from_raw_mode(stat.st_mode).is_file() => {
                    files.push((ours, Ok(stat.into())));
                }
                Ok(_) | Err(Errno::NOENT) => {}
                Err(error) => files.push((ours, Err(error.into()))),
            }
        }
        Ok(files)
    }

    pub(super) fn is_at(&self, path: &Path) -> bool {
        rustix::fs::stat(path).is_ok_and(|stat| Identity::from(stat) == self.identity)
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn link_new(
        &self,
        _: &Path,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: bool,
    ) -> io::Result<Option<super::Linked>> {
        Ok(None)
    }
}

/// Moves the time stamp of an open file to now, if it is a regular file of one name and its time is
/// further than this many seconds away from that.
pub(super) fn touch(file: &File, seconds: u64) -> io::Result<bool> {
    use rustix::fs::{Timespec, Timestamps, UTIME_NOW, fstat, futimens};
    let stat = fstat(file)?;
    let regular = FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile;
    let modified = u64::try_from(stat.st_mtime).unwrap_or(0);
    if !regular || stat.st_nlink != 1 || modified.abs_diff(super::clock::seconds()) < seconds {
        return Ok(false);
    }
    // Both, as only this is allowed to those who may write to a file of somebody else's.
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    futimens(file, &Timestamps { last_access: now, last_modification: now })?;
    Ok(true)
}

/// Whether an error means that a path leads to, or through, something of another kind: a link, a
/// file in place of a folder, a socket, a device that is not there.
pub(super) fn is_obstacle(error: &io::Error) -> bool {
    let codes = [Errno::LOOP, Errno::NOTDIR, Errno::NXIO, Errno::NODEV];
    Errno::from_io_error(error).is_some_and(|error| codes.contains(&error))
}

/// Whether an error means that the disk does not have any more what was written to it.
pub(in crate::store) fn is_lost(error: &io::Error) -> bool {
    // The last two are what file systems say of checksums of their own that are wrong.
    let codes = [
        Errno::IO,
        #[cfg(target_os = "linux")]
        Errno::UCLEAN,
        Errno::BADMSG,
    ];
    Errno::from_io_error(error).is_some_and(|error| codes.contains(&error))
}

fn c_str(path: &[u8]) -> io::Result<&CStr> {
    CStr::from_bytes_with_nul(path).map_err(|_| io::ErrorKind::InvalidInput.into())
}

/// Reads as much as one call of the system gives, without what the C library does around it for threads
/// that may be cancelled, which ours are not.
pub(in crate::store) fn read_once(file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    Ok(rustix::io::read(file, buffer)?)
}

/// Reads the start of a file as far as the kernel has it in memory; `None` where it would have to ask
/// a disk.
#[cfg(target_os = "linux")]
pub(super) fn read_at_hand(file: &File, buffer: &mut [u8]) -> Option<usize> {
    use rustix::io::{ReadWriteFlags, preadv2};
    let mut slices = [io::IoSliceMut::new(buffer)];
    preadv2(file, &mut slices, 0, ReadWriteFlags::NOWAIT).ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn read_at_hand(_: &File, _: &mut [u8]) -> Option<usize> {
    None
}
