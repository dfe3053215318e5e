//! A share of something, as people write it, and whose turn it is.

use crate::error::{Error, ErrorKind};
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A share between none and all, for [`Mode::Verify`](super::Mode::Verify).
///
/// Written as a number from 0 to 1 or as a percentage: `0.05` and `5%` are the same.
///
/// ```
/// use larder::Share;
///
/// let share: Share = "5%".parse()?;
/// assert_eq!(share, Share::of(0.05)?);
/// assert_eq!(share.to_string(), "5%");
/// assert!(Share::of(5.0).is_err());
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share {
    /// In parts of [`WHOLE`].
    parts: u32,
}

/// Ten millionths of a percent are fine enough, and decimal numbers stay what they were.
const WHOLE: u32 = 1_000_000_000;

impl Share {
    /// All of them.
    pub const ALL: Self = Self { parts: WHOLE };

    /// This share, as a number from 0 to 1.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for any other number.
    pub fn of(share: f64) -> Result<Self, Error> {
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                format!(
                    "{share} is no share: use a number from 0 to 1, or a percentage as in `5%`"
                ),
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is from 0 to a billion"
        )]
        let parts = (share * f64::from(WHOLE)).round() as u32;
        Ok(Self { parts })
    }

    /// Whether it is the turn of one more. Which ones are taken differs from run to run, so that
    /// with time everything has its turn.
    pub(super) fn takes_next(self) -> bool {
        static SEED: OnceLock<RandomState> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let random = SEED.get_or_init(RandomState::new).hash_one(count);
        random % u64::from(WHOLE) < u64::from(self.parts)
    }
}

impl FromStr for Share {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let (number, whole) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), 100.0),
            None => (text, 1.0),
        };
        let number = number.parse::<f64>().map_err(|error| {
            let what = format!("`{text}` is no share: use a number from 0 to 1, or one as in `5%`");
            Error::new(ErrorKind::InvalidInput, what).with_source(error)
        })?;
        Self::of(number / whole)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", f64::from(self.parts) / f64::from(WHOLE / 100))
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_as_people_write_it() {
        for (text, share) in [
            ("0", 0.0),
            ("1", 1.0),
            ("0.25", 0.25),
            (" 25 % ", 0.25),
            ("100%", 1.0),
            ("0.1%", 0.001),
        ] {
            assert_eq!(text.parse::<Share>().unwrap(), Share::of(share).unwrap(), "{text}");
        }
        for text in ["", "%", "5", "101%", "-1%", "nan", "half", "1e9%"] {
            let error = text.parse::<Share>().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
            assert!(error.to_string().contains("`5%`"), "{error}");
        }
    }

    #[test]
    fn about_as_many_are_taken_as_asked_for() {
        for (share, least, most) in [(0.0, 0, 0), (0.25, 2_200, 2_800), (1.0, 10_000, 10_000)] {
            let share = Share::of(share).unwrap();
            let taken = (0..10_000).filter(|_| share.takes_next()).count();
            assert!((least..=most).contains(&taken), "{taken} of {share}");
        }
    }
}
