//! What a directory holds, function by function, as a walk over its folders finds it.

use super::spread::spread;
use super::unlisted::{UnlistedFolder, is_shortage};
use super::{Cache, FunctionStats, time};
use crate::catalog::{self, CountsRecord};
use crate::error::{Error, Result};
use crate::store::{FileName, Folder, Seen, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

/// All that a cache directory holds, without a look into any of the results: see
/// [`Cache::inventory`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Inventory {
    /// Every function that has results or was counted, by name.
    pub functions: Vec<StoredFunction>,
    /// Folders that the system does not let us list, or not all of them: what it does not is counted
    /// nowhere above.
    pub unlisted: Vec<UnlistedFolder>,
}

/// A function, as the directory knows it: its program need not exist any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredFunction {
    /// Path, name and type arguments; the folder's name where no record and no result tells.
    pub name: String,
    /// The package that it belongs to, if a record tells.
    pub package: Option<String>,
    /// `<function>-<id>`: the name of its folder in `entries`.
    pub folder: String,
    /// The first 16 hex digits of the digest of its code, as it was last seen: by the latest record
    /// of a process that used the function; without any, by the latest description of a code; and
    /// without that, by the latest result.
    pub code: Option<String>,
    /// When a process last began to use it, if a record tells.
    pub seen: Option<SystemTime>,
    /// What its calls came to over all time and in all processes, as far as they have written it
    /// down: each does so after a batch, now and then, and when it ends.
    pub stats: FunctionStats,
    /// Its results, in the order of their keys.
    pub entries: Vec<StoredEntry>,
}

/// A result, as the name and the inode of its file tell of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredEntry {
    name: FileName,
    seen: Seen,
}

impl StoredEntry {
    /// Bytes of the file.
    pub fn size(&self) -> u64 {
        self.seen.size
    }

    /// The time stamp of the file: when it was written, or later.
    pub fn touched(&self) -> SystemTime {
        self.seen.modified()
    }

    /// The first 128 bits of the digest of its inputs: with 32 hex digits, the start of its key.
    pub fn inputs(&self) -> u128 {
        self.name.inputs()
    }

    /// The first 64 bits of the digest of the code that computed it: with 16 hex digits, the end of its
    /// key.
    pub fn code(&self) -> u64 {
        self.name.code()
    }

    /// `<inputs>-<code>`: the name of its file.
    pub fn file(&self) -> String {
        self.name.text()
    }
}

impl StoredFunction {
    /// `<function>-<id>/<inputs>-<code>`: what the entry is called in all of the directory.
    pub fn key(&self, entry: &StoredEntry) -> String {
        format!("{}/{}", self.folder, entry.file())
    }

    /// Bytes of all its results.
    pub fn bytes(&self) -> u64 {
        self.entries.iter().fold(0, |sum, entry| sum.saturating_add(entry.size()))
    }

    /// Whether a result was computed by the code as it was last seen.
    pub fn is_current(&self, entry: &StoredEntry) -> bool {
        let current = self.code.as_ref().and_then(|code| u64::from_str_radix(code, 16).ok());
        current.is_none_or(|current| current == entry.code())
    }

    /// The results that were computed by other code than that which was last seen.
    pub fn stale(&self) -> impl Iterator<Item = &StoredEntry> {
        self.entries.iter().filter(|entry| !self.is_current(entry))
    }
}

impl Inventory {
    /// Bytes of all results.
    pub fn bytes(&self) -> u64 {
        self.functions.iter().fold(0, |sum, function| sum.saturating_add(function.bytes()))
    }

    /// How many results there are.
    pub fn entries(&self) -> usize {
        self.functions.iter().map(|function| function.entries.len()).sum()
    }
}

