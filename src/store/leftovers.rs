//! What writers that are gone left behind, and what was cleared and is still to be deleted.

use super::Store;
use super::files::TEMPORARY;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

/// What is younger than this is not swept: its writer may be about to tell that it lives.
const FRESH: Duration = Duration::from_mins(1);

impl Store {
    /// Whether there may be anything to [sweep](Self::sweep).
    pub(crate) fn has_leftovers(&self) -> bool {
        !self.read_only && self.names(&[TEMPORARY]).is_ok_and(|names| !names.is_empty())
    }

    /// Deletes what writers left in `tmp/` that are gone, as `is_live` tells from their session.
    ///
    /// What is younger than a minute is left alone.
    pub(crate) fn sweep(&self, is_live: impl Fn(&str) -> bool) {
        let folder = self.path.join(TEMPORARY);
        for name in self.names(&[TEMPORARY]).unwrap_or_default() {
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

/// What we put aside is a folder of folders of files. Deeper trees are none of ours, and deleting
/// them takes a file handle and some stack for each level.
const DEPTH: usize = 8;

/// Deletes a file or a folder with all that is in it, and follows no link. What cannot be deleted
/// now is left for the next sweep, so an error needs no report.
pub(crate) fn delete(path: &Path) {
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let _ = match is_folder {
        true if is_shallow(path, DEPTH).unwrap_or(false) => fs::remove_dir_all(path),
        true => Ok(()),
        false => fs::remove_file(path),
    };
}

/// Whether a folder has at most so many levels of folders in it.
fn is_shallow(folder: &Path, depth: usize) -> io::Result<bool> {
    for child in fs::read_dir(folder)? {
        let child = child?;
        // Of the child itself, and not of what a link leads to.
        if child.file_type()?.is_dir() && (depth == 0 || !is_shallow(&child.path(), depth - 1)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_deeper_than_any_of_ours_is_left_and_others_are_deleted() {
        let dir = tempfile::tempdir().unwrap();
        for (name, depth, left) in [("ours", 3, false), ("theirs", 20, true)] {
            let top = dir.path().join(name);
            let bottom = (0..depth).fold(top.clone(), |path, _| path.join("x"));
            fs::create_dir_all(&bottom).unwrap();
            fs::write(bottom.join("file"), "").unwrap();
            delete(&top);
            assert_eq!(top.exists(), left, "{name}");
        }
    }
}
