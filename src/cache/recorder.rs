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
    }

    /// Brings what was counted of one function to the journal.
    pub(super) fn report(&self, disk: &Disk, tracked: &Tracked) {
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
        self.record(
            disk,
            &Record::Function(FunctionRecord {
                folder: identity.folder.name().to_owned(),
                name: identity.name.clone(),
                package: identity.package.clone(),
                version: identity.version,
                code: *identity.code.as_bytes(),
                seen_ns: since_epoch(SystemTime::now()),
            }),
        );
    }

    /// The journal holds nothing that the files do not tell, so losing a record is no reason to
    /// bother a call.
    pub(super) fn record(&self, disk: &Disk, record: &Record) {
        if let Err(error) = disk.journal.append(record) {
            self.warnings.warn("could not write to the journal", error);
        }
    }
}
