//! What a batch is made of: the types of its inputs, its task, and what that returns.

use crate::parallel::task::Task;
use std::convert::Infallible;
use std::marker::PhantomData;

/// The types of a batch.
pub(in crate::parallel) trait Batch {
    type Input: Send;
    type Returned: Send;
    type Task: Task<Self::Input, Self::Returned>;
    type Judge: Judge<Self::Returned, Value: Send, Error: Send>;
}

/// The batch of a task for inputs `A`, of which each returns an `R`.
pub(in crate::parallel) struct Of<A, R, F, J>(PhantomData<(A, R, F, J)>);

impl<A, R, F, J> Batch for Of<A, R, F, J>
where
    A: Send,
    R: Send,
    F: Task<A, R>,
    J: Judge<R, Value: Send, Error: Send>,
{
    type Input = A;
    type Returned = R;
    type Task = F;
    type Judge = J;
}

/// What a result of a batch is.
pub(in crate::parallel) type Value<B> =
    <<B as Batch>::Judge as Judge<<B as Batch>::Returned>>::Value;

/// What an error of a batch is.
pub(in crate::parallel) type Error<B> =
    <<B as Batch>::Judge as Judge<<B as Batch>::Returned>>::Error;

/// Whether what a task returned is a result or a failure.
pub(in crate::parallel) trait Judge<R> {
    type Value;
    type Error;
    fn judge(returned: R) -> Result<Self::Value, Self::Error>;
}

/// Whatever is returned is a result.
pub(in crate::parallel) struct Always;

impl<R> Judge<R> for Always {
    type Value = R;
    type Error = Infallible;
    fn judge(returned: R) -> Result<R, Infallible> {
        Ok(returned)
    }
}

/// An `Err` is a failure.
pub(in crate::parallel) struct Fallible;

impl<T, E> Judge<Result<T, E>> for Fallible {
    type Value = T;
    type Error = E;
    fn judge(returned: Result<T, E>) -> Result<T, E> {
        returned
    }
}
