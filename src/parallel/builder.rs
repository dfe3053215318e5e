//! `Parallel`: how a batch is to be run, as a value.

use super::cancel::CancelToken;
use super::delayed::Deferred;
use super::engine::{Always, Fallible, Judge, Order};
use super::failure::Failure;
use super::pool::{Detached, Place, Pool};
use super::progress::Progress;
use super::quick::run_values;
use super::run::{Policy, Results, all, run};
use super::settings::Settings;
use super::stream::{Stream, stream};
use super::stream_scope::StreamScope;
use super::task::Task;
use std::convert::Infallible;
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
/// What runs something, and what it returns, `F` being [`Failure`]:
///
/// | | with [`Stop`], the default | with [`Finish`] |
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
    settings: Settings,
    on_error: P,
    again: R,
}

/// After the first failure nothing new is begun; what runs is let end, and what is done is kept in the
/// cache. The default of [`Parallel::on_error`].
///
/// The failure that is returned is that of the lowest index, among those that happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stop;

/// All items are run, whatever becomes of some: see [`Parallel::on_error`].
///
/// There is one result for each input. Where a batch is cancelled, or its time is over, the inputs that
/// were drawn and not begun have a result that says so, and so has the first that was not drawn; the
/// others are not drawn, as there may be no end to them. So the results end with a failure where inputs
/// are missing. A setting that means nothing is a failure in place of the first item's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Finish;

/// Items are tried once, the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Once;

/// Items whose function returns an error are tried again: see [`Parallel::retries`].
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    count: usize,
    backoff: Duration,
}

/// What a failure does: [`Stop`] or [`Finish`].
pub trait OnError: Copy + sealed::Sealed {
    /// What a batch of values returns.
    type All<T, E>;
    /// What a batch without values returns.
    type Each<E>;

    #[doc(hidden)]
    const STOPS: bool;
    #[doc(hidden)]
    fn all<T, E>(results: Vec<Result<T, Failure<E>>>) -> Self::All<T, E>;
    #[doc(hidden)]
    fn values<T, E>(values: Result<Vec<T>, Failure<E>>) -> Self::All<T, E>;
    #[doc(hidden)]
    fn each<E>(results: Vec<Result<(), Failure<E>>>) -> Self::Each<E>;
}

impl OnError for Stop {
    type All<T, E> = Result<Vec<T>, Failure<E>>;
    type Each<E> = Result<(), Failure<E>>;

    const STOPS: bool = true;

    fn all<T, E>(results: Vec<Result<T, Failure<E>>>) -> Self::All<T, E> {
        all(results)
    }

    fn values<T, E>(values: Result<Vec<T>, Failure<E>>) -> Self::All<T, E> {
        values
    }

    fn each<E>(results: Vec<Result<(), Failure<E>>>) -> Self::Each<E> {
        all(results).map(|_| ())
    }
}

impl OnError for Finish {
    type All<T, E> = Vec<Result<T, Failure<E>>>;
    type Each<E> = Vec<Result<(), Failure<E>>>;

    const STOPS: bool = false;

    fn all<T, E>(results: Vec<Result<T, Failure<E>>>) -> Self::All<T, E> {
        results
    }

    fn values<T, E>(values: Result<Vec<T>, Failure<E>>) -> Self::All<T, E> {
        match values {
            Ok(values) => values.into_iter().map(Ok).collect(),
            Err(failure) => vec![Err(failure)],
        }
    }

    fn each<E>(results: Vec<Result<(), Failure<E>>>) -> Self::Each<E> {
        results
    }
}

/// Whether items of type `A` can be tried again as [`Once`] or [`Retries`] say: with the latter they
/// have to be `Clone`.
#[diagnostic::on_unimplemented(
    message = "inputs of type `{A}` cannot be tried again, as they cannot be cloned",
    note = "`retries` needs inputs that are `Clone`: each try takes one"
)]
pub trait Again<A>: sealed::Sealed {
    #[doc(hidden)]
    fn tries(&self) -> Tries<A>;
}

/// How often items are tried again, and how they are copied for that.
#[doc(hidden)]
#[derive(Debug)]
pub struct Tries<A> {
    pub(super) retries: usize,
    pub(super) backoff: Duration,
    pub(super) copy: fn(&A) -> Option<A>,
}

impl<A> Again<A> for Once {
    fn tries(&self) -> Tries<A> {
        Tries { retries: 0, backoff: Duration::ZERO, copy: |_| None }
    }
}

