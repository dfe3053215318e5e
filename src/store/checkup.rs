//! Whether all is well with a directory, as far as that is about files.

use super::claims::{self, Exclusion};
use super::damaged::DAMAGED;
use super::files::{self, TEMPORARY, Volume};
use super::layout::{self, FORMAT_FILE};
use super::path::ENTRIES;
use super::totals;
use super::{Store, claims::CLAIMS};
use crate::error::Result;
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

/// Who may do what in the directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    /// Whether this user may write.
    pub(crate) write: bool,
    /// The mode, where there is one.
    pub(crate) mode: Option<u32>,
}

/// Why a file cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// Something else stands in its place.
    Obstructed,
    /// This user may write in the directory, and not to it.
    Refused,
}

impl Store {
    /// Whether the directory is laid out, and not only named or committed to a repository.
    ///
    /// # Errors
    ///
    /// As for opening it.
    pub(crate) fn is_laid_out(&self) -> Result<bool> {
        layout::check(&self.path)
    }

    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn rights(&self) -> io::Result<Rights> {
        let metadata = fs::metadata(&self.path)?;
        #[cfg(unix)]
        let mode = Some(std::os::unix::fs::MetadataExt::mode(&metadata) & 0o7777);
        #[cfg(not(unix))]
        let mode = metadata.is_dir().then_some(0).filter(|_| false);
        Ok(Rights { write: files::may_write(&self.path), mode })
    }

    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn volume(&self) -> io::Result<Volume> {
        files::volume(&self.path)
    }

    /// Folders of ours in whose place there is something else.
    pub(crate) fn obstructed(&self) -> Vec<&'static str> {
        let is_obstructed = |name: &&str| {
            fs::symlink_metadata(self.path.join(name)).is_ok_and(|metadata| !metadata.is_dir())
        };
        [ENTRIES, DAMAGED, TEMPORARY].into_iter().filter(is_obstructed).collect()
    }

    /// Whether claims keep others out here. Nothing is created: where there is no file of claims yet,
    /// another one of ours is locked instead, for a moment and where nobody locks it.
    ///
    /// # Errors
    ///
    /// Whatever the system reports: it is not known then.
    pub(crate) fn exclusion(&self) -> io::Result<Exclusion> {
        let name = match fs::symlink_metadata(self.path.join(CLAIMS)) {
            Ok(metadata) if metadata.is_file() && files::has_one_name(&metadata) => CLAIMS,
            Ok(_) => return Ok(Exclusion::Obstructed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => FORMAT_FILE,
            Err(error) => return Err(error),
        };
        let open = || {
            let path = self.path.join(name);
            if !fs::symlink_metadata(&path)?.is_file() {
                return Err(io::Error::other("it is no regular file"));
            }
            File::options().read(true).write(true).open(path)
        };
        claims::exclusion(&open()?, &open()?)
    }

    /// Which of the files that limits are kept by cannot be used. One that is missing is made when it is
    /// needed.
    pub(crate) fn unusable(&self) -> Vec<(&'static str, Unusable)> {
        let writes = files::may_write(&self.path);
        let why = |path: PathBuf| match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(_) => Some(Unusable::Refused),
            Ok(metadata) if !metadata.is_file() || !files::has_one_name(&metadata) => {
                Some(Unusable::Obstructed)
            }
            // Who may not write at all keeps nothing either.
            Ok(_) if !writes => None,
            Ok(_) => {
                File::options().read(true).write(true).open(path).err().map(|_| Unusable::Refused)
            }
        };
        let names = totals::NAMES.into_iter();
        names.filter_map(|name| Some((name, why(self.path.join(name))?))).collect()
    }

    /// How many damaged results were set aside.
    pub(crate) fn set_aside_count(&self) -> usize {
        self.names(&[DAMAGED]).map_or(0, |names| names.len())
    }

    /// How many things writers and clearing left to be swept.
    pub(crate) fn leftover_count(&self) -> usize {
        self.names(&[TEMPORARY]).map_or(0, |names| names.len())
    }
}
