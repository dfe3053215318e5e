//! When results were last used: noted in memory at a hit, told to journal and files now and then.
//!
//! A hit looks at one word of a table to see whether its use was noted a moment ago, and mostly that
//! is all. The table forgets: marks of different results take each other's places, so that a use may
//! be noted twice, and one in sixty thousand not at all. Only what is kept or removed goes by what
//! comes of it, never whether a result is right.

use super::{Cache, Disk, Inner, Tracked, lock};
use crate::catalog::{Record, UsesRecord};
use crate::entry::Key;
use crate::flight::hand_over;
use crate::key::Digest;
use crate::store::{FileName, clock};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// Uses of one result within this time are one, in seconds.
const MOMENT: u64 = 600;

/// A file's own time stamp is moved when it is this far behind, in seconds. Those of other programs,
/// as of backups, are so disturbed once an hour at most.
const BEHIND: u64 = 3600;

/// Words in the table, with two marks each.
const WORDS: usize = 1 << 14;

/// So many uses are told at once at the latest.
const MANY: usize = 4096;

/// When so many are on their way, no more time stamps are moved: rather none than a heap of work that
/// nobody waits for.
const WAITING: usize = 4 * MANY;

/// Closing waits for time stamps that are on their way for so long at most.
const PATIENCE: Duration = Duration::from_secs(5);

/// The uses of results since they were last told of.
#[derive(Debug)]
pub(super) struct Uses {
    /// Two marks each: 16 bits of the key and 16 of the time, the latest in the lower half.
    marks: Box<[AtomicU64]>,
    noted: Mutex<Vec<Use>>,
    /// How many uses were taken from there, to be told, and are not told yet.
    under_way: Mutex<usize>,
    told: Condvar,
}

/// Uses that the journal knows, of files whose time stamps may be behind.
struct Behind {
    files: Vec<(usize, FileName)>,
    /// How many uses they are left of.
    uses: usize,
}

/// One use of a result.
#[derive(Debug, Clone, Copy)]
struct Use {
    tracked: usize,
    file: FileName,
    /// In seconds since 1970.
    when: u64,
    /// Whether the file's time stamp may be behind.
    behind: bool,
}

impl Uses {
    pub(super) fn new() -> Self {
        Self {
            marks: (0..WORDS).map(|_| AtomicU64::new(0)).collect(),
            noted: Mutex::default(),
            under_way: Mutex::new(0),
            told: Condvar::new(),
        }
    }

    /// Takes note that this result was used, which was created so many seconds after 1970. Tells
    /// whether it is time to tell of the uses.
    #[inline]
    fn note(&self, tracked: &Tracked, key: &Key, created: u64) -> bool {
        let now = clock::seconds();
        let spread = start(&key.inputs) ^ start(&key.code);
        #[expect(clippy::cast_possible_truncation, reason = "an index into the table")]
        let word = &self.marks[spread as usize % WORDS];
        let mark = ((spread >> 48) << 16) | ((now / MOMENT) & 0xffff);
        let marks = word.load(Ordering::Relaxed);
        // The lower half, and then the upper.
        let known = marks & 0xffff_ffff == mark || marks >> 32 == mark;
        !known && self.note_new(word, (marks, mark), (tracked, key), (now, created))
    }

    #[cold]
    fn note_new(
        &self,
        word: &AtomicU64,
        (marks, mark): (u64, u64),
        (tracked, key): (&Tracked, &Key),
        (now, created): (u64, u64),
    ) -> bool {
        let is_same = |other: u64| other >> 16 == mark >> 16;
        let (latest, before) = (marks & 0xffff_ffff, marks >> 32);
        // An earlier use of the same result is replaced, else the one that is longer ago.
        let other = if is_same(latest) { before } else { latest };
        // Another thread may note at the same time: one mark is lost then, and noted again.
        word.store((other << 32) | mark, Ordering::Relaxed);
        let one = Use {
            tracked: tracked.identity.index,
            file: FileName::of(key),
            when: now,
            behind: now.abs_diff(created) >= BEHIND,
        };
        let mut noted = lock(&self.noted);
        noted.push(one);
        noted.len() >= MANY
    }
}

