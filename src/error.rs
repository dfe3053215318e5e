//! What can go wrong, and what to do about it.
//!
//! A cached call never returns one of these because of the cache: it computes instead. They come
//! from the explicit operations, such as opening a directory, clearing and listing, and from work that
//! was handed to others: a job that panicked, was cancelled or took too long.

mod thrown;

pub(crate) use thrown::{caught, dropped, message};

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// The result of an explicit operation on a cache, or of work that was handed to others.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong in an explicit operation on a cache, or in work that was handed to others.
///
/// The text of an error says what to do; [`Error::kind`] is what a program can act on.
///
/// ```
/// let error = larder::Cache::open("Cargo.toml").unwrap_err();
/// assert_eq!(error.kind(), larder::ErrorKind::NotLarder);
/// ```
#[derive(Debug, Clone)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    /// Shared, as several may ask what became of one job.
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// What a caller can act on. Everything else is for people to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operating system refused a read or a write; retrying may help.
    Io,
    /// Stored bytes are not an entry, or not one of this type; deleting them is safe.
    Corrupt,
    /// The directory holds something that is not a cache of ours. Nothing was written to it.
    NotLarder,
    /// The directory was written by a newer version of larder. Nothing was written to it.
    NewerFormat,
    /// The input cannot be hashed: its `Serialize` failed.
    Unhashable,
    /// The value cannot be turned into bytes that lead back to the same value.
    Unstorable,
    /// What was asked for is not there (any more).
    NotFound,
    /// The default cache is in use already, so it can no longer be replaced.
    InUse,
    /// An option or an environment variable has a value that means nothing here.
    InvalidInput,
    /// What was called panicked; the text says with which message and where.
    Panicked,
    /// A task that can fail did; the source is its error.
    Failed,
    /// It was cancelled before it began.
    Cancelled,
    /// It was not done in time. It may be done later.
    TimedOut,
    /// The executor was shut down, so it takes nothing new.
    ShutDown,
    /// The executor cannot go on, as the initializer of its threads panicked.
    Broken,
    /// The wait would never end: what is waited for needs the one who waits.
    Deadlock,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// An operation that the operating system refused: `doing` says which, as in "open `x`".
    pub(crate) fn io(doing: impl fmt::Display, source: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("could not {doing}")).with_source(source)
    }

    /// What the operating system said, if it was that which refused.
    pub(crate) fn into_io(self) -> std::io::Error {
        let Some(source) = self.source else { return std::io::Error::other(self.message) };
        match source.downcast_ref::<std::io::Error>() {
            Some(error) => match error.raw_os_error() {
                Some(code) => std::io::Error::from_raw_os_error(code),
                None => std::io::Error::new(error.kind(), error.to_string()),
            },
            None => std::io::Error::other(format!("{}: {source}", self.message)),
        }
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
