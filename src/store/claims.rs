//! One computation per key between processes: byte ranges of one file, locked by who computes.
//!
//! A claim is an open file description lock at an offset taken from the key, so the kernel releases
//! it when its holder is gone, however that went. Such locks do not tell who holds them; here the
//! length of the range does, which is one more than the id of the process. Ranges are far apart, as
//! offsets are digests.
//!
//! Where the system or the file system has no such locks there are no claims: equal calls of several
//! processes are each computed then, which is slower and never wrong.

use super::files::Root;
use crate::entry::Key;
use crate::key::Digest;
use std::fs::File;
use std::io;
use std::sync::{Arc, OnceLock};

pub(super) const CLAIMS: &str = "claims";

/// Whether there are claims on this system at all.
pub(super) const AVAILABLE: bool = cfg!(all(target_os = "linux", target_pointer_width = "64"));

/// The first of those who compute a key has the claim of rank 0. Who waited for it in vain takes the
/// next, so that of many who did only one goes on.
pub(crate) const RANKS: u8 = 4;

/// The claims in one directory. The file is opened when it is needed first.
#[derive(Debug, Default)]
pub(super) struct Claims {
    file: OnceLock<Arc<File>>,
    /// One more than the id of this process.
    length: OnceLock<i64>,
}

/// What asking for a claim comes to.
#[derive(Debug)]
pub(crate) enum Claiming {
    Claimed(Claim),
    /// Another process has it, or another cache of this one.
    Held(Holder),
}

/// The right to compute a key, as far as other processes are concerned, until it is dropped.
#[derive(Debug)]
pub(crate) struct Claim {
    file: Arc<File>,
    range: Range,
}

/// Who has a claim, where that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder(pub(crate) Option<u32>);

/// What a claim locks.
#[derive(Debug, Clone, Copy)]
struct Range {
    start: i64,
    length: i64,
}

impl Claims {
    /// Claims `key` for this process, unless another one holds it.
    ///
    /// # Errors
    ///
    /// Whatever the system reports: then there are no claims here.
    pub(super) fn claim(&self, root: &Root, key: &Key, rank: u8) -> io::Result<Claiming> {
        let file = self.file(root)?;
        let length = self.length.get_or_init(|| i64::from(std::process::id()) + 1);
        let range = Range { start: start(key, rank), length: *length };
        if system::lock(file, range)? {
            return Ok(Claiming::Claimed(Claim { file: Arc::clone(file), range }));
        }
        Ok(Claiming::Held(Holder(system::holder(file, range))))
    }

    fn file(&self, root: &Root) -> io::Result<&Arc<File>> {
        if let Some(file) = self.file.get() {
            return Ok(file);
        }
        let file = root.open_claims()?;
        // Locks on anything else would be locks on something of somebody else's.
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("`claims` is no regular file"));
        }
        Ok(self.file.get_or_init(|| Arc::new(file)))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        system::unlock(&self.file, self.range);
    }
}

impl Holder {
    /// Whether it is sure to be at work: another process that is there and not stopped.
    ///
    /// Of this process, another cache in the same directory has the claim. Who computes there is not
    /// known, and may need the thread that asks.
    pub(crate) fn is_running(self) -> bool {
        self.0.is_some_and(|id| id != std::process::id() && system::is_running(id))
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(id) => write!(f, "process {id}"),
            None => f.write_str("another process"),
        }
    }
}

