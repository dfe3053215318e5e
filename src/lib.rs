//! Memoized parallel computation.

mod error;

pub use error::{Error, ErrorKind, Result};
