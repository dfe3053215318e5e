//! Entries one by one for those who make room: which there are, and removing those that are as they
//! were when they were looked at.

use super::files::{Seen, is_gone, remove_file};
use super::path::{self, ENTRIES};
use super::reading::with_scratch;
use super::{FileName, Store};
use crate::entry;
use crate::faults::{self, Step};
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What is known of a code is kept for so long after it was written, whatever there is of its results:
/// somebody may be computing the first of them.
const CODE_KEPT: Duration = Duration::from_hours(24);

/// What came of removing an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removed {
    Now,
    /// Somebody else has, or put something in its place, or moved its time stamp for a use.
    Changed,
}

/// What the start of an entry's file tells, with nothing checked.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) created_ns: u64,
    pub(crate) full_ns: u64,
}

impl Store {
    /// What computing the entry in this file took; nothing where that cannot be told.
    pub(crate) fn cost(&self, folder: &str, file: FileName) -> Option<Cost> {
        let name = file.text();
        let path = format!("{ENTRIES}/{folder}/{}/{name}\0", &name[..2]);
        let mut file = self.root()?.open_file(path.as_bytes()).ok()?;
        with_scratch(|scratch| {
            let start = &mut scratch.bytes[..entry::TIMES];
            file.read_exact(start).ok()?;
            let (created_ns, full_ns) = entry::times_unchecked(start)?;
            Some(Cost { created_ns, full_ns })
        })
    }

    /// The full name of the function whose entries are in this folder, as one of them says.
    pub(crate) fn function_name(&self, folder: &str) -> Option<String> {
        self.headers(folder, 16).next().map(|header| header.function)
    }

    /// Removes an entry if it is as it was seen.
    ///
    /// Somebody may put another in its place in the moment between looking and removing, and that is
    /// then removed in its stead: it is computed again when it is wanted.
    ///
    /// # Errors
    ///
    /// Whatever the system reports, apart from the file not being there.
    pub(crate) fn remove_seen(
        &self,
        folder: &str,
        file: FileName,
        seen: Seen,
    ) -> io::Result<Removed> {
        let name = file.text();
        let path = format!("{ENTRIES}/{folder}/{}/{name}\0", &name[..2]);
        let place = self.inside(folder, &name[..2]).join(&name);
        match fs::symlink_metadata(place) {
            Ok(metadata) if metadata.is_file() && Seen::of(&metadata) == seen => {}
            Ok(_) => return Ok(Removed::Changed),
            Err(error) if is_gone(&error) => return Ok(Removed::Changed),
            Err(error) => return Err(error),
        }
        faults::step(Step::TrimRemove)?;
        match self.writable()?.remove_file(path.as_bytes()) {
            Ok(()) => Ok(Removed::Now),
            Err(error) if is_gone(&error) => Ok(Removed::Changed),
            Err(error) => Err(error),
        }
    }

    /// Removes a shard if it is empty. Whoever is about to write into it creates it again.
    pub(crate) fn remove_empty_shard(&self, folder: &str, shard: &str) {
        if self.is_real(&[ENTRIES, folder, shard]).unwrap_or(false) {
            // If it is not empty, or not to be had, that is for another time.
            let _ = remove_folder(&self.inside(folder, shard));
        }
    }

    /// Removes what is known of codes for which `is_used` says no, unless it was written in the last
    /// day; then the folder, if it is empty.
    pub(crate) fn remove_unused_codes(&self, folder: &str, is_used: impl Fn(u64) -> bool) {
        let Ok(codes) = self.descriptions(folder) else { return };
        let place = self.inside(folder, path::CODES);
        let is_old = |path: &PathBuf| {
            let written = fs::symlink_metadata(path).and_then(|metadata| metadata.modified());
            let age = written.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
            age.is_some_and(|age| age > CODE_KEPT)
        };
        for code in codes {
            let used = u64::from_str_radix(&code, 16).is_ok_and(&is_used);
            let path = place.join(&code);
            if !used && is_old(&path) && self.writable().is_ok() {
                // It is only ever read to tell people why something is computed.
                let _ = remove_file(&path);
            }
        }
        if self.writable().is_ok() && self.is_real(&[ENTRIES, folder]).unwrap_or(false) {
            // These fail where there is something left.
            let _ = remove_folder(&place);
            let _ = remove_folder(&self.path().join(ENTRIES).join(folder));
        }
    }

    fn inside(&self, folder: &str, name: &str) -> PathBuf {
        self.path().join(ENTRIES).join(folder).join(name)
    }
}

/// Removes a folder in which there is nothing.
fn remove_folder(path: &Path) -> io::Result<()> {
    fs::remove_dir(path)?;
    faults::removed(path);
    Ok(())
}
