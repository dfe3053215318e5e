//! What was found damaged and put where a person can look at it.
//!
//! A call that finds its result damaged does not come here: it computes, and what it computed takes
//! the damaged file's place. Moving that away first could move away what another process has put
//! there in between.

use super::folders::create_real_folder;
use super::{Store, path};
use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::SystemTime;

pub(super) const DAMAGED: &str = "damaged";

/// So many things are kept for a look at them, of so many bytes taken together: the latest.
const MOST: usize = 100;
const MOST_BYTES: u64 = 64 << 20;

impl Store {
    /// Moves what stands in the place of an entry to `damaged/`. `false` if there is nothing, or if
    /// it turned out to be whole.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn set_aside(&self, folder: &str, file: &str) -> io::Result<bool> {
        self.writable()?;
        let shard = file.get(..2).filter(|shard| path::is_entry(shard, file));
        let shard = shard.ok_or(io::ErrorKind::InvalidInput)?;
        if !self.is_real(&[path::ENTRIES, folder, shard])? {
            return Ok(false);
        }
        let place = self.path.join(path::ENTRIES).join(folder).join(shard).join(file);
        let aside = self.path.join(DAMAGED);
        create_real_folder(&aside)?;
        // Named so that they sort by time. Two processes that move things in one nanosecond do not
        // move the same thing.
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        let name = format!("{now:020}.{folder}.{file}");
        let target = aside.join(&name);
        match fs::rename(&place, &target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            result => result?,
        }
        // Somebody may have computed it again since it was looked at: then it goes back, unless
        // there is the next one already.
        let whole = self.examine(&[DAMAGED, &name], file, |_| Some(()))?.is_some();
        if whole {
            match fs::hard_link(&target, &place) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    // Not every system links what belongs to another user. A newer one of the same
                    // key, if it came this moment, is as good.
                    fs::rename(&target, &place)?;
                }
                _ => fs::remove_file(&target)?,
            }
        }
        self.forget_older()?;
        Ok(!whole)
    }

    /// Moves away what was set aside of one folder, or of all, to be deleted.
    pub(super) fn clear_damaged(&self, folder: Option<&str>) -> io::Result<Vec<PathBuf>> {
        let of_folder = |name: &String| folder.is_none_or(|folder| is_of(name, folder));
        let mut moved = Vec::new();
        for name in self.names(&[DAMAGED])?.into_iter().filter(of_folder) {
            let target = self.writable()?.temporary()?;
            match fs::rename(self.path.join(DAMAGED).join(name), &target) {
                Ok(()) => moved.push(target),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(moved)
    }

    /// Removes what is more than there is room for, the oldest first.
    fn forget_older(&self) -> io::Result<()> {
        let folder = self.path.join(DAMAGED);
        let mut names = self.names(&[DAMAGED])?;
        names.sort_unstable();
        let mut room = MOST_BYTES;
        for (count, name) in names.iter().rev().enumerate() {
            let path = folder.join(name);
            let size = fs::symlink_metadata(&path).map_or(0, |metadata| metadata.len());
            let fits = room.checked_sub(size);
            room = fits.unwrap_or(0);
            // The latest stays whatever its size.
            if count > 0 && (count >= MOST || fits.is_none()) {
                super::delete(&path);
            }
        }
        Ok(())
    }
}

/// Whether something set aside was in this folder.
fn is_of(name: &str, folder: &str) -> bool {
    let rest = name.split_once('.').and_then(|(_, rest)| rest.strip_prefix(folder));
    rest.is_some_and(|rest| rest.starts_with('.'))
}
