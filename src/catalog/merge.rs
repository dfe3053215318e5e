//! Journals into the database: each record once, whatever ends the merging process when.
//!
//! The changes that records make and how far their journal is merged by then are applied together,
//! or not at all. A journal goes only after it was merged to its end, its owner had ended, and the
//! database was flushed.
//!
//! Journals are merged one after the other, not in the order of what happened, so an entry that
//! one process wrote after another cleared its folder may be dropped here. That is fine: the files
//! are what counts, and the catalog's user reconciles it with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::mem;
use std::path::{Path, PathBuf};

use super::database::{Database, Failure};
use super::fields::Fields;
use super::frame::Reader;
use super::journal::is_session;
use super::keys;
use super::lock::LockFile;
use super::past::{self, Gone, Removal};
use super::paths::{Found, leads_to, look};
use super::record::{CountsRecord, EntryRecord, FunctionRecord, Record};
use super::run::{self, RunRecord};
use super::summary;
use crate::faults::{self, Step};

/// What is applied at once: enough to make a flush of sled's buffers rare, little enough in memory.
const BATCH_RECORDS: usize = 1024;
const BATCH_BYTES: usize = 1 << 20;

/// Of so many entries it is remembered at once that they were used.
const USES: usize = 1 << 16;

/// How many journals of ended processes are held open, to be removed after one flush.
const HELD: usize = 64;

/// What a merge did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Merged {
    /// Records that were new to the catalog.
    pub records: u64,
    /// Journals that were removed, as their processes had ended.
    pub finished: u64,
}

/// A journal that was merged to its end, and whose lock we hold.
struct Ended {
    path: PathBuf,
    lock: LockFile,
    key: Vec<u8>,
}

/// Merges all journals in a folder.
///
/// A journal that cannot be read now (on systems where a lock keeps others from reading, that is
/// every live one) is left for later.
pub(super) fn journals(database: &Database, directory: &Path) -> Result<Merged, Failure> {
    let mut merged = Merged::default();
    let sessions = match sessions(directory) {
        Ok(sessions) => sessions,
        Err(error) => {
            tracing::warn!(%error, "could not list the journals in {}", directory.display());
            return Ok(merged);
        }
    };
    let (mut ended, mut removals, mut runs) = (Vec::new(), false, false);
    let mut uses = Uses::default();
    for session in &sessions {
        let path = directory.join(session);
        match open(&path) {
            Ok(None) => {}
            Ok(Some((lock, owned))) => {
                let key = keys::journal(session);
                let read = journal(database, &lock.file, &key, &mut uses)?;
                merged.records += read.records;
                removals |= read.removals;
                runs |= read.runs;
                if !owned && read.to_the_end {
                    ended.push(Ended { path, lock, key });
                }
            }
            Err(error) => tracing::debug!(%error, "could not open the journal {session}"),
        }
        if ended.len() == HELD {
            merged.finished += finish(database, directory, mem::take(&mut ended))?;
        }
    }
    uses.apply(database)?;
    let more = ended.is_empty() && merged.records > 0;
    merged.finished += finish(database, directory, ended)?;
    if more && let Err(error) = summary::write(database, directory) {
        // The one before is as right, with what the journals say.
        tracing::debug!("could not write what is known of functions: {error:?}");
    }
    forget_others(database, directory, &sessions)?;
    if removals {
        past::trim(database)?;
    }
    if runs {
        run::trim(database)?;
    }
    Ok(merged)
}

/// The runs that the journals in a folder tell of, merged or not, in no order.
///
/// A journal that cannot be read is left out, and nothing is changed.
pub(super) fn runs(directory: &Path) -> io::Result<Vec<RunRecord>> {
    let mut runs = Vec::new();
    for session in sessions(directory)? {
        let path = directory.join(session);
        let file =
            if matches!(look(&path), Ok(Found::File)) { File::open(&path).ok() } else { None };
        let Some(file) = file.filter(|file| matches!(leads_to(&path, file), Ok(true))) else {
            continue;
        };
        let end = file.metadata().map_or(0, |metadata| metadata.len());
        let mut reader = Reader::new(BufReader::new(file.take(end)));
        while let Ok(Some(record)) = reader.next() {
            if let Record::Run(run) = record {
                runs.push(run);
            }
        }
    }
    Ok(runs)
}

/// How many files there are in a folder of journals, roughly; none if it is a link.
pub(crate) fn count(directory: &Path) -> usize {
    let real = matches!(look(directory), Ok(Found::Folder));
    let names = real.then(|| fs::read_dir(directory).ok()).flatten();
    names.map_or(0, Iterator::count)
}

