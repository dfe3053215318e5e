//! What a `Parallel` runs: batches of values, batches for what they do, calls to be made, and streams.

use super::ambient::within;
use super::builder::Parallel;
use super::delayed::Deferred;
use super::engine::{Always, Fallible, Judge, Order};
use super::policy::{Again, OnError, Once, Policy};
use super::pool::{Detached, Place, Pool};
use super::quick::run_values;
use super::run::{Results, run, run_nothing};
use super::stream::{Stream, stream};
use super::stream_scope::StreamScope;
use super::task::Task;
use std::convert::Infallible;

impl<P: OnError, R> Parallel<P, R> {
    /// The values of all inputs, in their order. Items begin in no particular order, unless one runs at a time:
    /// of a large vector or range, the last ones may be the first.
    ///
    /// A cached function is given as `f {}`: then each window of inputs is looked up before anything is
    /// handed to workers, so what is there never occupies one; see [`Task`].
    ///
    /// # Errors
    ///
    /// If an item panics, takes too long, or is not begun: see [`Failure`](crate::Failure). An `Err` that the function
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
        let Some(task) = task else { return run_nothing(&self.settings) };
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
    /// Taking results does, if the iterator does.
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
    /// Taking results does, if the iterator does.
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
    /// Taking results does, if the iterator does.
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
    /// Taking results does, if the iterator does.
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
        let n_jobs = within(&self.settings).n_jobs;
        let pool = Place::of(n_jobs).map_or(Pool::Ambient, |place| place.pool);
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
