//! The file system of other systems than Unix, through the standard library alone.

use super::super::path::{parent, text};
use super::Seen;
use std::fs::File;
use std::io;
use std::path::Path;

#[derive(Debug)]
pub(super) struct Root;

impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path.is_dir() { Ok(Self) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    pub(super) fn open_own(&self, root: &Path, name: &str) -> io::Result<File> {
        let path = root.join(name);
        match std::fs::symlink_metadata(&path) {
            Ok(metadata) if !metadata.is_file() => return Err(io::ErrorKind::InvalidData.into()),
            _ => {}
        }
        File::options().read(true).write(true).create(true).truncate(false).open(path)
    }

    pub(super) fn open_file(&self, root: &Path, path: &[u8]) -> io::Result<File> {
        self.check_folder(root, parent(path))?;
        let path = root.join(text(path));
        match std::fs::symlink_metadata(&path)?.is_file() {
            true => File::open(path),
            false => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    pub(super) fn open_at_hand(&self, _: &[u8]) -> Option<File> {
        None
    }

    pub(super) fn check_folder(&self, root: &Path, path: &[u8]) -> io::Result<()> {
        let mut folder = root.to_owned();
        for name in text(path).split('/').filter(|name| !name.is_empty()) {
            folder.push(name);
            if !crate::store::folders::is_real_folder(&folder)? {
                return Err(crate::store::folders::not_a_folder(&folder));
            }
        }
        Ok(())
    }

    pub(super) fn list<T>(
        &self,
        root: &Path,
        path: &[u8],
        ours: impl Fn(&str) -> Option<T>,
    ) -> io::Result<Vec<(T, io::Result<Seen>)>> {
        self.check_folder(root, path)?;
        let mut files = Vec::new();
        for child in std::fs::read_dir(root.join(text(path)))? {
            let child = child?;
            let Some(ours) = child.file_name().to_str().and_then(&ours) else { continue };
            match child.metadata() {
                Ok(metadata) if metadata.is_file() => files.push((ours, Ok(Seen::of(&metadata)))),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => files.push((ours, Err(error))),
            }
        }
        Ok(files)
    }

    /// Paths are walked anew at each call here, so they never lead to what was there before.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        path.is_dir()
    }

    pub(super) fn link_new(
        &self,
        _: &Path,
        _: &[u8],
        _: &[u8],
        _: &[u8],
        _: bool,
    ) -> io::Result<Option<super::Linked>> {
        Ok(None)
    }
}

/// Whether a file has other names cannot be asked here without more than std.
#[expect(clippy::unnecessary_wraps, reason = "as on other systems")]
pub(super) fn touch(_: &File, _: u64) -> io::Result<bool> {
    Ok(false)
}

/// What is in the way is seen here before it is opened.
pub(super) fn is_obstacle(_: &io::Error) -> bool {
    false
}

/// Whether an error means that the disk does not have any more what was written to it: by the numbers of
/// Windows, that a checksum is wrong, or that a file is damaged.
pub(in crate::store) fn is_lost(error: &io::Error) -> bool {
    cfg!(windows) && matches!(error.raw_os_error(), Some(23 | 1392))
}

/// Reads as much as one call of the system gives.
pub(in crate::store) fn read_once(mut file: &File, buffer: &mut [u8]) -> io::Result<usize> {
    io::Read::read(&mut file, buffer)
}

pub(super) fn read_at_hand(_: &File, _: &mut [u8]) -> Option<usize> {
    None
}
