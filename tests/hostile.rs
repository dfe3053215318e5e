//! Directories that somebody prepared: nothing outside of them is read, written or removed, and
//! nothing hangs.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cache, EntryInfo, Mode, cache, with_cache};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

#[cache]
fn square(x: u64) -> u64 {
    x * x
}

#[cache]
fn long(x: u64) -> Vec<u64> {
    (0..20_000).map(|n| n * x).collect()
}

/// A cache with some results beside a folder that is none of its business.
struct Case {
    dir: TempDir,
}

impl Case {
    fn new() -> Self {
        // In memory where there is such a place: opening caches by the hundred waits for the disk.
        let dir = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        let case = Self { dir };
        let outside = case.outside();
        fs::create_dir_all(outside.join("folder/deeper")).unwrap();
        for (name, text) in [("a", "one"), ("folder/b", "two"), ("folder/deeper/c", "three")] {
            fs::write(outside.join(name), text).unwrap();
            // Old enough to be swept, were it in `tmp`.
            let file = File::options().write(true).open(outside.join(name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_hours(1)).unwrap();
        }
        let cache = Cache::open(case.root()).unwrap();
        calls(&cache);
        // Makes the catalog, and leaves a journal.
        cache.entries().unwrap().for_each(drop);
        calls(&cache);
        drop(cache);
        case
    }

    fn root(&self) -> PathBuf {
        self.dir.path().join("cache")
    }

    fn outside(&self) -> PathBuf {
        self.dir.path().join("outside")
    }

    /// The folder of `square`.
    fn folder(&self) -> PathBuf {
        let folders = children(&self.root().join("entries"));
        folders.into_iter().find(|path| path.to_str().unwrap().contains("square")).unwrap()
    }

    /// The file of a result of `square`.
    fn file(&self) -> PathBuf {
        let shards = children(&self.folder()).into_iter();
        let mut files =
            shards.filter(|path| !path.ends_with("code")).flat_map(|shard| children(&shard));
        files.next().unwrap()
    }

    /// Does everything that can be done with the directory: nothing outside changes, each value is
    /// right, and it comes to an end.
    fn check(&self, what: &str) {
        let before = snapshot(&self.outside());
        let (done, waiting) = mpsc::channel();
        let root = self.root();
        let worker = std::thread::spawn(move || {
            for mode in [Mode::ReadOnly, Mode::On, Mode::Refresh, Mode::On] {
                let Ok(cache) = Cache::builder().dir(&root).mode(mode).open() else { continue };
                calls(&cache);
                let _ = cache.entries().map(|entries| entries.for_each(drop));
                let _ = cache.all_time_stats();
                if mode == Mode::On {
                    with_cache(&cache, || {
                        let _ = square::forget(3);
                        let _ = square::why(1_000_000);
                        square::code();
                        let _ = square::clear();
                    });
                    let _ = cache.clear();
                }
                calls(&cache);
                cache.close();
            }
            done.send(()).unwrap();
        });
        if let Err(mpsc::RecvTimeoutError::Timeout) = waiting.recv_timeout(PATIENCE) {
            panic!("{what}: this hangs");
        }
        worker.join().unwrap();
        assert_eq!(snapshot(&self.outside()), before, "{what}");
    }
}

/// Some calls, each with its right value.
fn calls(cache: &Cache) {
    with_cache(cache, || {
        assert!((0..20).all(|x| square(x) == x * x));
        assert!(square::map(10..30).into_iter().eq((10..30).map(|x| x * x)));
        assert_eq!(long(3)[19_999], 59_997);
    });
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder).unwrap().map(|one| one.unwrap().path()).collect();
    found.sort();
    found
}

/// Everything below a folder: its content, rights, and when it was changed last.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for path in children(&folder) {
            let of = fs::symlink_metadata(&path).unwrap();
            let content = if of.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            if of.is_dir() {
                folders.push(path.clone());
            }
            found.insert(path, (content, of.mode(), of.modified().unwrap()));
        }
    }
    found
}

