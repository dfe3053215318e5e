//! Who may open the catalog, and what becomes of a damaged one.
//!
//! ```text
//! catalog/              the database
//! catalog.lock          locked by the process that has the catalog open; stays
//! catalog.opening       exists while sled does what may take the whole process down
//! catalog.damaged-<n>   the last database that was found damaged, for whoever wants to know why
//! ```
//!
//! The lock is ours and not only sled's, so that nobody moves a catalog aside that another process
//! uses, and so that a marker means something: whoever holds the lock and finds `catalog.opening`
//! knows that its maker is gone. The marker is there while sled opens; in programs built with
//! `panic = "abort"`, where a panic of sled's ends the process, it is there whenever sled is at work,
//! and the database in `catalog/` is not to be tried again. Elsewhere panics are caught, so the process
//! was killed, most likely, and the marker says that the database may be tried once more. A new one is
//! begun with what was counted, from the summary ([`restore`]), and the entries.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use super::Unavailable;
use super::database::{Database, Failure};
use super::lock::LockFile;
use super::paths::{Found, is_sole, leads_to, look};
use super::restore::restore;
use crate::error::{Error, ErrorKind};
use crate::faults::{self, Step};

/// What a marker says of the database, should its maker not come back: that it may be tried once more.
const AGAIN: &[u8] = b"again";
const NEVER: &[u8] = b"";

/// The catalog's place in a cache directory, with the right to use it.
pub(super) struct Home {
    root: PathBuf,
    /// Held until this is dropped.
    _lock: LockFile,
}

