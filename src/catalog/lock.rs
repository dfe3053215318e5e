//! A file whose lock is let go of when we are done with it, and not some time later.
//!
//! Closing a file lets go of its lock only once nobody has it open. A program that starts another
//! one shares all its files with it for an instant, so a lock that is only closed may seem held
//! after its holder is done. Hence the explicit unlock.

use std::fs::{File, TryLockError};
use std::io;
use std::process;

/// An open file, and its lock if that was taken.
#[derive(Debug)]
pub(super) struct LockFile {
    pub(super) file: File,
    /// The process that took the lock: one that is forked off it must not let go of it.
    holder: Option<u32>,
}

impl LockFile {
    pub(super) fn new(file: File) -> Self {
        Self { file, holder: None }
    }

    /// Takes the lock, unless somebody else holds it.
    pub(super) fn try_lock(&mut self) -> io::Result<bool> {
        let outcome = self.file.try_lock();
        self.taken(outcome)
    }

    /// Takes the lock along with others who take it like this.
    pub(super) fn try_lock_shared(&mut self) -> io::Result<bool> {
        let outcome = self.file.try_lock_shared();
        self.taken(outcome)
    }

    fn taken(&mut self, outcome: Result<(), TryLockError>) -> io::Result<bool> {
        match outcome {
            Ok(()) => {
                self.holder = Some(process::id());
                Ok(true)
            }
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        if self.holder == Some(process::id()) {
            // If this fails, closing does it.
            let _ = self.file.unlock();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_free_once_dropped_even_while_a_copy_of_the_file_is_open() {
        // The copy stands for the one that a program being started has for an instant.
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let mut first = LockFile::new(File::create(&path).unwrap());
        let mut second = LockFile::new(File::open(&path).unwrap());
        assert!(first.try_lock().unwrap());
        let copy = first.file.try_clone().unwrap();
        assert!(!second.try_lock().unwrap());
        drop(first);
        assert!(second.try_lock().unwrap());
        drop(copy);
    }

    #[test]
    fn those_who_share_a_lock_keep_out_only_those_who_do_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lock");
        let [mut first, mut second, mut alone] = [(); 3].map(|()| {
            LockFile::new(File::options().create(true).append(true).open(&path).unwrap())
        });
        assert!(first.try_lock_shared().unwrap());
        assert!(second.try_lock_shared().unwrap());
        assert!(!alone.try_lock().unwrap());
    }
}