fn remove(path: &Path) {
    match fs::symlink_metadata(path) {
        Ok(of) if of.is_dir() => fs::remove_dir_all(path).unwrap(),
        Ok(_) => fs::remove_file(path).unwrap(),
        Err(_) => {}
    }
}

/// Where something may stand that is not what larder put there.
fn places(case: &Case) -> Vec<PathBuf> {
    let file = case.file();
    let folder = case.folder();
    let code = children(&folder.join("code")).remove(0);
    let journal = children(&case.root().join("journal")).remove(0);
    let mut places = vec![
        file.clone(),
        file.parent().unwrap().to_owned(),
        folder.join("code"),
        folder,
        code,
        journal,
    ];
    let names = [
        "entries",
        "journal",
        "tmp",
        "damaged",
        "catalog",
        "catalog/db",
        "catalog/conf",
        "catalog/blobs",
        "catalog.lock",
        "catalog.opening",
        "catalog.damaged-7",
        "claims",
        "format",
        "CACHEDIR.TAG",
        ".gitignore",
    ];
    places.extend(names.map(|name| case.root().join(name)));
    places
}

/// Puts something at each place in turn, in a directory of its own, and checks.
fn at_each_place(put: impl Fn(&Case, &Path)) {
    for number in 0..places(&Case::new()).len() {
        let case = Case::new();
        let place = places(&case).swap_remove(number);
        remove(&place);
        put(&case, &place);
        let name = place.strip_prefix(case.root()).unwrap().display().to_string();
        case.check(&name);
    }
}

#[test]
fn links_to_folders_lead_nowhere() {
    at_each_place(|case, place| symlink(case.outside(), place).unwrap());
}

#[test]
fn links_to_files_lead_nowhere() {
    at_each_place(|case, place| symlink(case.outside().join("a"), place).unwrap());
}

#[test]
fn links_to_what_is_not_there_create_nothing() {
    at_each_place(|case, place| symlink(case.outside().join("new"), place).unwrap());
}

#[test]
fn links_to_endless_files_are_not_read() {
    at_each_place(|_, place| symlink("/dev/zero", place).unwrap());
}

#[test]
fn pipes_and_sockets_are_not_waited_for() {
    at_each_place(|_, place| {
        assert!(Command::new("mkfifo").arg(place).status().unwrap().success());
    });
    at_each_place(|case, place| {
        // The path of a socket has a limit that those here exceed.
        let short = case.dir.path().join("s");
        let socket = UnixListener::bind(&short).unwrap();
        fs::rename(&short, place).unwrap();
        drop(socket);
    });
}

#[test]
fn folders_in_place_of_files_are_not_taken_for_them() {
    at_each_place(|_, place| {
        fs::create_dir_all(place.join("inner")).unwrap();
        fs::write(place.join("inner/file"), "x").unwrap();
    });
}

#[test]
fn files_of_a_terabyte_without_content_are_not_read() {
    at_each_place(|_, place| File::create(place).unwrap().set_len(1 << 40).unwrap());
}

/// The most memory that this process ever had, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    1024 * line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
}

// Of a terabyte no system lends the memory. A gigabyte it does, and the marker of the catalog was read
// to its end.
#[test]
#[cfg(target_os = "linux")]
fn files_of_a_gigabyte_without_content_take_no_memory() {
    let case = Case::new();
    let mut places = places(&case);
    places.extend(["totals", "trim.lock", "catalog.summary"].map(|name| case.root().join(name)));
    // Without these the rest would not be looked at.
    let first = ["format", "CACHEDIR.TAG", ".gitignore", "catalog/db", "catalog/conf"];
    places.retain(|place| place.is_file() && !first.iter().any(|name| place.ends_with(name)));
    places.push(case.root().join("catalog.opening"));
    assert!(places.len() >= 8, "{places:?}");
    let entry = case.file();
    for place in places.iter().filter(|place| **place != entry) {
        File::create(place).unwrap().set_len(1 << 30).unwrap();
    }
    hollow_out(&entry, 1 << 30);
    let before = peak();
    case.check("hollow");
    let more = peak() - before;
    assert!(more < 256 << 20, "{more} bytes more");
}

