//! How much there is in the directory, as a running total that all processes share.
//!
//! ```text
//! totals    "LARDERT", 1 | bytes | entries | oldest | aged | begun | ended | XXH3-64 of all before,
//!           little-endian; 64 bytes
//! ```
//!
//! It is changed under the file's lock, by those who have added enough to make a difference, so a
//! process that is killed takes with it what it had not added yet. How many did is in the file too.
//! Nothing depends on these numbers but when files are counted again, which corrects them.

use super::Store;
use super::files::Root;
use crate::faults::{self, Step};
use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::thread;

const TOTALS: &str = "totals";
pub(super) const TRIM_LOCK: &str = "trim.lock";
pub(super) const NAMES: [&str; 2] = [TOTALS, TRIM_LOCK];

const MAGIC: [u8; 8] = *b"LARDERT\x01";
const LENGTH: usize = 64;

/// How often the lock is tried. It is held for some microseconds, and nobody waits for it: who cannot
/// have it adds what there is to add another time.
const TRIES: u32 = 16;

/// The numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) bytes: u64,
    pub(crate) entries: u64,
    /// When the oldest entry was computed that was there when they were last counted, in nanoseconds
    /// since 1970.
    pub(crate) oldest_ns: u64,
    /// When entries that were too old were last removed.
    pub(crate) aged_ns: u64,
    /// How many began to keep results since the entries were last counted, and how many of them said
    /// that they were done.
    pub(crate) begun: u64,
    pub(crate) ended: u64,
}

impl Totals {
    /// What stands for totals that are not known: whoever has limits counts.
    pub(crate) fn unknown() -> Self {
        Self { begun: u64::from(u32::MAX), ..Self::default() }
    }

    /// How many may have been killed before they told of their last results, or are still at work.
    pub(crate) fn untold(&self) -> u64 {
        self.begun.saturating_sub(self.ended)
    }

    fn encode(self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        let numbers =
            [self.bytes, self.entries, self.oldest_ns, self.aged_ns, self.begun, self.ended];
        bytes[..8].copy_from_slice(&MAGIC);
        for (place, number) in bytes[8..].chunks_exact_mut(8).zip(numbers) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        let checksum = twox_hash::XxHash3_64::oneshot(&bytes[..LENGTH - 8]);
        bytes[LENGTH - 8..].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let numbers = bytes.strip_prefix(&MAGIC)?.as_chunks().0;
        let [bytes, entries, oldest_ns, aged_ns, begun, ended, _] = *numbers else { return None };
        let [bytes, entries, oldest_ns, aged_ns, begun, ended] =
            [bytes, entries, oldest_ns, aged_ns, begun, ended].map(u64::from_le_bytes);
        Some(Self { bytes, entries, oldest_ns, aged_ns, begun, ended })
    }
}

/// The right to trim, which at most one process has, until it is dropped or its process ends.
#[derive(Debug)]
pub(crate) struct TrimLock(File);

impl Drop for TrimLock {
    fn drop(&mut self) {
        // If this fails, closing does it.
        let _ = self.0.unlock();
    }
}

