//! Caches that keep within their limits, by themselves and when they are told to.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod background;
mod functions;
mod trim;

use functions::{produce, until};