impl<A: Clone> Again<A> for Retries {
    fn tries(&self) -> Tries<A> {
        let Self { count, backoff } = *self;
        Tries { retries: count, backoff, copy: |input| Some(input.clone()) }
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Stop {}
    impl Sealed for super::Finish {}
    impl Sealed for super::Once {}
    impl Sealed for super::Retries {}
}

/// The pause before the first of several tries, unless [`Parallel::backoff`] says otherwise.
const BACKOFF: Duration = Duration::from_millis(100);

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
    /// [`Finish`] runs all items and returns one result for each.
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

impl<P: OnError, R> Parallel<P, R> {
    /// The values of all inputs, in their order.
    ///
    /// A cached function is given as `f {}`: then each window of inputs is looked up before anything is
    /// handed to workers, so what is there never occupies one; see [`Task`].
    ///
    /// # Errors
    ///
    /// If an item panics, takes too long, or is not begun: see [`Failure`]. An `Err` that the function
    /// returns is a value like any other here; for it to be a failure, use [`try_map`](Self::try_map).
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn map<I, F, T>(&self, inputs: I, task: F) -> P::All<T, Infallible>
    where
        I: IntoIterator<Item: Send>,
        F: Task<I::Item, T>,
        T: Send,
    {
        let policy = self.policy(&Once);
        if P::STOPS {
            P::values(run_values(&self.settings, &policy, inputs, task))
        } else {
            P::all(run::<_, _, F, Always>(&self.settings, &policy, inputs, task))
        }
    }

    /// [`map`](Self::map) for a function that returns a `Result`: an `Err` is a failure.
    ///
    /// # Errors
    ///
    /// If the function returns an error, and as for `map`.
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn try_map<I, F, T, E>(&self, inputs: I, task: F) -> P::All<T, E>
    where
        I: IntoIterator<Item: Send>,
        F: Task<I::Item, Result<T, E>>,
        T: Send,
        E: Send,
        R: Again<I::Item>,
    {
        P::all(run::<_, _, F, Fallible>(&self.settings, &self.policy(&self.again), inputs, task))
    }

    /// Runs the task for all inputs, for what it does.
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn for_each<I, F>(&self, inputs: I, task: F) -> P::Each<Infallible>
    where
        I: IntoIterator<Item: Send>,
        F: Task<I::Item, ()>,
    {
        P::each(run::<_, _, F, Always>(&self.settings, &self.policy(&Once), inputs, task))
    }

    /// [`for_each`](Self::for_each) for a function that returns a `Result`: an `Err` is a failure.
    ///
    /// # Errors
    ///
    /// As [`try_map`](Self::try_map).
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn try_for_each<I, F, E>(&self, inputs: I, task: F) -> P::Each<E>
    where
        I: IntoIterator<Item: Send>,
        F: Task<I::Item, Result<(), E>>,
        E: Send,
        R: Again<I::Item>,
    {
        P::each(run::<_, _, F, Fallible>(&self.settings, &self.policy(&self.again), inputs, task))
    }

    /// The values of calls to be made, in their order: of any iterator of [`delayed`](crate::delayed) calls
    /// of one task, or of closures without arguments.
    ///
    /// ```
    /// use larder::{Parallel, delayed};
    ///
    /// let double = |x: u32| 2 * x;
    /// let calls = (0..3).map(|x| delayed(double, x));
    /// assert_eq!(Parallel::new().run(calls).unwrap(), [0, 2, 4]);
    /// assert_eq!(Parallel::new().run((0..3).map(|x| move || x + 1)).unwrap(), [1, 2, 3]);
    /// ```
    ///
    /// # Errors
    ///
    /// As [`map`](Self::map).
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn run<I, T>(&self, calls: I) -> P::All<T, Infallible>
    where
        I: IntoIterator<Item: Deferred<T> + Send>,
        T: Send,
    {
        P::all(self.run_all::<_, _, Always>(&Once, calls.into_iter()))
    }

    /// [`run`](Self::run) for calls that return a `Result`: an `Err` is a failure.
    ///
    /// # Errors
    ///
    /// As [`try_map`](Self::try_map).
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn try_run<I, T, E>(&self, calls: I) -> P::All<T, E>
    where
        I: IntoIterator<Item: Deferred<Result<T, E>> + Send>,
        T: Send,
        E: Send,
        R: Again<I::Item>,
    {
        P::all(self.run_all::<_, _, Fallible>(&self.again, calls.into_iter()))
    }

    fn run_all<C, T, J>(
        &self,
        again: &impl Again<C>,
        mut calls: impl Iterator<Item = C>,
    ) -> Results<J::Value, J::Error>
    where
        C: Deferred<T> + Send,
        T: Send,
        J: Judge<T, Value: Send, Error: Send>,
    {
        let mut first = calls.next();
        let task = first.as_mut().and_then(C::__larder_task);
        let Some(task) = task else { return Vec::new() };
        let calls = first.into_iter().chain(calls);
        run::<_, _, _, J>(&self.settings, &self.policy(again), calls, task)
    }

