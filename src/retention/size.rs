//! Sizes in bytes, as people write them.

use super::quantity;
use crate::error::{Error, ErrorKind, Result};
use std::fmt;
use std::str::FromStr;

const KIB: u64 = 1 << 10;

/// A number of bytes, which can be written as text: `"10 GiB"`, `"1.5 GiB"`, `"500MB"`, `"4096"`.
///
/// The units are `kB`, `MB`, `GB`, `TB`, `PB` and `EB` (powers of 1,000) and `KiB`, `MiB`, `GiB`,
/// `TiB`, `PiB` and `EiB` (powers of 1,024), in any case; a letter alone, as in `10G`, means the
/// latter. Without a unit the number is in bytes.
///
/// It is shown in powers of 1,024 with one decimal at most, so what is shown may be rounded.
///
/// ```
/// use larder::Size;
///
/// let size: Size = "1.5 GiB".parse()?;
/// assert_eq!(size.bytes(), 1_610_612_736);
/// assert_eq!(size.to_string(), "1.5 GiB");
/// assert_eq!("500MB".parse::<Size>()?, Size::new(500_000_000));
///
/// let error = "10 gigs".parse::<Size>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "`10 gigs` is no size, as `gigs` is no unit: write `500 MB`, `1.5 GiB` or a number of bytes"
/// );
/// # Ok::<(), larder::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Size(u64);

impl Size {
    /// So many bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// The number of bytes.
    pub const fn bytes(self) -> u64 {
        self.0
    }
}

impl FromStr for Size {
    type Err = Error;

    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no size, or one above 16 EiB. The
    /// message says what would be one.
    fn from_str(text: &str) -> Result<Self> {
        let wrong = |why: &str| {
            let advice = "write `500 MB`, `1.5 GiB` or a number of bytes";
            Error::new(ErrorKind::InvalidInput, format!("`{text}` is no size{why}: {advice}"))
        };
        let (number, unit, rest) = quantity::split(text).ok_or_else(|| wrong(""))?;
        if !rest.trim().is_empty() {
            return Err(wrong(""));
        }
        let unit = in_bytes(unit).ok_or_else(|| wrong(&format!(", as `{unit}` is no unit")))?;
        let bytes = number.times(unit).and_then(|bytes| u64::try_from(bytes).ok());
        bytes.map(Self).ok_or_else(|| wrong(" that there can be"))
    }
}

fn in_bytes(unit: &str) -> Option<u128> {
    let unit = unit.to_ascii_lowercase();
    if matches!(&*unit, "" | "b" | "byte" | "bytes") {
        return Some(1);
    }
    let power = 1 + u32::try_from("kmgtpe".find(unit.chars().next()?)?).ok()?;
    match &unit[1..] {
        "b" => Some(1000_u128.pow(power)),
        "" | "i" | "ib" => Some(1024_u128.pow(power)),
        _ => None,
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut unit = u128::from(KIB);
        for name in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            let text = quantity::in_units(self.0.into(), unit);
            // What is rounded up to 1,024 is one of the next unit.
            if self.0 < KIB {
                return f.pad(&format!("{} B", self.0));
            } else if text != "1024" && u128::from(self.0) < unit * 1024 || name == "EiB" {
                return f.pad(&format!("{text} {name}"));
            }
            unit *= 1024;
        }
        Ok(())
    }
}

/// What stands for a size: a number of bytes as a `u64`, a [`Size`], or a text such as `"10 GiB"`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no size",
    label = "a number of bytes (`u64`) or a text such as `\"10 GiB\"` is expected here",
    note = "for part of a unit, write a text: `\"1.5 GiB\"`"
)]
pub trait IntoSize {
    /// The size.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for a text that is no size.
    fn into_size(self) -> Result<Size>;
}

impl IntoSize for Size {
    fn into_size(self) -> Result<Size> {
        Ok(self)
    }
}

// The only integer, so that a plain `10 << 30` is one.
impl IntoSize for u64 {
    fn into_size(self) -> Result<Size> {
        Ok(Size(self))
    }
}

impl IntoSize for &str {
    fn into_size(self) -> Result<Size> {
        self.parse()
    }
}

impl IntoSize for &String {
    fn into_size(self) -> Result<Size> {
        self.parse()
    }
}

impl IntoSize for String {
    fn into_size(self) -> Result<Size> {
        self.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<u64, String> {
        let size = text.parse::<Size>().map_err(|error| error.to_string())?;
        Ok(size.bytes())
    }

    #[test]
    fn sizes_are_read_in_every_unit_and_case() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("12 B", 12),
            ("7bytes", 7),
            ("1kB", 1000),
            ("1 KB", 1000),
            ("1K", 1024),
            ("1 kib", 1024),
            ("1.5KiB", 1536),
            ("500MB", 500_000_000),
            (" 10 GiB ", 10 << 30),
            ("10G", 10 << 30),
            ("1_000 Ti", 1000 << 40),
            ("2 PB", 2_000_000_000_000_000),
            ("15 EiB", 15 << 60),
            ("0.0001 B", 0),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(read(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn an_error_says_what_is_wrong_and_what_would_be_right() {
        let advice = ": write `500 MB`, `1.5 GiB` or a number of bytes";
        for (text, why) in [
            ("", ""),
            ("lots", ""),
            ("-1", ""),
            ("1,5 GiB", ""),
            ("1 GiB 5", ""),
            ("1.5.2 MB", ""),
            ("10 gigs", ", as `gigs` is no unit"),
            ("10 Gibibytes", ", as `Gibibytes` is no unit"),
            ("10 äb", ", as `äb` is no unit"),
            ("7d", ", as `d` is no unit"),
            ("16 EiB", " that there can be"),
            ("99999999999999999999 EiB", " that there can be"),
        ] {
            assert_eq!(read(text), Err(format!("`{text}` is no size{why}{advice}")));
        }
    }

    #[test]
    fn sizes_are_shown_in_the_largest_unit_that_leaves_a_whole_part() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1 MiB"),
            ((1 << 20) - 100, "1023.9 KiB"),
            (10 << 30, "10 GiB"),
            (u64::MAX, "16 EiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
        assert_eq!(format!("[{:>8}]", Size(2048)), "[   2 KiB]");
    }

    #[test]
    fn whatever_stands_for_a_size_is_one() {
        fn size(size: impl IntoSize) -> u64 {
            size.into_size().unwrap().bytes()
        }
        assert_eq!(size(10 << 30), 10_737_418_240);
        assert_eq!(size("10 GiB"), 10 << 30);
        let text = String::from("1K");
        assert_eq!(size(&text), 1024);
        assert_eq!(size(text), 1024);
        assert_eq!(size(Size::new(5)), 5);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back_within_a_rounding(bytes: u64) {
            let shown = Size(bytes).to_string();
            // Half a tenth of the unit, which the value has at least one of.
            let read = read(&shown).unwrap_or(u64::MAX);
            prop_assert!(read.abs_diff(bytes) <= bytes / 20, "{bytes} {shown} {read}");
        }

        #[test]
        fn no_text_makes_it_panic(text: String) {
            let _ = read(&text);
        }
    }
}
