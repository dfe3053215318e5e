//! What writers that are gone left behind, and what was cleared and is still to be deleted.

use super::files::TEMPORARY;
use super::{Store, names};
use std::fs;
use std::path::Path;
use std::time::Duration;

/// What is younger than this is not swept: its writer may be about to tell that it lives.
const FRESH: Duration = Duration::from_mins(1);

impl Store {
    /// Whether there may be anything to [sweep](Self::sweep).
    pub(crate) fn has_leftovers(&self) -> bool {
        !self.read_only && names(&self.path.join(TEMPORARY)).is_ok_and(|names| !names.is_empty())
    }

    /// Deletes what writers left in `tmp/` that are gone, as `is_live` tells from their session.
    ///
    /// What is younger than a minute is left alone.
    pub(crate) fn sweep(&self, is_live: impl Fn(&str) -> bool) {
        let folder = self.path.join(TEMPORARY);
        for name in names(&folder).unwrap_or_default() {
            let session = name.split('.').next().unwrap_or_default();
            let path = folder.join(&name);
            let age = fs::symlink_metadata(&path)
                .and_then(|metadata| metadata.modified())
                .map_or(Duration::ZERO, |time| time.elapsed().unwrap_or_default());
            if session != self.session && age > FRESH && !is_live(session) {
                delete(&path);
            }
        }
    }
}

/// Deletes a file or a folder with all that is in it. What cannot be deleted now is left for the
/// next sweep, so an error needs no report.
pub(crate) fn delete(path: &Path) {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let _ = if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}
