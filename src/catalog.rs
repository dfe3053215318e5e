//! What is known *about* results: which there are, what they cost, what happened to the calls.
//!
//! Every process appends what it did to a [`Journal`] of its own. Whoever opens the [`Catalog`]
//! merges the journals into one database and removes those of processes that ended. One process at
//! a time can have the catalog open; one that finds it locked loses nothing, as its journal waits.
//!
//! Nothing here is on the path of a call, is the only copy of a result, or decides whether a result
//! is right. The catalog can be deleted at any time: a new one begins with what was counted, and the
//! entries are found again among the files; that, and reconciling it with files that were removed by
//! hand, is up to its user, as this layer does not know where entries live.
//!
//! ```text
//! journal/<session>     one per process, append-only        journal, frame, record
//! catalog/              the merged knowledge, in sled       database, keys, merge, batch, past, run
//! catalog.summary       for those who do not open it, and    summary, restore
//!                       for the next one if this one is lost
//! catalog.*             lock, marker, damaged predecessor   home
//! ```

mod batch;
mod condition;
#[cfg(test)]
mod damage;
mod database;
mod fields;
mod frame;
mod home;
mod journal;
mod keys;
mod lock;
mod merge;
#[cfg(test)]
mod model;
mod pairs;
mod past;
mod paths;
#[cfg(test)]
mod processes;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod properties;
mod record;
mod restore;
mod run;
#[cfg(test)]
mod samples;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) use self::condition::{Condition, State as CatalogState, condition};
use self::database::{Database, Failure};
use self::fields::Fields;
use self::home::Home;
pub(crate) use self::journal::{Journal, is_live};
pub(crate) use self::merge::{Merged, count as journals};
use self::pairs::Pairs;
use self::past::Removal;
pub(crate) use self::past::{Gone, Past, journalled_removals};
pub(crate) use self::record::{CountsRecord, EntryRecord, FunctionRecord, Record, UsesRecord};
pub(crate) use self::run::{LongestRecord, RunEnd, RunRecord};
pub(crate) use self::summary::recall;
use crate::error::{Error, ErrorKind};
use crate::store::is_limited;

/// The merged knowledge about a cache directory, open in this process alone.
#[derive(Debug)]
pub(crate) struct Catalog {
    journals: PathBuf,
    state: Mutex<State>,
}

struct State {
    /// Dropped before the home, whose lock covers it.
    database: Option<Database>,
    home: Home,
}

/// Why there is no catalog to work with.
#[derive(Debug)]
pub(crate) enum Unavailable {
    /// Another process has it open. Leave it alone; the journals wait.
    Locked,
    /// It cannot be used here, for a reason that a rebuilt one would share.
    Unusable(Error),
}

impl Catalog {
    /// Opens the catalog in a cache directory, creates it where it is missing, and merges the
    /// journals.
    ///
    /// A damaged catalog is moved aside and a new one begun. This goes for every operation here, not
    /// for opening alone, so what is listed may be less than what was put.
    ///
    /// # Errors
    ///
    /// As told by [`Unavailable`].
    pub(crate) fn open(root: &Path) -> Result<Self, Unavailable> {
        if is_limited() {
            // sled lets its files grow as it likes, beyond the limit too, which would be our end.
            let message = "files may not get as large as sled makes them (`ulimit -f`)";
            return Err(Unavailable::Unusable(Error::new(ErrorKind::Io, message)));
        }
        let home = Home::claim(root)?;
        let database = Some(home.open()?);
        let state = Mutex::new(State { database, home });
        let catalog = Self { journals: root.join("journal"), state };
        catalog.merge()?;
        Ok(catalog)
    }

    /// Merges what the journals have got since the last time.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable, as on a full disk. No record is lost by it, and none is
    /// merged twice.
    pub(crate) fn merge(&self) -> Result<Merged, Unavailable> {
        self.with(|database| merge::journals(database, &self.journals))
    }

