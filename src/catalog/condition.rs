//! In what state the catalog and the journals are, for people who wonder: nothing is opened by sled,
//! and nothing waits or is changed.

use std::fs::{self, File};
use std::path::Path;

use super::journal::is_live;
use super::lock::LockFile;
use super::merge::sessions;
use super::paths::{Found, look};

/// What there is of a catalog.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) state: State,
    /// What has something else in its place, and whether it should be a folder or a regular file.
    pub(crate) obstructed: Option<(&'static str, &'static str)>,
    /// Whether a process is opening it, or ended while it did.
    pub(crate) opening: bool,
    /// Whether an earlier one was found damaged.
    pub(crate) was_damaged: bool,
    /// How many journals there are.
    pub(crate) journals: usize,
    /// How many of them belong to processes that live.
    pub(crate) live: usize,
    /// Bytes of all journals.
    pub(crate) journal_bytes: u64,
}

/// Whether a catalog can be opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// There is none yet.
    #[default]
    None,
    Free,
    /// A process has it open.
    Held,
}

/// In what state the catalog in a cache directory is.
pub(crate) fn condition(root: &Path) -> Condition {
    let journals = root.join("journal");
    let state = match look(&root.join("catalog")) {
        _ if is_held(&root.join("catalog.lock")) => State::Held,
        Ok(Found::Folder) => State::Free,
        _ => State::None,
    };
    let sessions = sessions(&journals).unwrap_or_default();
    let size =
        |session: &String| fs::symlink_metadata(journals.join(session)).map(|file| file.len());
    let names = fs::read_dir(root).into_iter().flatten().flatten();
    let mut names = names.filter_map(|child| child.file_name().into_string().ok());
    Condition {
        state,
        obstructed: obstructed(root),
        opening: root.join("catalog.opening").symlink_metadata().is_ok(),
        was_damaged: names.any(|name| name.starts_with("catalog.damaged-")),
        journals: sessions.len(),
        live: sessions.iter().filter(|session| is_live(&journals, session)).count(),
        journal_bytes: sessions.iter().filter_map(|session| size(session).ok()).sum(),
    }
}

/// The first of what is ours that has something else in its place.
fn obstructed(root: &Path) -> Option<(&'static str, &'static str)> {
    let ours = [
        ("catalog", Found::Folder, "folder"),
        ("journal", Found::Folder, "folder"),
        ("catalog.lock", Found::File, "regular file"),
        ("catalog.summary", Found::File, "regular file"),
    ];
    let stands = |(name, kind, called)| {
        let found = look(&root.join(name)).ok()?;
        (found != kind && found != Found::Nothing).then_some((name, called))
    };
    ours.into_iter().find_map(stands)
}

/// Whether somebody has the lock. It is asked for along with others who ask, and let go of at once: who
/// wants it in this very moment takes the catalog for in use, and loses nothing.
fn is_held(lock: &Path) -> bool {
    if !matches!(look(lock), Ok(Found::File)) {
        return false;
    }
    File::open(lock).is_ok_and(|file| matches!(LockFile::new(file).try_lock_shared(), Ok(false)))
}

#[cfg(test)]
mod tests {
    use super::super::Record;
    use super::super::samples::counts;
    use super::super::tests::Place;
    use super::*;

    #[test]
    fn a_catalog_that_is_open_is_held_and_asking_changes_nothing() {
        let place = Place::new();
        assert_eq!(condition(place.path()), Condition::default());
        let journal = place.journal(1);
        journal.append(&Record::Counted(counts("f", 1))).unwrap();
        let before = place.named("");
        let found = condition(place.path());
        assert_eq!((found.journals, found.live, found.state), (1, 1, State::None));
        assert_eq!(place.named(""), before);
        let catalog = place.open();
        let found = condition(place.path());
        assert_eq!((found.state, found.opening), (State::Held, false));
        drop(catalog);
        drop(journal);
        let found = condition(place.path());
        assert_eq!((found.state, found.live), (State::Free, 0));
    }
}
