//! A file as its inode shows it.

use std::fs::Metadata;
use std::time::{Duration, SystemTime};

/// What the system says of a file that nobody opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) size: u64,
    /// When it was written, or used if that was noted: in nanoseconds since 1970.
    pub(crate) modified_ns: u64,
    pub(super) inode: u64,
}

impl Seen {
    /// When it was written, or used if that was noted.
    pub(crate) fn modified(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(self.modified_ns)
    }

    pub(in crate::store) fn of(metadata: &Metadata) -> Self {
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        let since = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self {
            size: metadata.len(),
            modified_ns: u64::try_from(since.as_nanos()).unwrap_or(u64::MAX),
            #[cfg(unix)]
            inode: std::os::unix::fs::MetadataExt::ino(metadata),
            #[cfg(not(unix))]
            inode: 0,
        }
    }
}
