//! What the feature brings: faults that happen, and records of what was done.
//!
//! Both are for the whole process, as steps are taken on any thread. Where neither is asked for, a
//! step costs a look at an atomic number, so that benchmarks built with the feature tell the truth.

use super::Step;
use super::plan::{self, Action, Fault};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

/// What was done to the disk, in paths relative to the directory that is recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A new and empty file. It is known by this number, and has no name yet.
    NewFile(u64),
    /// The file with this number got a name.
    Name(u64, PathBuf),
    /// Bytes were added to its end.
    Write(u64, Vec<u8>),
    /// It was cut to this length.
    Cut(u64, u64),
    /// Its bytes were brought to the disk.
    Sync(u64),
    /// A file or folder got another name, in place of what had that.
    Rename(PathBuf, PathBuf),
    /// A new folder.
    NewFolder(PathBuf),
    /// The names in a folder were brought to the disk.
    SyncFolder(PathBuf),
    /// A file or an empty folder was removed.
    Remove(PathBuf),
    /// What the test itself has to say: see [`mark`].
    Mark(u64),
}

struct Recording {
    root: PathBuf,
    operations: Vec<Operation>,
}

static FAULTS: LazyLock<Mutex<Vec<Fault>>> = LazyLock::new(|| {
    let faults = std::env::var("LARDER_FAULTS").map_or_else(|_| Vec::new(), |text| parse(&text));
    FAULTY.store(!faults.is_empty(), Ordering::Relaxed);
    Mutex::new(faults)
});

/// Whether there may be faults: true until the variable was looked at.
static FAULTY: AtomicBool = AtomicBool::new(true);

static RECORDING: Mutex<Option<Recording>> = Mutex::new(None);
static RECORDS: AtomicBool = AtomicBool::new(false);

/// Sets these faults in place of all that were set.
///
/// # Panics
///
/// If the text means nothing: a test that injects nothing must not pass.
pub fn set(faults: &str) {
    let faults = parse(faults);
    let mut set = lock(&FAULTS);
    FAULTY.store(!faults.is_empty(), Ordering::Relaxed);
    *set = faults;
}

/// Runs `work` and returns what was done below `root` meanwhile, by any thread.
pub fn record<T>(root: &Path, work: impl FnOnce() -> T) -> (T, Vec<Operation>) {
    *lock(&RECORDING) = Some(Recording { root: root.to_owned(), operations: Vec::new() });
    RECORDS.store(true, Ordering::SeqCst);
    let result = work();
    RECORDS.store(false, Ordering::SeqCst);
    let recording = lock(&RECORDING).take();
    (result, recording.map(|recording| recording.operations).unwrap_or_default())
}

/// Puts a mark of the test's own between the operations that are recorded.
pub fn mark(number: u64) {
    add(|| Operation::Mark(number));
}

fn parse(text: &str) -> Vec<Fault> {
    match plan::parse(text) {
        Some(faults) => faults,
        None => panic!("`LARDER_FAULTS={text}` means nothing"),
    }
}

pub(crate) fn step(step: Step) -> io::Result<()> {
    match due(step) {
        None => Ok(()),
        Some(action) => act(action),
    }
}

/// One write, interrupted in the middle if there is a fault at this step.
pub(crate) fn write(step: Step, file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    let Some(action) = due(step) else {
        let written = file.write(bytes)?;
        add(|| Operation::Write(number(file), bytes[..written].to_vec()));
        return Ok(written);
    };
    let half = file.write(&bytes[..bytes.len() / 2])?;
    add(|| Operation::Write(number(file), bytes[..half].to_vec()));
    act(action).map(|()| half)
}

pub(crate) fn new_file(file: &File) {
    add(|| Operation::NewFile(number(file)));
}

pub(crate) fn named(file: &File, path: &Path) {
    add(|| Operation::Name(number(file), path.to_owned()));
}

pub(crate) fn linked<'a>(file: &File, root: &Path, path: impl FnOnce() -> &'a str) {
    add(|| Operation::Name(number(file), root.join(path())));
}

pub(crate) fn cut(file: &File, length: u64) {
    add(|| Operation::Cut(number(file), length));
}

pub(crate) fn synced(file: &File) {
    add(|| Operation::Sync(number(file)));
}

pub(crate) fn renamed(from: &Path, to: &Path) {
    add(|| Operation::Rename(from.to_owned(), to.to_owned()));
}

pub(crate) fn new_folder(path: &Path) {
    add(|| Operation::NewFolder(path.to_owned()));
}

pub(crate) fn folder_synced(path: &Path) {
    add(|| Operation::SyncFolder(path.to_owned()));
}

pub(crate) fn removed(path: &Path) {
    add(|| Operation::Remove(path.to_owned()));
}

fn due(step: Step) -> Option<Action> {
    if !FAULTY.load(Ordering::Relaxed) {
        return None;
    }
    lock(&FAULTS).iter_mut().filter(|fault| fault.step == step).find_map(Fault::reach)
}

fn act(action: Action) -> io::Result<()> {
    match action {
        Action::Fail(number) => return Err(io::Error::from_raw_os_error(number)),
        Action::Kill => signal(true)?,
        Action::Stop => signal(false)?,
    }
    Ok(())
}

#[cfg(unix)]
fn signal(kill: bool) -> io::Result<()> {
    use rustix::process::{Signal, getpid, kill_process};
    let signal = if kill { Signal::KILL } else { Signal::STOP };
    Ok(kill_process(getpid(), signal)?)
}

#[cfg(not(unix))]
fn signal(_: bool) -> io::Result<()> {
    std::process::abort()
}

fn add(operation: impl FnOnce() -> Operation) {
    if !RECORDS.load(Ordering::SeqCst) {
        return;
    }
    let mut recording = lock(&RECORDING);
    if let Some(recording) = recording.as_mut() {
        let root = &recording.root;
        // What lies elsewhere is of no interest.
        let inner = |path: PathBuf| Some(path.strip_prefix(root).ok()?.to_owned());
        let operation = match operation() {
            Operation::Name(file, path) => inner(path).map(|path| Operation::Name(file, path)),
            Operation::Rename(from, to) => {
                inner(from).zip(inner(to)).map(|(from, to)| Operation::Rename(from, to))
            }
            Operation::NewFolder(path) => inner(path).map(Operation::NewFolder),
            Operation::SyncFolder(path) => inner(path).map(Operation::SyncFolder),
            Operation::Remove(path) => inner(path).map(Operation::Remove),
            other => Some(other),
        };
        recording.operations.extend(operation);
    }
}

/// What tells a file from all others that exist at the same time.
#[cfg(unix)]
fn number(file: &File) -> u64 {
    use std::os::unix::fs::MetadataExt;
    file.metadata().map_or(0, |metadata| metadata.ino())
}

#[cfg(not(unix))]
fn number(_: &File) -> u64 {
    0
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
