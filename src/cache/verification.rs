//! Checking every entry on disk.

use super::unlisted::UnlistedFolder;
use super::{Cache, lock, since_epoch};
use crate::catalog::Record;
use crate::error::{Error, Result};
use crate::store::{Shard, Store};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::SystemTime;

/// What a check of every entry on disk came to: see [`Cache::verify`].
///
/// Its `Display` is a line with the counts, then one for each thing that is not as it should be.
#[derive(Debug)]
#[non_exhaustive]
pub struct Verification {
    /// How many entries were read from the first byte to the last.
    pub checked: u64,
    /// The bytes of those that are whole.
    pub bytes: u64,
    /// Entries that are not what was written, sorted by key.
    pub damaged: Vec<DamagedEntry>,
    /// Entries that the system did not let us read, sorted by key: nothing is known of them.
    pub unreadable: Vec<DamagedEntry>,
    /// Folders that the system did not let us list, sorted by path: nothing is known of what is in them.
    pub unlisted: Vec<UnlistedFolder>,
    /// Files and folders that larder did not make, by their paths from the directory, sorted.
    pub foreign: Vec<PathBuf>,
    cache: Cache,
}

/// An entry that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct DamagedEntry {
    /// `<function>-<id>/<inputs>-<code>`: the names of its folder and file in `entries`.
    pub key: String,
    /// The function, as other entries in the folder call it; without any, the folder's name.
    pub function: String,
}

impl Cache {
    /// Reads every entry on disk, on all cores, and compares it with its checksum and its name.
    ///
    /// Whether a value is what its function would return today is another question, and nothing is
    /// changed here: damaged entries are computed again by the next call that wants them, or set
    /// aside by [`Verification::repair`].
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the directory cannot be listed.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path())?;
    /// let report = cache.verify()?;
    /// assert!(report.damaged.is_empty(), "{report}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verify(&self) -> Result<Verification> {
        let mut report = Verification {
            checked: 0,
            bytes: 0,
            damaged: Vec::new(),
            unreadable: Vec::new(),
            unlisted: Vec::new(),
            foreign: Vec::new(),
            cache: self.clone(),
        };
        let Some(disk) = &self.inner.disk else {
            return Ok(report);
        };
        let survey = disk.store.shards().map_err(|error| {
            Error::io(format_args!("list `{}`", disk.store.path().display()), error)
        })?;
        report.foreign = survey.foreign;
        let (total, shards) = (Mutex::new(Tally::default()), Mutex::new(survey.ours.into_iter()));
        let work = || {
            let next = || lock(&shards).next();
            let mut own = Tally::default();
            while let Some(shard) = next() {
                own.check(&disk.store, &shard);
            }
            lock(&total).add(own);
        };
        thread::scope(|scope| {
            for _ in 1..thread::available_parallelism().map_or(1, Into::into) {
                // Where there are no threads to be had, this one does it all.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let total = total.into_inner().unwrap_or_default();
        report.checked = total.checked;
        report.bytes = total.bytes;
        report.foreign.extend(total.foreign);
        report.foreign.sort();
        let refused =
            survey.refused.iter().map(|(path, error)| UnlistedFolder::at(path.clone(), error));
        report.unlisted = refused.chain(total.unlisted).collect();
        report.unlisted.sort();
        let named = |places: Vec<(String, String)>| {
            let named = places.into_iter().map(|(folder, file)| DamagedEntry {
                key: format!("{folder}/{file}"),
                function: total.functions.get(&folder).unwrap_or(&folder).clone(),
            });
            let mut named: Vec<_> = named.collect();
            named.sort();
            named
        };
        report.damaged = named(total.damaged);
        report.unreadable = named(total.unreadable);
        Ok(report)
    }
}

impl Verification {
    /// Moves the damaged entries to the folder `damaged` of the directory, where they are kept for a
    /// look at them (the latest 100, of at most 64 MiB), and tells how many there were. One that was
    /// computed again in the meantime stays.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) for what the system refuses, which a cache that only reads is one case
    /// of. What was moved before is moved.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path())?;
    /// let moved = cache.verify()?.repair()?;
    /// assert_eq!(moved, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn repair(&self) -> Result<u64> {
        let mut moved = 0;
        let Some(disk) = &self.cache.inner.disk else {
            return Ok(moved);
        };
        for entry in &self.damaged {
            let (folder, file) = entry.key.split_once('/').unwrap_or_default();
            let aside = disk.store.set_aside(folder, file);
            let aside = aside
                .map_err(|error| Error::io(format_args!("move `{}` aside", entry.key), error))?;
            if aside {
                moved += 1;
                let (folder, file) = (folder.to_owned(), file.to_owned());
                let when_ns = since_epoch(SystemTime::now());
                self.cache.inner.record(disk, &Record::Removed { folder, file, when_ns });
            }
        }
        Ok(moved)
    }
}

impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (damaged, unreadable) = (self.damaged.len(), self.unreadable.len());
        write!(f, "{} entries checked, {} bytes whole: ", self.checked, self.bytes)?;
        write!(f, "{damaged} damaged, {unreadable} unreadable, {} foreign", self.foreign.len())?;
        // Names come from the disk, where anybody may have written them.
        for (what, entries) in [("damaged", &self.damaged), ("unreadable", &self.unreadable)] {
            for entry in entries {
                write!(f, "\n{what}: {} of {}", entry.key, entry.function.escape_debug())?;
            }
        }
        self.unlisted.iter().try_for_each(|folder| write!(f, "\n{folder}"))?;
        for path in &self.foreign {
            write!(f, "\nforeign: {}", path.display().to_string().escape_debug())?;
        }
        Ok(())
    }
}

/// What one thread found.
#[derive(Default)]
struct Tally {
    checked: u64,
    bytes: u64,
    /// Folders and files.
    damaged: Vec<(String, String)>,
    unreadable: Vec<(String, String)>,
    unlisted: Vec<UnlistedFolder>,
    foreign: Vec<PathBuf>,
    /// What functions are called, by folder.
    functions: BTreeMap<String, String>,
}

impl Tally {
    fn check(&mut self, store: &Store, shard: &Shard) {
        // A folder that was removed in the meantime has no entries.
        let survey = match store.entries_of(shard) {
            Ok(survey) => survey,
            Err(error) => {
                let Shard { folder, name } = shard;
                self.unlisted.push(UnlistedFolder::new(folder, Some(name), &error));
                return;
            }
        };
        self.foreign.extend(survey.foreign);
        for file in survey.ours {
            let folder = &shard.folder;
            let read = store.inspect(folder, &file, |entry| {
                let header = entry.header()?;
                Some((entry.size(), header.function))
            });
            match read {
                Ok(Some((size, function))) => {
                    self.bytes += size;
                    if !self.functions.contains_key(folder) {
                        self.functions.insert(folder.clone(), function);
                    }
                }
                Ok(None) if store.is_gone(folder, &file) => continue,
                Ok(None) => self.damaged.push((folder.clone(), file)),
                Err(_) => self.unreadable.push((folder.clone(), file)),
            }
            self.checked += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.bytes += other.bytes;
        self.damaged.extend(other.damaged);
        self.unreadable.extend(other.unreadable);
        self.unlisted.extend(other.unlisted);
        self.foreign.extend(other.foreign);
        self.functions.extend(other.functions);
    }
}
