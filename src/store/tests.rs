//! What a store must do, whatever its files are.

use super::files::TEMPORARY;
use super::reading::SCRATCH_SIZE;
use super::*;
use crate::entry::{self, Header};
use crate::key::Digest;
use std::convert::Infallible;
use std::fs;
use std::time::Duration;
use tempfile::TempDir;

struct Case {
    dir: TempDir,
    store: Store,
    folder: Folder,
}

fn case() -> Case {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    Case { dir, store, folder: Folder::new("simulate", &Digest::of(b"identity")) }
}

fn open(path: &Path) -> Store {
    Store::open(path, Access::default()).unwrap()
}

fn key(number: u32) -> Key {
    Key { inputs: Digest::of(&number.to_le_bytes()), code: Digest::of(b"code") }
}

fn bytes(key: Key, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        key,
        codec: 1,
        created_ns: 0,
        own_ns: 0,
        full_ns: 0,
        arguments: Vec::new(),
        function: "simulate".into(),
        printed: String::new(),
    };
    let mut out = Vec::new();
    entry::write(&header, &mut out, |out| {
        out.extend_from_slice(payload);
        Ok::<_, Infallible>(1)
    })
    .unwrap();
    out
}

impl Case {
    fn write(&self, number: u32, payload: &[u8]) {
        let key = key(number);
        self.store.write(&self.folder, &key, &bytes(key, payload), false, false).unwrap();
    }

    fn read(&self, number: u32) -> Option<Vec<u8>> {
        read(&self.store, &self.folder, number)
    }

    fn file(&self, number: u32) -> PathBuf {
        let mut path = Vec::new();
        self.folder.entry(&key(number), &mut path);
        path.pop();
        self.dir.path().join(String::from_utf8(path).unwrap())
    }

    fn damaged(&self, number: u32) -> bool {
        let found = self.store.read(&self.folder, &key(number), |_| ()).unwrap();
        matches!(found, Found::Damaged)
    }
}

fn read(store: &Store, folder: &Folder, number: u32) -> Option<Vec<u8>> {
    match store.read(folder, &key(number), |entry| entry.payload().to_vec()).unwrap() {
        Found::Entry(payload) => Some(payload),
        Found::Missing => None,
        Found::Damaged => panic!("entry {number} is damaged"),
    }
}

#[test]
fn entries_of_every_size_are_read_back() {
    let case = case();
    let edge = SCRATCH_SIZE - bytes(key(0), b"").len();
    for (number, size) in (0u8..).zip([0, 1, 100, edge - 1, edge, edge + 1, 1 << 20]) {
        let (number, byte) = (u32::from(number), number);
        assert_eq!(case.read(number), None);
        let payload = vec![byte; size];
        case.write(number, &payload);
        assert_eq!(case.read(number), Some(payload), "{size} bytes");
    }
}

/// Whether it is at hand is for the system to say; what is there is no other than what is read.
#[test]
fn what_is_at_hand_is_what_is_read_and_nothing_else() {
    let case = case();
    let at_hand = |number| {
        case.store.read_at_hand(&case.folder, &key(number), |entry| entry.payload().to_vec())
    };
    for (number, size) in [(0, 0), (1, 100), (2, SCRATCH_SIZE / 2), (3, 2 * SCRATCH_SIZE)] {
        case.write(number, &vec![7; size]);
        let read = case.read(number);
        let hand = at_hand(number);
        assert!(hand.is_none() || hand == read, "{size} bytes");
        assert!(hand.is_none() || size < SCRATCH_SIZE);
    }
    fs::copy(case.file(1), case.file(2)).unwrap();
    fs::write(case.file(0), &bytes(key(0), b"")[..50]).unwrap();
    assert_eq!([0, 2, 3, 4].map(at_hand), [const { None::<Vec<u8>> }; 4]);
}