#[test]
fn a_hollow_file_with_the_header_of_an_entry_is_not_read() {
    let case = Case::new();
    hollow_out(&case.file(), 1 << 40);
    case.check("hollow");
}

/// Makes a file of this length of an entry, which says so itself and has nothing behind its start.
fn hollow_out(entry: &Path, length: u64) {
    let mut bytes = fs::read(entry).unwrap();
    let header = u64::from(u32::from_le_bytes(bytes[8..12].try_into().unwrap()));
    bytes[12..20].copy_from_slice(&(length - header - 8).to_le_bytes());
    fs::write(entry, bytes).unwrap();
    File::options().write(true).open(entry).unwrap().set_len(length).unwrap();
}

#[test]
fn a_second_name_of_a_file_elsewhere_does_not_let_it_be_changed() {
    at_each_place(|case, place| fs::hard_link(case.outside().join("a"), place).unwrap());
}

#[test]
fn the_time_of_a_file_elsewhere_that_is_also_a_result_is_not_moved() {
    let case = Case::new();
    let x = 3;
    let key = {
        let mut entries = Cache::open(case.root()).unwrap().entries().unwrap();
        let is_it = |entry: &EntryInfo| {
            entry.function.ends_with("square") && entry.inputs == format!("x: {x}")
        };
        entries.find(is_it).unwrap().key
    };
    let (folder, file) = key.split_once('/').unwrap();
    let place = case.root().join("entries").join(folder).join(&file[..2]).join(file);
    // The whole result of two days ago, so that its use is worth a time stamp.
    let past = Duration::from_hours(48);
    let mut bytes = fs::read(&place).unwrap();
    let created = (SystemTime::now() - past).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let created = u64::try_from(created.as_nanos()).unwrap();
    bytes[24..32].copy_from_slice(&created.to_le_bytes());
    let end = bytes.len() - 8;
    let checksum = twox_hash::XxHash3_64::oneshot(&bytes[..end]);
    bytes[end..].copy_from_slice(&checksum.to_le_bytes());
    let outside = case.outside().join("result");
    fs::write(&outside, &bytes).unwrap();
    let stamp = SystemTime::now() - past;
    let moved = || fs::metadata(&outside).unwrap().modified().unwrap() > stamp + past / 2;
    File::options().write(true).open(&outside).unwrap().set_modified(stamp).unwrap();
    let found = || {
        let cache = Cache::open(case.root()).unwrap();
        assert_eq!(with_cache(&cache, || square(x)), x * x);
        assert_eq!(cache.stats().total().found, 1);
        cache.close();
    };
    remove(&place);
    fs::hard_link(&outside, &place).unwrap();
    found();
    assert!(!moved(), "it is found, and the file left as it is");
    // As it is ours alone, its time is moved: this test would notice.
    fs::rename(&place, case.outside().join("other")).unwrap();
    fs::rename(&outside, &place).unwrap();
    fs::remove_file(case.outside().join("other")).unwrap();
    found();
    assert!(fs::metadata(&place).unwrap().modified().unwrap() > stamp + past / 2);
}

#[test]
fn what_stands_in_the_place_of_a_result_is_replaced_and_counted() {
    let kinds: [fn(&Case, &Path); 3] = [
        |case, place| symlink(case.outside().join("a"), place).unwrap(),
        |_, place| fs::create_dir_all(place.join("inner")).unwrap(),
        |_, place| assert!(Command::new("mkfifo").arg(place).status().unwrap().success()),
    ];
    for put in kinds {
        let case = Case::new();
        let place = case.file();
        remove(&place);
        put(&case, &place);
        let cache = Cache::open(case.root()).unwrap();
        calls(&cache);
        let stats = cache.stats();
        assert_eq!(stats.total().computed, 1, "{stats}");
        let expected = [("a damaged result was computed again".to_owned(), 1)];
        assert_eq!(stats.warnings, expected);
        assert!(fs::symlink_metadata(&place).unwrap().is_file());
        let cache = Cache::open(case.root()).unwrap();
        calls(&cache);
        assert_eq!(cache.stats().total().computed, 0);
    }
}

