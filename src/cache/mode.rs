//! How much of the caching is done: `LARDER` and its form in code.

use super::share::Share;
use crate::error::{Error, ErrorKind};
use std::str::FromStr;

/// What a cache does at a call.
///
/// The variable `LARDER` sets it for every cache that does not [set it](crate::Builder::mode)
/// itself: `off`, `refresh`, `readonly`, `verify=5%` (or any other [`Share`]), or `on`, which is the
/// default.
///
/// ```
/// use larder::{Mode, Share};
///
/// assert_eq!("refresh".parse::<Mode>()?, Mode::Refresh);
/// assert_eq!("verify=5%".parse::<Mode>()?, Mode::Verify(Share::of(0.05)?));
/// assert!("sometimes".parse::<larder::Mode>().is_err());
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Mode {
    /// Look up, compute what is missing, keep it.
    #[default]
    On,
    /// Neither look up nor keep: every call computes. The directory is not touched.
    Off,
    /// Compute everything and keep it in place of what is there.
    Refresh,
    /// Look up, compute what is missing, and write nothing at all.
    ReadOnly,
    /// As [`On`](Self::On), but compute this share of what was found all the same, and compare: what
    /// depends on more than its inputs (hidden state, randomness, time, or an edit that could not be
    /// seen) comes out different. That is logged with the inputs, counted in
    /// [`FunctionStats::differed`](crate::FunctionStats::differed), and the new result is returned
    /// and kept.
    Verify(Share),
}

impl Mode {
    pub(super) fn from_variable() -> Result<Self, Error> {
        std::env::var_os("LARDER").map_or(Ok(Self::On), |value| value.to_string_lossy().parse())
    }

    pub(crate) fn reads(self) -> bool {
        matches!(self, Self::On | Self::ReadOnly | Self::Verify(_))
    }

    /// Whether a result that was found is to be computed all the same.
    #[inline]
    pub(crate) fn checks_next(self) -> bool {
        matches!(self, Self::Verify(share) if share.takes_next())
    }

    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::On | Self::Refresh | Self::Verify(_))
    }
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let lower = text.trim().to_ascii_lowercase();
        if let Some(share) = lower.strip_prefix("verify=") {
            return share.parse().map(Self::Verify).map_err(|error: Error| {
                let what = format!("`LARDER={text}` means nothing: {error}");
                Error::new(ErrorKind::InvalidInput, what)
            });
        }
        match lower.as_str() {
            "" | "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            "refresh" => Ok(Self::Refresh),
            "readonly" => Ok(Self::ReadOnly),
            _ => Err(Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "`LARDER={text}` means nothing: use on, off, refresh, readonly or verify=5%"
                ),
            )),
        }
    }
}