impl Store {
    /// Changes the totals, of which nothing is known where they are missing or damaged, and returns
    /// what they are then; `None` if others kept us from it just now.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn change_totals(
        &self,
        change: impl Fn(Option<Totals>) -> Totals,
    ) -> io::Result<Option<Totals>> {
        let mut file = self.current()?.open_own(TOTALS)?;
        if !try_lock(&file)? {
            return Ok(None);
        }
        let changed = read(&mut file).and_then(|known| {
            let totals = change(known);
            file.seek(SeekFrom::Start(0))?;
            // What takes the place of all that is there leaves nothing of it.
            faults::cut(&file, 0);
            faults::write_all(Step::TotalsWrite, &mut file, &totals.encode())?;
            Ok(Some(totals))
        });
        // If this fails, closing does it.
        let _ = file.unlock();
        changed
    }

    /// The totals, if they are known.
    ///
    /// # Errors
    ///
    /// Whatever the system reports, apart from the file not being there.
    pub(crate) fn totals(&self) -> io::Result<Option<Totals>> {
        let path = [TOTALS.as_bytes(), b"\0"].concat();
        match self.root().map(|root: &Root| root.open_file(&path)) {
            None => Ok(None),
            Some(Err(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Some(file) => read(&mut file?),
        }
    }

    /// The right to trim; `None` if another process has it. Where there are no locks everybody has it.
    ///
    /// # Errors
    ///
    /// Whatever the system reports.
    pub(crate) fn lock_trim(&self) -> io::Result<Option<TrimLock>> {
        let file = self.current()?.open_own(TRIM_LOCK)?;
        Ok(if try_lock(&file)? { Some(TrimLock(file)) } else { None })
    }
}

fn try_lock(file: &File) -> io::Result<bool> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => thread::yield_now(),
            // The worst that can come of two at a time is a number that is off.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                return Ok(true);
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

fn read(file: &mut File) -> io::Result<Option<Totals>> {
    let mut bytes = Vec::with_capacity(LENGTH + 1);
    file.take(LENGTH as u64 + 1).read_to_end(&mut bytes)?;
    // Whatever is read is taken only for what encoding makes of it.
    Ok(Totals::decode(&bytes).filter(|totals| totals.encode() == *bytes))
}

#[cfg(test)]
mod tests {
    use super::super::Access;
    use super::*;
    use std::fs;

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path(), Access::default()).unwrap();
        (dir, store)
    }

    fn add(store: &Store, bytes: u64) -> Option<Totals> {
        let change = |known: Option<Totals>| {
            let known = known.unwrap_or_default();
            Totals { bytes: known.bytes + bytes, entries: known.entries + 1, ..known }
        };
        store.change_totals(change).unwrap()
    }

    #[test]
    fn nothing_is_lost_when_many_add_at_the_same_time() {
        let (dir, _) = store();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let store = Store::open(dir.path(), Access::default()).unwrap();
                    let mut left = 100;
                    while left > 0 {
                        left -= u32::from(add(&store, 10).is_some());
                    }
                });
            }
        });
        let store = Store::open(dir.path(), Access::default()).unwrap();
        let totals = store.totals().unwrap().unwrap();
        assert_eq!((totals.bytes, totals.entries), (4000, 400));
    }

    #[test]
    fn totals_that_are_damaged_or_of_another_kind_are_not_known() {
        let (dir, store) = store();
        assert_eq!(store.totals().unwrap(), None);
        add(&store, 10).unwrap();
        let path = dir.path().join(TOTALS);
        let whole = fs::read(&path).unwrap();
        assert_eq!(whole.len(), LENGTH);
        for at in 0..LENGTH {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&path, &damaged).unwrap();
            assert_eq!(store.totals().unwrap(), None, "byte {at}");
        }
        for damaged in [&whole[..LENGTH - 1], &[&whole[..], b"x"].concat(), b""] {
            fs::write(&path, damaged).unwrap();
            assert_eq!(store.totals().unwrap(), None);
        }
        // Whoever adds next begins anew, over what is there.
        fs::write(&path, &whole[..LENGTH - 1]).unwrap();
        assert_eq!(add(&store, 3).unwrap().bytes, 3);
        assert_eq!(store.totals().unwrap().unwrap().bytes, 3);
    }

    #[cfg(unix)]
    #[test]
    fn what_others_put_in_the_place_of_the_totals_is_not_written_to() {
        let (dir, store) = store();
        let (path, outside) = (dir.path().join(TOTALS), dir.path().join("outside"));
        let refused = || store.change_totals(Option::unwrap_or_default).is_err();
        fs::write(&outside, "precious").unwrap();
        std::os::unix::fs::symlink(&outside, &path).unwrap();
        assert!(refused());
        fs::remove_file(&path).unwrap();
        fs::hard_link(&outside, &path).unwrap();
        assert!(refused());
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(refused());
        assert_eq!(fs::read_to_string(outside).unwrap(), "precious");
    }

    #[test]
    fn one_at_a_time_has_the_right_to_trim() {
        let (dir, store) = store();
        let other = Store::open(dir.path(), Access::default()).unwrap();
        let lock = store.lock_trim().unwrap().unwrap();
        assert!(other.lock_trim().unwrap().is_none());
        drop(lock);
        assert!(other.lock_trim().unwrap().is_some());
    }
}
