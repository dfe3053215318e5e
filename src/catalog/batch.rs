//! What the records of a journal change in the database, whatever was merged before.
//!
//! Journals are merged one after the other, not in the order of what happened, so it is the times in
//! the records that count. Of several records of an entry the newest does, and it is gone if it was
//! removed, or its folder cleared, at that time or later. Should a clock have gone back, what is said
//! here is wrong until the catalog's user reconciles it with the files, which are what counts.

use std::collections::BTreeMap;
use std::mem;

use super::database::{Database, Failure};
use super::fields::Fields;
use super::keys;
use super::past::{self, Gone, Removal};
use super::record::{CountsRecord, EntryRecord, FunctionRecord, Record, UsesRecord};
use crate::faults::{self, Step};

/// What is applied at once: enough to make a flush of sled's buffers rare, little enough in memory.
const RECORDS: usize = 1024;
const BYTES: usize = 1 << 20;

/// Of so many entries it is remembered at once that they were used.
const USES: usize = 1 << 16;

/// Changes that are not applied yet, with how far their journal is merged once they are.
pub(super) struct Batch<'a> {
    database: &'a Database,
    /// Under which that is known.
    key: &'a [u8],
    merged: u64,
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    bytes: usize,
    /// When folders were last cleared, as far as that was asked.
    cleared: BTreeMap<String, Option<u64>>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(database: &'a Database, key: &'a [u8], merged: u64) -> Self {
        let (changes, cleared) = (BTreeMap::new(), BTreeMap::new());
        Self { database, key, merged, changes, bytes: 0, cleared }
    }

    /// Adds what a record changes, but for uses: those are for [`Uses`].
    pub(super) fn add(&mut self, record: Record) -> Result<(), Failure> {
        match record {
            Record::Function(function) => self.seen(&function),
            Record::Kept(entry) => self.kept(entry),
            Record::Removed { folder, file, when_ns } => {
                self.remove(&folder, &file, Removal { how: Gone::Forgotten, when_ns })
            }
            Record::Trimmed { folder, when_ns, files } => {
                let removal = Removal { how: Gone::Trimmed, when_ns };
                files.iter().try_for_each(|file| self.remove(&folder, &file.text(), removal))
            }
            Record::Cleared { folder, when_ns } => {
                // Removing twice is the same as once, so this needs no batch, which could get large.
                self.commit()?;
                self.cleared.clear();
                past::clear(self.database, folder.as_deref(), when_ns)
            }
            Record::Counted(counts) => self.counted(counts),
            Record::Run(run) => {
                let mut value = Vec::new();
                run.encode(&mut value);
                self.set(run.key(), Some(value));
                Ok(())
            }
            Record::Used(_) => Ok(()),
        }
    }

    /// Takes note that all that was added is in the journal up to here, and applies it if it has become
    /// much.
    pub(super) fn reach(&mut self, merged: u64) -> Result<(), Failure> {
        self.merged = merged;
        let much = self.changes.len() >= RECORDS || self.bytes >= BYTES;
        if much { self.commit() } else { Ok(()) }
    }

    /// Applies what was added.
    pub(super) fn commit(&mut self) -> Result<(), Failure> {
        self.bytes = 0;
        faults::step(Step::MergeApply).map_err(Failure::Refused)?;
        let merged = (self.key.to_vec(), Some(self.merged.to_le_bytes().to_vec()));
        self.database.apply(mem::take(&mut self.changes).into_iter().chain([merged]))
    }

    fn seen(&mut self, function: &FunctionRecord) -> Result<(), Failure> {
        let key = keys::function(&function.folder);
        let known = self
            .get(&key)?
            .and_then(|value| FunctionRecord::decode_rest(String::new(), &mut Fields::new(&value)));
        if known.is_none_or(|known| known.seen_ns <= function.seen_ns) {
            let mut value = Vec::new();
            function.encode_rest(&mut value);
            self.set(key, Some(value));
        }
        Ok(())
    }

    fn counted(&mut self, mut counts: CountsRecord) -> Result<(), Failure> {
        let key = keys::counts(&counts.folder);
        let known = self
            .get(&key)?
            .and_then(|value| CountsRecord::decode_rest(String::new(), &mut Fields::new(&value)));
        if let Some(known) = known {
            counts.add(&known);
        }
        let mut value = Vec::new();
        counts.encode_rest(&mut value);
        self.set(key, Some(value));
        Ok(())
    }

    fn kept(&mut self, mut entry: EntryRecord) -> Result<(), Failure> {
        if self.was_removed(&entry)? {
            return Ok(());
        }
        let key = keys::entry(&entry.folder, &entry.file);
        if let Some(mut known) = self.entry(&key)? {
            let last_used_ns = known.last_used_ns.max(entry.last_used_ns);
            if known.created_ns > entry.created_ns {
                mem::swap(&mut known, &mut entry);
            }
            entry.last_used_ns = last_used_ns;
        }
        let mut value = Vec::new();
        entry.encode_rest(&mut value);
        self.set(key, Some(value));
        Ok(())
    }

    /// Whether an entry that was kept at its time is known to be gone since.
    fn was_removed(&mut self, entry: &EntryRecord) -> Result<bool, Failure> {
        let key = keys::gone(&entry.folder, &entry.file);
        let gone = self.get(&key)?.and_then(|value| Removal::decode(&value));
        if gone.is_some_and(|gone| gone.when_ns >= entry.created_ns) {
            return Ok(true);
        }
        let cleared_ns = if let Some(known) = self.cleared.get(&entry.folder) {
            *known
        } else {
            let time = past::cleared(self.database, &entry.folder)?;
            self.cleared.insert(entry.folder.clone(), time);
            time
        };
        let Some(when_ns) = cleared_ns.filter(|time| *time >= entry.created_ns) else {
            return Ok(false);
        };
        self.set(key, Some(Removal { how: Gone::Cleared, when_ns }.encode()));
        Ok(true)
    }

    fn remove(&mut self, folder: &str, file: &str, removal: Removal) -> Result<(), Failure> {
        let (entry, gone) = (keys::entry(folder, file), keys::gone(folder, file));
        let known = self.entry(&entry)?;
        if known.is_some_and(|known| known.created_ns <= removal.when_ns) {
            self.set(entry, None);
        }
        let known = self.get(&gone)?.and_then(|value| Removal::decode(&value));
        if known.is_none_or(|known| known.when_ns <= removal.when_ns) {
            self.set(gone, Some(removal.encode()));
        }
        Ok(())
    }

    /// The entry under a key, without its names.
    fn entry(&self, key: &[u8]) -> Result<Option<EntryRecord>, Failure> {
        Ok(self.get(key)?.and_then(|value| EntryRecord::decode_value(&value)))
    }

    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
        match self.changes.get(key) {
            Some(value) => Ok(value.clone()),
            None => self.database.get(key),
        }
    }

    fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        self.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
        self.changes.insert(key, value);
    }
}

