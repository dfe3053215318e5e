//! Journals and the catalog between real processes, which are killed.
//!
//! The children are this test binary again: it runs [`child`] alone, which does what its
//! environment says until it is killed.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::frame::Reader;
use super::samples::{counts, session};
use super::tests::{Place, found};
use super::*;

const TASK: &str = "LARDER_TEST_CATALOG_TASK";
const ROOT: &str = "LARDER_TEST_CATALOG_ROOT";

/// A child at work, killed at the latest when this is dropped.
struct Working(Child);

impl Working {
    /// Starts a child and waits until it is in the middle of its task.
    fn start(place: &Place, task: &str) -> Self {
        Self::spawn(place, task).working(place)
    }

    fn spawn(place: &Place, task: &str) -> Self {
        let _ = fs::remove_file(place.path().join("ready"));
        let child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "catalog::processes::child", "--ignored", "--nocapture"])
            .env(TASK, task)
            .env(ROOT, place.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn working(mut self, place: &Place) -> Self {
        let ready = place.path().join("ready");
        let patience = Instant::now() + Duration::from_mins(1);
        while !ready.exists() {
            assert!(self.0.try_wait().unwrap().is_none(), "the child ended by itself");
            assert!(Instant::now() < patience, "the child never got to its task");
            thread::sleep(Duration::from_millis(1));
        }
        self
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "what the children of the other tests run"]
fn child() {
    let task = std::env::var(TASK).unwrap();
    let root = PathBuf::from(std::env::var_os(ROOT).unwrap());
    let ready = || fs::write(root.join("ready"), "").unwrap();
    match task.as_str() {
        "append" => {
            let journal = Journal::new(&root.join("journal"), &session(1));
            for number in 0_u64.. {
                journal.append(&Record::Counted(counts("f", 1))).unwrap();
                if number == 1000 {
                    ready();
                }
            }
        }
        "hold" => {
            let _catalog = Catalog::open(&root).unwrap();
            ready();
            thread::sleep(Duration::from_mins(10));
        }
        "merge" => {
            let catalog = Catalog::open(&root).unwrap();
            ready();
            loop {
                catalog.merge().unwrap();
            }
        }
        _ => panic!("no such task: {task}"),
    }
}

/// The whole records of a journal.
fn records(path: &Path) -> u64 {
    let mut reader = Reader::new(io::BufReader::new(fs::File::open(path).unwrap()));
    let mut count = 0;
    while reader.next().unwrap().is_some() {
        count += 1;
    }
    count
}

#[test]
fn the_journal_of_a_live_process_is_merged_and_kept_and_after_its_death_removed() {
    let place = Place::new();
    let child = Working::start(&place, "append");
    let journals = place.path().join("journal");
    assert!(is_live(&journals, &session(1)));
    // The child appends faster than this merges: a merge that read on to the end of the file,
    // wherever that had got to by then, did not come back.
    let catalog = place.open();
    let first = found(&catalog, "f");
    assert!(first >= 1000, "{first} records");
    assert!(place.journal_file(1).exists());
    let patience = Instant::now() + Duration::from_mins(1);
    while found(&catalog, "f") == first {
        assert!(Instant::now() < patience, "the child appends nothing any more");
        assert_eq!(catalog.merge().unwrap().finished, 0);
    }

    drop(child);
    assert!(!is_live(&journals, &session(1)));
    let total = records(&place.journal_file(1));
    assert_eq!(catalog.merge().unwrap().finished, 1);
    assert_eq!(found(&catalog, "f"), total);
    assert!(!place.journal_file(1).exists());
}

#[test]
fn a_catalog_that_another_process_has_open_is_left_alone_until_that_process_dies() {
    let place = Place::new();
    let child = Working::start(&place, "hold");
    for _ in 0..3 {
        assert!(matches!(Catalog::open(place.path()), Err(Unavailable::Locked)));
    }
    let damaged = place.path().join("catalog.damaged-1");
    assert!(!damaged.exists());
    drop(child);
    place.open();
    assert!(!damaged.exists());
}

#[test]
fn sleds_own_lock_is_respected_where_ours_was_deleted() {
    let place = Place::new();
    let _child = Working::start(&place, "hold");
    fs::remove_file(place.path().join("catalog.lock")).unwrap();
    assert!(matches!(Catalog::open(place.path()), Err(Unavailable::Locked)));
    assert!(!place.path().join("catalog.damaged-1").exists());
}

#[test]
fn killing_a_merge_at_any_time_even_while_the_catalog_is_opened_neither_loses_nor_doubles_a_count()
{
    const ROUNDS: u64 = 15;
    const JOURNALS: u64 = 12;
    const RECORDS: u64 = 200;

    let place = Place::new();
    let hidden = place.path().join("hidden");
    fs::create_dir_all(place.path().join("journal")).unwrap();
    for round in 0..ROUNDS {
        for number in round * JOURNALS..(round + 1) * JOURNALS {
            let journal = Journal::new(&hidden, &session(number));
            for _ in 0..RECORDS {
                journal.append(&Record::Counted(counts("f", 1))).unwrap();
            }
        }
        // Every third is killed before it has the catalog open, which costs the catalog.
        let child = Working::spawn(&place, "merge");
        let child = if round % 3 == 0 { child } else { child.working(&place) };
        for number in round * JOURNALS..(round + 1) * JOURNALS {
            fs::rename(hidden.join(session(number)), place.journal_file(number)).unwrap();
        }
        thread::sleep(Duration::from_micros(round * 2_500));
        drop(child);
    }
    let catalog = place.open();
    assert_eq!(found(&catalog, "f"), ROUNDS * JOURNALS * RECORDS);
    assert_eq!(fs::read_dir(place.path().join("journal")).unwrap().count(), 0);
}
