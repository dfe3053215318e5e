//! A panic of an item as a value that can be shared.

use super::panics::{Panic, caught};
use std::any::Any;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Mutex, PoisonError};

/// A panic that was caught: its message, and the place in the source where it began.
///
/// ```
/// use larder::{Cause, Parallel};
///
/// let failure = Parallel::new().map(0..10, |x: u64| 100 / (x - x.min(5))).unwrap_err();
/// let Cause::Panicked(panicked) = failure.cause() else { unreachable!() };
/// assert_eq!(panicked.message(), "attempt to divide by zero");
/// assert!(panicked.place().is_some_and(|place| place.contains(".rs:")));
/// ```
pub struct Panicked {
    message: String,
    place: Option<String>,
    // In a lock that nobody ever waits for: so the whole can be shared, whatever was thrown.
    payload: Mutex<Box<dyn Any + Send>>,
}

impl Panicked {
    /// What the panic said: its message, or that it had none.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The file, line and column where it began, as in `src/main.rs:3:5`; `None` if that is not known,
    /// as when another panic hook took the place of larder's, or a panic was passed on from elsewhere.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// Goes on with the panic on this thread, without another message.
    ///
    /// # Panics
    ///
    /// Always.
    pub fn resume(self) -> ! {
        resume_unwind(self.payload.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

impl From<Panic> for Panicked {
    fn from(panic: Panic) -> Self {
        let (message, place) = (panic.message().to_owned(), panic.place().map(str::to_owned));
        Self { message, place, payload: Mutex::new(panic.into_payload()) }
    }
}

/// Runs `work`; its panic is a failure.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    caught(work).map_err(Panicked::from)
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, place, payload: _ } = self;
        f.debug_struct("Panicked").field("message", message).field("place", place).finish()
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "panicked at {place}: {}", self.message),
            None => write!(f, "panicked: {}", self.message),
        }
    }
}

impl std::error::Error for Panicked {}
