//! Counting what there is, and removing what is too much: the hands of the plan.
//!
//! It works on a directory that others use, and holds nothing that a call could wait for.

use super::pace::{Pace, Race};
use super::since_epoch;
use super::unlisted::{UnlistedFolder, is_shortage};
use super::warnings::Warnings;
use crate::catalog::{self, Catalog, EntryRecord, Journal, Record};
use crate::error::{Error, Result};
use crate::faults::{self, Step};
use crate::retention::{self, Facts, Function, Limits, TrimReason};
use crate::store::{Cost, FileName, Removed, Seen, Store, Totals};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io;
use std::time::SystemTime;

/// So many entries are removed before what was done is written down.
const BATCH: usize = 64;

/// What this process knows of a function: the start of the digest of its code, and for how long its
/// results are found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Known {
    pub(super) code: u64,
    /// In nanoseconds; zero for any time.
    pub(super) expires_ns: u64,
}

pub(super) struct Trimmer<'a> {
    pub(super) store: &'a Store,
    pub(super) journal: &'a Journal,
    pub(super) warnings: &'a Warnings,
    /// By folder.
    pub(super) known: &'a HashMap<String, Known>,
    /// Whether the catalog may be opened, and anything written.
    pub(super) writes: bool,
    pub(super) pace: Pace<'a>,
}

/// The entries that there are.
pub(super) struct Census {
    pub(super) folders: Vec<String>,
    /// Places in the list of folders, in the order of those, names and all else in the same order.
    pub(super) of: Vec<u32>,
    pub(super) names: Vec<FileName>,
    pub(super) seen: Vec<Seen>,
    /// Folders that could not be listed, with their functions' places in the list of folders.
    pub(super) unlisted: Vec<(u32, UnlistedFolder)>,
    /// What was known of the totals before.
    before: Option<Totals>,
}

/// All that is known of them.
pub(super) struct Gathered {
    pub(super) census: Census,
    pub(super) facts: Vec<Facts>,
    pub(super) functions: Vec<Function>,
    /// Full names of functions, as far as they were needed.
    pub(super) function_names: Vec<Option<String>>,
}

/// What came of removing, entry by entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Removed,
    /// Its file is another than when it was looked at, or somebody else removed it.
    Spared,
    /// The system did not let us.
    Refused,
    /// There was no time left.
    Left,
}

impl Census {
    pub(super) fn len(&self) -> u64 {
        self.names.len() as u64
    }

    pub(super) fn bytes(&self) -> u64 {
        self.seen.iter().fold(0, |sum, seen| sum.saturating_add(seen.size))
    }
}

