//! What one process did, appended to a file of its own.
//!
//! ```text
//! journal/<session>       session: process id, a dash, 16 random hex digits
//! ```
//!
//! The owner holds the file's lock for as long as it lives, and the system lets go of it however
//! the owner ends. So a journal whose lock can be taken is complete: whoever merges it may remove
//! it. A record is one `write` to a file in append mode, so threads do not mix and a process that
//! is killed leaves at most one unfinished record, its last.
//!
//! Appending does not fsync: a power cut may cost the last seconds of what was known about the
//! results, never a result.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::frame;
use super::lock::LockFile;
use super::paths::{Found, leads_to, look};
use super::record::Record;
use crate::faults::{self, Step};
use crate::store::check_length;

/// How often, and how long apart, a new journal's lock is tried. Others hold it for an instant
/// only: to see whether anybody does, or to remove the still empty file.
const TRIES: u32 = 50;
const PAUSE: Duration = Duration::from_millis(1);

/// The journal of this process: appends, and holds the lock that says the process lives.
#[derive(Debug)]
pub(crate) struct Journal {
    directory: PathBuf,
    session: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    open: Option<Open>,
    /// The bytes of one record, kept for the next.
    buffer: Vec<u8>,
}

#[derive(Debug)]
struct Open {
    lock: LockFile,
    /// Bytes of the records written whole.
    length: u64,
    /// Whether more than those may be in the file.
    torn: bool,
}

impl Journal {
    /// A journal in `<root>/journal`, which the first append creates: this touches no disk.
    pub(crate) fn new(directory: &Path, session: &str) -> Self {
        debug_assert!(is_session(session), "{session} is not the name of a session");
        Self {
            directory: directory.to_owned(),
            session: session.to_owned(),
            state: Mutex::default(),
        }
    }

    /// Creates the journal if that has not happened yet, so that [`is_live`] says yes from here on.
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append).
    pub(crate) fn announce(&self) -> io::Result<()> {
        self.opened(|_, _| Ok(()))
    }

    /// Writes a record behind the others.
    ///
    /// A journal that is deleted while it is open goes on being written to, in vain: what it would
    /// have said can be learnt from the entries.
    ///
    /// # Errors
    ///
    /// If the journal cannot be created (the cache's root has to exist) or written to, if the file
    /// system knows no locks, or if the record is over 1 MiB. The record is lost then, the journal
    /// is not: the next append tries again.
    pub(crate) fn append(&self, record: &Record) -> io::Result<()> {
        self.opened(|open, buffer| {
            frame::write(record, buffer)?;
            open.append(buffer)
        })
    }

    /// Lets the next append begin another journal, as its directory is another one than before.
    pub(crate) fn renew(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).open = None;
    }

    fn opened(
        &self,
        work: impl FnOnce(&mut Open, &mut Vec<u8>) -> io::Result<()>,
    ) -> io::Result<()> {
        // A panic under the lock leaves nothing half done that the next append does not see.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { open, buffer } = &mut *state;
        match open {
            Some(open) => work(open, buffer),
            None => work(open.insert(self.open()?), buffer),
        }
    }

    fn open(&self) -> io::Result<Open> {
        faults::step(Step::JournalCreate)?;
        create_folder(&self.directory)?;
        let path = self.directory.join(&self.session);
        for _ in 0..TRIES {
            let mut lock = LockFile::new(open_new(&path)?);
            faults::step(Step::JournalLock)?;
            // Between creating and locking, somebody may have taken the file for one whose owner
            // ended, and removed it: then what is locked here is no longer what the path leads to.
            if take(&mut lock)? && leads_to(&path, &lock.file)? {
                if lock.file.metadata()?.len() > 0 {
                    return Err(io::Error::new(
                        ErrorKind::AlreadyExists,
                        "the journal of this session exists already",
                    ));
                }
                return Ok(Open { lock, length: 0, torn: false });
            }
        }
        Err(io::Error::new(ErrorKind::WouldBlock, "the journal is locked by another process"))
    }
}

impl Open {
    fn append(&mut self, record: &[u8]) -> io::Result<()> {
        self.mend()?;
        check_length(self.length + record.len() as u64)?;
        self.torn = true;
        match write_once(&mut self.lock.file, record) {
            Ok(written) if written == record.len() => {
                self.torn = false;
                self.length += record.len() as u64;
                faults::step(Step::JournalDone)
            }
            outcome => {
                // Half a record would hide all that follow. If it cannot be cut off now, the next
                // append has to do it first, so this error is the one worth telling.
                let _ = self.mend();
                Err(outcome.err().unwrap_or_else(|| ErrorKind::StorageFull.into()))
            }
        }
    }

    /// Cuts off what was not written whole.
    fn mend(&mut self) -> io::Result<()> {
        if self.torn {
            self.lock.file.set_len(self.length)?;
            faults::cut(&self.lock.file, self.length);
            self.torn = false;
        }
        Ok(())
    }
}

/// Whether a process holds this session's journal.
///
/// What cannot be found out counts as yes: the answer is used to sweep what a dead process left.
pub(crate) fn is_live(directory: &Path, session: &str) -> bool {
    let path = directory.join(session);
    match look(&path) {
        Ok(Found::File) => {}
        Ok(_) => return false,
        Err(_) => return true,
    }
    match File::open(&path) {
        // Shared, so that those who ask do not take each other for the owner.
        Ok(file) => !matches!(LockFile::new(file).try_lock_shared(), Ok(true)),
        Err(error) => error.kind() != ErrorKind::NotFound,
    }
}

/// Whether a file in `journal/` may be a journal, by its name: `1234-9f86d081884c7d65`.
pub(super) fn is_session(name: &str) -> bool {
    name.split_once('-').is_some_and(|(process, random)| {
        !process.is_empty()
            && process.bytes().all(|byte| byte.is_ascii_digit())
            && random.len() == 16
            && random.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

/// Creates `journal/`, but not the root above it: that one has rights and a tag, not ours to give.
fn create_folder(directory: &Path) -> io::Result<()> {
    match fs::create_dir(directory) {
        Ok(()) => faults::new_folder(directory),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    match look(directory)? {
        Found::Folder => Ok(()),
        _ => Err(io::Error::new(ErrorKind::NotADirectory, "the journal folder is not a folder")),
    }
}

/// Creates the file, or opens one that an attempt before left; never through a link.
fn open_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    match options.clone().create_new(true).open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists && look(path)? == Found::File => {
            options.open(path)
        }
        Ok(file) => {
            faults::new_file(&file);
            faults::named(&file, path);
            Ok(file)
        }
        outcome => outcome,
    }
}

fn take(lock: &mut LockFile) -> io::Result<bool> {
    for _ in 0..TRIES {
        if lock.try_lock()? {
            return Ok(true);
        }
        thread::sleep(PAUSE);
    }
    Ok(false)
}

fn write_once(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match faults::write(Step::JournalWrite, file, bytes) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests;
