//! One computation per key within a process, and how callers wait for it.
//!
//! It knows neither functions nor disks: a key is anything that can be compared, and what a
//! computation lands is bytes. Claims between processes are the store's.

mod digests;
mod elsewhere;
mod flights;
mod parker;
mod stack;
mod sync;
#[cfg(test)]
mod tests;
mod waits;

pub(crate) use elsewhere::{elsewhere, hand_over};
pub(crate) use flights::{Boarding, Flights, Key, Kind, Landing, Lead, Polled, Ticket, Verdict};
pub(crate) use parker::Parker;
pub(crate) use stack::Entered;
pub(crate) use waits::Waits;
