//! Going on when others remove folders, or the whole directory, while something is done in them.

use super::Store;
use super::files::Root;
use crate::error::Error;
use std::io;

/// So often is done what others frustrate by removing folders. Each time they have to do so between
/// two system calls, so that not even a loop that clears gets in the way of it for ever.
const TRIES: u32 = 100;

impl Store {
    /// Does something that needs folders to be there, and does it again if somebody removes them, or
    /// the whole directory, meanwhile: whoever computes creates what is missing.
    pub(super) fn repeatedly<T>(&self, work: impl Fn(&Root) -> io::Result<T>) -> io::Result<T> {
        for _ in 1..TRIES {
            let root = self.writable()?;
            match work(root) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => return result,
            }
            if !root.is_current()
                && let Err(error) = self.reopen(true)
                && !is_race(&error)
            {
                // What the system said is the cause that others meet too.
                return Err(error.into_io());
            }
        }
        work(self.writable()?)
    }
}

/// Whether a directory could not be created because somebody removed it at that moment.
fn is_race(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref());
    source.is_some_and(|source: &io::Error| {
        matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists)
    })
}