    /// The results of all inputs, in their order, as an iterator that runs ahead of its consumer.
    ///
    /// It starts at once, and goes on whenever a result is taken; a bounded number of items is
    /// [ahead](Self::look_ahead), so inputs without end take bounded memory. A stream that is dropped
    /// begins nothing new. Inputs are drawn by whoever takes results. Inputs, task and results must own
    /// what they need (the iterator may borrow); see [`scope`](Self::scope) where they cannot.
    ///
    /// On a worker of a pool, taking a result runs items while there is none.
    ///
    /// ```
    /// use larder::Parallel;
    ///
    /// let squares = Parallel::new().stream(0.., |x: u64| x * x);
    /// let first: Result<Vec<_>, _> = squares.take(4).collect();
    /// assert_eq!(first.unwrap(), [0, 1, 4, 9]);
    /// ```
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn stream<'a, I, F, T>(&self, inputs: I, task: F) -> Stream<'a, T>
    where
        I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'a>,
        F: Task<I::Item, T> + 'static,
        T: Send + 'static,
    {
        self.detached::<_, _, _, Always>(&Once, Order::Inputs, inputs.into_iter(), task)
    }

    /// [`stream`](Self::stream), but results come as soon as they are there.
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn stream_unordered<'a, I, F, T>(&self, inputs: I, task: F) -> Stream<'a, T>
    where
        I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'a>,
        F: Task<I::Item, T> + 'static,
        T: Send + 'static,
    {
        self.detached::<_, _, _, Always>(&Once, Order::Arrival, inputs.into_iter(), task)
    }

    /// [`stream`](Self::stream) for a function that returns a `Result`: an `Err` is a failure.
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn try_stream<'a, I, F, T, E>(&self, inputs: I, task: F) -> Stream<'a, T, E>
    where
        I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'a>,
        F: Task<I::Item, Result<T, E>> + 'static,
        T: Send + 'static,
        E: Send + 'static,
        R: Again<I::Item>,
    {
        self.detached::<_, _, _, Fallible>(&self.again, Order::Inputs, inputs.into_iter(), task)
    }

    /// [`stream_unordered`](Self::stream_unordered) for a function that returns a `Result`: an `Err` is a
    /// failure.
    ///
    /// # Panics
    ///
    /// If the iterator does.
    pub fn try_stream_unordered<'a, I, F, T, E>(&self, inputs: I, task: F) -> Stream<'a, T, E>
    where
        I: IntoIterator<Item: Send + 'static, IntoIter: Send + 'a>,
        F: Task<I::Item, Result<T, E>> + 'static,
        T: Send + 'static,
        E: Send + 'static,
        R: Again<I::Item>,
    {
        self.detached::<_, _, _, Fallible>(&self.again, Order::Arrival, inputs.into_iter(), task)
    }

    /// Runs `work` with a scope in which streams may borrow what lives longer than this call. Returns
    /// when `work` and all that streams have begun in it are done.
    ///
    /// ```
    /// use larder::Parallel;
    ///
    /// let words = ["one".to_owned(), "three".to_owned()];
    /// let longest = Parallel::new().scope(|scope| {
    ///     let lengths = scope.stream(&words, |word: &String| word.len());
    ///     lengths.filter_map(Result::ok).max()
    /// });
    /// assert_eq!(longest, Some(5));
    /// ```
    ///
    /// # Panics
    ///
    /// If `work` does.
    pub fn scope<'s, T>(&self, work: impl FnOnce(&StreamScope<'_, 's, P, R>) -> T) -> T
    where
        R: Clone,
    {
        // A number of jobs that means nothing is an error of the streams.
        let pool = Place::of(self.settings.n_jobs).map_or(Pool::Ambient, |place| place.pool);
        pool.in_scope(|spawner| work(&StreamScope { batch: self.clone(), spawner }))
    }

    fn detached<'a, A, T, F, J>(
        &self,
        again: &impl Again<A>,
        order: Order,
        inputs: impl Iterator<Item = A> + Send + 'a,
        task: F,
    ) -> Stream<'a, J::Value, J::Error>
    where
        A: Send + 'static,
        T: Send + 'static,
        F: Task<A, T> + 'static,
        J: Judge<T, Value: Send + 'static, Error: Send + 'static> + 'static,
    {
        let policy = self.policy(again);
        stream::<_, _, _, J, _, _>(&self.settings, &policy, order, inputs, task, Detached, true)
    }

    #[expect(clippy::unused_self, reason = "it is this one's policy")]
    pub(super) fn policy<A>(&self, again: &impl Again<A>) -> Policy<A> {
        Policy { stops: P::STOPS, tries: again.tries() }
    }
}
