//! What is written to journals is read from them, damaged or not.

use super::super::samples::{kept, session};
use super::*;
use std::io::Write;

fn records_in(path: &Path) -> usize {
    let mut reader = frame::Reader::new(File::open(path).unwrap());
    let mut count = 0;
    while reader.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(reader.good(), fs::metadata(path).unwrap().len());
    count
}

#[test]
fn a_journal_exists_and_is_live_from_its_first_record_until_it_is_dropped() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("journal");
    let journal = Journal::new(&directory, &session(1));
    assert!(!directory.exists());
    assert!(!is_live(&directory, &session(1)));
    journal.append(&kept("f", "a", 1)).unwrap();
    assert!(is_live(&directory, &session(1)));
    drop(journal);
    assert!(!is_live(&directory, &session(1)));
    assert_eq!(records_in(&directory.join(session(1))), 1);
}

#[test]
fn an_announced_journal_is_live_and_empty() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("journal");
    let journal = Journal::new(&directory, &session(1));
    journal.announce().unwrap();
    assert!(is_live(&directory, &session(1)));
    assert_eq!(records_in(&directory.join(session(1))), 0);
}

#[test]
fn records_of_many_threads_stay_whole() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("journal");
    let journal = Journal::new(&directory, &session(1));
    thread::scope(|scope| {
        for thread in 0..4 {
            let journal = &journal;
            scope.spawn(move || {
                for file in 0..250 {
                    journal.append(&kept("f", &format!("{thread}-{file}"), 1)).unwrap();
                }
            });
        }
    });
    assert_eq!(records_in(&directory.join(session(1))), 1000);
}

#[test]
fn appending_goes_on_when_the_journal_was_deleted() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("journal");
    let journal = Journal::new(&directory, &session(1));
    journal.append(&kept("f", "a", 1)).unwrap();
    fs::remove_dir_all(&directory).unwrap();
    journal.append(&kept("f", "b", 1)).unwrap();
}

#[test]
fn half_a_record_is_cut_off_before_the_next() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("journal");
    let journal = Journal::new(&directory, &session(1));
    journal.append(&kept("f", "a", 1)).unwrap();
    {
        let mut state = journal.state.lock().unwrap();
        let open = state.open.as_mut().unwrap();
        open.lock.file.write_all(b"half a rec").unwrap();
        open.torn = true;
    }
    journal.append(&kept("f", "b", 1)).unwrap();
    assert_eq!(records_in(&directory.join(session(1))), 2);
}

#[test]
fn a_session_that_has_a_journal_gets_no_second_one() {
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("journal");
    let first = Journal::new(&directory, &session(1));
    first.append(&kept("f", "a", 1)).unwrap();
    let second = Journal::new(&directory, &session(1));
    assert_eq!(second.announce().unwrap_err().kind(), ErrorKind::WouldBlock);
    drop(first);
    assert_eq!(second.announce().unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[test]
fn a_journal_whose_creation_was_interfered_with_is_created_again() {
    // Others lock and remove every empty journal they see, as a merge does that comes between
    // the creation of a journal and its owner's lock.
    let root = tempfile::tempdir().unwrap();
    let directory = root.path().join("journal");
    fs::create_dir(&directory).unwrap();
    let stop = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for file in fs::read_dir(&directory).unwrap().flatten() {
                    let Ok(open) = File::open(file.path()) else {
                        continue;
                    };
                    if open.try_lock().is_ok() && open.metadata().unwrap().len() == 0 {
                        let _ = fs::remove_file(file.path());
                    }
                }
            }
        });
        for number in 0..300 {
            let journal = Journal::new(&directory, &session(number));
            journal.append(&kept("f", "a", 1)).unwrap();
            assert_eq!(records_in(&directory.join(session(number))), 1);
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

#[cfg(unix)]
#[test]
fn a_journal_is_neither_created_through_a_link_nor_believed_to_be_one() {
    use std::os::unix::fs::symlink;

    let root = tempfile::tempdir().unwrap();
    let outside = root.path().join("outside");
    let directory = root.path().join("journal");
    fs::create_dir(&directory).unwrap();
    symlink(&outside, directory.join(session(1))).unwrap();
    Journal::new(&directory, &session(1)).announce().unwrap_err();
    assert!(!outside.exists());
    fs::write(&outside, "").unwrap();
    Journal::new(&directory, &session(1)).announce().unwrap_err();
    let held = File::open(&outside).unwrap();
    held.lock().unwrap();
    assert!(!is_live(&directory, &session(1)));

    let elsewhere = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), root.path().join("linked")).unwrap();
    Journal::new(&root.path().join("linked"), &session(2)).announce().unwrap_err();
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[test]
fn only_a_process_id_and_sixteen_hex_digits_name_a_session() {
    assert!(is_session("1234-9f86d081884c7d65"));
    for name in ["", "-", "1234", "1234-", "-9f86d081884c7d65", "1234-9f86d081884c7d6", ".nfs0"] {
        assert!(!is_session(name), "{name:?}");
    }
}
