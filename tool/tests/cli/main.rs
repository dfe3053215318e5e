//! The tool as people and scripts meet it: what it prints, what it leaves alone, how it ends.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod beside;
mod directory;
mod document;
mod many;
mod mistakes;
mod removal;
mod rendered;
#[cfg(unix)]
mod rights;
mod run;
#[cfg(unix)]
mod terminal;
mod why;