/// The names of all journals; none if there is no folder, or if it is a link.
pub(super) fn sessions(directory: &Path) -> io::Result<BTreeSet<String>> {
    if look(directory)? != Found::Folder {
        return Ok(BTreeSet::new());
    }
    fs::read_dir(directory)?
        .map(|file| Ok(file?.file_name().into_string().unwrap_or_default()))
        .filter(|name| name.as_ref().map_or(true, |name| is_session(name)))
        .collect()
}

/// Opens a journal and says whether its owner lives. `None` if there is nothing to merge.
fn open(path: &Path) -> io::Result<Option<(LockFile, bool)>> {
    if look(path)? != Found::File {
        return Ok(None);
    }
    // Some network file systems lock only what is open for writing; others' files may be readable
    // only.
    let file = File::options().read(true).write(true).open(path).or_else(|_| File::open(path))?;
    let mut lock = LockFile::new(file);
    let owned = match lock.try_lock() {
        Ok(taken) => !taken,
        // Whether there is an owner cannot be found out: then there is.
        Err(_) => true,
    };
    if !leads_to(path, &lock.file)? {
        return Ok(None);
    }
    if !owned && lock.file.metadata()?.len() == 0 {
        // Perhaps its owner has just created it and waits for the lock, so be quick: it finds that
        // the file is gone and creates it anew.
        fs::remove_file(path)?;
        return Ok(None);
    }
    Ok(Some((lock, owned)))
}

/// How much there was in a journal.
#[derive(Debug, Default)]
struct Extent {
    /// Records that were new.
    records: u64,
    /// Whether entries were removed.
    removals: bool,
    /// Whether there were runs.
    runs: bool,
    /// Whether all of it could be read.
    to_the_end: bool,
}

/// When entries were used last, by their keys, for the end of a merge: the journal of who used one may
/// come before that of who kept it. A merge that is cut short loses them, which does no harm beside
/// the time stamps of the files.
#[derive(Debug, Default)]
struct Uses(BTreeMap<Vec<u8>, u64>);

impl Uses {
    fn add(&mut self, database: &Database, key: Vec<u8>, when_ns: u64) -> Result<(), Failure> {
        let known = self.0.entry(key).or_default();
        *known = when_ns.max(*known);
        if self.0.len() >= USES { self.apply(database) } else { Ok(()) }
    }

    fn apply(&mut self, database: &Database) -> Result<(), Failure> {
        let mut changes = Vec::new();
        for (key, when_ns) in mem::take(&mut self.0) {
            let known = database.get(&key)?.and_then(|value| {
                let names = (String::new(), String::new());
                EntryRecord::decode_rest(names.0, names.1, &mut Fields::new(&value))
            });
            // One that is not known was removed meanwhile.
            if let Some(mut entry) = known.filter(|entry| entry.last_used_ns < when_ns) {
                let mut value = Vec::new();
                entry.last_used_ns = when_ns;
                entry.encode_rest(&mut value);
                changes.push((key, Some(value)));
            }
            if changes.len() >= BATCH_RECORDS {
                database.apply(mem::take(&mut changes))?;
            }
        }
        database.apply(changes)
    }
}

/// Applies the records that are new in a journal.
fn journal(
    database: &Database,
    file: &File,
    key: &[u8],
    uses: &mut Uses,
) -> Result<Extent, Failure> {
    let start = database.get(key)?.and_then(|value| Fields::new(&value).u64()).unwrap_or(0);
    // A live journal may grow faster than it is merged, so its end is where it is now.
    let mut source = file;
    let Ok(end) = source.seek(SeekFrom::End(0)) else {
        return Ok(Extent::default());
    };
    if source.seek(SeekFrom::Start(start)).is_err() {
        return Ok(Extent::default());
    }
    let mut reader = Reader::new(BufReader::new(source.take(end.saturating_sub(start))));
    let mut batch = Batch { database, key, merged: start, changes: BTreeMap::new(), bytes: 0 };
    let mut read = Extent::default();
    read.to_the_end = loop {
        let record = match reader.next() {
            Ok(Some(record)) => record,
            Ok(None) => break true,
            Err(error) => {
                tracing::debug!(%error, "could not read on in a journal");
                break false;
            }
        };
        read.removals |= matches!(
            record,
            Record::Removed { .. } | Record::Cleared { .. } | Record::Trimmed { .. }
        );
        read.runs |= matches!(record, Record::Run(_));
        match record {
            Record::Cleared { folder, when_ns } => {
                // Removing twice is the same as once, so this needs no batch, which could get large.
                batch.commit()?;
                past::clear(database, folder.as_deref(), when_ns)?;
            }
            Record::Used(record) => {
                for file in &record.files {
                    let key = keys::entry(&record.folder, &file.text());
                    uses.add(database, key, record.when_ns)?;
                }
            }
            record => batch.add(record)?,
        }
        read.records += 1;
        batch.merged = start + reader.good();
        if batch.changes.len() >= BATCH_RECORDS || batch.bytes >= BATCH_BYTES {
            batch.commit()?;
        }
    };
    batch.merged = start + reader.good();
    if batch.merged > start {
        batch.commit()?;
    }
    Ok(read)
}

