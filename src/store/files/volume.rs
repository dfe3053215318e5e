//! The file system that a directory is on, for people who wonder.

use std::io;
use std::path::Path;

/// What is known of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Volume {
    /// What it is called, where that is known.
    pub(crate) kind: Option<&'static str>,
    /// Whether it is on another machine.
    pub(crate) remote: bool,
    /// Whether nothing can be written to it.
    pub(crate) read_only: bool,
    /// Bytes that are free for this user.
    pub(crate) free: u64,
    /// Bytes of all of it.
    pub(crate) total: u64,
}

/// Numbers of file systems, as Linux gives them, and whether they are remote.
#[cfg(target_os = "linux")]
const KINDS: [(u32, &str, bool); 22] = [
    (0x0000_ef53, "ext4", false),
    (0x5846_5342, "xfs", false),
    (0x9123_683e, "btrfs", false),
    (0x0102_1994, "tmpfs", false),
    (0x8584_58f6, "ramfs", false),
    (0x794c_7630, "overlayfs", false),
    (0x2fc1_2fc1, "zfs", false),
    (0xf2f5_2010, "f2fs", false),
    (0xca45_1a4e, "bcachefs", false),
    (0x0000_4d44, "vfat", false),
    (0x2011_bab0, "exfat", false),
    (0x5346_544e, "ntfs", false),
    (0xf15f, "ecryptfs", false),
    (0x0000_6969, "nfs", true),
    (0xff53_4d42, "cifs", true),
    (0xfe53_4d42, "smb", true),
    (0x6573_5546, "fuse", true),
    (0x0102_1997, "9p", true),
    (0x00c3_6400, "ceph", true),
    (0x0bd0_0bd0, "lustre", true),
    (0x0116_1970, "gfs2", true),
    (0x5346_414f, "afs", true),
];

/// What is known of the file system that `path` is on.
#[cfg(unix)]
pub(crate) fn volume(path: &Path) -> io::Result<Volume> {
    use rustix::fs::{StatVfsMountFlags, statvfs};
    let stat = statvfs(path)?;
    let (kind, remote) = kind(path);
    Ok(Volume {
        kind,
        remote,
        read_only: stat.f_flag.contains(StatVfsMountFlags::RDONLY),
        free: stat.f_bavail.saturating_mul(stat.f_frsize),
        total: stat.f_blocks.saturating_mul(stat.f_frsize),
    })
}

#[cfg(target_os = "linux")]
fn kind(path: &Path) -> (Option<&'static str>, bool) {
    let Ok(stat) = rustix::fs::statfs(path) else {
        return (None, false);
    };
    // The number has 32 bits, in a field that has more or fewer and a sign or none.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "32 bits of it")]
    let number = stat.f_type as u32;
    let found = KINDS.iter().find(|(known, ..)| *known == number);
    found.map_or((None, false), |(_, name, remote)| (Some(*name), *remote))
}

#[cfg(all(unix, not(target_os = "linux")))]
fn kind(_: &Path) -> (Option<&'static str>, bool) {
    (None, false)
}

/// Nothing tells here.
#[cfg(not(unix))]
pub(crate) fn volume(_: &Path) -> io::Result<Volume> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether this user may create files in a folder, as far as the system can say.
#[cfg(unix)]
pub(crate) fn may_write(folder: &Path) -> bool {
    use rustix::fs::{Access, access};
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
}

/// Whether this user may create files in a folder, as far as the system can say.
#[cfg(not(unix))]
pub(crate) fn may_write(folder: &Path) -> bool {
    std::fs::metadata(folder).is_ok_and(|metadata| !metadata.permissions().readonly())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_file_system_has_room_and_a_name() {
        let dir = tempfile::tempdir().unwrap();
        let volume = volume(dir.path()).unwrap();
        assert!(volume.free <= volume.total && volume.total > 0, "{volume:?}");
        assert!(!volume.read_only);
        assert!(may_write(dir.path()));
        assert!(!may_write(Path::new("/proc/self")));
    }
}
