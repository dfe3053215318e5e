//! Journals, merges and the catalog together, in one process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tempfile::TempDir;

use super::samples::{counts, entry, function, kept, session};
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
    fn named(&self, prefix: &str) -> Vec<String> {
        let names = fs::read_dir(self.path()).unwrap();
        let names = names.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| name.starts_with(prefix)).collect();
        names.sort();
        names
    }
}

fn files(catalog: &Catalog, folder: &str) -> BTreeSet<String> {
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
    journal.append(&Record::Removed { folder: "f".into(), file: "a".into() }).unwrap();
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

    journal.append(&Record::Cleared { folder: Some("f".into()) }).unwrap();
    journal.append(&kept("f", "new", 1)).unwrap();
    catalog.merge().unwrap();
    assert_eq!(files(&catalog, "f"), BTreeSet::from(["new".to_owned()]));
    assert_eq!((files(&catalog, "g").len(), found(&catalog, "f")), (1, 1));

    journal.append(&Record::Cleared { folder: None }).unwrap();
    catalog.merge().unwrap();
    assert_eq!((files(&catalog, "f").len(), files(&catalog, "g").len()), (0, 0));
    assert_eq!(found(&catalog, "f"), 1);
}

#[test]
fn what_is_put_and_removed_by_hand_is_there_after_opening_again() {
    let place = Place::new();
    let catalog = place.open();
    catalog.put(&[entry("f", "a", 1), entry("f", "b", 2)]).unwrap();
    catalog.remove("f", &["a", "never"]).unwrap();
    catalog.flush().unwrap();
    drop(catalog);
    assert_eq!(files(&place.open(), "f"), BTreeSet::from(["b".to_owned()]));
}

#[test]
fn a_catalog_is_whole_only_after_its_user_said_so_of_this_very_one() {
    let place = Place::new();
    let catalog = place.open();
    let stale = catalog.unknown().unwrap().unwrap();
    damage(&catalog);
    catalog.known(stale).unwrap();
    let rebuild = catalog.unknown().unwrap().unwrap();
    catalog.known(rebuild).unwrap();
    assert!(catalog.unknown().unwrap().is_none());
    drop(catalog);
    assert!(place.open().unknown().unwrap().is_none());
}

/// Makes the catalog find itself damaged.
fn damage(catalog: &Catalog) {
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
    assert_eq!(place.named("catalog"), ["catalog", "catalog.damaged-1", "catalog.lock"]);
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

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound
    }
}

#[test]
fn a_catalog_damaged_in_any_way_opens_and_works() {
    let template = Place::new();
    let catalog = template.open();
    for folder in 0..20 {
        let entries: Vec<_> =
            (0..100).map(|file| entry(&format!("f{folder}"), &file.to_string(), file)).collect();
        catalog.put(&entries).unwrap();
    }
    drop(catalog);
    let files_of = |folder: &Path| -> Vec<PathBuf> {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let mut files: Vec<_> = files.filter(|path| path.is_file()).collect();
        files.sort();
        files
    };
    let mut replaced = 0;
    for seed in 1..=60 {
        let mut random = Random(seed * 0x9e37_79b9_7f4a_7c15);
        let place = Place::new();
        let folder = place.path().join("catalog");
        fs::create_dir_all(folder.join("blobs")).unwrap();
        for file in files_of(&template.path().join("catalog")) {
            fs::copy(&file, folder.join(file.file_name().unwrap())).unwrap();
        }
        let files = files_of(&folder);
        let victim = &files[random.below(files.len())];
        let mut bytes = fs::read(victim).unwrap();
        let used = bytes.iter().rposition(|&byte| byte != 0).map_or(1, |last| last + 1);
        match seed % 4 {
            0 => bytes.truncate(random.below(used)),
            1 => (0..8).for_each(|_| bytes[random.below(used)] ^= 1 << random.below(8)),
            2 => {
                let start = random.below(used);
                let end = used.min(start + 1 + random.below(4096));
                bytes[start..end].iter_mut().for_each(|byte| *byte = random.below(256) as u8);
            }
            _ => bytes[random.below(used)..used].fill(0),
        }
        fs::write(victim, bytes).unwrap();

        let catalog = place.open();
        catalog.put(&[entry("new", "a", 1)]).unwrap();
        for folder in 0..20 {
            for entry in catalog.entries(&format!("f{folder}")) {
                let number = entry.as_ref().unwrap().size;
                let expected =
                    super::samples::entry(&format!("f{folder}"), &number.to_string(), number);
                assert_eq!(entry.unwrap(), expected, "seed {seed}");
            }
        }
        assert_eq!(self::files(&catalog, "new").len(), 1, "seed {seed}");
        catalog.flush().unwrap();
        drop(catalog);
        assert_eq!(self::files(&place.open(), "new").len(), 1, "seed {seed}");
        replaced += usize::from(!place.named("catalog.damaged").is_empty());
    }
    assert!(replaced > 5, "only {replaced} of the damaged catalogs were noticed");
}

