//! What a call was asked: any `Serialize` value, turned into 32 bytes.
//!
//! A value streams through a canonical serializer into BLAKE3. Values that mean the same have
//! the same digest wherever they lie in memory (owned, borrowed, shared) and whichever process
//! asks; values that differ have different ones. The encoding itself is written down in
//! [`canonical`].
//!
//! This layer knows no disk, no functions and no cache.

mod canonical;
mod compound;
mod contiguous;
mod describe;
mod digest;
mod encoder;
mod kind;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod properties;
mod stream;
mod unordered;

use std::error::Error;
use std::fmt;

use serde::{Serialize, ser};

pub use contiguous::{Contiguous, Primitive, digest_contiguous, digest_slice};
pub use describe::describe;
pub use digest::{Digest, combine};
pub(crate) use digest::{push_hex, put_hex};

use canonical::Canonical;
use encoder::with_encoder;

/// The digest of a value, as its `Serialize` shows it.
///
/// References, boxes and owned values hash alike, `usize` like `u64`, a `HashMap` or `HashSet`
/// in any order. A field that serde skips is not part of the digest.
///
/// # Errors
///
/// If the value's `Serialize` fails.
///
/// ```
/// # use larder::__private::key::digest;
/// assert_eq!(digest("text")?, digest(&String::from("text"))?);
/// assert_ne!(digest(&(1u64, 2u8))?, digest(&(1u8, 2u64))?);
/// # Ok::<(), larder::__private::key::Unhashable>(())
/// ```
pub fn digest<T: Serialize + ?Sized>(value: &T) -> Result<Digest, Unhashable> {
    with_encoder(|encoder| {
        value.serialize(Canonical::whole(encoder))?;
        Ok(encoder.finish())
    })
}

/// A value that has no digest, because its `Serialize` failed.
///
/// ```
/// # use larder::__private::key::digest;
/// let cell = std::cell::RefCell::new(1);
/// let held = cell.borrow_mut();
/// let error = digest(&cell).unwrap_err();
/// assert!(error.to_string().contains("already mutably borrowed"));
/// ```
#[derive(Debug, Clone)]
pub struct Unhashable {
    reason: Box<str>,
}

impl fmt::Display for Unhashable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value's `Serialize` failed: {}", self.reason)
    }
}

impl Error for Unhashable {}

impl ser::Error for Unhashable {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self { reason: reason.to_string().into() }
    }
}
