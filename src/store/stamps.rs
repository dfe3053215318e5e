//! The time stamps of entries: when they were last used, for those who lost the catalog.

use super::path::ENTRIES;
use super::{FileName, Folder, Store};
use std::fs;
use std::time::SystemTime;

impl Store {
    /// Moves the time stamp of an entry to now, if it is further than this many seconds away from
    /// that. What stands in its place and is not our file alone is left as it is; what the system
    /// refuses does not matter, as the time stamp is a second memory of what the journal tells.
    pub(crate) fn touch(&self, folder: &Folder, file: &FileName, seconds: u64) -> bool {
        let Some(root) = self.root().filter(|_| !self.read_only) else { return false };
        root.touch(&folder.named(file), seconds).is_ok_and(|moved| moved)
    }

    /// The time stamp of an entry, in nanoseconds since 1970; zero if that cannot be had.
    pub(crate) fn stamp_ns(&self, folder: &str, file: &str) -> u64 {
        let shard = file.get(..2).unwrap_or_default();
        let place = self.path.join(ENTRIES).join(folder).join(shard).join(file);
        let stamp = fs::symlink_metadata(place).and_then(|metadata| metadata.modified());
        let since = stamp.ok().and_then(|stamp| stamp.duration_since(SystemTime::UNIX_EPOCH).ok());
        since.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }
}
