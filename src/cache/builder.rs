//! Opening a cache with settings of its own.

use super::current;
use super::mode::Mode;
use super::{Cache, Durability};
use crate::error::Result;
use crate::store::Access;
use std::path::PathBuf;

/// Settings for a cache, from [`Cache::builder`].
///
/// ```
/// use larder::{Cache, Durability, Mode};
///
/// # let directory = tempfile::tempdir()?;
/// let cache = Cache::builder()
///     .dir(directory.path().join("results"))
///     .mode(Mode::Refresh)
///     .durability(Durability::Always)
///     .open()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
#[must_use = "a builder does nothing until `open` is called"]
pub struct Builder {
    directory: Option<PathBuf>,
    mode: Option<Mode>,
    durability: Durability,
    shared: bool,
    patient: bool,
}

impl Builder {
    /// The directory to use. It is created if it is missing, and may be empty or a cache already.
    /// Default: where the [default cache](crate#where-results-live) would be.
    pub fn dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// What calls do. Default: what the variable `LARDER` says, else [`Mode::On`].
    pub fn mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// When a result must be on the disk before its call returns. Default: [`Durability::Cost`].
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Whether a directory that has to be created is open to other users, as far as the umask
    /// allows. Default: `false`, for the user alone.
    ///
    /// Whoever can write to the directory decides what your calls return. Share it only with people
    /// whom you would let edit your program.
    pub fn shared(mut self, shared: bool) -> Self {
        self.shared = shared;
        self
    }

    /// Lets a directory that cannot be had now be had later, instead of an error: whoever opens the
    /// default cache has nobody to tell.
    pub(super) fn patient(mut self) -> Self {
        self.patient = true;
        self
    }

    /// Where the cache would be opened: what was [set](Self::dir), else where the [default
    /// cache](crate#where-results-live) would be. Nothing is created.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the working directory, by which the default is found, cannot be
    /// had.
    ///
    /// ```
    /// println!("results are in {}", larder::Cache::builder().location()?.display());
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn location(&self) -> Result<PathBuf> {
        self.directory.clone().map_or_else(current::default_directory, Ok)
    }

    /// Opens the cache.
    ///
    /// # Errors
    ///
    /// [`NotLarder`](crate::ErrorKind::NotLarder) for a directory that holds something else,
    /// [`NewerFormat`](crate::ErrorKind::NewerFormat) for one of a newer version,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where `LARDER` means nothing, and
    /// [`Io`](crate::ErrorKind::Io) for what the system refuses.
    pub fn open(self) -> Result<Cache> {
        let mode = self.mode.map_or_else(Mode::from_variable, Ok)?;
        let directory = self.location()?;
        let access = Access { shared: self.shared, patient: self.patient, ..Access::default() };
        Cache::start(&directory, mode, self.durability, access)
    }
}
