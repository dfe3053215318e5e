//! Journals, merges and the catalog together, in one process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::samples::{CREATED, counts, entry, function, kept, session};
use super::*;

/// A cache directory with a journal for each session a test asks for.
pub(super) struct Place {
    root: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        Self { root: tempfile::tempdir().unwrap() }
    }

    pub(super) fn path(&self) -> &Path {
        self.root.path()
    }

    pub(super) fn journal(&self, number: u64) -> Journal {
        Journal::new(&self.path().join("journal"), &session(number))
    }

    pub(super) fn journal_file(&self, number: u64) -> PathBuf {
        self.path().join("journal").join(session(number))
    }

    pub(super) fn open(&self) -> Catalog {
        Catalog::open(self.path()).unwrap()
    }

    /// Names in the cache directory that begin so.
    pub(super) fn named(&self, prefix: &str) -> Vec<String> {
        let names = fs::read_dir(self.path()).unwrap();
        let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort();
        names
    }
}

pub(super) fn files(catalog: &Catalog, folder: &str) -> BTreeSet<String> {
    catalog.entries(folder).map(|entry| entry.unwrap().file).collect()
}

pub(super) fn found(catalog: &Catalog, folder: &str) -> u64 {
    catalog.counts().unwrap().get(folder).map_or(0, |counts| counts.found)
}

/// Journals whose merged length the catalog remembers.
fn remembered(catalog: &Catalog) -> usize {
    catalog.with(|database| database.page(keys::JOURNALS, None, 100)).unwrap().len()
}

#[test]
fn what_a_journal_says_is_what_the_catalog_knows() {
    let place = Place::new();
    let journal = place.journal(1);
    journal.append(&Record::Function(function("f", 2, 200))).unwrap();
    journal.append(&Record::Function(function("f", 1, 100))).unwrap();
    journal.append(&kept("f", "a", 1)).unwrap();
    journal.append(&kept("f", "b", 2)).unwrap();
    journal.append(&kept("f", "b", 3)).unwrap();
    journal.append(&kept("ff", "a", 4)).unwrap();
    journal
        .append(&Record::Removed { folder: "f".into(), file: "a".into(), when_ns: CREATED + 9 })
        .unwrap();
    journal.append(&Record::Counted(counts("f", 10))).unwrap();
    journal.append(&Record::Counted(counts("f", 5))).unwrap();

    let catalog = place.open();
    let known: Vec<_> = catalog.entries("f").map(Result::unwrap).collect();
    assert_eq!(known, [entry("f", "b", 3)]);
    assert_eq!(catalog.folders().unwrap(), [function("f", 2, 200)]);
    let mut sum = counts("f", 10);
    sum.add(&counts("f", 5));
    assert_eq!((sum.found, sum.bytes_written), (15, 16));
    assert_eq!(catalog.counts().unwrap(), BTreeMap::from([("f".to_owned(), sum)]));
}

#[test]
fn of_several_records_of_an_entry_the_newest_counts_whichever_journal_is_merged_last() {
    let place = Place::new();
    let used =
        |size, last_used_ns| Record::Kept(EntryRecord { last_used_ns, ..entry("f", "a", size) });
    place.journal(1).append(&used(3, CREATED + 3)).unwrap();
    place.journal(2).append(&used(2, CREATED + 2)).unwrap();
    // Kept before all that, removed between the two, and cleared before the last.
    let when_ns = CREATED + 2;
    place.journal(3).append(&Record::Cleared { folder: None, when_ns }).unwrap();
    let removed = Record::Removed { folder: "f".into(), file: "a".into(), when_ns };
    place.journal(4).append(&removed).unwrap();
    place.journal(5).append(&used(1, CREATED + 1)).unwrap();
    let catalog = place.open();
    let known: Vec<_> = catalog.entries("f").map(Result::unwrap).collect();
    assert_eq!(known, [EntryRecord { last_used_ns: CREATED + 3, ..entry("f", "a", 3) }]);
}

#[test]
fn a_live_journal_is_merged_once_and_kept_and_one_whose_owner_ended_is_removed() {
    let place = Place::new();
    let journal = place.journal(1);
    journal.append(&Record::Counted(counts("f", 1))).unwrap();
    let catalog = place.open();
    assert_eq!(found(&catalog, "f"), 1);
    assert_eq!(catalog.merge().unwrap(), Merged { records: 0, finished: 0 });
    assert_eq!(found(&catalog, "f"), 1);
    assert!(place.journal_file(1).exists());

    journal.append(&Record::Counted(counts("f", 10))).unwrap();
    assert_eq!(catalog.merge().unwrap(), Merged { records: 1, finished: 0 });
    journal.append(&Record::Counted(counts("f", 100))).unwrap();
    drop(journal);
    assert_eq!(catalog.merge().unwrap(), Merged { records: 1, finished: 1 });
    assert_eq!(found(&catalog, "f"), 111);
    assert!(!place.journal_file(1).exists());
    assert_eq!(remembered(&catalog), 0);
}

