//! Random histories, beside plain maps that say what the catalog should know.
//!
//! What records of entries and removals lead to is told from all of them at once, by their times alone.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::samples::{CREATED, counts, entry, file as named_file, function, run, session, uses};
use super::tests::Place;
use super::{Catalog, CountsRecord, EntryRecord, FunctionRecord, Record, RunRecord};

/// One step of a random history.
#[derive(Debug, Clone)]
enum Step {
    Append(usize, Record),
    /// A process ends, and another one takes its place.
    End(usize),
    Merge,
    Reopen,
}

fn named(number: u8) -> String {
    named_file(number).text()
}

fn steps() -> impl Strategy<Value = Step> {
    let folder = || prop::sample::select(vec!["f", "ff", "g"]);
    let file = || prop::sample::select(vec![1_u8, 2, 3]);
    // Some in order of the history and some not, and some at the same time.
    let when = || 0_u64..30;
    let record = prop_oneof![
        6 => (folder(), file(), when()).prop_map(|(folder, file, size)| {
            let last_used_ns = CREATED + size;
            Record::Kept(EntryRecord { last_used_ns, ..entry(folder, &named(file), size) })
        }),
        2 => (folder(), file(), when()).prop_map(|(folder, file, when)| Record::Removed {
            folder: folder.into(),
            file: named(file),
            when_ns: CREATED + when,
        }),
        1 => (prop::option::of(folder()), when()).prop_map(|(folder, when)| Record::Cleared {
            folder: folder.map(Into::into),
            when_ns: CREATED + when,
        }),
        3 => (folder(), 0_u64..9).prop_map(|(folder, found)| Record::Counted(counts(folder, found))),
        3 => (folder(), prop::collection::vec(1_u8..=3, 0..3), when()).prop_map(|(folder, files, when)| {
            Record::Used(uses(folder, &files, CREATED + when))
        }),
        1 => (folder(), 0_u64..9, 0_u64..9)
            .prop_map(|(folder, version, seen)| Record::Function(function(folder, version, seen))),
        2 => (0_u64..400).prop_map(|number| Record::Run(run(number))),
        2 => (folder(), prop::collection::vec(file(), 0..3), when()).prop_map(|(folder, files, when)| {
            let files = files.into_iter().map(named_file).collect();
            Record::Trimmed { folder: folder.into(), when_ns: CREATED + when, files }
        }),
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
    /// By their starts, which no two of the random ones share without being the same.
    runs: BTreeMap<u64, RunRecord>,
}

/// What was said of entries so far, in any order.
#[derive(Debug, Default)]
struct Told {
    kept: Vec<EntryRecord>,
    /// Of which folder and file, where not of all, and when.
    removed: Vec<(Option<String>, Option<String>, u64)>,
}

impl Told {
    /// The newest record of each entry, if nothing was removed at its time or later.
    fn entries(&self) -> BTreeMap<(String, String), EntryRecord> {
        let mut kept = self.kept.clone();
        kept.sort_by_key(|entry| entry.created_ns);
        let newest =
            kept.into_iter().map(|entry| ((entry.folder.clone(), entry.file.clone()), entry));
        let mut newest: BTreeMap<_, _> = newest.collect();
        newest.retain(|(folder, file), entry| {
            !self.removed.iter().any(|(of, one, when_ns)| {
                of.as_ref().is_none_or(|of| of == folder)
                    && one.as_ref().is_none_or(|one| one == file)
                    && *when_ns >= entry.created_ns
            })
        });
        newest
    }
}

impl Model {
    fn apply(&mut self, told: &mut Told, record: Record) {
        match record {
            Record::Function(new) => {
                let known = self.functions.entry(new.folder.clone()).or_insert_with(|| new.clone());
                if known.seen_ns <= new.seen_ns {
                    *known = new;
                }
            }
            Record::Kept(entry) => told.kept.push(entry),
            Record::Removed { folder, file, when_ns } => {
                told.removed.push((Some(folder), Some(file), when_ns));
            }
            Record::Trimmed { folder, when_ns, files } => {
                let files = files.iter().map(|file| Some(file.text()));
                told.removed.extend(files.map(|file| (Some(folder.clone()), file, when_ns)));
            }
            Record::Cleared { folder, when_ns } => told.removed.push((folder, None, when_ns)),
            // After all others of a merge.
            Record::Used(used) => {
                for file in used.files {
                    let entry = self.entries.get_mut(&(used.folder.clone(), file.text()));
                    if let Some(entry) = entry {
                        entry.last_used_ns = entry.last_used_ns.max(used.when_ns);
                    }
                }
            }
            Record::Counted(new) => {
                let empty = CountsRecord { folder: new.folder.clone(), ..CountsRecord::default() };
                self.counts.entry(new.folder.clone()).or_insert(empty).add(&new);
            }
            Record::Run(run) => {
                self.runs.insert(run.started_ns, run);
            }
        }
        let before = std::mem::replace(&mut self.entries, told.entries());
        for (names, entry) in &mut self.entries {
            // Whoever used it used it, whichever record of it counts.
            let used_ns = before.get(names).map_or(0, |before| before.last_used_ns);
            entry.last_used_ns = entry.last_used_ns.max(used_ns);
        }
    }

    fn of(catalog: &Catalog) -> Self {
        let entries = ["f", "ff", "g"].into_iter().flat_map(|folder| catalog.entries(folder));
        let functions = catalog.folders().unwrap();
        let runs = catalog.runs().unwrap();
        assert!(runs.is_sorted_by_key(|run| std::cmp::Reverse(run.started_ns)));
        Self {
            entries: entries
                .map(Result::unwrap)
                .map(|entry| ((entry.folder.clone(), entry.file.clone()), entry))
                .collect(),
            counts: catalog.counts().unwrap(),
            functions: functions.into_iter().map(|known| (known.folder.clone(), known)).collect(),
            runs: runs.into_iter().map(|run| (run.started_ns, run)).collect(),
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
        let (mut model, mut told) = (Model::default(), Told::default());
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
            let (uses, others): (Vec<_>, Vec<_>) = std::mem::take(&mut waiting)
                .into_values()
                .flatten()
                .partition(|record| matches!(record, Record::Used(_)));
            others.into_iter().chain(uses).for_each(|record| model.apply(&mut told, record));
            prop_assert_eq!(&Model::of(catalog.as_ref().unwrap()), &model);
        }
    }
}