impl Cache {
    /// Lists all functions and results by their folders and files, on all cores, and adds what
    /// processes have written down about the functions.
    ///
    /// No result is opened and nothing is locked, created or changed: this is for a look at a
    /// directory that others are using, or that nobody uses any more. It takes about a microsecond
    /// for each result. Empty where the cache is [off](crate::Mode::Off).
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the directory cannot be listed. A folder in it that cannot be
    /// counts as empty, and is among the [unlisted](Inventory::unlisted).
    ///
    /// ```
    /// use larder::{Cache, Mode};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path().join("results");
    /// # Cache::open(&directory)?;
    /// let cache = Cache::builder().dir(&directory).mode(Mode::ReadOnly).open()?;
    /// for function in cache.inventory()?.functions {
    ///     println!("{}: {} results, {} bytes", function.name, function.entries.len(), function.bytes());
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn inventory(&self) -> Result<Inventory> {
        let Some(disk) = &self.inner.disk else {
            return Ok(Inventory::default());
        };
        let store = &disk.store;
        self.inner.flush();
        // A thread of its own, since a journal may be long.
        let (known, stored) = std::thread::scope(|scope| {
            let recall = || catalog::recall(store.path());
            let known = std::thread::Builder::new().spawn_scoped(scope, recall);
            let stored = walk(store);
            let known = known.map(|thread| thread.join().unwrap_or_default());
            (known.unwrap_or_else(|_| recall()), stored)
        });
        let (mut stored, unlisted) = stored
            .map_err(|error| Error::io(format_args!("list `{}`", store.path().display()), error))?;
        let mut folders: BTreeSet<String> = stored.keys().cloned().collect();
        folders.extend(known.counts.keys().cloned());
        let functions = folders.into_iter().map(|folder| {
            let record = known.functions.get(&folder);
            let entries = stored.remove(&folder).unwrap_or_default();
            let name = record.map(|record| record.name.clone());
            let name = name.or_else(|| name_of(store, &folder, &entries));
            let name = name.unwrap_or_else(|| folder.clone());
            let nothing = CountsRecord::default();
            let counts = known.counts.get(&folder).unwrap_or(&nothing);
            let code = record.map(|record| hex(&record.code));
            StoredFunction {
                stats: FunctionStats::from_counts(name.clone(), counts),
                name,
                package: record.map(|record| record.package.clone()),
                code: code.or_else(|| latest_code(store, &folder, &entries)),
                seen: record.map(|record| time(record.seen_ns)),
                entries,
                folder,
            }
        });
        let mut functions: Vec<_> = functions.collect();
        functions.sort_by(|a, b| (&a.name, &a.folder).cmp(&(&b.name, &b.folder)));
        Ok(Inventory { functions, unlisted })
    }
}

/// The entries of each folder, in order, and the folders that could not be listed.
#[expect(clippy::type_complexity, reason = "there is no better name for the two")]
fn walk(
    store: &Store,
) -> std::io::Result<(BTreeMap<String, Vec<StoredEntry>>, Vec<UnlistedFolder>)> {
    let (folders, mut unlisted) = (store.function_folders()?, Vec::new());
    let mut pass_over = |folder: &str, shard: Option<&str>, error: std::io::Error| {
        unlisted.push(UnlistedFolder::new(folder, shard, &error));
        if is_shortage(&error) { Err(error) } else { Ok(()) }
    };
    let mut places = Vec::new();
    let shards = spread(&folders, |folder| store.shards_of(folder, ""));
    for (folder, shards) in folders.iter().zip(shards) {
        match shards {
            Ok(shards) => places.extend(shards.into_iter().map(|shard| (folder, shard))),
            Err(error) => pass_over(folder, None, error)?,
        }
    }
    let found = spread(&places, |(folder, shard)| store.visible(folder, shard));
    let mut all: BTreeMap<String, Vec<StoredEntry>> = BTreeMap::new();
    for ((folder, shard), (entries, refused)) in places.into_iter().zip(found) {
        let entries = entries.into_iter().map(|(name, seen)| StoredEntry { name, seen });
        all.entry(folder.clone()).or_default().extend(entries);
        refused.map_or(Ok(()), |error| pass_over(folder, Some(&shard), error))?;
    }
    Ok((all, unlisted))
}

/// What the first result that can be read calls its function.
fn name_of(store: &Store, folder: &str, entries: &[StoredEntry]) -> Option<String> {
    /// Of a folder in which so many are damaged the name is not worth more.
    const TRIED: usize = 100;
    let heads = entries.iter().take(TRIED);
    let mut heads = heads.filter_map(|entry| store.head(folder, &entry.file()).ok().flatten());
    heads.next().map(|head| head.header.function)
}

/// The code of the latest description, else of the latest result.
fn latest_code(store: &Store, folder: &str, entries: &[StoredEntry]) -> Option<String> {
    let described = store.descriptions(folder).unwrap_or_default().into_iter().next();
    described.or_else(|| {
        let latest = entries.iter().max_by_key(|entry| entry.touched())?;
        Some(format!("{:016x}", latest.code()))
    })
}

/// What stands for a code in file names.
fn hex(code: &[u8; 32]) -> String {
    Folder::code_name(&crate::key::Digest::from_bytes(*code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use tempfile::TempDir;

    /// Files of which nothing is on the disk can be so large that their sizes added up to a panic.
    #[test]
    fn no_sizes_are_too_large_to_be_added_up() {
        let dir = TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        let shard = dir.path().join("entries/f-0123456789abcdef/1e");
        fs::create_dir_all(&shard).unwrap();
        fs::write(shard.join("1ee14d91d96a201d6b3c1a346b03961e-2d546d2bde0498b2"), b"no result")
            .unwrap();
        let mut inventory = cache.inventory().unwrap();
        assert_eq!((inventory.entries(), inventory.bytes()), (1, 9));
        let function = &mut inventory.functions[0];
        let mut large = function.entries[0];
        large.seen.size = u64::MAX - 1;
        function.entries.push(large);
        assert_eq!((function.bytes(), inventory.bytes()), (u64::MAX, u64::MAX));
        inventory.functions.push(inventory.functions[0].clone());
        assert_eq!(inventory.bytes(), u64::MAX);
    }
}
