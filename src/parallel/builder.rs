//! `Parallel`: how a batch is to be run, as a value. What runs something is in [`calls`](super::calls).

use super::cancel::CancelToken;
use super::policy::{BACKOFF, OnError, Once, Retries, Stop};
use super::progress::Progress;
use super::settings::Settings;
use std::time::Duration;

/// Runs a closure or a cached function for many inputs, in parallel.
///
/// It is a plain value: settings first, then one of the calls that run something, which borrow it, so
/// that one value can serve many batches.
///
/// ```
/// use larder::{Finish, Parallel, cache};
///
/// #[cache]
/// fn simulate(seed: u64, steps: u32) -> u64 {
///     (0..steps).fold(seed, |state, _| state.wrapping_mul(6364136223846793005).wrapping_add(1))
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// // What is in the cache is found first; only the rest goes to workers.
/// let states = Parallel::new().n_jobs(2).map((0..100).map(|seed| (seed, 1_000)), simulate {})?;
/// assert_eq!(states.len(), 100);
///
/// // Closures may borrow.
/// let offset = states[0];
/// let shifted = Parallel::new().map(&states, |state: &u64| state.wrapping_sub(offset))?;
/// assert_eq!(shifted[0], 0);
///
/// // One result per item, whatever becomes of the others.
/// let parsed = Parallel::new().on_error(Finish).try_map(["1", "x"], |s: &str| s.parse::<u8>());
/// assert!(parsed[0].is_ok() && parsed[1].is_err());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// # }).map_err(|error| error as Box<dyn std::error::Error>)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// What runs something, and what it returns, `F` being [`Failure`](crate::Failure):
///
/// | | with [`Stop`], the default | with [`Finish`](crate::Finish) |
/// |---|---|---|
/// | [`map`](Self::map) | `Result<Vec<T>, F>` | `Vec<Result<T, F>>` |
/// | [`try_map`](Self::try_map), of a function that returns `Result<T, E>` | `Result<Vec<T>, F<E>>` | `Vec<Result<T, F<E>>>` |
/// | [`for_each`](Self::for_each) | `Result<(), F>` | `Vec<Result<(), F>>` |
/// | [`try_for_each`](Self::try_for_each) | `Result<(), F<E>>` | `Vec<Result<(), F<E>>>` |
/// | [`run`](Self::run), [`try_run`](Self::try_run) | as `map`, `try_map` | as `map`, `try_map` |
/// | [`stream`](Self::stream), [`stream_unordered`](Self::stream_unordered) | iterator of `Result<T, F>` that ends with a failure | iterator of `Result<T, F>` |
/// | [`try_stream`](Self::try_stream), [`try_stream_unordered`](Self::try_stream_unordered) | the same of `Result<T, F<E>>` | iterator of `Result<T, F<E>>` |
///
/// A panic of an item is a failure like another, with its message and place; the pool stays as good as
/// before. A panic of the iterator that yields the inputs is a panic of the call, once what was begun is
/// done.
///
/// `P` says what a failure does, `R` whether items are tried again: [`on_error`](Self::on_error) and
/// [`retries`](Self::retries) change them.
#[derive(Debug, Clone, Default)]
#[must_use = "a batch runs when one of its methods is given inputs"]
pub struct Parallel<P = Stop, R = Once> {
    pub(super) settings: Settings,
    on_error: P,
    pub(super) again: R,
}

impl Parallel {
    /// The default settings: rayon's pool, all its threads; the first failure is the end.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<P, R> Parallel<P, R> {
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(super) fn again(&self) -> &R {
        &self.again
    }

    /// How many items run at once: `n` of them; with `-1` as many as there are processors, with `-2`
    /// one less, and so on, at least one. Zero is an error of the call that runs something. More than
    /// 256 count as 256.
    ///
    /// "All" are the processors that the affinity of the process and the limits of its container leave
    /// (see [`std::thread::available_parallelism`]). By default, items run on rayon's global pool, whose
    /// size `RAYON_NUM_THREADS` sets, or inside [`rayon::ThreadPool::install`] on that pool. Other numbers
    /// of jobs have pools of their own, which are made once for each size, and kept.
    ///
    /// On a worker of any rayon pool, as inside of another batch, of a `par_iter` or of
    /// [`with_cache`](crate::with_cache), a batch runs on that pool, and `n_jobs` is the most of its
    /// threads that it uses: nested batches do not multiply threads.
    ///
    /// [`rayon::ThreadPool::install`]: https://docs.rs/rayon/latest/rayon/struct.ThreadPool.html#method.install
    pub fn n_jobs(mut self, n: isize) -> Self {
        self.settings.n_jobs = Some(n);
        self
    }

