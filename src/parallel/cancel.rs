//! Asking running batches to begin nothing new.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Cancels the batches and streams that [watch it](crate::Parallel::cancel_on), from any thread.
///
/// Once it is cancelled, nothing new is begun; what runs is let end and kept. Clones are the same
/// token.
///
/// ```
/// use larder::{CancelToken, Cause, Parallel};
///
/// let token = CancelToken::new();
/// let work = |x: u64| {
///     if x == 5 {
///         token.cancel();
///     }
///     x
/// };
/// // The inputs have no end.
/// let failure = Parallel::new().cancel_on(&token).map(0.., work).unwrap_err();
/// assert!(matches!(failure.cause(), Cause::Cancelled));
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// One that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancels it, for good.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