/// Changes that are not applied yet, with how far their journal is merged once they are.
struct Batch<'a> {
    database: &'a Database,
    key: &'a [u8],
    merged: u64,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
}

impl Batch<'_> {
    fn add(&mut self, record: Record) -> Result<(), Failure> {
        let mut value = Vec::new();
        match record {
            Record::Function(function) => {
                let key = keys::function(&function.folder);
                let known = self.get(&key)?.and_then(|value| {
                    FunctionRecord::decode_rest(String::new(), &mut Fields::new(&value))
                });
                if known.is_none_or(|known| known.seen_ns <= function.seen_ns) {
                    function.encode_rest(&mut value);
                    self.set(key, Some(value));
                }
            }
            Record::Kept(entry) => {
                entry.encode_rest(&mut value);
                self.set(keys::entry(&entry.folder, &entry.file), Some(value));
            }
            Record::Removed { folder, file, when_ns } => {
                self.remove(&folder, &file, Removal { how: Gone::Forgotten, when_ns });
            }
            Record::Trimmed { folder, when_ns, files } => {
                for file in &files {
                    self.remove(&folder, &file.text(), Removal { how: Gone::Trimmed, when_ns });
                }
            }
            Record::Counted(mut counts) => {
                let key = keys::counts(&counts.folder);
                let known = self.get(&key)?.and_then(|value| {
                    CountsRecord::decode_rest(String::new(), &mut Fields::new(&value))
                });
                if let Some(known) = known {
                    counts.add(&known);
                }
                counts.encode_rest(&mut value);
                self.set(key, Some(value));
            }
            Record::Run(run) => {
                run.encode(&mut value);
                self.set(run.key(), Some(value));
            }
            Record::Cleared { .. } | Record::Used(_) => {}
        }
        Ok(())
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        match self.changes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.database.get(key),
        }
    }

    fn remove(&mut self, folder: &str, file: &str, removal: Removal) {
        self.set(keys::entry(folder, file), None);
        self.set(keys::gone(folder, file), Some(removal.encode()));
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        self.changes.insert(key, value);
    }

    fn commit(&mut self) -> Result<(), Failure> {
        self.bytes = 0;
        faults::step(Step::MergeApply).map_err(Failure::Refused)?;
        let merged = (self.key.to_vec(), Some(self.merged.to_le_bytes().to_vec()));
        self.database.apply(mem::take(&mut self.changes).into_iter().chain([merged]))
    }
}

/// Removes journals that are merged to their ends, after making sure that they are not needed.
fn finish(database: &Database, directory: &Path, ended: Vec<Ended>) -> Result<u64, Failure> {
    if ended.is_empty() {
        return Ok(0);
    }
    faults::step(Step::MergeFlush).map_err(Failure::Refused)?;
    database.flush()?;
    // What those who have no catalog know must not become less by the removal.
    if let Err(error) = summary::write(database, directory) {
        tracing::debug!("journals are left for later: {error:?}");
        return Ok(0);
    }
    let mut gone = Vec::new();
    for Ended { path, lock, key } in ended {
        // One that cannot be removed stays, as does how far it is merged: it is not counted twice.
        let remove = || faults::step(Step::MergeRemove).and_then(|()| fs::remove_file(&path));
        if matches!(leads_to(&path, &lock.file), Ok(true)) && remove().is_ok() {
            gone.push((key, None));
        }
    }
    let count = gone.len() as u64;
    faults::step(Step::MergeForget).map_err(Failure::Refused)?;
    database.apply(gone)?;
    Ok(count)
}

/// Forgets how far journals are merged that no longer exist: those that were removed by a merge
/// that ended before it could say so, or by hand.
fn forget_others(
    database: &Database,
    directory: &Path,
    sessions: &BTreeSet<String>,
) -> Result<(), Failure> {
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = database.page(keys::JOURNALS, after.as_deref(), BATCH_RECORDS)?;
        let Some((last, _)) = page.last() else {
            return Ok(());
        };
        after = Some(last.clone());
        let gone = page.into_iter().filter(|(key, _)| {
            !keys::name(key).is_some_and(|(session, _)| {
                sessions.contains(&session) || exists(&directory.join(session))
            })
        });
        let gone: Vec<_> = gone.map(|(key, _)| (key, None)).collect();
        if !gone.is_empty() {
            database.apply(gone)?;
        }
    }
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or_else(|error| error.kind() != ErrorKind::NotFound, |_| true)
}