    /// How many items are handed to a worker together. Zero is an error of the call that runs something.
    ///
    /// By default that follows from the time that items take: long ones go singly, and of tiny ones so
    /// many that a group takes about a millisecond, so that handing over costs less than 1 %.
    pub fn batch_size(mut self, items: usize) -> Self {
        self.settings.batch_size = Some(items);
        self
    }

    /// How many items a stream may have drawn that nobody has taken yet. Zero is an error of the call that
    /// runs something.
    ///
    /// By default twice as many groups as there are jobs; a group is one item, or as many tiny ones as take
    /// about a millisecond.
    pub fn look_ahead(mut self, items: usize) -> Self {
        self.settings.look_ahead = Some(items);
        self
    }

    /// What a failure does: [`Stop`], the default, begins nothing new after the first and returns that;
    /// [`Finish`](crate::Finish) runs all items and returns one result for each.
    pub fn on_error<Q: OnError>(self, on_error: Q) -> Parallel<Q, R> {
        let Self { settings, on_error: _, again } = self;
        Parallel { settings, on_error, again }
    }

    /// The longest that an item may take, from its start.
    ///
    /// One that takes longer is a failure, [`Cause::TimedOut`](crate::Cause::TimedOut). A thread cannot be
    /// killed, so the item goes on, keeps its worker busy until it ends, and its late result is kept in the
    /// cache like any other. `map` and the like wait for that end, since what runs may borrow, and report it
    /// then.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.settings.timeout = Some(limit);
        self
    }

    /// The longest that the whole batch may take. Nothing is begun after that; what runs is let end, and
    /// what was not begun is a failure, [`Cause::Deadline`](crate::Cause::Deadline).
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.settings.deadline = Some(limit);
        self
    }

    /// Tries items again whose function returned an error, so many times. This is for
    /// [`try_map`](Self::try_map) and the other calls for fallible functions; inputs have to be `Clone`.
    ///
    /// Before the second try 100 ms pass, then twice as long each time, at most a minute; see
    /// [`backoff`](Parallel::backoff). No worker waits meanwhile. When the batch is cancelled, items that
    /// wait to be tried again fail with their last error.
    pub fn retries(self, count: usize) -> Parallel<P, Retries> {
        let Self { settings, on_error, again: _ } = self;
        Parallel { settings, on_error, again: Retries { count, backoff: BACKOFF } }
    }

    /// Watches this token too: once it is cancelled, nothing new is begun, what runs is let end, and what
    /// was not begun is a failure, [`Cause::Cancelled`](crate::Cause::Cancelled). Results that are done are
    /// in the cache, so the next run continues.
    pub fn cancel_on(mut self, token: &CancelToken) -> Self {
        self.settings.tokens.push(token.clone());
        self
    }

    /// Shows how far batches and streams are: `true` for a line on the terminal of the error output, or
    /// what that line is to begin with, or a [`Progress`] for more. By default nothing is shown, unless
    /// the variable `LARDER_PROGRESS` says so or the batch is part of an item of one that is shown.
    ///
    /// ```
    /// use larder::Parallel;
    ///
    /// let squares = Parallel::new().progress("squaring").map(0..10_u64, |x: u64| x * x)?;
    /// assert_eq!(squares[9], 81);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn progress(mut self, progress: impl Into<Progress>) -> Self {
        self.settings.progress = Some(progress.into());
        self
    }
}

impl<P> Parallel<P, Retries> {
    /// The pause before an item is tried for the second time. It is twice as long each time, up to a
    /// minute. Default: 100 ms.
    pub fn backoff(mut self, first: Duration) -> Self {
        self.again.backoff = first;
        self
    }
}