#[test]
fn an_entry_stays_unless_it_is_to_be_replaced() {
    let case = case();
    case.write(1, b"first");
    case.write(1, b"second");
    assert_eq!(case.read(1).unwrap(), b"first");
    let write = |payload, durable| {
        let bytes = bytes(key(1), payload);
        case.store.write(&case.folder, &key(1), &bytes, true, durable).unwrap();
    };
    write(b"third", false);
    assert_eq!(case.read(1).unwrap(), b"third");
    write(b"fourth", true);
    assert_eq!(case.read(1).unwrap(), b"fourth");
}

#[test]
fn a_durable_write_into_new_folders_is_there() {
    let case = case();
    case.store.write(&case.folder, &key(1), &bytes(key(1), b"x"), false, true).unwrap();
    assert_eq!(case.read(1).unwrap(), b"x");
}

#[test]
fn another_store_on_the_directory_sees_what_is_written_and_removed() {
    let case = case();
    let other = open(case.dir.path());
    case.write(1, b"x");
    assert_eq!(read(&other, &case.folder, 1).unwrap(), b"x");
    assert!(other.remove(&case.folder, &key(1)).unwrap());
    assert!(!other.remove(&case.folder, &key(1)).unwrap());
    assert_eq!(case.read(1), None);
    case.write(1, b"y");
    fs::remove_dir_all(case.dir.path().join("entries")).unwrap();
    assert_eq!(case.read(1), None);
    case.write(1, b"z");
    assert_eq!(read(&other, &case.folder, 1).unwrap(), b"z");
}

#[test]
fn a_directory_that_is_removed_and_made_anew_is_followed() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("cache");
    let (ours, theirs) = (open(&path), open(&path));
    let folder = Folder::new("f", &Digest::of(b"f"));
    let entry = bytes(key(1), b"x");
    ours.write(&folder, &key(1), &entry, false, false).unwrap();
    fs::remove_dir_all(&path).unwrap();
    assert_eq!(read(&ours, &folder, 1), None);
    theirs.write(&folder, &key(1), &entry, false, false).unwrap();
    assert_eq!(read(&ours, &folder, 1).unwrap(), b"x");
    fs::remove_dir_all(&path).unwrap();
    ours.write(&folder, &key(1), &entry, false, false).unwrap();
    assert_eq!(read(&theirs, &folder, 1).unwrap(), b"x");
}

#[test]
fn damaged_swapped_and_foreign_files_are_told_from_missing_ones() {
    let case = case();
    case.write(1, b"one");
    case.write(2, &vec![2; 100_000]);
    fs::copy(case.file(1), case.file(2)).unwrap();
    assert!(case.damaged(2), "another key's entry");
    for length in [0, 7, 19, 20, 130] {
        fs::write(case.file(1), &bytes(key(1), b"one")[..length]).unwrap();
        assert!(case.damaged(1), "{length} bytes");
    }
    let mut huge = bytes(key(1), b"one");
    huge[12..20].copy_from_slice(&(1u64 << 62).to_le_bytes());
    fs::write(case.file(1), huge).unwrap();
    assert!(case.damaged(1), "a length out of proportion to the file");
    fs::remove_file(case.file(1)).unwrap();
    fs::create_dir(case.file(1)).unwrap();
    assert!(case.damaged(1), "a directory");
}

#[test]
fn clearing_removes_at_once_and_only_what_was_named() {
    let case = case();
    let other = Folder::new("other", &Digest::of(b"other"));
    case.write(1, b"x");
    case.store.write(&other, &key(1), &bytes(key(1), b"y"), false, false).unwrap();
    let aside = case.store.clear(Some(case.folder.name())).unwrap().aside;
    assert_eq!(aside.len(), 1);
    assert_eq!(case.read(1), None);
    assert_eq!(read(&case.store, &other, 1).unwrap(), b"y");
    case.write(1, b"z");
    assert_eq!(case.store.clear(None).unwrap().aside.len(), 2);
    assert_eq!(case.store.folders().unwrap(), [case.folder.name(), other.name()][..0]);
    assert!(case.store.has_leftovers());
    for path in aside {
        delete(&path);
        assert!(!path.exists());
    }
}

