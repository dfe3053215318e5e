//! How much of everything there may be.

use super::{Age, IntoAge, IntoSize, Size};
use crate::error::{Error, ErrorKind, Result};
use std::fmt;

/// What a cache may hold: bytes, results and their age, in all and for single functions, and what
/// goes first where that is exceeded.
///
/// A mistake in a text is an error of whatever is done with the limits, such as
/// [`Builder::open`](crate::Builder::open) and [`Cache::trim`](crate::Cache::trim).
///
/// ```
/// use larder::{Limits, Policy};
///
/// let limits = Limits::none()
///     .max_bytes("10 GiB")
///     .max_age("30d")
///     .function("thumbnail", Limits::none().max_entries(10_000))
///     .policy(Policy::Lru);
/// assert_eq!(limits.bytes(), Some(10 << 30));
/// assert_eq!(limits.to_string(), "10 GiB, no older than 30 d; thumbnail: 10000 results");
///
/// let mistaken = Limits::none().max_bytes("lots");
/// # let directory = tempfile::tempdir()?;
/// let error = larder::Cache::open(directory.path())?.trim(mistaken).unwrap_err();
/// assert!(error.to_string().starts_with("`lots` is no size"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Limits {
    bytes: Option<Size>,
    entries: Option<u64>,
    age: Option<Age>,
    policy: Policy,
    functions: Vec<(String, Limits)>,
    /// What was wrong with the first text that meant nothing.
    mistake: Option<String>,
}

/// Which results go first where there is no room for all.
///
/// Before any policy come results that have expired or are older than allowed, and then those of
/// code that is no longer in use: see [`Cache::trim`](crate::Cache::trim).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Policy {
    /// Those that are cheapest to have again: the least time to compute for each byte, counted for
    /// less the longer ago they were last used.
    #[default]
    Cost,
    /// Those that were not used for longest.
    Lru,
}

impl Limits {
    /// No limit on anything.
    pub fn none() -> Self {
        Self::default()
    }

    /// At most so many bytes: `"10 GiB"`, or a number.
    pub fn max_bytes(mut self, bytes: impl IntoSize) -> Self {
        self.bytes = self.noting(bytes.into_size()).or(self.bytes);
        self
    }

    /// At most so many results.
    pub fn max_entries(mut self, entries: u64) -> Self {
        self.entries = Some(entries);
        self
    }

    /// Results that were computed longer ago are removed: `"30d"`, or a
    /// [`Duration`](std::time::Duration).
    ///
    /// That happens when something is removed anyway, when a cache is opened, and now and then; until
    /// then they are found. What must not be found any more is for `#[cache(expires = "…")]`.
    pub fn max_age(mut self, age: impl IntoAge) -> Self {
        self.age = self.noting(age.into_age()).or(self.age);
        self
    }

    /// What goes first. Default: [`Policy::Cost`]. The policy of a function is that of its cache.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Limits for the results of one function, besides those for all. `name` is its name as
    /// `larder::stats` shows it, or the end of that, as in `thumbnail` for `images::thumbnail`; with
    /// no type arguments, it stands for the function with all of them, each with limits of its own.
    ///
    /// Where several names fit a function, the one that was given last counts.
    pub fn function(mut self, name: impl Into<String>, limits: Self) -> Self {
        self.mistake = self.mistake.take().or_else(|| limits.mistake.clone());
        self.functions.push((name.into(), limits));
        self
    }