#[test]
fn a_link_in_place_of_a_folder_is_left_and_said_to_be_in_the_way() {
    let case = Case::new();
    let folder = case.folder();
    fs::rename(&folder, case.dir.path().join("moved")).unwrap();
    symlink(case.dir.path().join("moved"), &folder).unwrap();
    let cache = Cache::open(case.root()).unwrap();
    calls(&cache);
    // One for reading and one for keeping at most, however many calls met it.
    let stats = cache.stats();
    assert!((1..=2).contains(&stats.warnings.len()), "{stats}");
    assert_eq!(stats.total().unkept, stats.function("square").unwrap().computed, "{stats}");
    assert!(fs::symlink_metadata(&folder).unwrap().is_symlink());
}

#[test]
fn the_directory_itself_may_be_a_link() {
    let case = Case::new();
    let link = case.dir.path().join("link");
    symlink(case.root(), &link).unwrap();
    let cache = Cache::open(&link).unwrap();
    calls(&cache);
    assert_eq!(cache.stats().total().computed, 0);
    cache.clear().unwrap();
    calls(&cache);
    let entries = cache.entries().unwrap().count();
    assert_eq!(entries, 31);
}

#[test]
fn a_deep_tree_is_not_followed_to_its_end() {
    let case = Case::new();
    // Made from within, as paths cannot be that long.
    let script = "import os,sys\nos.chdir(sys.argv[1])\nfor _ in range(20000):\n os.mkdir('x'); os.chdir('x')";
    let made = Command::new("python3").args(["-c", script]).arg(case.folder()).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    case.check("deep");
    // What larder leaves, `rm` can remove.
    assert!(Command::new("rm").arg("-rf").arg(case.root()).status().unwrap().success());
}

/// The rights of everything below a directory, as others have them.
fn open_to_others(root: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> = snapshot(root).into_keys().collect();
    found.push(root.to_owned());
    found.retain(|path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o077 != 0);
    found
}

/// What the test below runs in a process of its own, as the umask is one for all threads.
#[test]
fn fill() {
    let Ok(root) = std::env::var("LARDER_TEST_FILL") else { return };
    let shared = std::env::var_os("LARDER_TEST_SHARED").is_some();
    let cache = Cache::builder().dir(root).mode(Mode::On).shared(shared).open().unwrap();
    calls(&cache);
    cache.entries().unwrap().for_each(drop);
    with_cache(&cache, || square::recompute(1));
    cache.close();
}

#[test]
fn a_new_directory_is_closed_to_others_unless_it_is_shared_and_the_umask_agrees() {
    for (umask, shared, readable) in
        [("022", false, false), ("077", false, false), ("022", true, true), ("077", true, false)]
    {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("cache");
        let program = std::env::current_exe().unwrap();
        let mut command = Command::new("sh");
        let run = format!("umask {umask}; exec {} --exact fill", program.display());
        command.arg("-c").arg(run).env("LARDER_TEST_FILL", &root);
        if shared {
            command.env("LARDER_TEST_SHARED", "1");
        }
        assert!(command.output().unwrap().status.success());
        let mode = fs::metadata(&root).unwrap().permissions().mode() & 0o777;
        let expected = if readable { 0o755 } else { 0o700 };
        assert_eq!(mode, expected, "umask {umask}, shared: {shared}");
        let open = open_to_others(&root);
        if umask == "077" {
            assert!(open.is_empty(), "{open:?}");
        } else {
            // Behind a closed door it does not matter what is left open.
            assert!(open.iter().any(|path| path.is_file()));
        }
        // Nobody else may write, whatever was asked for: that is for the umask to say.
        let writable = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o022;
        assert!(open.iter().all(|path| writable(path) == 0));
    }
}

#[test]
fn the_rights_of_a_directory_that_was_there_are_not_changed() {
    let dir = TempDir::new().unwrap();
    let root = dir.path().join("cache");
    fs::DirBuilder::new().mode(0o750).create(&root).unwrap();
    calls(&Cache::open(&root).unwrap());
    assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o750);
}