/// One step of a random history.
#[derive(Debug, Clone)]
enum Step {
    Append(usize, Record),
    /// A process ends, and another one takes its place.
    End(usize),
    Merge,
    Reopen,
}

fn steps() -> impl Strategy<Value = Step> {
    let folder = || prop::sample::select(vec!["f", "ff", "g"]);
    let file = || prop::sample::select(vec!["a", "b", "c"]);
    let record = prop_oneof![
        6 => (folder(), file(), 0_u64..9).prop_map(|(folder, file, size)| kept(folder, file, size)),
        2 => (folder(), file()).prop_map(|(folder, file)| Record::Removed {
            folder: folder.into(),
            file: file.into(),
        }),
        1 => prop::option::of(folder())
            .prop_map(|folder| Record::Cleared { folder: folder.map(Into::into) }),
        3 => (folder(), 0_u64..9).prop_map(|(folder, found)| Record::Counted(counts(folder, found))),
        1 => (folder(), 0_u64..9, 0_u64..9)
            .prop_map(|(folder, version, seen)| Record::Function(function(folder, version, seen))),
    ];
    prop_oneof![
        20 => (0_usize..3, record).prop_map(|(journal, record)| Step::Append(journal, record)),
        2 => (0_usize..3).prop_map(Step::End),
        3 => Just(Step::Merge),
        1 => Just(Step::Reopen),
    ]
}

/// What the catalog should know, kept in maps.
#[derive(Debug, Default, PartialEq)]
struct Model {
    entries: BTreeMap<(String, String), EntryRecord>,
    counts: BTreeMap<String, CountsRecord>,
    functions: BTreeMap<String, FunctionRecord>,
}

impl Model {
    fn apply(&mut self, record: Record) {
        match record {
            Record::Function(new) => {
                let known = self.functions.entry(new.folder.clone()).or_insert_with(|| new.clone());
                if known.seen_ns <= new.seen_ns {
                    *known = new;
                }
            }
            Record::Kept(entry) => {
                self.entries.insert((entry.folder.clone(), entry.file.clone()), entry);
            }
            Record::Removed { folder, file } => {
                self.entries.remove(&(folder, file));
            }
            Record::Cleared { folder: None } => self.entries.clear(),
            Record::Cleared { folder: Some(cleared) } => {
                self.entries.retain(|(folder, _), _| *folder != cleared);
            }
            Record::Counted(new) => {
                let empty = CountsRecord { folder: new.folder.clone(), ..CountsRecord::default() };
                self.counts.entry(new.folder.clone()).or_insert(empty).add(&new);
            }
        }
    }

    fn of(catalog: &Catalog) -> Self {
        let entries = ["f", "ff", "g"].into_iter().flat_map(|folder| catalog.entries(folder));
        let functions = catalog.folders().unwrap();
        Self {
            entries: entries
                .map(Result::unwrap)
                .map(|entry| ((entry.folder.clone(), entry.file.clone()), entry))
                .collect(),
            counts: catalog.counts().unwrap(),
            functions: functions.into_iter().map(|known| (known.folder.clone(), known)).collect(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_history_over_several_journals_leads_to_what_plain_maps_hold(
        history in prop::collection::vec(steps(), 1..120)
    ) {
        let place = Place::new();
        let mut next = 3;
        let mut numbers = [0, 1, 2];
        let mut journals = numbers.map(|number| place.journal(number));
        let mut waiting: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        let mut model = Model::default();
        let mut catalog = Some(place.open());
        for step in history.into_iter().chain([Step::Merge]) {
            match step {
                Step::Append(at, record) => {
                    journals[at].append(&record).unwrap();
                    waiting.entry(session(numbers[at])).or_default().push(record);
                    continue;
                }
                Step::End(at) => {
                    numbers[at] = next;
                    journals[at] = place.journal(next);
                    next += 1;
                    continue;
                }
                Step::Merge => {
                    catalog.as_ref().unwrap().merge().unwrap();
                }
                Step::Reopen => {
                    drop(catalog.take());
                    catalog = Some(place.open());
                }
            }
            // Journals are merged in the order of their names, each from where it was left.
            std::mem::take(&mut waiting).into_values().flatten().for_each(|record| {
                model.apply(record);
            });
            prop_assert_eq!(&Model::of(catalog.as_ref().unwrap()), &model);
        }
    }
}
