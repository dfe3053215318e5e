//! Journals into the database: each record once, whatever ends the merging process when.
//!
//! The changes that records make and how far their journal is merged by then are applied together,
//! or not at all. A journal goes only after it was merged to its end, its owner had ended, and the
//! database was flushed.
//!
//! Journals are merged one after the other, not in the order of what happened, so what a record
//! changes depends on the times that records tell ([`batch`](super::batch)).

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::mem;
use std::path::{Path, PathBuf};

use super::batch::{Batch, Uses};
use super::database::{Database, Failure};
use super::fields::Fields;
use super::frame::Reader;
use super::journal::is_session;
use super::keys;
use super::lock::LockFile;
use super::past;
use super::paths::{Found, leads_to, look};
use super::record::Record;
use super::run::{self, RunRecord};
use super::summary;
use crate::faults::{self, Step};

/// So many names of journals are read at once.
const PAGE: usize = 1024;

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
    let mut batch = Batch::new(database, key, start);
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
            Record::Used(record) => uses.add(database, &record)?,
            record => batch.add(record)?,
        }
        read.records += 1;
        batch.reach(start + reader.good())?;
    };
    if reader.good() > 0 {
        batch.reach(start + reader.good())?;
        batch.commit()?;
    }
    Ok(read)
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
            faults::removed(&path);
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
        let page = database.page(keys::JOURNALS, after.as_deref(), PAGE)?;
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