/// Where a claim is: two bits for the rank and 60 of both digests; the sign is none of it.
fn start(key: &Key, rank: u8) -> i64 {
    let first =
        |digest: &Digest| digest.as_bytes().first_chunk().copied().map_or(0, i64::from_le_bytes);
    let mixed = (first(&key.inputs) ^ first(&key.code)) & ((1 << 60) - 1);
    mixed | (i64::from(rank % RANKS) << 60)
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod system {
    use super::Range;
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc::{F_UNLCK, F_WRLCK, SEEK_SET, c_int, flock};
    use std::fs::File;
    use std::io;

    /// Locks the range; `false` if somebody else has locked some of it.
    pub(super) fn lock(file: &File, range: Range) -> io::Result<bool> {
        match fcntl(file, FcntlArg::F_OFD_SETLK(&lock_of(F_WRLCK, range))) {
            Ok(_) => Ok(true),
            Err(Errno::EAGAIN | Errno::EACCES) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn unlock(file: &File, range: Range) {
        // If this fails, the end of the process does it.
        let _ = fcntl(file, FcntlArg::F_OFD_SETLK(&lock_of(F_UNLCK, range)));
    }

    /// The process that has locked the range, as the length of its lock tells.
    pub(super) fn holder(file: &File, range: Range) -> Option<u32> {
        let mut lock = lock_of(F_WRLCK, range);
        fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock)).ok()?;
        let is_locked = c_int::from(lock.l_type) != F_UNLCK && lock.l_start == range.start;
        u32::try_from(lock.l_len - 1).ok().filter(|_| is_locked)
    }

    fn lock_of(kind: c_int, range: Range) -> flock {
        // These constants are small numbers on every system.
        let small = |number: c_int| i16::try_from(number).unwrap_or_default();
        flock {
            l_type: small(kind),
            l_whence: small(SEEK_SET),
            l_start: range.start,
            l_len: range.length,
            l_pid: 0,
        }
    }

    /// A process that is stopped, or has ended and was not waited for yet, is not running. One that
    /// cannot be seen from here may be either.
    pub(super) fn is_running(process: u32) -> bool {
        let Ok(stat) = std::fs::read_to_string(format!("/proc/{process}/stat")) else {
            return false;
        };
        // The name of the program stands in parentheses and may contain anything.
        let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
        state.is_some_and(|state| !matches!(state, 'T' | 't' | 'Z' | 'X'))
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
mod system {
    use super::Range;
    use std::fs::File;
    use std::io;

    pub(super) fn lock(_: &File, _: Range) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn unlock(_: &File, _: Range) {}

    pub(super) fn holder(_: &File, _: Range) -> Option<u32> {
        None
    }

    pub(super) fn is_running(_: u32) -> bool {
        false
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use super::*;

    fn key(number: u64) -> Key {
        Key { inputs: Digest::of(&number.to_le_bytes()), code: Digest::of(b"code") }
    }

    fn claim(claims: &Claims, root: &Root, number: u64, rank: u8) -> Option<Claim> {
        match claims.claim(root, &key(number), rank).unwrap() {
            Claiming::Claimed(claim) => Some(claim),
            Claiming::Held(holder) => {
                assert_eq!(holder, Holder(Some(std::process::id())));
                None
            }
        }
    }

    fn root() -> (tempfile::TempDir, Root) {
        let directory = tempfile::tempdir().unwrap();
        let root = Root::open(directory.path(), "session").unwrap();
        (directory, root)
    }

    #[test]
    fn a_claim_keeps_others_out_until_it_is_dropped() {
        let (_directory, root) = root();
        let (ours, theirs) = (Claims::default(), Claims::default());
        let first = claim(&ours, &root, 1, 0).unwrap();
        assert!(claim(&theirs, &root, 1, 0).is_none());
        let _other = claim(&theirs, &root, 2, 0).unwrap();
        let _next = claim(&theirs, &root, 1, 1).unwrap();
        drop(first);
        assert!(claim(&theirs, &root, 1, 0).is_some());
    }

    #[test]
    fn another_process_runs_and_this_one_cannot_be_waited_for() {
        assert!(Holder(Some(std::os::unix::process::parent_id())).is_running());
        assert!(!Holder(Some(std::process::id())).is_running());
        assert!(!Holder(None).is_running());
        // No process has this number: the kernel's limit is 2 to the power of 22.
        assert!(!Holder(Some(u32::MAX)).is_running());
    }

    #[test]
    fn a_link_is_not_followed_and_a_folder_is_no_file() {
        let (directory, root) = root();
        std::os::unix::fs::symlink(
            directory.path().join("elsewhere"),
            directory.path().join(CLAIMS),
        )
        .unwrap();
        assert!(Claims::default().claim(&root, &key(1), 0).is_err());
        assert!(!directory.path().join("elsewhere").exists());
        std::fs::remove_file(directory.path().join(CLAIMS)).unwrap();
        std::fs::create_dir(directory.path().join(CLAIMS)).unwrap();
        assert!(Claims::default().claim(&root, &key(1), 0).is_err());
    }

    #[test]
    fn many_claims_are_held_at_once_and_each_by_itself() {
        let (_directory, root) = root();
        let (ours, theirs) = (Claims::default(), Claims::default());
        let held: Vec<_> =
            (0..1000).map(|number| claim(&ours, &root, number, 0).unwrap()).collect();
        assert!((0..1000).all(|number| claim(&theirs, &root, number, 0).is_none()));
        drop(held);
        assert!((0..1000).all(|number| claim(&theirs, &root, number, 0).is_some()));
    }
}
