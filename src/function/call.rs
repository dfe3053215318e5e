//! A result with the story of how it was had.

use crate::cache::Reuse;
use std::time::Duration;

/// What `f::call(args…)` returns: the value, where it came from, and what it took.
///
/// ```
/// use larder::{Source, cache};
///
/// #[cache]
/// fn square(x: u64) -> u64 {
///     x * x
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// assert_eq!(square::call(12).source(), Source::Computed);
/// let again = square::call(12);
/// assert_eq!(again.source(), Source::Disk);
/// assert_eq!(again.into_value(), 144);
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Call<T> {
    value: T,
    source: Source,
    took: Duration,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The function ran.
    Computed,
    /// It was in the cache directory.
    Disk,
    /// It was in memory. Nothing is kept there yet.
    Memory,
    /// An equal call computed it at the same time, in this process or another.
    Shared,
}

impl From<Reuse> for Source {
    fn from(how: Reuse) -> Self {
        match how {
            Reuse::Found => Self::Disk,
            Reuse::Shared => Self::Shared,
        }
    }
}

impl<T> Call<T> {
    pub(crate) fn new(value: T, source: Source, took: Duration) -> Self {
        Self { value, source, took }
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The value, to keep.
    pub fn into_value(self) -> T {
        self.value
    }

    /// Where the value came from.
    pub fn source(&self) -> Source {
        self.source
    }

    /// How long this call took, whatever the source.
    pub fn took(&self) -> Duration {
        self.took
    }
}
