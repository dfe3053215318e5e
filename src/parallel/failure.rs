//! What became of an item that has no result.

use super::panicked::Panicked;
use super::settings::Stopped;
use crate::error::Error;
use std::convert::Infallible;
use std::fmt;
use std::time::Duration;

/// An item of a batch that failed, or why the batch ended before it.
///
/// It is what [`Parallel`](crate::Parallel) returns: with [`Stop`](crate::Stop) the first failure,
/// with [`Finish`](crate::Finish) one for each item that failed. `E` is the error of the function,
/// for those that can fail.
///
/// ```
/// use larder::{Cause, Parallel};
///
/// let parse = |text: &str| text.parse::<u8>();
/// let failure = Parallel::new().try_map(["1", "2", "x"], parse).unwrap_err();
/// assert_eq!(failure.index(), 2);
/// assert!(matches!(failure.cause(), Cause::Error(_)));
/// assert_eq!(failure.to_string(), "item 2: invalid digit found in string");
/// ```
#[must_use]
pub struct Failure<E = Infallible>(Box<Inner<E>>);

struct Inner<E> {
    index: usize,
    input: Option<String>,
    cause: Cause<E>,
}

/// Why an item has no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause<E = Infallible> {
    /// The function returned this error, for the last time if it was to be tried again.
    Error(E),
    /// The function panicked.
    Panicked(Panicked),
    /// It took longer than this, the limit for each item. Its late result is kept in the cache.
    TimedOut(Duration),
    /// The time for the whole batch was over before it was done.
    Deadline,
    /// The batch was cancelled before it began.
    Cancelled,
    /// A setting of the batch means nothing, so that nothing was begun.
    Invalid(Error),
}

impl<E> Failure<E> {
    pub(super) fn new(index: usize, input: Option<String>, cause: Cause<E>) -> Self {
        let input = input.filter(|input| !input.is_empty());
        Self(Box::new(Inner { index, input, cause }))
    }

    /// That of an item that was not begun, as nothing was any more; none where another failure is the
    /// reason.
    pub(super) fn not_begun(index: usize, why: Stopped) -> Option<Self> {
        let cause = match why {
            Stopped::Failed => return None,
            Stopped::Cancelled => Cause::Cancelled,
            Stopped::Deadline => Cause::Deadline,
        };
        Some(Self::new(index, None, cause))
    }

    /// The position of the item among the inputs, from 0.
    pub fn index(&self) -> usize {
        self.0.index
    }

    /// The input in printed form, as in `seed: 7, steps: 1000`: of cached functions, at most 200
    /// characters, nothing of what is redacted. `None` for closures, whose inputs larder cannot print.
    pub fn input(&self) -> Option<&str> {
        self.0.input.as_deref()
    }

    /// Why there is no result.
    pub fn cause(&self) -> &Cause<E> {
        &self.0.cause
    }

    /// The same, to keep.
    pub fn into_cause(self) -> Cause<E> {
        self.0.cause
    }

    /// The error of the function, if it returned one.
    pub fn into_error(self) -> Option<E> {
        match self.0.cause {
            Cause::Error(error) => Some(error),
            _ => None,
        }
    }
}

impl<E: fmt::Debug> fmt::Debug for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { index, input, cause } = &*self.0;
        f.debug_struct("Failure")
            .field("index", index)
            .field("input", input)
            .field("cause", cause)
            .finish()
    }
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { index, input, cause } = &*self.0;
        if let Cause::Invalid(error) = cause {
            return write!(f, "{error}");
        }
        write!(f, "item {index}")?;
        if let Some(input) = input {
            write!(f, " ({input})")?;
        }
        match cause {
            Cause::Error(error) => write!(f, ": {error}"),
            Cause::Panicked(panicked) => write!(f, " {panicked}"),
            Cause::TimedOut(limit) => write!(f, " took longer than {limit:?}"),
            Cause::Deadline => f.write_str(" was not done when the time for the batch was over"),
            Cause::Cancelled => f.write_str(" was not begun: the batch was cancelled"),
            Cause::Invalid(_) => Ok(()),
        }
    }
}

/// The error of the function is part of the text, so it is not a source too.
impl<E: fmt::Debug + fmt::Display> std::error::Error for Failure<E> {}
