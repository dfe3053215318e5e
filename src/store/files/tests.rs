//! The two ways of opening what is at a path.

use super::*;
use rustix::fs::{Mode, OFlags};
use std::ffi::CString;
use std::os::unix::fs::symlink;

#[test]
fn walking_folder_by_folder_leads_where_the_kernel_leads() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("a/b")).unwrap();
    fs::write(dir.path().join("a/b/file"), "x").unwrap();
    symlink("b", dir.path().join("a/link")).unwrap();
    symlink("file", dir.path().join("a/b/link")).unwrap();
    let root = Root::open(dir.path(), "1-0").unwrap();
    let paths =
        ["a", "a/b/file", "a/b/link", "a/link", "a/link/file", "a/b/none", "none/b", "a/b/file/x"];
    for path in paths {
        let path = CString::new(path).unwrap();
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let [asked, walked] = [
            root.system.open_at(&path, flags, Mode::empty()),
            root.system.walk(&path, flags, Mode::empty()),
        ];
        let opened = asked.is_ok();
        assert_eq!(opened, walked.is_ok(), "{path:?}: {asked:?}, {walked:?}");
        assert_eq!(opened, matches!(path.to_bytes(), b"a" | b"a/b/file"), "{path:?}");
        if let (Err(asked), Err(walked)) = (asked, walked) {
            let obstacle = |error: rustix::io::Errno| system::is_obstacle(&error.into());
            assert_eq!(obstacle(asked), obstacle(walked), "{path:?}");
        }
    }
}

// A folder that is removed while a file without a name is created in it is not missing to every file
// system: ext4 says that it is not permitted. So the result was not kept, and from then on every lookup of
// the process went folder by folder.
#[test]
fn a_folder_that_is_removed_at_any_moment_is_made_again() {
    use std::sync::atomic::AtomicBool;
    let dir = tempfile::tempdir().unwrap();
    let root = Root::open(dir.path(), "1-0").unwrap();
    let over = AtomicBool::new(false);
    let put = Put { replace: false, durable: false };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    drop(fs::remove_dir(dir.path().join("a/b")));
                }
            });
        }
        let refusal = (0..20_000).find_map(|number| {
            let path = format!("a/b/{number}\0");
            let refused = root.put(path.as_bytes(), b"a/b\0", b"bytes", put).err();
            drop(fs::remove_file(dir.path().join(format!("a/b/{number}"))));
            refused.filter(|error| error.kind() != io::ErrorKind::NotFound)
        });
        over.store(true, Ordering::Relaxed);
        assert!(refusal.is_none(), "{refusal:?}");
    });
}

// With most mount options the first reading of a new file is noted in its inode, which took as long as a hit
// does, and a write to the disk some time later.
#[test]
fn reading_leaves_no_trace_where_the_system_allows_it() {
    use std::time::SystemTime;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file");
    let read_since = |open: &dyn Fn() -> File| {
        let file = File::create(&path).unwrap();
        file.set_times(fs::FileTimes::new().set_accessed(SystemTime::UNIX_EPOCH)).unwrap();
        io::Write::write_all(&mut &file, b"bytes").unwrap();
        assert_eq!(read_once(&open(), &mut [0; 8]).unwrap(), 5);
        fs::metadata(&path).unwrap().accessed().unwrap() != SystemTime::UNIX_EPOCH
    };
    let root = Root::open(dir.path(), "1-0").unwrap();
    let opened = || root.open_file(b"file\0").unwrap();
    // Where the system cannot tell what it has at hand, it is opened as any other.
    let at_hand = || root.system.open_at_hand(b"file\0").unwrap_or_else(opened);
    let noted = read_since(&|| File::open(&path).unwrap());
    assert!(!read_since(&opened) && !read_since(&at_hand));
    root.system.note_reading();
    assert_eq!((read_since(&opened), read_since(&at_hand)), (noted, noted));
}
