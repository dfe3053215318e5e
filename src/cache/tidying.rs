//! What is done in the background about what was cleared, and what earlier processes left.

use super::{Cache, lock, spawn};
use crate::catalog::{self, Catalog};
use std::sync::Arc;

/// From this many journals on, opening a cache gathers those of processes that ended.
const MANY_JOURNALS: usize = 64;

impl Cache {
    /// Starts what is to be done about the leftovers of earlier processes, if there are some.
    pub(super) fn tidy(&self) {
        let Some(disk) = self.inner.disk.as_ref().filter(|_| self.inner.mode.writes()) else {
            return;
        };
        let root = disk.store.path().to_owned();
        let journals = root.join("journal");
        let many = catalog::journals(&journals) > MANY_JOURNALS;
        if disk.store.has_leftovers() {
            let inner = Arc::downgrade(&self.inner);
            self.delete_in_background(move || {
                if let Some(disk) = inner.upgrade().as_ref().and_then(|inner| inner.disk.as_ref()) {
                    disk.store.sweep(|session| catalog::is_live(&journals, session));
                }
            });
        }
        self.inner.check_room(disk);
        if many {
            let merge = move || {
                if let Err(error) = Catalog::open(&root) {
                    tracing::debug!("journals are left for later: {error}");
                }
            };
            *lock(&self.inner.merging) = spawn("larder-merge", merge);
        }
    }

    pub(super) fn delete_in_background(&self, work: impl FnOnce() + Send + 'static) {
        let mut deleting = lock(&self.inner.deleting);
        deleting.retain(|thread| !thread.is_finished());
        deleting.extend(spawn("larder-delete", work));
    }
}