/// The start of a digest, which is as evenly spread as all of it.
#[inline]
fn start(digest: &Digest) -> u64 {
    digest.as_bytes().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl Cache {
    /// Takes note of the use of a result that was created at this time.
    #[inline]
    pub(super) fn used(&self, disk: &Disk, tracked: &Tracked, key: &Key, created_ns: u64) {
        if let Some(uses) = &disk.uses
            && uses.note(tracked, key, created_ns / 1_000_000_000)
        {
            self.tell_uses();
        }
    }

    /// Brings what was noted to the journal, and has another thread see to the time stamps.
    #[cold]
    pub(super) fn tell_uses(&self) {
        let Some(behind) = self.inner.tell_uses() else { return };
        // What waits there does not keep the cache open.
        let inner = Arc::downgrade(&self.inner);
        hand_over(move || {
            if let Some(inner) = inner.upgrade() {
                inner.move_stamps(&behind);
            }
        });
    }

    /// Waits until all uses that were noted before are told.
    pub(super) fn finish_uses(&self) {
        if let Some(uses) = self.inner.disk.as_ref().and_then(|disk| disk.uses.as_ref()) {
            // What is not told by then is known to the journal, or will be noted again.
            let _ = uses.told.wait_timeout_while(lock(&uses.under_way), PATIENCE, |left| *left > 0);
        }
    }
}

impl Inner {
    /// Brings what was noted to journal and time stamps.
    pub(super) fn tell_all_uses(&self) {
        if let Some(behind) = self.tell_uses() {
            self.move_stamps(&behind);
        }
    }

    /// Brings what was noted to the journal. What comes back may have time stamps that are behind.
    fn tell_uses(&self) -> Option<Behind> {
        let disk = self.disk.as_ref()?;
        let uses = disk.uses.as_ref()?;
        let (noted, before) = {
            let mut noted = lock(&uses.noted);
            if noted.is_empty() {
                return None;
            }
            // While the notes are locked, so that they are never in neither of the two places.
            let mut under_way = lock(&uses.under_way);
            let before = *under_way;
            *under_way += noted.len();
            (std::mem::take(&mut *noted), before)
        };
        let mut records: BTreeMap<_, (u64, Vec<FileName>)> = BTreeMap::new();
        for one in &noted {
            let record = records.entry((one.tracked, one.when / MOMENT)).or_default();
            record.0 = record.0.max(one.when);
            record.1.push(one.file);
        }
        for ((tracked, _), (when, files)) in records {
            let Some(tracked) = self.functions.get(tracked) else { continue };
            self.introduce(disk, tracked);
            let folder = tracked.identity.folder.name().to_owned();
            let when_ns = when * 1_000_000_000;
            self.record(disk, &Record::Used(UsesRecord { folder, when_ns, files }));
        }
        let mut files = Vec::new();
        if before < WAITING {
            files.extend(noted.iter().filter(|one| one.behind).map(|one| (one.tracked, one.file)));
            files.sort_unstable();
            files.dedup();
        }
        let behind = Behind { files, uses: noted.len() };
        if behind.files.is_empty() {
            self.move_stamps(&behind);
            return None;
        }
        Some(behind)
    }

    /// Moves time stamps that are behind. What goes wrong is no reason to bother anybody.
    fn move_stamps(&self, behind: &Behind) {
        let Some(disk) = &self.disk else { return };
        for (tracked, file) in &behind.files {
            if let Some(tracked) = self.functions.get(*tracked) {
                disk.store.touch(&tracked.identity.folder, file, BEHIND);
            }
        }
        if let Some(uses) = &disk.uses {
            let mut under_way = lock(&uses.under_way);
            *under_way -= behind.uses;
            if *under_way == 0 {
                uses.told.notify_all();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CodeSpec, Definition, Identity};
    use super::*;

    fn tracked() -> &'static Tracked {
        let code = CodeSpec { version: 0, fingerprint: "00", parts: b"", cfgs: &[] };
        let definition = Definition { package: "p", path: "p::f", arguments: "", code };
        let identity = Box::leak(Box::new(Identity::new(&definition)));
        Box::leak(Box::new(Tracked::new(identity)))
    }

    fn key(number: u64) -> Key {
        Key { inputs: Digest::of(&number.to_le_bytes()), code: Digest::of(b"code") }
    }

    fn noted(uses: &Uses) -> usize {
        lock(&uses.noted).len()
    }

    #[test]
    fn a_result_that_is_used_again_and_again_is_noted_once_in_a_while() {
        let (uses, tracked) = (Uses::new(), tracked());
        for _ in 0..1000 {
            assert!(!uses.note(tracked, &key(1), 0));
            assert!(!uses.note(tracked, &key(2), 0));
        }
        // Another while may begin in the middle.
        assert!((2..=4).contains(&noted(&uses)), "{}", noted(&uses));
    }

    #[test]
    fn as_many_as_the_table_has_room_for_are_mostly_noted_once() {
        let (uses, tracked) = (Uses::new(), tracked());
        let count = 4000;
        for _ in 0..5 {
            for number in 0..count {
                uses.note(tracked, &key(number), 0);
            }
        }
        let noted = noted(&uses) as u64;
        assert!((count - 5..count * 11 / 5).contains(&noted), "{noted}");
    }

    #[test]
    fn it_is_time_to_tell_when_many_were_noted() {
        let (uses, tracked) = (Uses::new(), tracked());
        let first = (0..100_000).find(|number| uses.note(tracked, &key(*number), 0)).unwrap();
        assert!((MANY as u64 - 1..MANY as u64 + 9).contains(&first), "{first}");
    }

    #[test]
    fn a_mark_of_an_earlier_time_makes_room_for_the_new_one_and_not_the_other_result() {
        let (uses, tracked) = (Uses::new(), tracked());
        let word = &uses.marks[0];
        let mark = |tag: u64, time: u64| (tag << 16) | time;
        word.store((mark(1, 5) << 32) | mark(2, 5), Ordering::Relaxed);
        uses.note_new(word, (word.load(Ordering::Relaxed), mark(2, 6)), (tracked, &key(2)), (0, 0));
        assert_eq!(word.load(Ordering::Relaxed), (mark(1, 5) << 32) | mark(2, 6));
        uses.note_new(word, (word.load(Ordering::Relaxed), mark(1, 6)), (tracked, &key(1)), (0, 0));
        assert_eq!(word.load(Ordering::Relaxed), (mark(2, 6) << 32) | mark(1, 6));
        uses.note_new(word, (word.load(Ordering::Relaxed), mark(3, 6)), (tracked, &key(3)), (0, 0));
        assert_eq!(word.load(Ordering::Relaxed), (mark(1, 6) << 32) | mark(3, 6));
    }
}
