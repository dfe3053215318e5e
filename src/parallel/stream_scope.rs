//! Streams that borrow.

use super::builder::Parallel;
use super::engine::{Always, Fallible, Job, Judge, Order, Spawn};
use super::policy::{Again, OnError, Once};
use super::stream::{Stream, stream};
use super::task::Task;
use std::fmt;

/// Starts streams that may borrow what lives as long as `'s`: see
/// [`Parallel::scope`](crate::Parallel::scope).
pub struct StreamScope<'x, 's, P, R> {
    pub(super) batch: Parallel<P, R>,
    pub(super) spawner: &'x (dyn Spawn<'s> + Sync),
}

impl<'s, S: Spawn<'s> + ?Sized> Spawn<'s> for &S {
    fn spawn(&self, job: Job<'s>) {
        S::spawn(self, job);
    }
}

impl<'x, 's, P: OnError, R> StreamScope<'x, 's, P, R> {
    /// [`Parallel::stream`](crate::Parallel::stream) with what lives as long as the scope.
    ///
    /// # Panics
    ///
    /// Taking results does, if the iterator does.
    pub fn stream<I, F, T>(&self, inputs: I, task: F) -> Stream<'x, T>
    where
        I: IntoIterator<Item: Send + 's, IntoIter: Send + 'x>,
        F: Task<I::Item, T> + 's,
        T: Send + 's,
    {
        self.start::<_, _, _, Always>(&Once, Order::Inputs, inputs.into_iter(), task)
    }

    /// [`Parallel::stream_unordered`](crate::Parallel::stream_unordered) with what lives as long as the
    /// scope.
    ///
    /// # Panics
    ///
    /// Taking results does, if the iterator does.
    pub fn stream_unordered<I, F, T>(&self, inputs: I, task: F) -> Stream<'x, T>
    where
        I: IntoIterator<Item: Send + 's, IntoIter: Send + 'x>,
        F: Task<I::Item, T> + 's,
        T: Send + 's,
    {
        self.start::<_, _, _, Always>(&Once, Order::Arrival, inputs.into_iter(), task)
    }

    /// [`Parallel::try_stream`](crate::Parallel::try_stream) with what lives as long as the scope.
    ///
    /// # Panics
    ///
    /// Taking results does, if the iterator does.
    pub fn try_stream<I, F, T, E>(&self, inputs: I, task: F) -> Stream<'x, T, E>
    where
        I: IntoIterator<Item: Send + 's, IntoIter: Send + 'x>,
        F: Task<I::Item, Result<T, E>> + 's,
        T: Send + 's,
        E: Send + 's,
        R: Again<I::Item>,
    {
        let again = self.batch.again();
        self.start::<_, _, _, Fallible>(again, Order::Inputs, inputs.into_iter(), task)
    }

    /// [`Parallel::try_stream_unordered`](crate::Parallel::try_stream_unordered) with what lives as long as
    /// the scope.
    ///
    /// # Panics
    ///
    /// Taking results does, if the iterator does.
    pub fn try_stream_unordered<I, F, T, E>(&self, inputs: I, task: F) -> Stream<'x, T, E>
    where
        I: IntoIterator<Item: Send + 's, IntoIter: Send + 'x>,
        F: Task<I::Item, Result<T, E>> + 's,
        T: Send + 's,
        E: Send + 's,
        R: Again<I::Item>,
    {
        let again = self.batch.again();
        self.start::<_, _, _, Fallible>(again, Order::Arrival, inputs.into_iter(), task)
    }

    fn start<A, T, F, J>(
        &self,
        again: &impl Again<A>,
        order: Order,
        inputs: impl Iterator<Item = A> + Send + 'x,
        task: F,
    ) -> Stream<'x, J::Value, J::Error>
    where
        A: Send + 's,
        T: Send + 's,
        F: Task<A, T> + 's,
        J: Judge<T, Value: Send + 's, Error: Send + 's> + 's,
    {
        let (settings, policy) = (self.batch.settings(), self.batch.policy(again));
        let spawner = self.spawner;
        stream::<_, _, _, J, _, _>(settings, &policy, order, inputs, task, |_| spawner, false)
    }
}

impl<P: fmt::Debug, R: fmt::Debug> fmt::Debug for StreamScope<'_, '_, P, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamScope").field("batch", &self.batch).finish_non_exhaustive()
    }
}
