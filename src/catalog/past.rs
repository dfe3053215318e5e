//! Entries that are gone: how, and since when.
//!
//! Results are removed so that they need not be thought of any more, so this is for people who
//! wonder, and bounded: of single entries, the last 10,000 are remembered; of folders, when each was
//! last cleared.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::database::{Database, Failure};
use super::fields::{Fields, put_u64};
use super::frame::Reader;
use super::keys;
use super::merge::sessions;
use super::paths::{Found, look};
use super::record::{EntryRecord, Record};

/// So many entries that are gone are remembered.
const REMEMBERED: usize = 10_000;

/// What is left of them when there were more: trimming reads all, so it should be rare.
const TRIMMED: usize = REMEMBERED * 3 / 4;

const PAGE: usize = 1024;

/// How an entry came to be gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It was removed alone.
    Forgotten = 1,
    /// Its folder was cleared.
    Cleared = 2,
    /// Its file was missing when somebody looked.
    ByHand = 3,
    /// It had to make room.
    Trimmed = 4,
}

/// That an entry is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Removal {
    pub(super) how: Gone,
    /// In nanoseconds since the epoch.
    pub(super) when_ns: u64,
}

/// What is known of an entry that is not among the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// How it came to be gone, and when, in nanoseconds since the epoch; `None` for the time where
    /// nobody noticed until now.
    pub(crate) removal: Option<(Gone, Option<u64>)>,
    /// When its folder, or every folder, was last cleared, in nanoseconds since the epoch.
    pub(crate) cleared_ns: Option<u64>,
}

impl Removal {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut out = vec![self.how as u8];
        put_u64(&mut out, self.when_ns);
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let fields = &mut Fields::new(bytes);
        let how = match fields.u8()? {
            1 => Gone::Forgotten,
            2 => Gone::Cleared,
            3 => Gone::ByHand,
            4 => Gone::Trimmed,
            _ => return None,
        };
        Some(Self { how, when_ns: fields.u64()? })
    }
}

impl Past {
    /// Journals are merged one after the other and not in the order of what happened, so it is the
    /// times in the records that tell what came last.
    pub(super) fn of(database: &Database, folder: &str, file: &str) -> Result<Self, Failure> {
        let cleared_ns = cleared(database, folder)?;
        let entry = database.get(&keys::entry(folder, file))?;
        let entry = entry.and_then(|value| EntryRecord::decode_value(&value));
        let gone = database.get(&keys::gone(folder, file))?;
        let gone = gone.and_then(|value| Removal::decode(&value));
        let gone_ns = gone.map(|removal| removal.when_ns);
        let removal = match entry {
            Some(entry) if gone_ns.max(cleared_ns).is_none_or(|time| time < entry.created_ns) => {
                Some((Gone::ByHand, None))
            }
            Some(_) if gone_ns < cleared_ns => Some((Gone::Cleared, cleared_ns)),
            _ => gone.map(|removal| (removal.how, Some(removal.when_ns))),
        };
        Ok(Self { removal, cleared_ns })
    }
}

impl Past {
    /// What had become of earlier results of the same key when the one that is there was created.
    pub(super) fn before(
        database: &Database,
        folder: &str,
        file: &str,
        created_ns: u64,
    ) -> Result<Self, Failure> {
        let earlier = |when_ns: &u64| *when_ns < created_ns;
        let cleared = |folder| Ok(time(database, &keys::cleared(folder))?.filter(earlier));
        let cleared_ns = cleared(Some(folder))?.max(cleared(None)?);
        let gone = database.get(&keys::gone(folder, file))?;
        let gone = gone.and_then(|value| Removal::decode(&value));
        let removal = gone.filter(|gone| earlier(&gone.when_ns));
        Ok(Self { removal: removal.map(|gone| (gone.how, Some(gone.when_ns))), cleared_ns })
    }

    /// The same, or for `u64::MAX` what became of an entry that is not there, as far as journals tell
    /// that are not merged: for those who cannot have the catalog.
    pub(crate) fn journalled(root: &Path, folder: &str, file: &str, created_ns: u64) -> Self {
        let (mut gone, mut kept, mut cleared_ns) = (None::<Removal>, None::<u64>, None::<u64>);
        for_each(root, |record| {
            let removal = match &record {
                Record::Removed { folder: f, file: n, when_ns } if f == folder && n == file => {
                    Some(Removal { how: Gone::Forgotten, when_ns: *when_ns })
                }
                Record::Trimmed { folder: f, when_ns, files }
                    if f == folder && files.iter().any(|n| n.text() == file) =>
                {
                    Some(Removal { how: Gone::Trimmed, when_ns: *when_ns })
                }
                _ => None,
            };
            let removal = removal.filter(|removal| removal.when_ns < created_ns);
            gone = gone.into_iter().chain(removal).max_by_key(|removal| removal.when_ns);
            match record {
                Record::Cleared { folder: f, when_ns }
                    if f.as_deref().is_none_or(|f| f == folder) && when_ns < created_ns =>
                {
                    cleared_ns = cleared_ns.max(Some(when_ns));
                }
                Record::Kept(entry)
                    if entry.folder == folder
                        && entry.file == file
                        && entry.created_ns < created_ns =>
                {
                    kept = kept.max(Some(entry.created_ns));
                }
                _ => {}
            }
        });
        // What was cleared is told of by its folder alone; it was there if it had been kept before.
        let was_cleared = kept.is_some() && kept < cleared_ns;
        let cleared = cleared_ns.filter(|_| was_cleared);
        let cleared = cleared.map(|when_ns| Removal { how: Gone::Cleared, when_ns });
        let removal = [gone, cleared].into_iter().flatten().max_by_key(|removal| removal.when_ns);
        let removal = removal.filter(|removal| kept.is_none_or(|kept| kept < removal.when_ns));
        Self { removal: removal.map(|removal| (removal.how, Some(removal.when_ns))), cleared_ns }
    }
}

