//! Progress as people see it: programs in pseudo-terminals, and what is on the screens.

#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod elsewhere;
mod programs;
mod records;
mod sinks;
mod stage;
mod terminals;