    /// How many bytes there may be.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes.map(Size::bytes)
    }

    /// How many results there may be.
    pub fn entries(&self) -> Option<u64> {
        self.entries
    }

    /// How old results may be.
    pub fn age(&self) -> Option<Age> {
        self.age
    }

    /// What else holds for a function of this full name, if something does.
    pub fn of_function(&self, name: &str) -> Option<&Self> {
        let fits = |(pattern, _): &&(String, Self)| is_named(name, pattern);
        self.functions.iter().rev().find(fits).map(|(_, limits)| limits)
    }

    /// What goes first.
    pub fn chosen_policy(&self) -> Policy {
        self.policy
    }

    /// The limits, if there is no mistake in them.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) with what is wrong with the first such text.
    pub(crate) fn check(&self) -> Result<()> {
        let mistake = |text: &String| Error::new(ErrorKind::InvalidInput, text.clone());
        self.mistake.as_ref().map(mistake).map_or(Ok(()), Err)
    }

    /// Bytes that are allowed where nothing was said of them.
    pub(crate) fn or_bytes(mut self, bytes: Option<Size>) -> Self {
        self.bytes = self.bytes.or(bytes);
        self
    }

    /// Whether so much is within the limits for all.
    pub(crate) fn allow(&self, bytes: u64, entries: u64) -> bool {
        self.bytes().is_none_or(|most| bytes <= most)
            && self.entries.is_none_or(|most| entries <= most)
    }

    /// Whether there are limits for single functions.
    pub(crate) fn has_functions(&self) -> bool {
        !self.functions.is_empty()
    }

    /// The least of all ages that are allowed.
    pub(crate) fn shortest_age_ns(&self) -> Option<u64> {
        let own = self.functions.iter().filter_map(|(_, limits)| limits.age_ns());
        own.chain(self.age_ns()).min()
    }

    pub(super) fn age_ns(&self) -> Option<u64> {
        let nanos = self.age.map(|age| age.duration().as_nanos());
        nanos.map(|nanos| u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// The same with a share of the room, so that there is some again for a while; where there is room
    /// for one, it stays.
    pub(crate) fn with_share(&self, numerator: u64, denominator: u64) -> Self {
        let part = |limit: u64| {
            let part = u128::from(limit) * u128::from(numerator);
            u64::try_from(part.div_ceil(denominator.into())).unwrap_or(limit)
        };
        let mut less = self.clone();
        less.bytes = less.bytes.map(|bytes| Size::new(part(bytes.bytes())));
        less.entries = less.entries.map(part);
        let share = |limits: &Self| limits.with_share(numerator, denominator);
        less.functions.iter_mut().for_each(|(_, limits)| *limits = share(limits));
        less
    }

    fn noting<T>(&mut self, value: Result<T>) -> Option<T> {
        match value {
            Ok(value) => Some(value),
            Err(error) => {
                self.mistake.get_or_insert(error.to_string());
                None
            }
        }
    }
}

/// Whether a function goes by `pattern`: its name, or the end of its path, with its type arguments or
/// without.
fn is_named(name: &str, pattern: &str) -> bool {
    let ends = |name: &str| {
        name.strip_suffix(pattern).is_some_and(|path| path.is_empty() || path.ends_with("::"))
    };
    let bare = name.split('<').next().unwrap_or(name).trim_end_matches("::");
    !pattern.is_empty() && (ends(name) || ends(bare))
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing can be larger, which is how `none` is said where a limit has to be.
        let bytes = self.bytes.filter(|bytes| bytes.bytes() < u64::MAX);
        let bytes = bytes.map(|bytes| bytes.to_string());
        let plural = if self.entries == Some(1) { "" } else { "s" };
        let entries = self.entries.map(|entries| format!("{entries} result{plural}"));
        let age = self.age.map(|age| format!("no older than {age}"));
        let parts: Vec<_> = [bytes, entries, age].into_iter().flatten().collect();
        f.write_str(if parts.is_empty() { "no limit" } else { "" })?;
        f.write_str(&parts.join(", "))?;
        for (name, limits) in &self.functions {
            write!(f, "; {name}: {limits}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_function_goes_by_its_name_or_the_end_of_its_path() {
        for (pattern, fits) in [
            ("images::web::thumbnail<u8>", true),
            ("images::web::thumbnail", true),
            ("web::thumbnail", true),
            ("thumbnail", true),
            ("thumbnail<u8>", true),
            ("nail", false),
            ("thumbnail<u16>", false),
            ("images", false),
            ("", false),
        ] {
            assert_eq!(is_named("images::web::thumbnail<u8>", pattern), fits, "{pattern}");
        }
    }

    #[test]
    fn a_limit_that_nothing_can_pass_is_told_as_none() {
        assert_eq!(Limits::none().max_bytes(u64::MAX).to_string(), "no limit");
        let limits = Limits::none().max_bytes(u64::MAX).max_entries(2);
        assert_eq!(limits.to_string(), "2 results");
    }

    #[test]
    fn the_last_limits_that_fit_a_function_count() {
        let of = |count| Limits::none().max_entries(count);
        let limits = of(9).function("f", of(1)).function("a::f", of(2)).function("g", of(3));
        assert_eq!(limits.of_function("a::f"), Some(&of(2)));
        assert_eq!(limits.of_function("b::f"), Some(&of(1)));
        assert_eq!(limits.of_function("h"), None);
    }

    #[test]
    fn the_first_mistake_is_told_and_the_rest_is_kept() {
        let inner = Limits::none().max_age("soon");
        let limits = Limits::none().max_entries(3).function("f", inner).max_bytes("lots");
        let error = limits.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().starts_with("`soon` is no length of time"), "{error}");
        assert_eq!((limits.entries(), limits.bytes()), (Some(3), None));
    }

    #[test]
    fn limits_are_shown_as_people_write_them() {
        let limits = Limits::none().max_entries(7).max_age(Duration::from_hours(48));
        assert_eq!(Limits::none().to_string(), "no limit");
        assert_eq!(limits.to_string(), "7 results, no older than 2 d");
        assert_eq!(Limits::none().max_entries(1).to_string(), "1 result");
        let both = Limits::none().max_bytes(1 << 20).function("f", limits);
        assert_eq!(both.to_string(), "1 MiB; f: 7 results, no older than 2 d");
    }

    #[test]
    fn a_share_is_taken_of_room_and_not_of_age() {
        let inner = Limits::none().max_entries(100).max_age("1d");
        let limits = Limits::none().max_bytes(u64::MAX).function("f", inner);
        let less = limits.with_share(9, 10);
        assert_eq!(less.bytes(), Some(u64::MAX / 10 * 9 + 5));
        let function = less.of_function("f").unwrap();
        assert_eq!(function.entries(), Some(90));
        assert_eq!(function.age(), Some(Age::new(Duration::from_hours(24))));
        // Nine tenths of one were none, so that a cache for one result was emptied by each second.
        assert_eq!(Limits::none().max_entries(1).with_share(9, 10).entries(), Some(1));
        assert_eq!(Limits::none().max_entries(0).with_share(9, 10).entries(), Some(0));
    }
}
