//! Impls of the standard library's traits for types that are reached.

use std::fmt;
use std::ops::{Add, Deref};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use larder::cache;

#[derive(Clone, Copy)]
pub struct Money(pub u64);

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0 + 501)
    }
}

#[cache]
pub fn adds(a: Money, b: Money) -> Money {
    a + b
}

static DROPPED: AtomicU64 = AtomicU64::new(0);

pub struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        DROPPED.fetch_add(502, Ordering::Relaxed);
    }
}

#[cache]
pub fn guarded(x: u64) -> u64 {
    let _guard = Guard;
    x
}

pub struct Handle(pub Vec<u64>);

impl Deref for Handle {
    type Target = [u64];

    fn deref(&self) -> &[u64] {
        &self.0[1..]
    }
}

#[cache]
pub fn derefs(handle: Handle) -> usize {
    handle.len()
}

pub struct Countdown(u64);

impl Iterator for Countdown {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        self.0 = self.0.checked_sub(1)?;
        Some(self.0 + 503)
    }
}

#[cache]
pub fn iterates(x: u64) -> u64 {
    Countdown(x).sum()
}

pub struct Feet(pub u64);
pub struct Metres(pub u64);
pub struct Inches(pub u64);

impl From<Feet> for Metres {
    fn from(feet: Feet) -> Self {
        Self(feet.0 / 3 + 504)
    }
}

impl From<Feet> for Inches {
    fn from(feet: Feet) -> Self {
        Self(feet.0 * 12 + 505)
    }
}

#[cache]
pub fn converts(feet: Feet) -> Metres {
    feet.into()
}

pub struct Label(pub u64);

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "label {}", self.0 + 506)
    }
}

#[cache]
pub fn labels(x: u64) -> String {
    Label(x).to_string()
}

pub struct Version(pub u64);

impl FromStr for Version {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse::<u64>()? + 507))
    }
}

#[cache]
pub fn parses(text: String) -> Option<Version> {
    text.parse().ok()
}

#[derive(PartialEq, Eq)]
pub struct Rank(pub u64);

impl PartialOrd for Rank {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rank {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        other.0.cmp(&self.0)
    }
}

#[cache]
pub fn sorts(mut ranks: Vec<Rank>) -> Vec<Rank> {
    ranks.sort();
    ranks
}

pub struct Settings {
    pub rounds: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { rounds: 508 }
    }
}

#[cache]
pub fn defaults() -> u64 {
    Settings { ..Default::default() }.rounds
}
