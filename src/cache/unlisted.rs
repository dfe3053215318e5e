//! Folders of results that the system does not let us list: one of another user in a directory that
//! several share, as a rule. What is in the others is as good as ever.

use crate::store::entries_path;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A folder that the system does not let us list, or not all of it: of results in it nothing is known.
///
/// Its `Display` is a clause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct UnlistedFolder {
    /// Its path from the directory of the cache.
    pub path: PathBuf,
    /// What the system says.
    pub reason: String,
}

impl UnlistedFolder {
    /// Of a function's folder, or of a shard in it.
    pub(super) fn new(folder: &str, shard: Option<&str>, error: &io::Error) -> Self {
        Self::at(entries_path(folder, shard), error)
    }

    pub(super) fn at(path: PathBuf, error: &io::Error) -> Self {
        Self { path, reason: error.to_string() }
    }
}

impl fmt::Display for UnlistedFolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Names come from the disk, where anybody may have written them.
        let path = self.path.display().to_string();
        write!(f, "`{}` cannot be listed: {}", path.escape_debug(), self.reason)
    }
}

/// Whether the system says that it, or this process, is at the end of its means: then it says so of any
/// folder, and what there is is not to be told from what is missing.
pub(super) fn is_shortage(error: &io::Error) -> bool {
    // ENOMEM, ENFILE and EMFILE, which have these numbers on every Unix.
    error.kind() == io::ErrorKind::OutOfMemory
        || cfg!(unix) && matches!(error.raw_os_error(), Some(12 | 23 | 24))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_process_with_too_many_files_open_does_not_take_folders_for_those_of_others() {
        // EMFILE, EACCES, EIO
        let is_short = |code| is_shortage(&io::Error::from_raw_os_error(code));
        assert_eq!([24, 13, 5].map(is_short), [true, false, false]);
    }

    #[test]
    fn a_folder_is_named_in_a_way_that_steers_no_terminal() {
        let error = io::ErrorKind::PermissionDenied.into();
        let folder = UnlistedFolder::at("entries/a\x1b[2J".into(), &error);
        let expected = "`entries/a\\u{1b}[2J` cannot be listed: permission denied";
        assert_eq!(folder.to_string(), expected);
    }
}
