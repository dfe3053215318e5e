//! What processes have written down, as far as it can be read: the catalog has all of it, and is for one
//! process at a time.

use super::{Disk, Inner, unavailable};
use crate::catalog::{Catalog, CatalogState, Unavailable, condition};
use crate::error::{Error, ErrorKind};

/// What is on record, and whether that is all: see [`Cache::runs_on_record`](crate::Cache::runs_on_record)
/// and [`Cache::removed`](crate::Cache::removed).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OnRecord<T> {
    /// The last first.
    pub records: Vec<T>,
    /// Why older ones may be missing: what was merged into the catalog could not be read.
    /// [`InUse`](ErrorKind::InUse) where another process has it open, which is over in a moment as a rule.
    pub incomplete: Option<Error>,
}

impl Inner {
    /// What the catalog says, brought up to date; or why it says nothing, if it is the journals alone
    /// that are left to ask and they may not know all.
    pub(super) fn ask_catalog<T>(
        &self,
        disk: &Disk,
        ask: impl FnOnce(&Catalog) -> Result<T, Unavailable>,
    ) -> Result<T, Option<Error>> {
        let root = disk.store.path();
        if !self.mode.writes() {
            // Without a catalog, nothing is known but what is in the journals.
            let is_there = condition(root).state != CatalogState::None;
            let message = "the catalog is only read by a cache that may write";
            return Err(is_there.then(|| Error::new(ErrorKind::Io, message)));
        }
        // If it is this process that has the catalog, it will not be for long.
        self.finish_merging();
        Catalog::open(root).and_then(|catalog| ask(&catalog)).map_err(|error| {
            tracing::debug!("an answer without the catalog: {error}");
            Some(unavailable(error))
        })
    }
}