/// When entries were used last, by their keys, for the end of a merge: the journal of who used one may
/// come before that of who kept it. A merge that is cut short loses them, which does no harm beside
/// the time stamps of the files.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeMap<Vec<u8>, u64>);

impl Uses {
    pub(super) fn add(&mut self, database: &Database, uses: &UsesRecord) -> Result<(), Failure> {
        for file in &uses.files {
            let known = self.0.entry(keys::entry(&uses.folder, &file.text())).or_default();
            *known = uses.when_ns.max(*known);
        }
        if self.0.len() >= USES { self.apply(database) } else { Ok(()) }
    }

    pub(super) fn apply(&mut self, database: &Database) -> Result<(), Failure> {
        let mut changes = Vec::new();
        for (key, when_ns) in mem::take(&mut self.0) {
            let known = database.get(&key)?.and_then(|value| EntryRecord::decode_value(&value));
            // One that is not known was removed meanwhile.
            if let Some(mut entry) = known.filter(|entry| entry.last_used_ns < when_ns) {
                let mut value = Vec::new();
                entry.last_used_ns = when_ns;
                entry.encode_rest(&mut value);
                changes.push((key, Some(value)));
            }
            if changes.len() >= RECORDS {
                database.apply(mem::take(&mut changes))?;
            }
        }
        database.apply(changes)
    }
}
