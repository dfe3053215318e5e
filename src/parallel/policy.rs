//! How failures are dealt with: what the first one does, and whether an item is tried again.

use super::engine::Rules;
use super::failure::Failure;
use super::run::all;
use super::settings::{Ends, Settings};
use std::time::Duration;

/// After the first failure nothing new is begun; what runs is let end, and what is done is kept in the
/// cache. The default of [`Parallel::on_error`](crate::Parallel::on_error).
///
/// The failure that is returned is that of the lowest index, among those that happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stop;

/// All items are run, whatever becomes of some: see [`Parallel::on_error`](crate::Parallel::on_error).
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

/// Items whose function returns an error are tried again: see [`Parallel::retries`](crate::Parallel::retries).
#[derive(Debug, Clone, Copy)]
pub struct Retries {
    pub(super) count: usize,
    pub(super) backoff: Duration,
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

/// Both of it, for a batch of inputs `A`.
pub(super) struct Policy<A> {
    pub(super) stops: bool,
    pub(super) tries: Tries<A>,
}

impl<A> Policy<A> {
    pub(super) fn rules(&self, settings: &Settings, ends: Ends, jobs: usize) -> Rules<A> {
        Rules {
            stops: self.stops,
            jobs,
            group: settings.batch_size,
            timeout: settings.timeout,
            reports_late: false,
            retries: self.tries.retries,
            backoff: self.tries.backoff,
            copy: self.tries.copy,
            ends,
        }
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
pub(super) const BACKOFF: Duration = Duration::from_millis(100);
