//! Files without a name, which get one when they are whole.
//!
//! So a process that ends in the middle leaves nothing, and nobody sees half of one.

use super::super::{Linked, fill, text};
use super::{Root, STEP, c_str};
use crate::faults::{self, Step};
use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once the kernel turned out to name an open file only by way of `/proc`, as it did before Linux
/// 6.10 for ordinary users. The other way saves resolving that path.
static NO_EMPTY_PATH: AtomicBool = AtomicBool::new(false);

impl Root {
    /// Writes a file that appears under its name when it is whole. `None` if this cannot be
    /// done here; a file that is there already is left, for it has the same key.
    pub(in crate::store::files) fn link_new(
        &self,
        root: &Path,
        path: &[u8],
        shard: &[u8],
        bytes: &[u8],
        durable: bool,
    ) -> io::Result<Option<Linked>> {
        if self.no_unnamed.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let mut file = match self.open_unnamed(c_str(shard)?) {
            Ok(file) => File::from(file),
            Err(error @ (Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL)) => {
                self.rename_from_now_on(error);
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        faults::new_file(&file);
        fill(&mut file, Step::EntryWrite, bytes, durable)?;
        faults::step(Step::EntryLink)?;
        match self.link(&file, c_str(path)?) {
            Ok(()) => {
                faults::linked(&file, root, || text(path));
                Ok(Some(Linked::Now))
            }
            Err(Errno::EXIST) if durable => {
                // Whoever wrote it may not have waited for the disk.
                let there = self.open_file(root, path)?;
                there.sync_all()?;
                faults::synced(&there);
                Ok(Some(Linked::Before))
            }
            Err(Errno::EXIST) => Ok(Some(Linked::Before)),
            // Without /proc there is no way to name the file for an ordinary user of an older kernel.
            // But that there is no such path may also mean that the folder is gone.
            Err(Errno::NOENT) => Ok(None),
            // Some file systems know no links. Each of them has a word of its own for that.
            Err(
                error @ (Errno::PERM
                | Errno::ACCESS
                | Errno::OPNOTSUPP
                | Errno::NOSYS
                | Errno::MLINK),
            ) => {
                self.rename_from_now_on(error);
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Takes note that files cannot appear by being linked here, and says so.
    fn rename_from_now_on(&self, error: Errno) {
        if !self.no_unnamed.swap(true, Ordering::Relaxed) {
            tracing::info!(
                "results are renamed into their places, as the file system has no files without a \
                 name or cannot link them ({error}); that is a little slower and as safe"
            );
        }
    }

    fn open_unnamed(&self, shard: &CStr) -> rustix::io::Result<OwnedFd> {
        if let Err(error) = faults::step(Step::EntryOpen) {
            return Err(Errno::from_io_error(&error).unwrap_or(Errno::IO));
        }
        let flags = OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC;
        let opened = self.open_at(shard, flags, Mode::from(0o666));
        // Of a folder that is removed at this moment ext4 says that it is not permitted. It may still be
        // found for a while, without a name.
        if opened.as_ref().is_err_and(|error| *error == Errno::PERM) {
            let folder = self.open_at(shard, STEP, Mode::empty())?;
            if rustix::fs::fstat(&folder)?.st_nlink == 0 {
                return Err(Errno::NOENT);
            }
            return self.open_at(shard, flags, Mode::from(0o666));
        }
        opened
    }

    fn link(&self, file: &File, path: &CStr) -> rustix::io::Result<()> {
        use rustix::fs::linkat;
        if !NO_EMPTY_PATH.load(Ordering::Relaxed) {
            match linkat(file, c"", &self.handle, path, AtFlags::EMPTY_PATH) {
                // The folder may be gone as well, which the other way tells.
                Err(Errno::NOENT | Errno::PERM | Errno::INVAL | Errno::OPNOTSUPP) => {}
                result => return result,
            }
        }
        let linked = self.link_by_name(file, path);
        if linked.is_ok() {
            NO_EMPTY_PATH.store(true, Ordering::Relaxed);
        }
        linked
    }

    fn link_by_name(&self, file: &File, path: &CStr) -> rustix::io::Result<()> {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let mut source = [0; 32];
        // 14 bytes and at most 10 digits, so it fits and the rest stays zero.
        let _ = write!(&mut source[..31], "/proc/self/fd/{}", file.as_raw_fd());
        let source = CStr::from_bytes_until_nul(&source).unwrap_or_default();
        rustix::fs::linkat(CWD, source, &self.handle, path, AtFlags::SYMLINK_FOLLOW)
    }
}
