//! Listing what is kept.

use super::{Cache, since_epoch};
use crate::catalog::{Catalog, EntryRecord, Unavailable};
use crate::error::{Error, Result};
use crate::store::Store;
use std::collections::HashMap;
use std::time::{Duration, SystemTime};

/// What is known of one result, without reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct EntryInfo {
    /// The function: path, name and type arguments.
    pub function: String,
    /// The inputs in a short printable form, redacted ones left out.
    pub inputs: String,
    /// `<function>-<id>/<inputs>-<code>`: the names of its folder and file in `entries`.
    pub key: String,
    /// Bytes of the file.
    pub size: u64,
    /// When it was computed.
    pub created: SystemTime,
    /// When it was last written or read: to ten minutes or so, as far as the processes that did have
    /// written it down, and to an hour or so after the catalog was lost.
    pub last_used: SystemTime,
    /// How long computing it took, without the cached functions it called.
    pub own_time: Duration,
    /// How long computing it took, or would have taken, with the cached functions it called.
    pub full_time: Duration,
}

/// The results in a cache, function by function: see [`Cache::entries`].
///
/// While one of these is alive, the catalog is in use, and other processes leave it alone.
#[derive(Debug)]
pub struct Entries {
    cache: Cache,
    /// Absent where another process has it, or it cannot be had at all.
    catalog: Option<Catalog>,
    names: HashMap<String, String>,
    folders: std::vec::IntoIter<String>,
    listed: std::vec::IntoIter<EntryInfo>,
}

impl Entries {
    pub(super) fn new(cache: Cache) -> Result<Self> {
        let (mut catalog, mut folders) = (None, Vec::new());
        if let Some(disk) = &cache.inner.disk {
            let directory = disk.store.path().display();
            folders = disk
                .store
                .folders()
                .map_err(|error| Error::io(format_args!("list `{directory}`"), error))?;
            if cache.mode().writes() {
                cache.inner.flush();
                match Catalog::open(disk.store.path()) {
                    Ok(opened) => catalog = Some(opened),
                    Err(error) => tracing::debug!("listing without the catalog: {error}"),
                }
            }
        }
        let seen = catalog.as_ref().and_then(|catalog| catalog.folders().ok()).unwrap_or_default();
        let names = seen.into_iter().map(|function| (function.folder, function.name)).collect();
        let (folders, listed) = (folders.into_iter(), Vec::new().into_iter());
        Ok(Self { cache, catalog, names, folders, listed })
    }

    /// The entries of one folder: those whose files are there. The catalog is brought up to date.
    fn list(&self, folder: &str) -> Vec<EntryInfo> {
        let Some(disk) = &self.cache.inner.disk else {
            return Vec::new();
        };
        let files = disk.store.files(folder).unwrap_or_else(|error| {
            self.cache.warn("could not list a folder", error);
            Vec::new()
        });
        let mut known = self.known(folder);
        let mut name = self.names.get(folder).cloned();
        let (mut listed, mut new) = (Vec::with_capacity(files.len()), Vec::new());
        for file in files {
            if let Some(record) = known.remove(&file) {
                listed.push(record);
            } else if let Some((function, record)) = examine(&disk.store, folder, &file) {
                name.get_or_insert(function);
                new.push(record);
            }
        }
        let gone: Vec<_> = known.keys().map(String::as_str).collect();
        if !new.is_empty() {
            self.update(|catalog| catalog.put(&new));
        }
        if !gone.is_empty() {
            let now = since_epoch(SystemTime::now());
            self.update(|catalog| catalog.remove(folder, &gone, now));
        }
        listed.append(&mut new);
        // A function that the catalog lost and whose entries it knows is asked of a file.
        let first = listed.first();
        let name = name.or_else(|| Some(examine(&disk.store, folder, &first?.file)?.0));
        let name = name.unwrap_or_else(|| folder.to_owned());
        listed.into_iter().map(|record| info(&name, record)).collect()
    }

    fn known(&self, folder: &str) -> HashMap<String, EntryRecord> {
        let records = self.catalog.iter().flat_map(|catalog| catalog.entries(folder));
        records.map_while(Result::ok).map(|record| (record.file.clone(), record)).collect()
    }

    /// The catalog is only a memory of what the files tell, so that it cannot be written to does not
    /// matter here.
    fn update(&self, change: impl FnOnce(&Catalog) -> Result<(), Unavailable>) {
        if let Some(Err(error)) = self.catalog.as_ref().map(change) {
            tracing::debug!("the catalog is behind: {error}");
        }
    }
}

impl Drop for Entries {
    fn drop(&mut self) {
        self.update(Catalog::flush);
    }
}

impl Iterator for Entries {
    type Item = EntryInfo;

    fn next(&mut self) -> Option<EntryInfo> {
        loop {
            if let Some(entry) = self.listed.next() {
                return Some(entry);
            }
            let folder = self.folders.next()?;
            self.listed = self.list(&folder).into_iter();
        }
    }
}

/// What the file itself tells: the function's name, and what the catalog would know.
fn examine(store: &Store, folder: &str, file: &str) -> Option<(String, EntryRecord)> {
    let read = store.inspect(folder, file, |entry| {
        let header = entry.header()?;
        let record = EntryRecord {
            folder: folder.to_owned(),
            file: file.to_owned(),
            size: entry.size(),
            payload: entry.payload().len() as u64,
            created_ns: header.created_ns,
            own_ns: header.own_ns,
            full_ns: header.full_ns,
            last_used_ns: header.created_ns.max(store.stamp_ns(folder, file)),
            inputs: header.printed,
        };
        Some((header.function, record))
    });
    // What cannot be read or is damaged is no entry; a call that wants it computes it again.
    read.ok().flatten()
}

fn info(function: &str, record: EntryRecord) -> EntryInfo {
    let time = |nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos);
    EntryInfo {
        function: function.to_owned(),
        inputs: record.inputs,
        key: format!("{}/{}", record.folder, record.file),
        size: record.size,
        created: time(record.created_ns),
        last_used: time(record.last_used_ns.min(since_epoch(SystemTime::now()))),
        own_time: Duration::from_nanos(record.own_ns),
        full_time: Duration::from_nanos(record.full_ns),
    }
}
