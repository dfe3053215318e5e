//! Looking up, keeping, counting: one cache, with no idea how functions are called.

mod attempt;
mod builder;
mod changes;
mod clearing;
mod code;
mod code_state;
mod current;
mod description;
mod details;
mod diagnosis;
mod entries;
mod exit;
mod findings;
mod history;
mod identity;
mod input_file;
mod inquiry;
mod inventory;
mod location;
mod lookups;
mod mode;
mod on_record;
mod pace;
mod parts;
mod pause;
mod recorder;
mod results;
mod room;
mod runs;
mod share;
mod spread;
mod stats;
mod tally;
mod tidying;
mod tracked;
mod trim;
mod trim_job;
mod trimmer;
mod unlisted;
mod uses;
mod validity;
mod verification;
mod warnings;
mod why;

pub use builder::Builder;
pub use changes::{Change, Edit};
pub use code::{Code, CodeItem, ItemKind};
pub use code_state::CodeState;
pub use current::{clear, install, stats};
pub use details::{Encoding, EntryDetails};
pub use diagnosis::{Check, Finding, Severity};
pub use entries::{Entries, EntryInfo};
pub use history::RemovedEntry;
pub use input_file::InputFile;
pub use inventory::{Inventory, StoredEntry, StoredFunction};
pub use mode::Mode;
pub use on_record::OnRecord;
pub use runs::{Run, RunItem, RunOutcome};
pub use share::Share;
pub use stats::{FunctionStats, Stats};
pub use trim::{Amount, PlannedRemoval, TrimPlan, Trimmed};
pub use unlisted::UnlistedFolder;
pub use validity::EntryMeta;
pub use verification::{DamagedEntry, Verification};
pub use why::{Nearest, Removal, Why};

pub(crate) use attempt::Attempt;
pub(crate) use current::{current, enter, opened, scope};
pub(crate) use identity::{CodeSpec, Definition, Identity};
pub(crate) use inquiry::{Name, Question, REDACTED, Sources};
pub(crate) use lookups::Lookup;
pub(crate) use results::{Encoded, Fresh, Kept, Occupant};
pub(crate) use stats::{Counters, Outcome, Reuse, Short, add_time};
pub(crate) use tally::Tally;
pub(crate) use tracked::Tracked;
pub(crate) use validity::{Validate, Validity};

use crate::catalog::{Catalog, Journal, Unavailable};
use crate::entry::Key;
use crate::error::{Error, ErrorKind, Result};
use crate::flight::{Flights, Waits};
use crate::retention::Limits;
use crate::store::{Access, Store, Table};
use pause::Pause;
use room::Room;
use runs::Recent;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};
use uses::Uses;
use warnings::Warnings;

/// When a result must be on the disk, so that not even a power cut loses it.
///
/// Whatever is chosen, a result whose call returned survives the end of the process, also by
/// `kill -9`, and a power cut never leads to a wrong value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Durability {
    /// Before the call returns, if computing it took 100 ms or more; else when the system sees fit.
    #[default]
    Cost,
    /// Before the call returns, always. Adds about a millisecond to every miss.
    Always,
}

/// An open cache: a handle that is cheap to clone and can be used from any thread.
///
/// Functions use the [default cache](crate#where-results-live) unless they are told otherwise, so
/// most programs never name one.
///
/// ```
/// use larder::{Cache, cache};
/// use std::sync::LazyLock;
///
/// static MODELS: LazyLock<Cache> = LazyLock::new(|| {
///     Cache::open(std::env::temp_dir().join("larder-doc-models")).expect("a cache of our own")
/// });
///
/// #[cache(cache = MODELS)]
/// fn train(seed: u64) -> Vec<f64> {
///     vec![seed as f64; 3]
/// }
///
/// assert_eq!(train(7), [7.0; 3]);
/// assert!(train::is_cached(7));
/// MODELS.clear()?;
/// assert!(!train::is_cached(7));
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Clone)]
pub struct Cache {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    mode: Mode,
    durability: Durability,
    /// Absent where the mode is off.
    disk: Option<Disk>,
    functions: Table<Tracked>,
    flights: Flights<Key>,
    warnings: Arc<Warnings>,
    room: Room,
    recent: Recent,
    /// Threads that delete what was cleared and swept, which nobody needs to wait for.
    deleting: Mutex<Vec<JoinHandle<()>>>,
    /// The thread that merges journals. A process that ends in the middle of it would cost the
    /// catalog, so its end waits for this one.
    merging: Mutex<Option<JoinHandle<()>>>,
}

