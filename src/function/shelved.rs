//! A result that stays in the cache until it is wanted.

use super::instances::Function;
use super::probe::Outcome;
use super::recipe::{Obtained, decode};
use crate::cache::{Cache, Lookup};
use crate::entry::Key;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// What `f::shelve(args…)` returns: a small handle on a result, to pass around in place of a large
/// value.
///
/// The value is read each time it is asked for, also when it has expired meanwhile. A handle does not
/// keep it from being removed, be it to stay within the cache's [limits](crate::Limits): give them room
/// for what is shelved at a time. A value that could not be kept (an `Err`, one that `keep_if` refused,
/// one in a cache that is off) is held in memory and can be had once.
///
/// ```
/// use larder::cache;
///
/// #[cache]
/// fn grid(size: usize) -> Vec<f64> {
///     vec![0.5; size * size]
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// let grids: Vec<_> = (1..100).map(grid::shelve).collect(); // computed, kept, not in memory
/// assert_eq!(grids[49].get()?.len(), 2500);
/// # Ok::<(), larder::Error>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Shelved<T> {
    cache: Cache,
    function: &'static Function,
    place: Place<T>,
    decode: fn(u8, &[u8]) -> Result<T>,
}

enum Place<T> {
    Cache(Key),
    Memory(Mutex<Option<T>>),
}

impl<T> Shelved<T> {
    pub(super) fn new<O: Outcome<T>>(
        cache: Cache,
        function: &'static Function,
        obtained: Obtained<T>,
    ) -> Self {
        let place = match obtained.key {
            Some(key) => Place::Cache(key),
            None => Place::Memory(Mutex::new(Some(obtained.value))),
        };
        Self { cache, function, place, decode: decode::<T, O> }
    }

    /// The value.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if it was removed from the cache since, or was held in memory and
    /// taken before: call the function again.
    pub fn get(&self) -> Result<T> {
        let value = match &self.place {
            Place::Cache(key) => {
                let tracked = self.cache.tracked(&self.function.identity);
                match self.cache.lookup_again(tracked, key, self.decode) {
                    Lookup::Found { value, .. } => Some(value),
                    Lookup::Missing | Lookup::Damaged | Lookup::Invalid => None,
                }
            }
            Place::Memory(value) => value.lock().unwrap_or_else(PoisonError::into_inner).take(),
        };
        value.ok_or_else(|| {
            let name = &self.function.identity.name;
            Error::new(
                ErrorKind::NotFound,
                format!("the shelved result of `{name}` is gone: call the function again"),
            )
        })
    }

    /// Removes the result from the cache; `false` if it was not there any more.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] for what the system refuses.
    pub fn forget(&self) -> Result<bool> {
        match &self.place {
            Place::Cache(key) => {
                self.cache.forget(self.cache.tracked(&self.function.identity), key)
            }
            Place::Memory(value) => {
                Ok(value.lock().unwrap_or_else(PoisonError::into_inner).take().is_some())
            }
        }
    }
}

impl<T> fmt::Debug for Shelved<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shelved")
            .field("function", &self.function.identity.name)
            .finish_non_exhaustive()
    }
}
