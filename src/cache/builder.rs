//! Opening a cache with settings of its own.

use super::current;
use super::mode::Mode;
use super::{Cache, Durability};
use crate::error::{Error, ErrorKind, Result};
use crate::retention::{IntoAge, IntoSize, Limits, Size};
use crate::store::Access;
use std::path::PathBuf;

/// The variable that says how many bytes there may be.
const MAX_BYTES: &str = "LARDER_MAX_BYTES";

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
    limits: Limits,
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

    /// How many bytes of results there may be: `"10 GiB"`, or a number. What is too much is removed in
    /// the background, down to nine tenths of it: see [`Cache::trim`] for what goes first.
    ///
    /// Default: what the variable `LARDER_MAX_BYTES` says (`none` for no limit), else a fifth of the
    /// file system, but no more than 100 GiB. Every process goes by its own limits.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let directory = directory.path();
    /// let cache = larder::Cache::builder().dir(directory).max_bytes("500 MB").open()?;
    /// assert_eq!(cache.limits().bytes(), Some(500_000_000));
    ///
    /// let error = larder::Cache::builder().dir(directory).max_bytes("much").open().unwrap_err();
    /// assert_eq!(error.kind(), larder::ErrorKind::InvalidInput);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_bytes(mut self, bytes: impl IntoSize) -> Self {
        self.limits = self.limits.max_bytes(bytes);
        self
    }

    /// How many results there may be. Default: any number.
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.limits = self.limits.max_entries(entries);
        self
    }

    /// For how long results are kept: `"30d"`, or a [`Duration`](std::time::Duration). Those that were
    /// computed longer ago are removed when a cache is opened and now and then; until then they are
    /// found. Default: for any time.
    pub fn max_age(mut self, age: impl IntoAge) -> Self {
        self.limits = self.limits.max_age(age);
        self
    }

    /// All limits at once, those of single functions and what goes first included, in place of what was
    /// said before. Where they say nothing of bytes, the default of
    /// [`max_bytes`](Self::max_bytes) goes.
    ///
    /// ```
    /// use larder::{Cache, Limits, Policy};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let thumbnails = Limits::none().max_bytes("1 GiB").max_age("30d");
    /// let limits = Limits::none().function("thumbnail", thumbnails).policy(Policy::Lru);
    /// let cache = Cache::builder().dir(directory.path()).limits(limits).open()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
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
    /// had; [`InvalidInput`](crate::ErrorKind::InvalidInput) for a directory without a name.
    ///
    /// ```
    /// println!("results are in {}", larder::Cache::builder().location()?.display());
    /// # Ok::<(), larder::Error>(())
    /// ```
    pub fn location(&self) -> Result<PathBuf> {
        match &self.directory {
            Some(directory) if directory.as_os_str().is_empty() => Err(Error::new(
                ErrorKind::InvalidInput,
                "the directory of the cache has no name: give one, as in `cachedir`, or none at all",
            )),
            Some(directory) => Ok(directory.clone()),
            None => current::default_directory(),
        }
    }

    /// Opens the cache.
    ///
    /// # Errors
    ///
    /// [`NotLarder`](crate::ErrorKind::NotLarder) for a directory that holds something else,
    /// [`NewerFormat`](crate::ErrorKind::NewerFormat) for one of a newer version,
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) where `LARDER`, `LARDER_MAX_BYTES` or a limit
    /// means nothing or the directory has no name, and [`Io`](crate::ErrorKind::Io) for what the system
    /// refuses.
    pub fn open(self) -> Result<Cache> {
        let mode = self.mode.map_or_else(Mode::from_variable, Ok)?;
        self.limits.check()?;
        let directory = self.location()?;
        let limits = match std::env::var_os(MAX_BYTES) {
            Some(text) if self.limits.bytes().is_none() => {
                let bytes = from_variable(&text.to_string_lossy())?;
                self.limits.or_bytes(bytes)
            }
            _ => self.limits,
        };
        let access = Access { shared: self.shared, patient: self.patient, ..Access::default() };
        Cache::start(&directory, mode, self.durability, access, limits)
    }
}

/// What the variable says; nothing where it is empty.
fn from_variable(text: &str) -> Result<Option<Size>> {
    match &*text.trim().to_ascii_lowercase() {
        "" => Ok(None),
        // More than there can be.
        "none" => Ok(Some(Size::new(u64::MAX))),
        _ => text.parse().map(Some).map_err(|error: Error| {
            Error::new(error.kind(), format!("{MAX_BYTES}: {error}, or `none` for no limit"))
        }),
    }
}
