//! Names that are to outlive a power cut: of files in their folders, and of those folders too.
//!
//! A file that is on the disk is found again only if its name is, that of its folder, and so on up to
//! the directory of the cache and its own. Who created those folders may not have waited for the
//! disk, be it another call or another process, so whoever has to rely on them sees to it, once.

use crate::faults::{self, Step};
use std::collections::HashSet;
use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The folders whose own names are on the disk, and those of all folders above them in the cache.
#[derive(Debug, Default)]
pub(super) struct Anchored(Mutex<HashSet<Identity>>);

/// Tells a folder from one that takes its place: a number alone is soon given to the next.
#[cfg(unix)]
type Identity = (u64, u64, std::time::SystemTime);
#[cfg(not(unix))]
type Identity = ();

impl Anchored {
    /// Brings the names in `folder`, which lies in the cache at `root`, to the disk, and those of the
    /// folders that lead there.
    pub(super) fn sync(&self, root: &Path, folder: &Path) -> io::Result<()> {
        faults::step(Step::FolderSync)?;
        let (mut folder, mut identity) = (folder, sync_folder(folder)?);
        let mut new = Vec::new();
        while !identity.is_some_and(|known| self.contains(known)) {
            new.extend(identity);
            let Some(outer) = folder.parent() else { break };
            faults::step(Step::OuterSync)?;
            match sync_folder(outer) {
                Ok(synced) => identity = synced,
                // What is around a cache need not be ours to open. Its maker has synced it.
                Err(error) if folder == root => {
                    tracing::debug!("could not sync `{}`: {error}", outer.display());
                }
                Err(error) => return Err(error),
            }
            if folder == root {
                break;
            }
            folder = outer;
        }
        if !new.is_empty() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(new);
        }
        Ok(())
    }

    fn contains(&self, identity: Identity) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(&identity)
    }
}

/// Brings the names in a folder to the disk, and tells which folder that was, if it can be told.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<Option<Identity>> {
    use std::os::unix::fs::MetadataExt;
    let file = File::open(folder)?;
    match file.sync_all() {
        // Some network file systems have no such thing: there, names are on the disk at once.
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
        outcome => outcome?,
    }
    faults::folder_synced(folder);
    let identity = |of: Metadata| Some((of.dev(), of.ino(), of.created().ok()?));
    Ok(file.metadata().ok().and_then(identity))
}

/// Folders cannot be opened as files here, and the file system journals names by itself.
#[cfg(not(unix))]
pub(super) fn sync_folder(_: &Path) -> io::Result<Option<Identity>> {
    Ok(Some(()))
}