#[test]
fn a_journal_that_outlives_its_merge_is_not_counted_again() {
    // As after a merge that ended before it could remove the journal.
    let place = Place::new();
    let journal = place.journal(1);
    journal.append(&Record::Counted(counts("f", 1))).unwrap();
    drop(place.open());
    drop(journal);
    assert!(place.journal_file(1).exists());
    let catalog = place.open();
    assert_eq!(found(&catalog, "f"), 1);
    assert!(!place.journal_file(1).exists());
}

#[test]
fn a_journal_that_vanished_is_forgotten() {
    // As after a merge that ended between removing a journal and saying so.
    let place = Place::new();
    let journal = place.journal(1);
    journal.append(&Record::Counted(counts("f", 1))).unwrap();
    let catalog = place.open();
    assert_eq!(remembered(&catalog), 1);
    fs::remove_file(place.journal_file(1)).unwrap();
    catalog.merge().unwrap();
    assert_eq!((remembered(&catalog), found(&catalog, "f")), (0, 1));
}

#[test]
fn the_unfinished_record_of_an_ended_process_is_dropped_with_its_journal() {
    let place = Place::new();
    let journal = place.journal(1);
    journal.append(&kept("f", "a", 1)).unwrap();
    journal.append(&kept("f", "b", 1)).unwrap();
    drop(journal);
    let bytes = fs::read(place.journal_file(1)).unwrap();
    fs::write(place.journal_file(1), &bytes[..bytes.len() - 1]).unwrap();
    let catalog = place.open();
    assert_eq!(files(&catalog, "f"), BTreeSet::from(["a".to_owned()]));
    assert!(!place.journal_file(1).exists());
}

#[test]
fn clearing_drops_entries_in_any_number_and_nothing_else() {
    let place = Place::new();
    let journal = place.journal(1);
    for number in 0..3000 {
        journal.append(&kept("f", &number.to_string(), 1)).unwrap();
    }
    journal.append(&kept("g", "a", 1)).unwrap();
    journal.append(&Record::Counted(counts("f", 1))).unwrap();
    let catalog = place.open();
    assert_eq!(files(&catalog, "f").len(), 3000);

    let (folder, when_ns) = (Some("f".into()), CREATED + 9);
    journal.append(&Record::Cleared { folder, when_ns }).unwrap();
    journal.append(&kept("f", "new", 10)).unwrap();
    catalog.merge().unwrap();
    assert_eq!(files(&catalog, "f"), BTreeSet::from(["new".to_owned()]));
    assert_eq!((files(&catalog, "g").len(), found(&catalog, "f")), (1, 1));

    journal.append(&Record::Cleared { folder: None, when_ns: CREATED + 10 }).unwrap();
    catalog.merge().unwrap();
    assert_eq!((files(&catalog, "f").len(), files(&catalog, "g").len()), (0, 0));
    assert_eq!(found(&catalog, "f"), 1);
}

#[test]
fn what_is_put_and_removed_by_hand_is_there_after_opening_again() {
    let place = Place::new();
    let catalog = place.open();
    catalog.put(&[entry("f", "a", 1), entry("f", "b", 2)]).unwrap();
    catalog.remove("f", &["a", "never"], 9).unwrap();
    catalog.flush().unwrap();
    drop(catalog);
    assert_eq!(files(&place.open(), "f"), BTreeSet::from(["b".to_owned()]));
}

/// Makes the catalog find itself damaged.
pub(super) fn damage(catalog: &Catalog) {
    let mut calls = 0;
    catalog
        .with(|_| {
            calls += 1;
            if calls == 1 { Err(Failure::Damaged("by a test".into())) } else { Ok(()) }
        })
        .unwrap();
    assert_eq!(calls, 2);
}

#[test]
fn a_catalog_found_damaged_while_open_begins_anew_with_the_live_journals() {
    let place = Place::new();
    let journal = place.journal(1);
    journal.append(&Record::Counted(counts("f", 3))).unwrap();
    let catalog = place.open();
    catalog.put(&[entry("f", "a", 1)]).unwrap();
    damage(&catalog);
    assert_eq!(files(&catalog, "f").len(), 0);
    catalog.merge().unwrap();
    assert_eq!(found(&catalog, "f"), 3);
    let names = ["catalog", "catalog.damaged-1", "catalog.lock", "catalog.summary"];
    assert_eq!(place.named("catalog"), names);
}

#[test]
fn one_damaged_catalog_is_kept_the_last() {
    let place = Place::new();
    for _ in 0..3 {
        damage(&place.open());
    }
    assert_eq!(place.named("catalog.damaged"), ["catalog.damaged-3"]);
}

