//! What a batch was asked to be like, as plain values.

use super::cancel::CancelToken;
use super::interrupt;
use super::progress::Progress;
use crate::error::{Error, ErrorKind};
use std::time::{Duration, Instant};

/// The settings of a [`Parallel`](crate::Parallel); each is `None` where nothing was asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    pub(super) n_jobs: Option<isize>,
    pub(super) batch_size: Option<usize>,
    pub(super) look_ahead: Option<usize>,
    pub(super) timeout: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) tokens: Vec<CancelToken>,
    pub(super) progress: Option<Progress>,
}

impl Settings {
    /// These, and what they leave open from `outer`.
    pub(super) fn within(self, outer: &Self) -> Self {
        let tokens = outer.tokens.iter().cloned().chain(self.tokens).collect();
        Self {
            n_jobs: self.n_jobs.or(outer.n_jobs),
            batch_size: self.batch_size.or(outer.batch_size),
            look_ahead: self.look_ahead.or(outer.look_ahead),
            timeout: self.timeout.or(outer.timeout),
            deadline: self.deadline.or(outer.deadline),
            tokens,
            progress: self.progress.or_else(|| outer.progress.clone()),
        }
    }

    /// An error if a number is one that means nothing.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (name, value) in [("batch_size", self.batch_size), ("look_ahead", self.look_ahead)] {
            if value == Some(0) {
                let message = format!("{name} is 0, with which nothing would ever be done");
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        }
        Ok(())
    }
}

/// When a batch is to begin nothing new, apart from failures.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    tokens: Vec<CancelToken>,
    deadline: Option<Instant>,
}

/// Why a batch begins nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// An item failed, and the others are not wanted any more; or the whole is not.
    Failed = 1,
    /// A token was cancelled.
    Cancelled = 2,
    /// The time is over.
    Deadline = 3,
}

impl Ends {
    pub(super) fn of(settings: &Settings) -> Self {
        // A deadline beyond the clock's reach is none.
        let deadline = settings.deadline.and_then(|time| Instant::now().checked_add(time));
        let mut tokens = settings.tokens.clone();
        tokens.extend(interrupt::token().cloned());
        Self { tokens, deadline }
    }

    /// Whether it is time.
    pub(super) fn reached(&self) -> Option<Stopped> {
        if self.tokens.iter().any(CancelToken::is_cancelled) {
            return Some(Stopped::Cancelled);
        }
        (self.deadline? <= Instant::now()).then_some(Stopped::Deadline)
    }

    /// Whether there are any.
    pub(super) fn are_set(&self) -> bool {
        self.deadline.is_some() || self.can_be_cancelled()
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether somebody may cancel, whom nobody hears while all wait.
    pub(super) fn can_be_cancelled(&self) -> bool {
        !self.tokens.is_empty()
    }
}
