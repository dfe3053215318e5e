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
use crate::faults::{self, Step};
use crate::key::Digest;
use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

pub(super) const CLAIMS: &str = "claims";

/// Whether there are claims on this system at all.
pub(super) const AVAILABLE: bool = cfg!(all(target_os = "linux", target_pointer_width = "64"));

/// The first of those who compute a key has the claim of rank 0. Who waited for it in vain takes the
/// next, so that of many who did only one goes on.
pub(crate) const RANKS: u8 = 4;

/// How often a claim is tried that turns out to be free when it is asked who holds it.
const TRIES: u32 = 8;

/// The claims in one directory. The file is opened when it is needed first, and again once somebody
/// has removed it: a lock on what the others do not find would keep nobody out.
#[derive(Debug, Default)]
pub(super) struct Claims {
    open: Mutex<Option<Arc<Open>>>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// This process. A copy that is forked off it shares the file, and with it the locks.
    process: u32,
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
    open: Arc<Open>,
    range: Range,
}

/// Who has a claim, where that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holder(pub(crate) Option<u32>);

/// What the holder of a claim does, as far as that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(all(target_os = "linux", target_pointer_width = "64")),
    expect(dead_code, reason = "where there are no claims, nobody holds one")
)]
pub(crate) enum State {
    /// It is there and not stopped.
    Running,
    /// It has ended, and the system lets go of its claims about now.
    Ending,
    /// There is none of this number, as far as can be seen: it is out of sight, or ended a moment ago.
    Unseen,
    /// It is stopped, or not known.
    Doubtful,
}

/// What a claim locks.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(
    not(all(target_os = "linux", target_pointer_width = "64")),
    expect(dead_code, reason = "where there are no claims, nobody holds one")
)]
struct Range {
    start: i64,
    length: i64,
}

/// Whether locks on ranges keep others out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exclusion {
    Works,
    /// Two can have the same.
    Fails,
    /// This system has none.
    Absent,
    /// Something else stands in the place of their file.
    Obstructed,
}

/// Tries whether two open files exclude each other, at a place behind all claims.
///
/// # Errors
///
/// Whatever the system reports.
pub(super) fn exclusion(one: &File, other: &File) -> io::Result<Exclusion> {
    if !AVAILABLE {
        return Ok(Exclusion::Absent);
    }
    let range = Range { start: 1 << 62, length: i64::from(std::process::id()) + 1 };
    if !system::lock(one, range)? {
        // Somebody else tries at this moment, and keeps us out.
        return Ok(Exclusion::Works);
    }
    let both = system::lock(other, range);
    system::unlock(one, range);
    let both = both?;
    if both {
        system::unlock(other, range);
    }
    Ok(if both { Exclusion::Fails } else { Exclusion::Works })
}

impl Claims {
    /// Claims `key` for this process, unless another one holds it.
    ///
    /// # Errors
    ///
    /// Whatever the system reports: then there are no claims here.
    pub(super) fn claim(&self, root: &Root, key: &Key, rank: u8) -> io::Result<Claiming> {
        let open = self.open(root)?;
        let range = Range::of(key, rank, open.process);
        // Whoever held it a moment ago may have let go of it since.
        for _ in 0..TRIES {
            if system::lock(&open.file, range)? {
                let claim = Claim { open, range };
                faults::step(Step::ClaimTaken)?;
                return Ok(Claiming::Claimed(claim));
            }
            if let Some(holder) = system::holder(&open.file, range) {
                return Ok(Claiming::Held(holder));
            }
        }
        Ok(Claiming::Held(Holder(None)))
    }

    /// Lets go of the file. Claims that are held keep it until they are dropped.
    pub(super) fn close(&self) {
        *self.open.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn open(&self, root: &Root) -> io::Result<Arc<Open>> {
        let mut current = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // A copy of a process that is forked off it claims in its own name, by a file of its own.
        let is_ours = |open: &&Arc<Open>| open.process == std::process::id();
        if let Some(open) =
            current.as_ref().filter(is_ours).filter(|open| system::is_there(&open.file))
        {
            return Ok(Arc::clone(open));
        }
        let file = root.open_claims()?;
        // Locks on anything else would be locks on something of somebody else's.
        if !file.metadata()?.is_file() {
            return Err(io::Error::other("`claims` is no regular file"));
        }
        let open = Open { file, process: std::process::id() };
        Ok(Arc::clone(current.insert(Arc::new(open))))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // What is to fail here cannot, but a process may end here.
        let _ = faults::step(Step::ClaimRelease);
        system::unlock(&self.open.file, self.range);
    }
}

impl Holder {
    /// What it is doing, as far as that can be told from here.
    ///
    /// Of this process, another cache in the same directory has the claim. Who computes there is not
    /// known, and may need the thread that asks.
    pub(crate) fn state(self) -> State {
        let others = self.0.filter(|id| *id != std::process::id());
        others.map_or(State::Doubtful, system::state)
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

impl Range {
    /// Two bits for the rank and 60 of both digests; the sign is none of it.
    fn of(key: &Key, rank: u8, process: u32) -> Self {
        let first = |digest: &Digest| {
            digest.as_bytes().first_chunk().copied().map_or(0, i64::from_le_bytes)
        };
        let mixed = (first(&key.inputs) ^ first(&key.code)) & ((1 << 60) - 1);
        let start = mixed | (i64::from(rank % RANKS) << 60);
        Self { start, length: i64::from(process) + 1 }
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod system {
    use super::{Holder, Range, State};
    use nix::errno::Errno;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc::{F_UNLCK, F_WRLCK, SEEK_SET, c_int, flock};
    use nix::sys::stat::fstat;
    use std::fs::File;
    use std::io;

    /// Whether the file still has a name.
    pub(super) fn is_there(file: &File) -> bool {
        fstat(file).is_ok_and(|stat| stat.st_nlink > 0)
    }

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

    /// Who has locked the range, as the length of the lock tells; `None` if nobody has by now.
    pub(super) fn holder(file: &File, range: Range) -> Option<Holder> {
        let mut lock = lock_of(F_WRLCK, range);
        if fcntl(file, FcntlArg::F_OFD_GETLK(&mut lock)).is_err() {
            return Some(Holder(None));
        }
        if c_int::from(lock.l_type) == F_UNLCK {
            return None;
        }
        let process = u32::try_from(lock.l_len - 1).ok();
        Some(Holder(process.filter(|_| lock.l_start == range.start)))
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

    /// A process that cannot be seen from here may be doing anything.
    pub(super) fn state(process: u32) -> State {
        let Ok(stat) = std::fs::read(format!("/proc/{process}/stat")) else {
            return State::Unseen;
        };
        // The name of the program stands in parentheses and may contain anything, text or not.
        let end = stat.windows(2).rposition(|two| two == b") ");
        match end.and_then(|end| stat.get(end + 2)) {
            // The first thread of a process that is killed may be gone before others that have the
            // file open still.
            Some(b'Z' | b'X') => State::Ending,
            None | Some(b'T' | b't') => State::Doubtful,
            Some(_) => State::Running,
        }
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
mod system {
    use super::{Holder, Range, State};
    use std::fs::File;
    use std::io;

    pub(super) fn is_there(_: &File) -> bool {
        false
    }

    pub(super) fn lock(_: &File, _: Range) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn unlock(_: &File, _: Range) {}

    pub(super) fn holder(_: &File, _: Range) -> Option<Holder> {
        None
    }

    pub(super) fn state(_: u32) -> State {
        State::Doubtful
    }
}

#[cfg(test)]
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod tests;