impl Home {
    /// Takes the lock, unless another process (or another catalog in this one) has it.
    pub(super) fn claim(root: &Path) -> Result<Self, Unavailable> {
        let path = root.join("catalog.lock");
        let failed = |error| unusable("lock", &path, error);
        if !matches!(look(&path).map_err(failed)?, Found::Nothing | Found::File) {
            return Err(foreign(&path));
        }
        let options = || File::options().read(true).write(true).clone();
        // Only where there is nothing is something created, as that does not follow a link.
        let lock = match options().create_new(true).open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                options().open(&path).map_err(failed)?
            }
            outcome => outcome.map_err(failed)?,
        };
        faults::step(Step::CatalogLock).map_err(failed)?;
        let mut lock = LockFile::new(lock);
        if !lock.try_lock().map_err(failed)? {
            return Err(Unavailable::Locked);
        }
        if !leads_to(&path, &lock.file).map_err(failed)? {
            return Err(foreign(&path));
        }
        Ok(Self { root: root.to_owned(), _lock: lock })
    }

    /// Opens the database; a new one, if the last process that tried did not come back from it or
    /// if it is damaged.
    pub(super) fn open(&self) -> Result<Database, Unavailable> {
        self.refuse_links()?;
        let marker = self.marker();
        let found = look(&marker).map_err(|error| unusable("look at", &marker, error))?;
        let attempt = match found {
            Found::Nothing => self.attempt(AGAIN),
            Found::File if says(&marker, AGAIN) => {
                self.remove_marker()?;
                self.attempt(NEVER)
            }
            _ => return self.replace("a process ended while it was at work in it"),
        };
        match attempt? {
            Err(Failure::Damaged(why)) => self.replace(&why),
            outcome => outcome.map_err(|failure| self.unavailable(failure)),
        }
    }

    /// Moves the database aside and begins a new one.
    pub(super) fn replace(&self, why: &str) -> Result<Database, Unavailable> {
        let aside = self.move_aside()?;
        let begun = self
            .remove_marker()
            .and_then(|()| self.attempt(AGAIN)?.map_err(|failure| self.unavailable(failure)));
        match &begun {
            Ok(_) => {
                tracing::warn!(
                    why,
                    "the catalog in {} was damaged and is rebuilt; no result is lost",
                    self.root.display()
                );
                self.remove_older(aside.as_deref());
            }
            // If not even a new one can be opened, the old one was not to blame. Should it not go
            // back either, it is still there for a look at it.
            Err(_) => {
                if let Some(aside) = aside {
                    let _ = fs::remove_dir_all(self.folder());
                    let _ = fs::rename(aside, self.folder());
                }
            }
        }
        begun
    }

    /// Runs work in the open database, with the marker in place if a panic would end the process.
    pub(super) fn careful<T>(&self, work: impl FnOnce() -> T) -> Result<T, Unavailable> {
        if cfg!(panic = "abort") { self.marked(NEVER, work) } else { Ok(work()) }
    }

    pub(super) fn unavailable(&self, failure: Failure) -> Unavailable {
        let folder = self.folder();
        match failure {
            Failure::Locked => Unavailable::Locked,
            Failure::Refused(error) => unusable("use", &folder, error),
            Failure::Damaged(why) => Unavailable::Unusable(Error::new(
                ErrorKind::Corrupt,
                format!("the catalog `{}` may be deleted: {why}", folder.display()),
            )),
        }
    }

    fn folder(&self) -> PathBuf {
        self.root.join("catalog")
    }

    fn marker(&self) -> PathBuf {
        self.root.join("catalog.opening")
    }

    fn attempt(&self, marker: &[u8]) -> Result<Result<Database, Failure>, Unavailable> {
        let folder = self.folder();
        let marker = if cfg!(panic = "abort") { NEVER } else { marker };
        self.marked(marker, || {
            let database = Database::open(&folder)?;
            restore(&database, &self.root)?;
            Ok(database)
        })
    }

    fn marked<T>(&self, says: &[u8], work: impl FnOnce() -> T) -> Result<T, Unavailable> {
        let marker = self.marker();
        File::create_new(&marker)
            .and_then(|mut file| file.write_all(says))
            .and_then(|()| faults::step(Step::CatalogOpen))
            .map_err(|error| unusable("create", &marker, error))?;
        let outcome = work();
        self.remove_marker()?;
        Ok(outcome)
    }

    fn remove_marker(&self) -> Result<(), Unavailable> {
        let marker = self.marker();
        match faults::step(Step::CatalogUnmark).and_then(|()| fs::remove_file(&marker)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(unusable("remove", &marker, error))
            }
            _ => Ok(()),
        }
    }

    /// sled opens its files by name, reads and writes them, so what it would find has to be looked at
    /// before.
    fn refuse_links(&self) -> Result<(), Unavailable> {
        let folder = self.folder();
        let failed = |error| unusable("look into", &folder, error);
        match look(&folder).map_err(failed)? {
            Found::Nothing => return Ok(()),
            Found::Folder => {}
            Found::File | Found::Foreign => return Err(foreign(&folder)),
        }
        let mut folders = vec![folder.clone()];
        while let Some(inner) = folders.pop() {
            for child in fs::read_dir(&inner).map_err(failed)? {
                let path = child.map_err(failed)?.path();
                match look(&path).map_err(failed)? {
                    // Those of sled, and none below them.
                    Found::Folder if inner == folder => folders.push(path),
                    Found::File if is_sole(&path).map_err(failed)? => {}
                    Found::Nothing => {}
                    _ => return Err(foreign(&path)),
                }
            }
        }
        Ok(())
    }

    fn move_aside(&self) -> Result<Option<PathBuf>, Unavailable> {
        let folder = self.folder();
        let failed = |error| unusable("move aside", &folder, error);
        if look(&folder).map_err(failed)? == Found::Nothing {
            return Ok(None);
        }
        let last = self.aside().map_err(failed)?.into_iter().map(|(number, _)| number).max();
        let next = last.map_or(1, |last| last.saturating_add(1));
        let aside = self.root.join(format!("catalog.damaged-{next}"));
        faults::step(Step::CatalogAside).map_err(failed)?;
        fs::rename(&folder, &aside).map_err(failed)?;
        Ok(Some(aside))
    }

    /// Keeps one damaged database, for a look at it, but not all there ever were.
    fn remove_older(&self, kept: Option<&Path>) {
        // What cannot be removed now costs some space until the next time.
        for (_, path) in self.aside().unwrap_or_default() {
            if kept.is_some_and(|kept| kept != path) {
                let _ = fs::remove_dir_all(path);
            }
        }
    }

    fn aside(&self) -> std::io::Result<Vec<(u64, PathBuf)>> {
        let mut found = Vec::new();
        for file in fs::read_dir(&self.root)? {
            let file = file?;
            let number = file
                .file_name()
                .to_str()
                .and_then(|name| name.strip_prefix("catalog.damaged-")?.parse().ok());
            found.extend(number.map(|number| (number, file.path())));
        }
        Ok(found)
    }
}

/// Whether a file holds these bytes. Of more than that, however much it is, no more is read.
fn says(path: &Path, bytes: &[u8]) -> bool {
    let mut says = Vec::new();
    let most = bytes.len() as u64 + 1;
    File::open(path).and_then(|file| file.take(most).read_to_end(&mut says)).is_ok()
        && says == bytes
}

fn unusable(doing: &str, path: &Path, error: std::io::Error) -> Unavailable {
    Unavailable::Unusable(Error::io(format_args!("{doing} `{}`", path.display()), error))
}

fn foreign(path: &Path) -> Unavailable {
    Unavailable::Unusable(Error::new(
        ErrorKind::NotLarder,
        format!("`{}` is not a file or folder of the catalog; remove it", path.display()),
    ))
}