    /// The entries of a folder, in no order to rely on, as far as journals and user told of them.
    ///
    /// Other calls may come in between: an entry that is put or removed meanwhile may or may not be
    /// among them.
    pub(crate) fn entries(
        &self,
        folder: &str,
    ) -> impl Iterator<Item = Result<EntryRecord, Unavailable>> + use<'_> {
        Pairs::new(self, keys::entries(Some(folder))).filter_map(|pair| match pair {
            Ok((key, value)) => {
                let (folder, mut names) = keys::name(&key)?;
                let file = names.string()?;
                EntryRecord::decode_rest(folder, file, &mut Fields::new(&value)).map(Ok)
            }
            Err(error) => Some(Err(error)),
        })
    }

    /// Every function that was ever seen, by its latest record, sorted by folder.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn folders(&self) -> Result<Vec<FunctionRecord>, Unavailable> {
        let decode = FunctionRecord::decode_rest;
        Ok(self.by_folder(keys::FUNCTIONS, decode)?.into_values().collect())
    }

    /// What was counted for each folder, over all time: clearing a folder does not undo it.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn counts(&self) -> Result<BTreeMap<String, CountsRecord>, Unavailable> {
        self.by_folder(keys::COUNTS, CountsRecord::decode_rest)
    }

    /// The last runs, up to 1,000 of them, from the last to the first.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn runs(&self) -> Result<Vec<RunRecord>, Unavailable> {
        let mut runs = Vec::new();
        for pair in Pairs::new(self, keys::RUNS.to_vec()) {
            runs.extend(RunRecord::decode(&mut Fields::new(&pair?.1)));
        }
        runs.reverse();
        Ok(runs)
    }

    /// Takes note of entries that were found among the files.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn put(&self, entries: &[EntryRecord]) -> Result<(), Unavailable> {
        self.with(|database| {
            database.apply(entries.iter().map(|entry| {
                let mut value = Vec::new();
                entry.encode_rest(&mut value);
                (keys::entry(&entry.folder, &entry.file), Some(value))
            }))
        })
    }

    /// Takes note, at the time `now_ns`, that entries of a folder were not found among the files.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn remove(
        &self,
        folder: &str,
        files: &[&str],
        now_ns: u64,
    ) -> Result<(), Unavailable> {
        let removal = Removal { how: Gone::ByHand, when_ns: now_ns };
        self.with(|database| {
            database.apply(files.iter().flat_map(|file| {
                let gone = (keys::gone(folder, file), Some(removal.encode()));
                [(keys::entry(folder, file), None), gone]
            }))?;
            past::trim(database)
        })
    }

    /// What became of an entry that is not among the files.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn past(&self, folder: &str, file: &str) -> Result<Past, Unavailable> {
        self.with(|database| Past::of(database, folder, file))
    }

    /// What had become of earlier results of a key when the one that is there was created.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn past_before(
        &self,
        folder: &str,
        file: &str,
        created_ns: u64,
    ) -> Result<Past, Unavailable> {
        self.with(|database| Past::before(database, folder, file, created_ns))
    }

    /// The folders and files of the last entries that are gone, how, and when, in nanoseconds since the
    /// epoch.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn removed(&self) -> Result<Vec<(String, String, Gone, u64)>, Unavailable> {
        self.with(past::gone)
    }

    /// Hands everything to the system, so that it survives the end of this process. Merging does
    /// so before it removes a journal, so this is for what was put and removed.
    ///
    /// # Errors
    ///
    /// If the catalog became unusable.
    pub(crate) fn flush(&self) -> Result<(), Unavailable> {
        self.with(Database::flush)
    }

    fn by_folder<T>(
        &self,
        kind: &[u8],
        decode: fn(String, &mut Fields<'_>) -> Option<T>,
    ) -> Result<BTreeMap<String, T>, Unavailable> {
        let mut records = BTreeMap::new();
        for pair in Pairs::new(self, kind.to_vec()) {
            let (key, value) = pair?;
            let record = keys::name(&key).and_then(|(folder, _)| {
                Some((folder.clone(), decode(folder, &mut Fields::new(&value))?))
            });
            records.extend(record);
        }
        Ok(records)
    }

    /// Works in the database; if that turns out to be damaged, once more in a new one.
    fn with<T>(
        &self,
        mut work: impl FnMut(&Database) -> Result<T, Failure>,
    ) -> Result<T, Unavailable> {
        let mut state = self.state();
        match state.run(&mut work)? {
            Err(Failure::Damaged(why)) => {
                state.replace(&why)?;
                let outcome = state.run(&mut work)?;
                outcome.map_err(|failure| state.home.unavailable(failure))
            }
            outcome => outcome.map_err(|failure| state.home.unavailable(failure)),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // What panics in here is caught in here, so a poisoned lock means nothing.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The runs that the journals of a cache directory tell of, from the last to the first: for those
/// who cannot have the catalog. Runs of processes that ended may be in the catalog alone.
///
/// # Errors
///
/// If the journals cannot be listed. One that cannot be read is left out.
pub(crate) fn journalled_runs(root: &Path) -> io::Result<Vec<RunRecord>> {
    let mut runs = merge::runs(&root.join("journal"))?;
    runs.sort_by_key(|run| std::cmp::Reverse(run.started_ns));
    runs.truncate(run::REMEMBERED);
    Ok(runs)
}

impl State {
    fn run<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, Failure>,
    ) -> Result<Result<T, Failure>, Unavailable> {
        self.home.careful(|| match &self.database {
            Some(database) => work(database),
            None => Err(Failure::Damaged("no database could be opened before".into())),
        })
    }

    fn replace(&mut self, why: &str) -> Result<(), Unavailable> {
        if let Some(damaged) = self.database.take() {
            damaged.abandon();
        }
        self.database = Some(self.home.replace(why)?);
        Ok(())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("another process has the catalog open; try again later"),
            Self::Unusable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unavailable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Locked => None,
            Self::Unusable(error) => error.source(),
        }
    }
}