#[test]
fn listing_finds_every_entry_and_nothing_else() {
    let case = case();
    (0..300).for_each(|number| case.write(number, b"x"));
    fs::write(case.dir.path().join("entries/notes"), "x").unwrap();
    fs::write(case.file(1).with_file_name("notes"), "x").unwrap();
    assert!(case.store.folders().unwrap().contains(&case.folder.name().to_owned()));
    let files = case.store.files(case.folder.name()).unwrap();
    assert_eq!(files.len(), 300);
    for file in files {
        let found =
            case.store.inspect(case.folder.name(), &file, |entry| Some(entry.header()?.function));
        assert_eq!(found.unwrap().unwrap(), "simulate");
    }
}

#[test]
fn leftovers_are_swept_when_they_are_old_and_their_writer_is_gone() {
    let case = case();
    let tmp = case.dir.path().join(TEMPORARY);
    fs::create_dir(&tmp).unwrap();
    let names = ["1-dead.0", "1-dead.1", "2-live.0", "3-new.0"];
    for name in names {
        fs::write(tmp.join(name), "x").unwrap();
        let age = if name.starts_with('3') { 0 } else { 3600 };
        let file = File::options().write(true).open(tmp.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    }
    fs::create_dir(tmp.join(format!("{}.0", case.store.session()))).unwrap();
    case.store.sweep(|session| session == "2-live");
    let mut left = case.store.names(&[TEMPORARY]).unwrap();
    left.sort();
    let mut expected = vec!["2-live.0".to_owned(), "3-new.0".to_owned()];
    expected.push(format!("{}.0", case.store.session()));
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn a_store_that_may_not_write_creates_nothing_and_sees_what_appears() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("cache");
    let store = Store::open(&path, Access { read_only: true, ..Access::default() }).unwrap();
    let folder = Folder::new("f", &Digest::of(b"f"));
    assert_eq!(read(&store, &folder, 1), None);
    assert!(store.write(&folder, &key(1), b"x", false, false).is_err());
    assert!(!path.exists());
    open(&path).write(&folder, &key(1), &bytes(key(1), b"x"), false, false).unwrap();
    assert_eq!(read(&store, &folder, 1).unwrap(), b"x");
}

/// Two that compute the same may file it one after the other, and the first need not have waited for
/// the disk when the second, which has to, finds the file there.
#[cfg(all(unix, feature = "faults"))]
#[test]
fn a_durable_write_of_what_is_there_waits_for_what_is_there() {
    use crate::faults::{Operation, record};
    use std::os::unix::fs::MetadataExt;
    let case = case();
    case.write(1, b"x");
    let write = || case.store.write(&case.folder, &key(1), &bytes(key(1), b"x"), false, true);
    let (written, operations) = record(case.dir.path(), write);
    written.unwrap();
    let number = fs::metadata(case.file(1)).unwrap().ino();
    assert!(operations.contains(&Operation::Sync(number)), "{operations:?}");
    let root = Operation::SyncFolder("".into());
    assert!(operations.contains(&root), "the names of the folders: {operations:?}");
}

#[test]
fn leftovers_are_swept_whatever_the_clock_said_when_they_were_made() {
    let case = case();
    let tmp = case.dir.path().join("tmp");
    fs::create_dir(&tmp).unwrap();
    let now = SystemTime::now();
    let year = Duration::from_hours(24 * 365);
    let times = [SystemTime::UNIX_EPOCH, now - year, now + year, now, now + Duration::from_secs(5)];
    for (number, time) in times.into_iter().enumerate() {
        let file = File::create(tmp.join(format!("1-0123456789abcdef.{number}"))).unwrap();
        file.set_modified(time).unwrap();
    }
    case.store.sweep(|_| true);
    assert_eq!(fs::read_dir(&tmp).unwrap().count(), times.len());
    case.store.sweep(|_| false);
    let mut left = case.store.names(&[TEMPORARY]).unwrap();
    left.sort();
    // These may be about to be used.
    assert_eq!(left, ["1-0123456789abcdef.3", "1-0123456789abcdef.4"]);
}
