//! Showing people how far batches and streams are.
//!
//! A batch that is [shown](Progress) has a line on the terminal of the error output:
//!
//! ```text
//! simulate 52 %: 900 found, 141 computed, 0 failed, 957 left, 12/s, eta 78.0 s, saved 6.0 h
//! ```
//!
//! The rate is that of items that are computed, and the time left is estimated from those alone: how
//! many of the rest will be found is not known before they are looked up, so the rest is taken to be
//! missing as often as what was looked up. What was saved is the time that computing the found results
//! took when it was done. Where the terminal is narrow, less is told. Batches that items start have
//! lines of their own, below, as far as they take a while; no more than eight lines are drawn. At the
//! end a line stays that says what it came to.
//!
//! Drawing costs the same however many items there are: workers count, and one thread draws, ten times
//! a second.
//!
//! What a program prints to the terminal meanwhile should go through [`writer`] or [`suspend`], or it
//! gets between the lines that are drawn. What is printed of panics, and of
//! [Ctrl-C](crate::cancel_on_ctrl_c), stands above them.

mod display;
mod line;
mod observer;
mod screen;
mod state;
#[cfg(feature = "progress")]
mod terminal;
#[cfg(not(feature = "progress"))]
#[path = "progress/plain.rs"]
mod terminal;
mod wanted;

pub(super) use observer::watch;
pub use screen::{Writer, suspend, writer};
pub use state::ProgressState;
pub use wanted::Progress;

use std::fmt::Debug;

/// Where the progress of batches goes if not to the error output: a window, a log, a web page.
///
/// All calls for a batch come one after the other, from threads that nobody waits for but the end of the
/// batch, for which [`finish`](Self::finish) is called. One that panics is told nothing more of the
/// batch.
pub trait ProgressSink: Send + Sync + Debug {
    /// How far a batch is: ten times a second or so.
    fn update(&self, state: &ProgressState);

    /// A batch is over: once for each, after all updates, before its caller goes on.
    fn finish(&self, state: &ProgressState);
}
