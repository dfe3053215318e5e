//! Which cache a call uses that names none: that of the scope, else the default of the process.

use super::Cache;
use super::location::locate;
use crate::cache::Stats;
use crate::error::{Error, ErrorKind, Result};
use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::OnceLock;

static DEFAULT: OnceLock<Cache> = OnceLock::new();

thread_local! {
    static SCOPE: RefCell<Option<Cache>> = const { RefCell::new(None) };
}

/// The cache for a call on this thread. Where the default cache cannot be opened for what the system
/// refuses, it is tried again; else it is one that is switched off. Why is logged, and its `stats()` say
/// so: a call never fails because of the cache.
pub(crate) fn current() -> Cache {
    scope().unwrap_or_else(|| default_cache().clone())
}

/// The same, if it is open already.
pub(crate) fn opened() -> Option<Cache> {
    scope().or_else(|| DEFAULT.get().cloned())
}

/// The cache of the scope that this thread is in, if it is in one.
pub(crate) fn scope() -> Option<Cache> {
    SCOPE.try_with(|scope| scope.borrow().clone()).ok().flatten()
}

fn default_cache() -> &'static Cache {
    DEFAULT.get_or_init(|| {
        Cache::builder().patient().open().unwrap_or_else(|error| {
            let reason = std::error::Error::source(&error);
            let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let cause = format!("calls are computed and not cached, since {error}{reason}");
            tracing::warn!("{cause}");
            let cache = Cache::off();
            cache.inner.warnings.told(&cause);
            cache
        })
    })
}

pub(super) fn default_directory() -> Result<PathBuf> {
    let working =
        std::env::current_dir().map_err(|error| Error::io("find the working directory", error))?;
    Ok(locate(std::env::var_os("LARDER_DIR"), &working))
}

/// Makes `cache` the default of this process, for calls that name no other.
///
/// # Errors
///
/// [`ErrorKind::InUse`] if the default cache is in use already: do this first in `main`.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// larder::install(larder::Cache::open(directory.path())?)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn install(cache: Cache) -> Result<()> {
    DEFAULT.set(cache).map_err(|_| {
        Error::new(
            ErrorKind::InUse,
            "the default cache is in use already: install another before the first cached call",
        )
    })
}

/// Removes every result from the cache that calls here use: see [`Cache::clear`].
///
/// # Errors
///
/// As [`Cache::clear`].
pub fn clear() -> Result<()> {
    current().clear()
}

/// What has happened in the cache that calls here use: see [`Cache::stats`].
///
/// ```
/// println!("{}", larder::stats());
/// ```
pub fn stats() -> Stats {
    current().stats()
}

/// Makes `cache` (or the default cache) the one for calls on this thread, until the guard is dropped.
pub(crate) fn enter(cache: Option<Cache>) -> Entered {
    // A thread that is ending may have none any more.
    Entered(SCOPE.try_with(|scope| scope.replace(cache)).unwrap_or_default())
}

/// What [`enter`] replaced.
#[must_use]
pub(crate) struct Entered(Option<Cache>);

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.0.take();
        // The thread may be ending, and its scope with it.
        let _ = SCOPE.try_with(|scope| scope.replace(before));
    }
}
