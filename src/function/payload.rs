//! The bytes of a result that were read elsewhere, or come from an equal call.

use super::probe::Outcome;
use super::recipe::decode;
use crate::cache::Kept;
use crate::entry::Entry;
use crate::error::{Error, ErrorKind, Result};
use std::sync::Arc;

/// A result that is still to be decoded, by the one who wants it: values need not be able to change
/// threads.
#[derive(Debug)]
pub(crate) enum Payload {
    /// The whole entry that an equal call made.
    Shared(Arc<Vec<u8>>),
    /// The same where it could not be filed.
    Unfiled(Arc<Vec<u8>>),
    /// What was read from the disk.
    Read { codec: u8, bytes: Vec<u8>, full_ns: u64 },
}

impl Payload {
    /// What equal calls get of a result that was kept in this way.
    pub(crate) fn of(kept: &Kept) -> Option<Self> {
        let bytes = kept.bytes.clone()?;
        Some(if kept.filed { Self::Shared(bytes) } else { Self::Unfiled(bytes) })
    }

    /// Whether later calls will find it.
    pub(crate) fn is_filed(&self) -> bool {
        !matches!(self, Self::Unfiled(_))
    }

    /// The value, and what it took to compute with all that it called for.
    pub(crate) fn decode<T, O: Outcome<T>>(&self) -> Result<(T, u64)> {
        let (codec, bytes, full_ns) = match self {
            Self::Shared(entry) | Self::Unfiled(entry) => {
                let entry = Entry::parse(entry)
                    .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the bytes are not an entry"))?;
                (entry.codec(), entry.payload(), entry.full_ns())
            }
            Self::Read { codec, bytes, full_ns } => (*codec, &**bytes, *full_ns),
        };
        Ok((decode::<T, O>(codec, bytes)?, full_ns))
    }
}

/// In place of decoding: what a [`Payload`] is made of.
#[expect(clippy::unnecessary_wraps, reason = "decoding may fail, and this stands in for it")]
pub(crate) fn copy(codec: u8, bytes: &[u8]) -> Result<(u8, Vec<u8>)> {
    Ok((codec, bytes.to_vec()))
}
