//! Removing all results at once, of a function or of all.

use super::{Cache, since_epoch};
use crate::catalog::Record;
use crate::error::{Error, Result};
use crate::store::{self, Cleared, Folder};
use std::time::SystemTime;

impl Cache {
    /// Removes every result, for all processes. Does nothing where the cache is [off](crate::Mode::Off).
    ///
    /// The results are out of the way when this returns; their files are deleted in the background.
    /// Deleting the directory, or a folder or file in its `entries`, by hand does the same.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) for what the system refuses; what could be removed is gone.
    pub fn clear(&self) -> Result<()> {
        self.clear_folder(None)
    }

    /// Removes the results in one folder, or all.
    pub(crate) fn clear_folder(&self, folder: Option<&Folder>) -> Result<()> {
        self.clear_named(folder.map(Folder::name))
    }

    pub(super) fn clear_named(&self, name: Option<&str>) -> Result<()> {
        let Some(disk) = &self.inner.disk else {
            return Ok(());
        };
        // What is put aside is ours to delete as long as our journal shows that we live.
        if self.inner.mode.writes()
            && self.inner.follow(disk)
            && let Err(error) = disk.journal.announce()
        {
            tracing::debug!("what is cleared may be deleted by others too: {error}");
        }
        let Cleared { aside, folders, refused } = disk.store.clear(name).map_err(|error| {
            Error::io(format_args!("clear `{}`", disk.store.path().display()), error)
        })?;
        let when_ns = since_epoch(SystemTime::now());
        let cleared = match (&refused, name) {
            (None, None) => {
                self.inner.cleared(disk);
                vec![None]
            }
            (None, Some(name)) => vec![Some(name.to_owned())],
            (Some(_), _) => folders.into_iter().map(Some).collect(),
        };
        for folder in cleared {
            self.inner.record(disk, &Record::Cleared { folder, when_ns });
        }
        if !aside.is_empty() {
            self.delete_in_background(move || aside.iter().for_each(|path| store::delete(path)));
        }
        if let Some((path, error)) = refused {
            return Err(Error::io(format_args!("clear `{}`", path.display()), error));
        }
        Ok(())
    }
}