/// Reads the records of all journals, merged or not. What cannot be read is left out.
fn for_each(root: &Path, mut tell: impl FnMut(Record)) {
    let journals = root.join("journal");
    for session in sessions(&journals).unwrap_or_default() {
        let path = journals.join(session);
        if !matches!(look(&path), Ok(Found::File)) {
            continue;
        }
        let Ok(journal) = File::open(path) else { continue };
        let mut reader = Reader::new(BufReader::new(journal));
        while let Ok(Some(record)) = reader.next() {
            tell(record);
        }
    }
}

/// The removals that the journals of a cache directory tell of, as [`gone`] does, the last of each entry:
/// for those who cannot have the catalog. Of what was cleared, only what a journal tells of was there.
pub(crate) fn journalled_removals(root: &Path) -> Vec<(String, String, Gone, u64)> {
    let mut gone: BTreeMap<(String, String), Removal> = BTreeMap::new();
    let (mut kept, mut cleared) = (Vec::new(), Vec::new());
    let mut note = |folder: &str, file: String, removal: Removal| {
        let known = gone.entry((folder.to_owned(), file)).or_insert(removal);
        if known.when_ns < removal.when_ns {
            *known = removal;
        }
    };
    for_each(root, |record| match record {
        Record::Removed { folder, file, when_ns } => {
            note(&folder, file, Removal { how: Gone::Forgotten, when_ns });
        }
        Record::Trimmed { folder, when_ns, files } => {
            let removal = Removal { how: Gone::Trimmed, when_ns };
            for file in files {
                note(&folder, file.text(), removal);
            }
        }
        Record::Cleared { folder, when_ns } => cleared.push((folder, when_ns)),
        Record::Kept(entry) => kept.push((entry.folder, entry.file, entry.created_ns)),
        _ => {}
    });
    for (folder, file, created_ns) in kept {
        let of_it = cleared.iter().filter(|(cleared, when_ns)| {
            cleared.as_ref().is_none_or(|cleared| *cleared == folder) && *when_ns >= created_ns
        });
        let Some(when_ns) = of_it.map(|(_, when_ns)| *when_ns).min() else { continue };
        let known = gone.entry((folder, file)).or_insert(Removal { how: Gone::Cleared, when_ns });
        // What had been removed before was not there to be cleared.
        if known.when_ns < created_ns {
            *known = Removal { how: Gone::Cleared, when_ns };
        }
    }
    let listed = gone.into_iter().map(|((folder, file), removal)| {
        let Removal { how, when_ns } = removal;
        (folder, file, how, when_ns)
    });
    listed.collect()
}

/// The folders and files of entries that are gone, how, and when, in nanoseconds since the epoch.
pub(super) fn gone(database: &Database) -> Result<Vec<(String, String, Gone, u64)>, Failure> {
    let mut found = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = database.page(keys::GONE, after.as_deref(), PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        found.extend(page.into_iter().filter_map(|(key, value)| {
            let (folder, mut names) = keys::name(&key)?;
            let Removal { how, when_ns } = Removal::decode(&value)?;
            Some((folder, names.string()?, how, when_ns))
        }));
    }
    Ok(found)
}

/// When a folder, or every folder, was last cleared.
pub(super) fn cleared(database: &Database, folder: &str) -> Result<Option<u64>, Failure> {
    Ok(time(database, &keys::cleared(Some(folder)))?.max(time(database, &keys::cleared(None))?))
}

fn time(database: &Database, key: &[u8]) -> Result<Option<u64>, Failure> {
    Ok(database.get(key)?.and_then(|value| Fields::new(&value).u64()))
}

/// Removes the entries of a folder, or of all, that were created by then, a page at a time, and
/// remembers them as far as there is room.
pub(super) fn clear(
    database: &Database,
    folder: Option<&str>,
    when_ns: u64,
) -> Result<(), Failure> {
    let removal = Removal { how: Gone::Cleared, when_ns };
    let mut room = REMEMBERED;
    let mut after: Option<Vec<u8>> = None;
    loop {
        let mut page = database.page(&keys::entries(folder), after.as_deref(), PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        page.retain(|(_, value)| {
            EntryRecord::decode_value(value).is_none_or(|entry| entry.created_ns <= when_ns)
        });
        let remembered = room.min(page.len());
        room -= remembered;
        let gone = page.iter().take(remembered).filter_map(|(key, _)| {
            let (folder, mut names) = keys::name(key)?;
            Some((keys::gone(&folder, &names.string()?), Some(removal.encode())))
        });
        let gone: Vec<_> = gone.collect();
        database.apply(page.into_iter().map(|(key, _)| (key, None)).chain(gone))?;
    }
    let key = keys::cleared(folder);
    if time(database, &key)?.is_some_and(|known| known >= when_ns) {
        return Ok(());
    }
    let mut value = Vec::new();
    put_u64(&mut value, when_ns);
    database.apply([(key, Some(value))])
}

/// Forgets the entries that have been gone for longest, if too many are remembered.
pub(super) fn trim(database: &Database) -> Result<(), Failure> {
    let mut remembered = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = database.page(keys::GONE, after.as_deref(), PAGE)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(last.clone());
        remembered.extend(
            page.into_iter()
                .map(|(key, value)| (Removal::decode(&value).map(|removal| removal.when_ns), key)),
        );
    }
    if remembered.len() <= REMEMBERED {
        return Ok(());
    }
    remembered.sort_unstable();
    remembered.truncate(remembered.len() - TRIMMED);
    for chunk in remembered.chunks(PAGE) {
        database.apply(chunk.iter().map(|(_, key)| (key.clone(), None)))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
