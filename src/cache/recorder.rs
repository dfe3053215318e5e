//! What a cache writes to the journal of its process.

use super::{Disk, Inner, Tracked, lock, since_epoch};
use crate::catalog::{FunctionRecord, Record};
use std::sync::atomic::Ordering;
use std::time::SystemTime;

impl Inner {
    /// Brings what was counted to the journal.
    pub(super) fn flush(&self) {
        let Some(disk) = self.disk.as_ref().filter(|_| self.mode.writes()) else {
            return;
        };
        for tracked in self.functions.iter() {
            self.report(disk, tracked);
        }
        self.tell_all_uses();
    }

    /// Brings what was counted of one function to the journal.
    pub(super) fn report(&self, disk: &Disk, tracked: &Tracked) {
        // What was counted is told later then.
        if disk.recording.is_on() {
            return;
        }
        if let Some(counts) = tracked.counters.take_unreported(tracked.identity) {
            self.introduce(disk, tracked);
            self.record(disk, &Record::Counted(counts));
        }
    }

    pub(super) fn finish_merging(&self) {
        let merging = lock(&self.merging).take();
        if let Some(thread) = merging {
            // What it could not merge, the next process does.
            let _ = thread.join();
        }
    }

    /// Names the function in the journal, before the first record about it.
    pub(super) fn introduce(&self, disk: &Disk, tracked: &Tracked) {
        if tracked.introduced.load(Ordering::Relaxed)
            || tracked.introduced.swap(true, Ordering::Relaxed)
        {
            return;
        }
        let identity = tracked.identity;
        let record = Record::Function(FunctionRecord {
            folder: identity.folder.name().to_owned(),
            name: identity.name.clone(),
            package: identity.package.clone(),
            version: identity.version,
            code: *identity.code.as_bytes(),
            seen_ns: since_epoch(SystemTime::now()),
            expires_ns: identity.validity.expires_ns,
        });
        if !self.record(disk, &record) {
            tracked.introduced.store(false, Ordering::Relaxed);
        }
    }

    /// The journal holds nothing that the files do not tell, so losing a record is no reason to
    /// bother a call. Tells whether it was written.
    pub(super) fn record(&self, disk: &Disk, record: &Record) -> bool {
        if !self.follow(disk) || !disk.recording.allows() {
            return false;
        }
        match disk.journal.append(record) {
            Ok(()) => {
                if disk.recording.accepted() {
                    self.warnings.relented();
                }
                true
            }
            Err(error) => {
                disk.recording.refused();
                let directory = disk.store.path().display();
                let doing = format_args!("write to the journal in `{directory}`");
                self.warnings.refused(doing, &error);
                false
            }
        }
    }

    /// Sees to it that the journal is in the directory that is in use. `false` if there is none, or
    /// if it turns out to be no longer where it was: what is there now may be somebody else's.
    #[inline]
    pub(super) fn follow(&self, disk: &Disk) -> bool {
        let generation = disk.store.generation();
        let begun = disk.journal_of.load(Ordering::Relaxed);
        (begun == generation && begun > 0) || self.begin(disk, generation)
    }

    /// Begins a journal in the directory that is in use now.
    #[cold]
    fn begin(&self, disk: &Disk, generation: usize) -> bool {
        if !disk.store.is_current() {
            return false;
        }
        if disk.journal_of.swap(generation, Ordering::Relaxed) == generation {
            return true;
        }
        disk.journal.renew();
        for tracked in self.functions.iter() {
            tracked.introduced.store(false, Ordering::Relaxed);
            tracked.described.store(false, Ordering::Relaxed);
        }
        true
    }
}
