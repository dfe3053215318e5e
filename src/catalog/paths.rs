//! Files and folders that are what they seem: reached without following a symbolic link.
//!
//! The cache directory may be writable by others, or may have been unpacked from somewhere. A link
//! in it must not make us read, write or delete what lies elsewhere.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// What lies at a path, links themselves included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File,
    Folder,
    /// A link, a pipe, a device: nothing that we made.
    Foreign,
}

pub(super) fn look(path: &Path) -> io::Result<Found> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Ok(Found::File),
        Ok(metadata) if metadata.is_dir() => Ok(Found::Folder),
        Ok(_) => Ok(Found::Foreign),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

/// From this length on a file must consist of something.
#[cfg(unix)]
const HOLLOW: u64 = 16 << 20;

/// Whether this is the only name of a file, so that to write to it changes nothing elsewhere, and
/// whether there is to the file what its length says.
#[cfg(unix)]
pub(super) fn is_sole(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let file = fs::symlink_metadata(path)?;
    let hollow = file.len() > HOLLOW && file.blocks().saturating_mul(512) < file.len() / 64;
    Ok(file.nlink() == 1 && !hollow)
}

/// Whether this is the only name of a file: nothing tells here.
#[cfg(not(unix))]
pub(super) fn is_sole(_: &Path) -> io::Result<bool> {
    Ok(true)
}

/// Whether a path still leads to an open file, and does so without a link.
#[cfg(unix)]
pub(super) fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let open = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok(named.is_file() && (named.dev(), named.ino()) == (open.dev(), open.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether a path still leads to an open file, and does so without a link.
///
/// Without inode numbers this compares lengths, which is enough for what it decides: whether a new
/// and still empty journal was removed before it was locked. Here a file that is open cannot be
/// replaced under its name either, as its removal waits for the last one to close it.
#[cfg(not(unix))]
pub(super) fn leads_to(path: &Path, file: &File) -> io::Result<bool> {
    let open = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok(named.is_file() && named.len() == open.len()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
