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
mod tests {
    use super::super::samples::{kept, session};
    use super::*;
    use std::io::Write;

    fn records_in(path: &Path) -> usize {
        let mut reader = frame::Reader::new(File::open(path).unwrap());
        let mut count = 0;
        while reader.next().unwrap().is_some() {
            count += 1;
        }
        assert_eq!(reader.good(), fs::metadata(path).unwrap().len());
        count
    }

    #[test]
    fn a_journal_exists_and_is_live_from_its_first_record_until_it_is_dropped() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("journal");
        let journal = Journal::new(&directory, &session(1));
        assert!(!directory.exists());
        assert!(!is_live(&directory, &session(1)));
        journal.append(&kept("f", "a", 1)).unwrap();
        assert!(is_live(&directory, &session(1)));
        drop(journal);
        assert!(!is_live(&directory, &session(1)));
        assert_eq!(records_in(&directory.join(session(1))), 1);
    }

    #[test]
    fn an_announced_journal_is_live_and_empty() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("journal");
        let journal = Journal::new(&directory, &session(1));
        journal.announce().unwrap();
        assert!(is_live(&directory, &session(1)));
        assert_eq!(records_in(&directory.join(session(1))), 0);
    }

    #[test]
    fn records_of_many_threads_stay_whole() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("journal");
        let journal = Journal::new(&directory, &session(1));
        thread::scope(|scope| {
            for thread in 0..4 {
                let journal = &journal;
                scope.spawn(move || {
                    for file in 0..250 {
                        journal.append(&kept("f", &format!("{thread}-{file}"), 1)).unwrap();
                    }
                });
            }
        });
        assert_eq!(records_in(&directory.join(session(1))), 1000);
    }

    #[test]
    fn appending_goes_on_when_the_journal_was_deleted() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("journal");
        let journal = Journal::new(&directory, &session(1));
        journal.append(&kept("f", "a", 1)).unwrap();
        fs::remove_dir_all(&directory).unwrap();
        journal.append(&kept("f", "b", 1)).unwrap();
    }

    #[test]
    fn half_a_record_is_cut_off_before_the_next() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("journal");
        let journal = Journal::new(&directory, &session(1));
        journal.append(&kept("f", "a", 1)).unwrap();
        {
            let mut state = journal.state.lock().unwrap();
            let open = state.open.as_mut().unwrap();
            open.lock.file.write_all(b"half a rec").unwrap();
            open.torn = true;
        }
        journal.append(&kept("f", "b", 1)).unwrap();
        assert_eq!(records_in(&directory.join(session(1))), 2);
    }

    #[test]
    fn a_session_that_has_a_journal_gets_no_second_one() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("journal");
        let first = Journal::new(&directory, &session(1));
        first.append(&kept("f", "a", 1)).unwrap();
        let second = Journal::new(&directory, &session(1));
        assert_eq!(second.announce().unwrap_err().kind(), ErrorKind::WouldBlock);
        drop(first);
        assert_eq!(second.announce().unwrap_err().kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_journal_whose_creation_was_interfered_with_is_created_again() {
        // Others lock and remove every empty journal they see, as a merge does that comes between
        // the creation of a journal and its owner's lock.
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("journal");
        fs::create_dir(&directory).unwrap();
        let stop = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    for file in fs::read_dir(&directory).unwrap().flatten() {
                        let Ok(open) = File::open(file.path()) else {
                            continue;
                        };
                        if open.try_lock().is_ok() && open.metadata().unwrap().len() == 0 {
                            let _ = fs::remove_file(file.path());
                        }
                    }
                }
            });
            for number in 0..300 {
                let journal = Journal::new(&directory, &session(number));
                journal.append(&kept("f", "a", 1)).unwrap();
                assert_eq!(records_in(&directory.join(session(number))), 1);
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_journal_is_neither_created_through_a_link_nor_believed_to_be_one() {
        use std::os::unix::fs::symlink;

        let root = tempfile::tempdir().unwrap();
        let outside = root.path().join("outside");
        let directory = root.path().join("journal");
        fs::create_dir(&directory).unwrap();
        symlink(&outside, directory.join(session(1))).unwrap();
        Journal::new(&directory, &session(1)).announce().unwrap_err();
        assert!(!outside.exists());
        fs::write(&outside, "").unwrap();
        Journal::new(&directory, &session(1)).announce().unwrap_err();
        let held = File::open(&outside).unwrap();
        held.lock().unwrap();
        assert!(!is_live(&directory, &session(1)));

        let elsewhere = tempfile::tempdir().unwrap();
        symlink(elsewhere.path(), root.path().join("linked")).unwrap();
        Journal::new(&root.path().join("linked"), &session(2)).announce().unwrap_err();
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }

    #[test]
    fn only_a_process_id_and_sixteen_hex_digits_name_a_session() {
        assert!(is_session("1234-9f86d081884c7d65"));
        for name in ["", "-", "1234", "1234-", "-9f86d081884c7d65", "1234-9f86d081884c7d6", ".nfs0"]
        {
            assert!(!is_session(name), "{name:?}");
        }
    }
}