struct Disk {
    store: Store,
    journal: Journal,
    /// Which of the directories that were at our path the journal is in; zero for none.
    journal_of: AtomicUsize,
    keeping: Pause,
    recording: Pause,
    /// Whether another process was met that computes the same.
    company: AtomicBool,
    /// Absent where nothing is written.
    uses: Option<Uses>,
    /// Why the last key could not be claimed, until it shows whether that is all that is wrong.
    unclaimed: Mutex<Option<io::Error>>,
}

impl Cache {
    /// Opens the cache in this directory, which is created if it is missing or empty.
    ///
    /// Opening costs the same for an empty cache and for one with a million results.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`].
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path().join("results"))?;
    /// assert_eq!(cache.entries()?.count(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        Self::builder().dir(directory.as_ref()).open()
    }

    /// Settings for a cache that is still to be opened.
    pub fn builder() -> Builder {
        Builder::default()
    }

    fn start(
        directory: &Path,
        mode: Mode,
        durability: Durability,
        access: Access,
        limits: Limits,
    ) -> Result<Self> {
        if mode == Mode::Off {
            tracing::info!("caching is switched off");
            return Ok(Self::off());
        }
        let access = Access { read_only: !mode.writes(), ..access };
        let store = Store::open(directory, access)?;
        tracing::info!("results are cached in `{}`", store.path().display());
        let journal = Journal::new(&store.path().join("journal"), store.session());
        let disk = Disk {
            journal_of: AtomicUsize::new(0),
            store,
            journal,
            keeping: Pause::default(),
            recording: Pause::default(),
            company: AtomicBool::new(false),
            uses: mode.writes().then(Uses::new),
            unclaimed: Mutex::default(),
        };
        let cache = Self::with(mode, durability, Some(disk), limits);
        exit::register(&cache.inner);
        cache.tidy();
        Ok(cache)
    }

    fn off() -> Self {
        Self::with(Mode::Off, Durability::Cost, None, Limits::none())
    }

    fn with(mode: Mode, durability: Durability, disk: Option<Disk>, limits: Limits) -> Self {
        let inner = Inner {
            mode,
            durability,
            disk,
            functions: Table::new(),
            flights: Flights::new(Waits::of_this_process()),
            warnings: Arc::default(),
            room: Room::new(limits),
            recent: Recent::default(),
            deleting: Mutex::default(),
            merging: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The directory, absolute; `None` for a cache that is [off](Mode::Off).
    pub fn directory(&self) -> Option<&Path> {
        self.inner.disk.as_ref().map(|disk| disk.store.path())
    }

    /// Whether anything was ever cached in the directory: it is not in one that is missing, empty, or as
    /// it is committed to a repository, and there is nothing to find out about then.
    ///
    /// # Errors
    ///
    /// As [`Builder::open`], if the directory is not what it was when it was opened.
    ///
    /// ```
    /// use larder::{Cache, Mode};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let look = Cache::builder().dir(directory.path()).mode(Mode::ReadOnly).open()?;
    /// assert!(!look.is_laid_out()?);
    /// Cache::open(directory.path())?;
    /// assert!(look.is_laid_out()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn is_laid_out(&self) -> Result<bool> {
        self.inner.disk.as_ref().map_or(Ok(false), |disk| disk.store.is_laid_out())
    }

    /// What calls of functions do with this cache.
    pub fn mode(&self) -> Mode {
        self.inner.mode
    }

    /// What calls came to in this cache, in this process, since it was opened.
    pub fn stats(&self) -> Stats {
        exit::notice();
        let functions = self.inner.functions.iter();
        let mut functions: Vec<_> =
            functions.filter_map(|tracked| tracked.counters.stats(tracked.identity)).collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        let (warnings, runs) = (self.inner.warnings.counts(), self.inner.recent.runs());
        Stats { functions, warnings, runs }
    }

    /// What calls came to in this directory, over all time and in all processes, as far as they
    /// have written it down: each does so after a batch, now and then, and when it ends. A cache
    /// that may not write tells of itself alone, as in [`stats`](Self::stats).
    ///
    /// # Errors
    ///
    /// [`InUse`](crate::ErrorKind::InUse) while another process has the catalog open, and
    /// [`Io`](crate::ErrorKind::Io) where there can be none.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path())?;
    /// assert!(cache.all_time_stats()?.functions.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn all_time_stats(&self) -> Result<Stats> {
        let Some(disk) = self.inner.disk.as_ref().filter(|_| self.inner.mode.writes()) else {
            return Ok(self.stats());
        };
        self.inner.flush();
        let read = || {
            let catalog = Catalog::open(disk.store.path())?;
            Ok((catalog.folders()?, catalog.counts()?, catalog.runs()?))
        };
        let (functions, mut counts, runs) = read().map_err(unavailable)?;
        let functions = functions.into_iter().filter_map(|function| {
            Some(FunctionStats::from_counts(function.name, &counts.remove(&function.folder)?))
        });
        let mut functions: Vec<_> = functions.collect();
        functions.sort_by(|a, b| a.name.cmp(&b.name));
        let runs = runs.into_iter().map(Run::from).collect();
        Ok(Stats { functions, warnings: Vec::new(), runs })
    }

    /// What is kept, function by function: results of all programs that use this directory.
    ///
    /// The list agrees with the files that are there. What is known of them comes from the catalog,
    /// and from the files themselves where that does not know them, or is in use by another process.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the directory cannot be read.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path())?;
    /// let large = cache.entries()?.filter(|entry| entry.size > 1 << 20).count();
    /// # assert_eq!(large, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn entries(&self) -> Result<Entries> {
        Entries::new(self.clone())
    }

    /// Writes down what is still to be written (counts and last uses, for `larder stats` and the like)
    /// and waits for deletions in the background.
    ///
    /// Results need no closing: they are kept when their call returns. Other handles of this cache
    /// stay usable.
    pub fn close(self) {
        self.inner.flush();
        self.inner.done();
        let deleting = std::mem::take(&mut *lock(&self.inner.deleting));
        for thread in deleting {
            // It only deletes; if it panicked, a later sweep goes on.
            let _ = thread.join();
        }
        self.inner.finish_merging();
        self.finish_uses();
        self.inner.finish_trimming();
    }

    /// The handle that `cache = EXPR` gives, whatever EXPR derefs through.
    #[doc(hidden)]
    #[must_use]
    pub fn __larder_handle(&self) -> Self {
        self.clone()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.flush();
        self.done();
        self.finish_merging();
        self.finish_trimming();
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Cache");
        debug.field("directory", &self.directory()).field("mode", &self.mode());
        debug.finish_non_exhaustive()
    }
}

fn unavailable(error: Unavailable) -> Error {
    let kind = match &error {
        Unavailable::Locked => ErrorKind::InUse,
        Unavailable::Unusable(error) => error.kind(),
    };
    Error::new(kind, "the catalog is not to be had").with_source(error)
}

/// A thread for work that may as well not be done, as where no thread can be had.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).ok()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The time so many nanoseconds after 1970.
fn time(nanos: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos)
}

/// Nanoseconds since 1970; zero for a clock that is set before.
fn since_epoch(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}
