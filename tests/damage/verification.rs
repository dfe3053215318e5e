//! Checking all entries, and setting the damaged ones aside.

use super::alone;
use super::subject::{self, RESULTS, Template, check_values};
use larder::{ErrorKind, Mode};
use std::fs;
use std::path::Path;

/// Flips a bit in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// The results in a directory, by their paths.
fn results(root: &Path) -> Vec<std::path::PathBuf> {
    let files = subject::files(root).into_iter().filter(|path| subject::is_result(path));
    files.map(|path| root.join(path)).collect()
}

#[test]
fn a_check_tells_what_is_damaged_and_what_is_foreign_and_changes_nothing() {
    let _alone = alone();
    let copy = Template::new(0).copy();
    let root = copy.path();
    let cache = subject::open(root, Mode::On).unwrap();
    let report = cache.verify().unwrap();
    assert_eq!((report.checked, report.damaged.len(), report.foreign.len()), (RESULTS, 0, 0));
    let whole: u64 = results(root).iter().map(|path| fs::metadata(path).unwrap().len()).sum();
    assert_eq!(report.bytes, whole);

    let files = results(root);
    damage(&files[0]);
    fs::copy(&files[1], &files[2]).unwrap();
    fs::write(root.join("notes"), "").unwrap();
    fs::write(files[3].with_file_name("more\nnotes"), "").unwrap();
    fs::create_dir(root.join("entries/mine")).unwrap();
    let before = subject::files(root);
    let report = subject::open(root, Mode::ReadOnly).unwrap().verify().unwrap();
    assert_eq!(subject::files(root), before);

    let key = |path: &Path| {
        let folder = path.parent().unwrap().parent().unwrap().file_name().unwrap();
        format!("{}/{}", folder.display(), path.file_name().unwrap().display())
    };
    let inner = files[3].parent().unwrap().strip_prefix(root).unwrap().display();
    let mut keys = [key(&files[0]), key(&files[2])];
    keys.sort();
    let bytes = report.bytes;
    let expected = format!(
        "12 entries checked, {bytes} bytes whole: 2 damaged, 0 unreadable, 3 foreign\n\
         damaged: {} of damage::subject::document\n\
         damaged: {} of damage::subject::document\n\
         foreign: {inner}/more\\nnotes\n\
         foreign: entries/mine\n\
         foreign: notes",
        keys[0], keys[1]
    );
    assert_eq!(report.to_string(), expected);
    assert_eq!(report.repair().unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn repairing_sets_damaged_entries_aside_and_leaves_what_was_mended_since() {
    let _alone = alone();
    let copy = Template::new(0).copy();
    let root = copy.path();
    let files = results(root);
    let whole = fs::read(&files[1]).unwrap();
    files[..3].iter().for_each(|path| damage(path));
    let cache = subject::open(root, Mode::On).unwrap();
    let report = cache.verify().unwrap();
    assert_eq!(report.damaged.len(), 3);
    fs::write(&files[1], &whole).unwrap();
    assert_eq!(report.repair().unwrap(), 2);
    assert_eq!(fs::read(&files[1]).unwrap(), whole);
    assert!(!files[0].exists() && !files[2].exists());
    assert_eq!(fs::read_dir(root.join("damaged")).unwrap().count(), 2);
    assert!(cache.verify().unwrap().damaged.is_empty());
    check_values(&cache, "repaired");
    assert_eq!(cache.stats().total().computed, 2);
    assert!(cache.stats().warnings.is_empty());

    // Clearing takes away what may hold somebody's results, damaged or not.
    cache.clear().unwrap();
    assert_eq!(fs::read_dir(root.join("damaged")).unwrap().count(), 0);
}

#[test]
fn only_so_much_is_kept_of_what_is_damaged() {
    let _alone = alone();
    let copy = Template::new(0).copy();
    let root = copy.path();
    let cache = subject::open(root, Mode::On).unwrap();
    for round in 0..9 {
        for path in results(root) {
            damage(&path);
        }
        assert_eq!(cache.verify().unwrap().repair().unwrap(), RESULTS, "round {round}");
        check_values(&cache, "computed again");
    }
    assert_eq!(fs::read_dir(root.join("damaged")).unwrap().count(), 100);
}
