//! What the catalog and the journals remember of what is gone.

use super::super::Catalog;
use super::super::samples::{file, kept};
use super::super::tests::Place;
use super::*;

/// When the entry of size 1 in the samples was created.
const CREATED: u64 = 1_700_000_000_000_000_001;

fn past(catalog: &Catalog, file: &str) -> Past {
    catalog.past("f", file).unwrap()
}

fn removed(file: &str, when_ns: u64) -> Record {
    Record::Removed { folder: "f".into(), file: file.into(), when_ns }
}

#[test]
fn how_an_entry_came_to_be_gone_is_told_by_what_was_done_last() {
    let place = Place::new();
    let journal = place.journal(1);
    for file in ["forgotten", "cleared", "by hand", &file(1).text(), &file(2).text()] {
        journal.append(&kept("f", file, 1)).unwrap();
    }
    let catalog = place.open();
    assert_eq!(past(&catalog, "never"), Past::default());
    assert_eq!(past(&catalog, "forgotten").removal, Some((Gone::ByHand, None)));

    journal.append(&removed("forgotten", CREATED + 1)).unwrap();
    catalog.merge().unwrap();
    let forgotten = Some((Gone::Forgotten, Some(CREATED + 1)));
    assert_eq!(past(&catalog, "forgotten").removal, forgotten);

    let files = vec![file(1), file(2)];
    let record = Record::Trimmed { folder: "f".into(), when_ns: CREATED + 4, files };
    journal.append(&record).unwrap();
    catalog.merge().unwrap();
    for file in [file(1), file(2)] {
        let trimmed = Some((Gone::Trimmed, Some(CREATED + 4)));
        assert_eq!(past(&catalog, &file.text()).removal, trimmed);
    }

    catalog.remove("f", &["by hand"], CREATED + 2).unwrap();
    let by_hand = Some((Gone::ByHand, Some(CREATED + 2)));
    assert_eq!(past(&catalog, "by hand").removal, by_hand);

    let (folder, when_ns) = (Some("f".to_owned()), CREATED + 3);
    journal.append(&Record::Cleared { folder, when_ns }).unwrap();
    catalog.merge().unwrap();
    let cleared = Some((Gone::Cleared, Some(CREATED + 3)));
    assert_eq!(past(&catalog, "cleared").removal, cleared);
    assert_eq!(past(&catalog, "forgotten").removal, forgotten);
    // The journals tell the same, but for what was found to be missing.
    let mut merged = catalog.removed().unwrap();
    let mut journalled = journalled_removals(place.path());
    merged.retain(|(_, file, ..)| file != "by hand");
    journalled.retain(|(_, file, ..)| file != "by hand");
    merged.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!((journalled, merged.len()), (merged.clone(), 4));
    assert_eq!(past(&catalog, "never"), Past { removal: None, cleared_ns: Some(CREATED + 3) });
    assert_eq!(catalog.past("g", "never").unwrap(), Past::default());
}

#[test]
fn an_entry_that_was_removed_before_its_journal_was_merged_is_not_gone_by_hand() {
    // Journals are merged in the order of their names: the removal comes first here.
    let place = Place::new();
    place.journal(1).append(&removed("a", CREATED + 1)).unwrap();
    let all = Record::Cleared { folder: None, when_ns: CREATED + 2 };
    place.journal(2).append(&all).unwrap();
    place.journal(3).append(&kept("f", "a", 1)).unwrap();
    place.journal(4).append(&kept("f", "b", 1)).unwrap();
    let catalog = place.open();
    let forgotten = Some((Gone::Forgotten, Some(CREATED + 1)));
    assert_eq!(past(&catalog, "a").removal, forgotten);
    let cleared = Some((Gone::Cleared, Some(CREATED + 2)));
    assert_eq!(past(&catalog, "b").removal, cleared);
}

#[test]
fn what_became_of_an_earlier_result_is_known_when_there_is_a_later_one() {
    let place = Place::new();
    let journal = place.journal(1);
    let before = |file: &str, created_ns| {
        // Without the catalog the journals tell the same.
        let journalled = Past::journalled(place.path(), "f", file, created_ns);
        let catalog = place.open();
        let merged = catalog.past_before("f", file, created_ns).unwrap();
        let removed = catalog.removed().unwrap();
        assert_eq!((journalled, removed.len()), (merged, 1));
        merged
    };
    journal.append(&kept("f", "a", 1)).unwrap();
    journal.append(&removed("a", CREATED + 5)).unwrap();
    journal.append(&kept("f", "a", 9)).unwrap();
    let forgotten = Some((Gone::Forgotten, Some(CREATED + 5)));
    assert_eq!(before("a", CREATED + 8), Past { removal: forgotten, cleared_ns: None });
    assert_eq!(before("a", CREATED + 5), Past::default());
    assert_eq!(before("b", CREATED + 8), Past::default());
    let (folder, when_ns) = (Some("f".to_owned()), CREATED + 20);
    journal.append(&Record::Cleared { folder, when_ns }).unwrap();
    journal.append(&kept("f", "a", 30)).unwrap();
    let cleared = Some((Gone::Cleared, Some(CREATED + 20)));
    let past = Past { removal: cleared, cleared_ns: Some(CREATED + 20) };
    assert_eq!(before("a", CREATED + 29), past);
    assert_eq!(before("b", CREATED + 29), Past { removal: None, ..past });
}

#[test]
fn no_more_than_ten_thousand_are_remembered_and_those_are_the_last() {
    let place = Place::new();
    let journal = place.journal(1);
    for number in 0..=u64::try_from(REMEMBERED).unwrap() {
        journal.append(&removed(&number.to_string(), number)).unwrap();
    }
    let catalog = place.open();
    let count = REMEMBERED - TRIMMED;
    assert_eq!(past(&catalog, "0").removal, None);
    assert_eq!(past(&catalog, &count.to_string()).removal, None);
    let first = past(&catalog, &(count + 1).to_string()).removal;
    assert_eq!(first, Some((Gone::Forgotten, Some(count as u64 + 1))));
    assert!(past(&catalog, &REMEMBERED.to_string()).removal.is_some());
}
