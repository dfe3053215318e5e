//! Folders that are what they seem, and not links to others.

use super::Store;
use crate::faults::{self, Step};
use std::fs;
use std::io;
use std::path::Path;

impl Store {
    /// The names in a folder, given by the names of the folders that lead to it; none if there is no
    /// such folder. What is not text is not ours, and what is behind a link neither.
    pub(super) fn names(&self, folder: &[&str]) -> io::Result<Vec<String>> {
        if !self.is_real(folder)? {
            return Ok(Vec::new());
        }
        let entries = match fs::read_dir(folder.iter().fold(self.path.clone(), |a, b| a.join(b))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Vec::new()),
            result => result?,
        };
        let name = |entry: io::Result<fs::DirEntry>| match entry {
            Ok(entry) => entry.file_name().into_string().ok().map(Ok),
            Err(error) => Some(Err(error)),
        };
        entries.filter_map(name).collect()
    }

    /// Whether this is a folder, and not reached by a link from the root on.
    pub(super) fn is_real(&self, folder: &[&str]) -> io::Result<bool> {
        let mut path = self.path.clone();
        for name in folder {
            path.push(name);
            match is_real_folder(&path) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }
}

/// Creates a folder and tells whether it was missing. What is there already must be one itself, and
/// not a link to one.
pub(super) fn create_real_folder(path: &Path) -> io::Result<bool> {
    faults::step(Step::EntryFolder)?;
    match fs::create_dir(path) {
        Ok(()) => {
            faults::new_folder(path);
            Ok(true)
        }
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if is_real_folder(path)? => Ok(false),
        Err(_) => Err(not_a_folder(path)),
    }
}

/// Whether there is a folder at the end of this path, and not a link to one.
pub(super) fn is_real_folder(path: &Path) -> io::Result<bool> {
    Ok(fs::symlink_metadata(path)?.is_dir())
}

/// Links within the directory are none of ours. Where they lead is nobody's business here, so they
/// are neither followed nor removed.
pub(super) fn not_a_folder(path: &Path) -> io::Error {
    let what = format!("`{}` is no folder (links are not followed): remove it", path.display());
    io::Error::new(io::ErrorKind::NotADirectory, what)
}
