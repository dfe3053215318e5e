//! What a new database knows of the past, though the one before it is lost.
//!
//! Which entries there are, the files say. What was counted over all time, they do not: it is taken
//! from the [`summary`](super::summary), as far as the journals that are still there do not say it
//! themselves, for those are merged into a new database from their start.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use super::database::{Database, Failure};
use super::frame::Reader;
use super::keys;
use super::paths::{Found, look};
use super::record::{CountsRecord, Record};
use super::summary;

/// Gives a database that holds nothing at all what the summary in a cache directory says.
///
/// All of it is applied at once: a process that is killed here leaves a database that still holds
/// nothing, and the next one does the same.
pub(super) fn restore(database: &Database, root: &Path) -> Result<(), Failure> {
    if !database.page(b"", None, 1)?.is_empty() {
        return Ok(());
    }
    let mut summary = summary::read(root);
    let journals = root.join("journal");
    let mut changes = Vec::new();
    for (session, merged) in &summary.merged {
        match counted(&journals.join(session), *merged) {
            Ok(counted) => counted.iter().for_each(|counts| {
                if let Some(sum) = summary.counts.get_mut(&counts.folder) {
                    sum.subtract(counts);
                }
            }),
            // Should it be there again later, its start is not counted twice.
            Err(error) => {
                tracing::debug!(%error, "could not read the journal {session} again");
                let merged = merged.to_le_bytes().to_vec();
                changes.push((keys::journal(session), Some(merged)));
            }
        }
    }
    for (folder, function) in &summary.functions {
        let mut value = Vec::new();
        function.encode_rest(&mut value);
        changes.push((keys::function(folder), Some(value)));
    }
    for (folder, counts) in &summary.counts {
        let mut value = Vec::new();
        counts.encode_rest(&mut value);
        changes.push((keys::counts(folder), Some(value)));
    }
    if changes.is_empty() {
        return Ok(());
    }
    database.apply(changes)?;
    database.flush()
}

/// What a journal counts up to a length, to which it was merged.
fn counted(path: &Path, merged: u64) -> io::Result<Vec<CountsRecord>> {
    if look(path)? != Found::File {
        return Err(io::ErrorKind::NotFound.into());
    }
    let mut reader = Reader::new(BufReader::new(File::open(path)?.take(merged)));
    let mut counted = Vec::new();
    while let Some(record) = reader.next_about_functions()? {
        if let Record::Counted(counts) = record {
            counted.push(counts);
        }
    }
    // It is another one than that which was merged, and a merge would not get as far either.
    if reader.good() == merged { Ok(counted) } else { Err(io::ErrorKind::InvalidData.into()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::samples::{counts, function, kept, run};
    use super::super::tests::{Place, damage, files, found};
    use super::*;
    use crate::catalog::Catalog;

    /// How the catalog may be lost.
    const LOSSES: [fn(&Place); 3] = [
        |place| fs::write(place.path().join("catalog.opening"), "").unwrap(),
        |place| fs::remove_dir_all(place.path().join("catalog")).unwrap(),
        // As after a kill between moving it aside and beginning anew.
        |place| {
            fs::write(place.path().join("catalog.opening"), "").unwrap();
            fs::remove_dir_all(place.path().join("catalog")).unwrap();
        },
    ];

    /// Three processes: one has ended and its journal is gone; one lives, its journal merged in part;
    /// of one nothing is merged. Together they counted 111, most of it merged.
    fn history(place: &Place) -> [crate::catalog::Journal; 2] {
        place.journal(1).append(&Record::Counted(counts("f", 1))).unwrap();
        let live = place.journal(2);
        live.append(&Record::Function(function("f", 2, 200))).unwrap();
        live.append(&Record::Counted(counts("f", 10))).unwrap();
        live.append(&kept("f", "a", 1)).unwrap();
        live.append(&Record::Run(run(1))).unwrap();
        drop(place.open());
        assert!(!place.journal_file(1).exists());
        live.append(&Record::Counted(counts("f", 40))).unwrap();
        let new = place.journal(3);
        new.append(&Record::Counted(counts("f", 60))).unwrap();
        [live, new]
    }

    fn check(catalog: &Catalog, all: u64) {
        assert_eq!(found(catalog, "f"), all);
        assert_eq!(catalog.folders().unwrap(), [function("f", 2, 200)]);
    }

    #[test]
    fn what_was_counted_survives_the_loss_of_the_catalog_and_is_counted_once() {
        for lose in LOSSES {
            let place = Place::new();
            let [live, new] = history(&place);
            for _ in 0..3 {
                lose(&place);
                let catalog = place.open();
                check(&catalog, 111);
                // What journals say beside it is merged again.
                assert_eq!(files(&catalog, "f").len(), 1);
                assert_eq!(catalog.runs().unwrap(), [run(1)]);
            }
            live.append(&Record::Counted(counts("f", 1000))).unwrap();
            drop((live, new));
            lose(&place);
            check(&place.open(), 1111);
            lose(&place);
            check(&place.open(), 1111);
        }
    }

    #[test]
    fn what_was_counted_survives_damage_that_shows_while_the_catalog_is_open() {
        let place = Place::new();
        let _journals = history(&place);
        let catalog = place.open();
        damage(&catalog);
        catalog.merge().unwrap();
        check(&catalog, 111);
        catalog.merge().unwrap();
        check(&catalog, 111);
    }

    #[test]
    fn a_summary_that_is_torn_is_not_believed_and_journals_are_counted_without_it() {
        let place = Place::new();
        let _journals = history(&place);
        drop(place.open());
        let path = place.path().join("catalog.summary");
        let whole = fs::read(&path).unwrap();
        for end in [0, 8, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..end]).unwrap();
            fs::remove_dir_all(place.path().join("catalog")).unwrap();
            check(&place.open(), 110);
        }
    }

    #[test]
    fn a_journal_that_is_not_the_one_that_was_merged_is_not_merged_again() {
        let place = Place::new();
        let journals = history(&place);
        drop(place.open());
        drop(journals);
        // Cut in the middle by somebody: what is left of it was counted.
        let file = fs::read(place.journal_file(2)).unwrap();
        fs::write(place.journal_file(2), &file[..file.len() - 1]).unwrap();
        fs::remove_dir_all(place.path().join("catalog")).unwrap();
        check(&place.open(), 111);
    }
}
