//! What writers that are gone left behind, and what was cleared and is still to be deleted.

use super::Store;
use super::files::TEMPORARY;
use super::path;
use crate::faults::{self, Step};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What is younger than this is not swept: its writer may be about to tell that it lives.
const FRESH: Duration = Duration::from_mins(1);

/// What came of clearing.
#[derive(Debug)]
pub(crate) struct Cleared {
    /// What was put aside, to be deleted.
    pub(crate) aside: Vec<PathBuf>,
    /// The names of the folders of entries among it.
    pub(crate) folders: Vec<String>,
    /// The first folder that could not be.
    pub(crate) refused: Option<(PathBuf, io::Error)>,
}

impl Store {
    /// Takes all entries of one folder, or of all, out of the way at once. What is put aside is to be
    /// deleted at leisure; what is not deleted by then is [swept](Self::sweep) by a later process. A folder
    /// that the system refuses to move does not keep the others where they are.
    ///
    /// # Errors
    ///
    /// Whatever the system reports before it comes to the folders.
    pub(crate) fn clear(&self, folder: Option<&str>) -> io::Result<Cleared> {
        let root = self.current()?;
        let names = match folder {
            Some(name) => vec![name.to_owned()],
            None => self.folders()?,
        };
        let mut cleared =
            Cleared { aside: self.clear_damaged(folder)?, folders: Vec::new(), refused: None };
        if !self.is_real(&[path::ENTRIES])? {
            return Ok(cleared);
        }
        for name in names {
            let target = root.temporary()?;
            let source = self.path.join(path::ENTRIES).join(&name);
            match faults::step(Step::ClearRename).and_then(|()| fs::rename(&source, &target)) {
                Ok(()) => {
                    faults::renamed(&source, &target);
                    cleared.aside.push(target);
                    cleared.folders.push(name);
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => match or_in_place(error, &source) {
                    Ok(()) => cleared.folders.push(name),
                    Err(error) => cleared.refused = cleared.refused.or(Some((source, error))),
                },
            }
        }
        faults::step(Step::ClearDone)?;
        Ok(cleared)
    }

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
            let written = fs::symlink_metadata(&path).and_then(|metadata| metadata.modified());
            let is_old = written.is_ok_and(|time| distance(time, SystemTime::now()) > FRESH);
            if session == self.session || !is_old || is_live(session) {
                continue;
            }
            if faults::step(Step::Sweep).is_ok() {
                delete(&path);
            }
        }
    }
}

/// How often a folder is deleted in which others put something meanwhile.
const TRIES: u32 = 100;

/// Deletes a folder where it is, if it was not moved because of that: folders that came with the image
/// of a container cannot be.
fn or_in_place(error: io::Error, folder: &Path) -> io::Result<()> {
    if error.kind() != io::ErrorKind::CrossesDevices {
        return Err(error);
    }
    for _ in 0..TRIES {
        match try_delete(folder) {
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotFound
                ) => {}
            result => return result,
        }
    }
    // What is there by now was put there since.
    Ok(())
}

/// How far apart two times are. What seems to come from the future was written before the clock was
/// set back, and is as good as old once its time is far from now.
fn distance(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|error| error.duration())
}

/// What we put aside is a folder of folders of files. Deeper trees are none of ours, and deleting
/// them takes a file handle and some stack for each level.
const DEPTH: usize = 8;

/// Deletes a file or a folder with all that is in it, and follows no link. What cannot be deleted
/// now is left for the next sweep, so an error needs no report.
pub(crate) fn delete(path: &Path) {
    let _ = try_delete(path);
}

fn try_delete(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        faults::step(Step::Delete)?;
        return fs::remove_file(path);
    }
    if !is_shallow(path, DEPTH)? {
        return Ok(());
    }
    for child in fs::read_dir(path)? {
        let child = child?;
        faults::step(Step::Delete)?;
        if child.file_type()?.is_dir() {
            fs::remove_dir_all(child.path())?;
        } else {
            fs::remove_file(child.path())?;
        }
    }
    fs::remove_dir(path)
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