impl Trimmer<'_> {
    /// Looks at all entries without reading them. `None` if it was stopped. A folder that the system
    /// does not let us list is passed over: what is in it is not ours to remove either.
    pub(super) fn census(&mut self) -> Result<Option<Census>> {
        let before = self.store.totals().unwrap_or_default();
        let folders = self.store.function_folders();
        let folders = folders.map_err(|error| listing(self.store, error))?;
        let (of, names, seen, unlisted) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut census = Census { folders, of, names, seen, unlisted, before };
        for (number, folder) in (0_u32..).zip(&census.folders) {
            let shards = match self.store.shards_of(folder, "") {
                Ok(shards) => shards,
                Err(error) => {
                    let unlisted = self.pass_over(folder, None, error)?;
                    census.unlisted.push((number, unlisted));
                    continue;
                }
            };
            for shard in shards {
                let (visible, refused) = self.store.visible(folder, &shard);
                for (name, seen) in visible {
                    census.of.push(number);
                    census.names.push(name);
                    census.seen.push(seen);
                }
                if let Some(error) = refused {
                    let unlisted = self.pass_over(folder, Some(&shard), error)?;
                    census.unlisted.push((number, unlisted));
                }
                if !self.pace.goes_on() {
                    return Ok(None);
                }
            }
        }
        Ok(Some(census))
    }

    fn pass_over(
        &self,
        folder: &str,
        shard: Option<&str>,
        error: io::Error,
    ) -> Result<UnlistedFolder> {
        if is_shortage(&error) {
            return Err(listing(self.store, error));
        }
        let unlisted = UnlistedFolder::new(folder, shard, &error);
        let path = self.store.path().join(&unlisted.path);
        self.warnings.refused(format_args!("list `{}`", path.display()), &error);
        Ok(unlisted)
    }

    /// Corrects the totals by what was counted, and tells whether that could be done. What was added while it was counted may have been
    /// counted too; that the totals are a little high then does no harm.
    pub(super) fn correct_totals(&self, census: &Census) -> bool {
        let known = census.before.unwrap_or_default();
        let (bytes, entries) = (census.bytes(), census.len());
        let change = |latest: Option<Totals>| {
            let latest = latest.filter(|_| census.before.is_some()).unwrap_or(known);
            Totals {
                bytes: bytes.saturating_add(latest.bytes.saturating_sub(known.bytes)),
                entries: entries.saturating_add(latest.entries.saturating_sub(known.entries)),
                begun: 0,
                ended: 0,
                ..latest
            }
        };
        let changed = self.store.change_totals(change);
        changed.map_err(|error| self.refused("count results", &error)).is_ok()
    }

    /// Finds out what the plan has to know. The catalog knows most of it, and the files know it all.
    pub(super) fn gather(&mut self, census: Census, limits: &Limits) -> Gathered {
        let catalog = self.writes.then(|| Catalog::open(self.store.path()));
        let catalog = catalog.and_then(|opened| {
            opened.inspect_err(|error| tracing::debug!("planning without it: {error}")).ok()
        });
        let seen = catalog.as_ref().and_then(|catalog| catalog.folders().ok());
        let seen: BTreeMap<String, _> = match seen {
            Some(seen) => seen.into_iter().map(|seen| (seen.folder.clone(), seen)).collect(),
            None => catalog::recall(self.store.path()).functions,
        };
        let (mut functions, mut function_names) = (Vec::new(), Vec::new());
        for folder in &census.folders {
            let (known, recorded) = (self.known.get(folder), seen.get(folder));
            let start = |code: &[u8; 32]| {
                u64::from_be_bytes(code.first_chunk().copied().unwrap_or_default())
            };
            let name = recorded.map(|function| function.name.clone());
            let name = name.or_else(|| self.store.function_name(folder));
            functions.push(Function {
                code: known
                    .map(|known| known.code)
                    .or_else(|| recorded.map(|function| start(&function.code))),
                expires_ns: known
                    .map(|known| known.expires_ns)
                    .or_else(|| recorded.map(|function| function.expires_ns))
                    .filter(|nanos| *nanos > 0),
                limits: name.as_ref().and_then(|name| limits.of_function(name)).cloned(),
            });
            function_names.push(name);
        }
        let facts = self.facts(&census, catalog.as_ref());
        Gathered { census, facts, functions, function_names }
    }

    /// What is known of each entry, in the order of the census.
    fn facts(&mut self, census: &Census, catalog: Option<&Catalog>) -> Vec<Facts> {
        let now_ns = since_epoch(SystemTime::now());
        let mut facts = Vec::with_capacity(census.names.len());
        for (number, folder) in (0_u32..).zip(&census.folders) {
            let records = catalog.into_iter().flat_map(|catalog| catalog.entries(folder));
            // Both are in the order of the files' names.
            let mut records =
                records.map_while(std::result::Result::ok).filter_map(named).peekable();
            let start = facts.len();
            let end = start + census.of[start..].partition_point(|of| *of <= number);
            for (name, seen) in census.names[start..end].iter().zip(&census.seen[start..end]) {
                while records.next_if(|(known, _)| known < name).is_some() {}
                let record = records.next_if(|(known, _)| known == name).map(|(_, record)| record);
                let (created_ns, cost_ns, last_used_ns) = if let Some(record) = record {
                    (record.created_ns, record.full_ns, record.last_used_ns)
                } else {
                    // What cannot be read is worth nothing, but no older than its file: it may be all
                    // right, and the system at the end of its means.
                    let cost = self.store.cost(folder, *name);
                    let cost = cost.unwrap_or(Cost { created_ns: seen.modified_ns, full_ns: 0 });
                    self.pace.goes_on();
                    (cost.created_ns, cost.full_ns, 0)
                };
                let created_ns = created_ns.min(now_ns);
                let used_ns = last_used_ns.max(seen.modified_ns).max(created_ns).min(now_ns);
                facts.push(Facts {
                    function: number,
                    code: name.code(),
                    size: seen.size,
                    cost_ns,
                    created_ns,
                    used_ns,
                });
            }
        }
        facts
    }

    /// What is to go so that the limits hold.
    pub(super) fn plan(gathered: &Gathered, limits: &Limits) -> Vec<retention::Removal> {
        let now_ns = since_epoch(SystemTime::now());
        retention::plan(&gathered.facts, &gathered.functions, limits, now_ns)
    }

    /// Removes entries in the order of the plan, and tells what came of each. `watch` is told the totals
    /// now and then. Takes rests as long as not too much is added meanwhile.
    pub(super) fn carry_out(
        &mut self,
        gathered: &Gathered,
        removals: &[retention::Removal],
        mut watch: impl FnMut(&Totals, &Pace<'_>),
    ) -> Vec<(TrimReason, u32, Outcome)> {
        let mut outcomes = Vec::with_capacity(removals.len());
        let mut races = [Race::default(), Race::default()];
        for batch in removals.chunks(BATCH) {
            let stopped = !self.pace.goes_on();
            let mut gone: BTreeMap<u32, Vec<FileName>> = BTreeMap::new();
            let (mut bytes, mut entries) = (0_u64, 0_u64);
            for removal in batch {
                let place = removal.entry as usize;
                let outcome = if stopped { Outcome::Left } else { self.remove(gathered, *removal) };
                if outcome == Outcome::Removed {
                    bytes = bytes.saturating_add(gathered.census.seen[place].size);
                    entries += 1;
                    let name = gathered.census.names[place];
                    gone.entry(gathered.census.of[place]).or_default().push(name);
                }
                outcomes.push((removal.reason, removal.entry, outcome));
            }
            if entries > 0
                && let Some(totals) = self.write_down(gathered, gone, bytes, entries)
            {
                let [of_bytes, of_entries] = &mut races;
                let won = of_bytes.is_won(bytes, totals.bytes);
                let won = of_entries.is_won(entries, totals.entries) && won;
                self.pace.set_rests(won);
                watch(&totals, &self.pace);
            }
        }
        self.tidy(gathered, &outcomes);
        outcomes
    }

    fn remove(&self, gathered: &Gathered, removal: retention::Removal) -> Outcome {
        let (census, place) = (&gathered.census, removal.entry as usize);
        let folder = &census.folders[census.of[place] as usize];
        // The catalog may not have heard yet that an old one was computed anew.
        if matches!(removal.reason, TrimReason::Expired | TrimReason::TooOld)
            && let Some(cost) = self.store.cost(folder, census.names[place])
            && cost.created_ns > gathered.facts[place].created_ns
        {
            return Outcome::Spared;
        }
        match self.store.remove_seen(folder, census.names[place], census.seen[place]) {
            Ok(Removed::Now) => Outcome::Removed,
            Ok(Removed::Changed) => Outcome::Spared,
            Err(error) => {
                self.refused("remove a result", &error);
                Outcome::Refused
            }
        }
    }

    /// Takes so much off the totals, and tells them, if that could be done.
    fn write_down(
        &self,
        gathered: &Gathered,
        gone: BTreeMap<u32, Vec<FileName>>,
        bytes: u64,
        entries: u64,
    ) -> Option<Totals> {
        // What is to fail here cannot, but a process may end here.
        let _ = faults::step(Step::TrimDone);
        let less = |known: Option<Totals>| {
            let known = known.unwrap_or_else(Totals::unknown);
            Totals {
                bytes: known.bytes.saturating_sub(bytes),
                entries: known.entries.saturating_sub(entries),
                ..known
            }
        };
        let totals = self.store.change_totals(less).unwrap_or_else(|error| {
            self.refused("count results", &error);
            None
        });
        let when_ns = since_epoch(SystemTime::now());
        for (folder, files) in gone {
            let folder = gathered.census.folders[folder as usize].clone();
            if let Err(error) = self.journal.append(&Record::Trimmed { folder, when_ns, files }) {
                tracing::debug!("what was removed is not in the journal: {error}");
            }
        }
        totals
    }

    /// Removes folders that are empty now, and what is known of codes that no result is left of, as far
    /// as all results are known.
    fn tidy(&mut self, gathered: &Gathered, outcomes: &[(TrimReason, u32, Outcome)]) {
        let census = &gathered.census;
        let removed = outcomes.iter().filter(|(_, _, outcome)| *outcome == Outcome::Removed);
        let removed: HashSet<u32> = removed.map(|(_, entry, _)| *entry).collect();
        let mut used: HashSet<(u32, u64)> = HashSet::new();
        let mut shards: HashSet<(u32, String)> = HashSet::new();
        for (entry, facts) in (0_u32..).zip(&gathered.facts) {
            if removed.contains(&entry) {
                let shard = census.names[entry as usize].text()[..2].to_owned();
                shards.insert((facts.function, shard));
            } else {
                used.insert((facts.function, facts.code));
            }
        }
        for (folder, shard) in shards {
            self.store.remove_empty_shard(&census.folders[folder as usize], &shard);
        }
        let unlisted: HashSet<u32> = census.unlisted.iter().map(|(number, _)| *number).collect();
        for (number, folder) in (0_u32..).zip(&census.folders) {
            if unlisted.contains(&number) {
                continue;
            }
            let latest = gathered.functions[number as usize].code;
            let is_used = |code| latest == Some(code) || used.contains(&(number, code));
            self.store.remove_unused_codes(folder, is_used);
            if !self.pace.goes_on() {
                return;
            }
        }
    }

    fn refused(&self, doing: &str, error: &io::Error) {
        let directory = self.store.path().display();
        self.warnings.refused(format_args!("{doing} in `{directory}`"), error);
    }
}

fn listing(store: &Store, error: io::Error) -> Error {
    Error::io(format_args!("list the results in `{}`", store.path().display()), error)
}

fn named(record: EntryRecord) -> Option<(FileName, EntryRecord)> {
    Some((FileName::parse(&record.file)?, record))
}