#[test]
fn a_marker_left_by_an_open_that_never_came_back_makes_the_next_begin_anew() {
    let place = Place::new();
    let catalog = place.open();
    catalog.put(&[entry("f", "a", 1)]).unwrap();
    drop(catalog);
    assert_eq!(place.named("catalog.opening"), [""; 0]);
    fs::write(place.path().join("catalog.opening"), "").unwrap();
    let catalog = place.open();
    assert_eq!(files(&catalog, "f").len(), 0);
    assert_eq!(place.named("catalog"), ["catalog", "catalog.damaged-1", "catalog.lock"]);
}

#[test]
fn a_catalog_is_tried_once_more_where_the_last_one_to_open_it_was_killed() {
    let place = Place::new();
    let marker = place.path().join("catalog.opening");
    let catalog = place.open();
    catalog.put(&[entry("f", "a", 1)]).unwrap();
    drop(catalog);
    for _ in 0..2 {
        // As it stands while a program opens the catalog that would catch a panic.
        fs::write(&marker, "again").unwrap();
        assert_eq!(files(&place.open(), "f").len(), 1);
        assert_eq!(place.named("catalog.damaged"), [""; 0]);
    }
    // As it stands while it is tried once more.
    fs::write(&marker, "").unwrap();
    assert_eq!(files(&place.open(), "f").len(), 0);
}

#[test]
fn a_catalog_that_cannot_be_replaced_is_put_back() {
    let place = Place::new();
    let catalog = place.open();
    catalog.put(&[entry("f", "a", 1)]).unwrap();
    drop(catalog);
    // A marker that cannot be removed, as it is a folder.
    fs::create_dir(place.path().join("catalog.opening")).unwrap();
    assert!(matches!(Catalog::open(place.path()), Err(Unavailable::Unusable(_))));
    fs::remove_dir(place.path().join("catalog.opening")).unwrap();
    assert_eq!(files(&place.open(), "f").len(), 1);
}

#[test]
fn a_catalog_is_open_once_at_a_time() {
    let place = Place::new();
    let catalog = place.open();
    assert!(matches!(Catalog::open(place.path()), Err(Unavailable::Locked)));
    drop(catalog);
    place.open();
}

#[test]
fn a_directory_that_does_not_exist_has_no_catalog_and_is_not_created() {
    let place = Place::new();
    let missing = place.path().join("missing");
    assert!(matches!(Catalog::open(&missing), Err(Unavailable::Unusable(_))));
    assert!(!missing.exists());
}

#[cfg(unix)]
#[test]
fn nothing_is_read_written_or_removed_through_a_link() {
    use std::os::unix::fs::symlink;

    let elsewhere = tempfile::tempdir().unwrap();
    let outside = elsewhere.path().join("outside");
    let refused = |name: &str| {
        let place = Place::new();
        symlink(&outside, place.path().join(name)).unwrap();
        let outcome = Catalog::open(place.path());
        assert!(matches!(outcome, Err(Unavailable::Unusable(_))), "{name}: {outcome:?}");
        assert!(place.path().join(name).is_symlink());
    };
    for name in ["catalog", "catalog.lock"] {
        refused(name);
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0, "{name}");
        fs::create_dir(&outside).unwrap();
        refused(name);
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0, "{name}");
        fs::remove_dir(&outside).unwrap();
    }

    let place = Place::new();
    drop(place.open());
    fs::rename(place.path().join("catalog/db"), &outside).unwrap();
    symlink(&outside, place.path().join("catalog/db")).unwrap();
    assert!(matches!(Catalog::open(place.path()), Err(Unavailable::Unusable(_))));

    let place = Place::new();
    let journal = place.journal(1);
    journal.append(&kept("f", "a", 1)).unwrap();
    drop(journal);
    fs::rename(place.journal_file(1), elsewhere.path().join("journal")).unwrap();
    symlink(elsewhere.path().join("journal"), place.journal_file(1)).unwrap();
    assert_eq!(files(&place.open(), "f").len(), 0);
    assert!(elsewhere.path().join("journal").exists());

    let place = Place::new();
    let journals = elsewhere.path().join("journals");
    let journal = Journal::new(&journals, &session(1));
    journal.append(&kept("f", "a", 1)).unwrap();
    drop(journal);
    symlink(&journals, place.path().join("journal")).unwrap();
    assert_eq!(files(&place.open(), "f").len(), 0);
    assert!(journals.join(session(1)).exists());
}

#[test]
fn a_file_in_the_journal_folder_that_is_no_journal_is_left_alone() {
    let place = Place::new();
    let stray = place.path().join("journal").join("notes.txt");
    fs::create_dir(place.path().join("journal")).unwrap();
    fs::write(&stray, "mine").unwrap();
    drop(place.open());
    assert_eq!(fs::read_to_string(&stray).unwrap(), "mine");
}
