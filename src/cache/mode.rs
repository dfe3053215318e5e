//! How much of the caching is done: `LARDER` and its form in code.

use crate::error::{Error, ErrorKind};
use std::str::FromStr;

/// What a cache does at a call.
///
/// The variable `LARDER` sets it for every cache that does not [set it](crate::Builder::mode)
/// itself: `off`, `refresh`, `readonly`, or `on`, which is the default.
///
/// ```
/// let mode: larder::Mode = "refresh".parse()?;
/// assert_eq!(mode, larder::Mode::Refresh);
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
}

impl Mode {
    pub(super) fn from_variable() -> Result<Self, Error> {
        std::env::var_os("LARDER").map_or(Ok(Self::On), |value| value.to_string_lossy().parse())
    }

    pub(crate) fn reads(self) -> bool {
        matches!(self, Self::On | Self::ReadOnly)
    }

    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::On | Self::Refresh)
    }
}

impl FromStr for Mode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "" | "on" => Ok(Self::On),
            "off" => Ok(Self::Off),
            "refresh" => Ok(Self::Refresh),
            "readonly" => Ok(Self::ReadOnly),
            _ => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("`LARDER={text}` means nothing: use on, off, refresh or readonly"),
            )),
        }
    }
}
