//! How the directory and the files at its top come to be there, whoever does the same at this moment and
//! wherever it is cut short. What they are is not known here.

use super::durable::sync_folder;
use crate::faults::{self, Step};
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::Path;

/// The start of the names of files that are being created.
pub(super) const NEW: &str = ".larder-new-";

/// Creates the directory and those above it; it alone is closed to other users unless `shared`.
pub(super) fn create_folder(root: &Path, shared: bool) -> io::Result<()> {
    if root.is_dir() {
        return Ok(());
    }
    let outer = root.parent().filter(|outer| !outer.as_os_str().is_empty());
    if let Some(outer) = outer {
        create_outer(outer)?;
    }
    faults::step(Step::LayoutFolder)?;
    create_one(root, outer, &folder_builder(shared))
}

/// Creates the folders around the directory.
fn create_outer(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    let outer = folder.parent().filter(|outer| !outer.as_os_str().is_empty());
    if let Some(outer) = outer {
        create_outer(outer)?;
    }
    create_one(folder, outer, &fs::DirBuilder::new())
}

/// Creates a folder and brings its name to the disk: results that are to survive a power cut will
/// lie in it.
fn create_one(folder: &Path, outer: Option<&Path>, builder: &fs::DirBuilder) -> io::Result<()> {
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {
            return Ok(());
        }
        outcome => outcome?,
    }
    faults::new_folder(folder);
    if let Some(outer) = outer
        && let Err(error) = sync_folder(outer)
    {
        // One may create something in a folder that one may not read.
        tracing::debug!("could not sync `{}`: {error}", outer.display());
    }
    Ok(())
}

#[cfg(unix)]
fn folder_builder(shared: bool) -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    if !shared {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    builder
}

/// What others may do is for the system to say here.
#[cfg(not(unix))]
fn folder_builder(_: bool) -> fs::DirBuilder {
    fs::DirBuilder::new()
}

/// Writes a file that appears whole. Another process may do the same at this moment, which does no
/// harm, as it writes the same.
pub(super) fn put_file(root: &Path, name: &str, text: &str) -> io::Result<()> {
    let random = RandomState::new().hash_one(name);
    let (new, target) = (root.join(format!("{NEW}{random:016x}")), root.join(name));
    let write = || {
        let mut file = File::create_new(&new)?;
        faults::new_file(&file);
        faults::named(&file, &new);
        faults::write_all(Step::LayoutWrite, &mut file, text.as_bytes())?;
        file.sync_all()?;
        faults::synced(&file);
        faults::step(Step::LayoutRename)?;
        fs::rename(&new, &target)
    };
    write().inspect_err(|_| {
        // The first error is the one to report.
        let _ = fs::remove_file(&new);
    })?;
    faults::renamed(&new, &target);
    Ok(())
}
