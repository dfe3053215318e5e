//! Removing what is too much, when somebody asks for it.

use super::pace::Pace;
use super::trimmer::{Gathered, Outcome, Trimmer};
use super::unlisted::UnlistedFolder;
use super::{Cache, Disk};
use crate::error::{Error, Result};
use crate::retention::{Limits, TrimReason};
use std::collections::BTreeMap;
use std::fmt;
use std::io;

/// So many results, and the bytes of their files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Amount {
    /// How many results.
    pub entries: u64,
    /// The bytes of their files.
    pub bytes: u64,
}

/// What [`Cache::trim`] came to.
///
/// Its `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Trimmed {
    /// What was removed, by the reason for it; reasons that no result was removed for are left out.
    pub removed: BTreeMap<TrimReason, Amount>,
    /// What was to go and stayed, as its file was another than when it was looked at (computed anew, or
    /// its time stamp moved), or was removed by others.
    pub spared: Amount,
    /// What was to go and stayed, as the system did not let us remove it. Why is logged.
    pub refused: Amount,
    /// What is left, the latter two included, and without what is in folders that could not be listed.
    pub left: Amount,
    /// Folders that the system does not let us list: nothing in them was counted or removed.
    pub unlisted: Vec<UnlistedFolder>,
}

/// What [`Cache::trim`] would remove now: see [`Cache::plan_trim`].
///
/// Its `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TrimPlan {
    /// The results that would go, the first first.
    pub removals: Vec<PlannedRemoval>,
    /// What would be left, without what is in folders that could not be listed.
    pub left: Amount,
    /// Folders that the system does not let us list: nothing in them is counted.
    pub unlisted: Vec<UnlistedFolder>,
}

/// A result that would go.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PlannedRemoval {
    /// `<function>-<id>/<inputs>-<code>`: the names of its folder and file in `entries`.
    pub key: String,
    /// The function: path, name and type arguments; the name of its folder where that is not known.
    pub function: String,
    /// Bytes of the file.
    pub size: u64,
    /// Why it would go.
    pub reason: TrimReason,
}

impl Amount {
    fn add(&mut self, bytes: u64) {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn less(self, other: Self) -> Self {
        Self {
            entries: self.entries.saturating_sub(other.entries),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl Trimmed {
    /// What was removed, whatever the reason.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// let freed = cache.trim(larder::Limits::none().max_entries(0))?.total().bytes;
    /// # assert_eq!(freed, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn total(&self) -> Amount {
        self.removed.values().fold(Amount::default(), |sum, amount| Amount {
            entries: sum.entries + amount.entries,
            bytes: sum.bytes.saturating_add(amount.bytes),
        })
    }
}

impl TrimPlan {
    /// What would be removed, by the reason for it.
    pub fn amounts(&self) -> BTreeMap<TrimReason, Amount> {
        let mut amounts: BTreeMap<TrimReason, Amount> = BTreeMap::new();
        for removal in &self.removals {
            amounts.entry(removal.reason).or_default().add(removal.size);
        }
        amounts
    }
}

impl Cache {
    /// What this cache holds at most: what was set, and the default for what was not. See
    /// [`Builder::max_bytes`](crate::Builder::max_bytes).
    pub fn limits(&self) -> Limits {
        match &self.inner.disk {
            Some(disk) => self.inner.room.limits(Some(&disk.store)).clone(),
            None => Limits::none(),
        }
    }

    /// Removes what is too much for these limits, now: what is left is within them.
    ///
    /// First goes what has [expired](TrimReason::Expired) or is [too old](TrimReason::TooOld), whatever
    /// room there is. If that is not enough, what alone is larger than the limit, then what was [left
    /// behind](TrimReason::LeftBehind) by code of a function that is not in use any more, and at last what
    /// is worth least by the [policy](crate::Policy). A result that is computed anew meanwhile stays; that one
    /// is used meanwhile is noticed where that moves the time stamp of its file, which happens once in an
    /// hour at most, and not otherwise. Calls go on, in this and other processes; one that wants what is gone computes it again, and one that is reading it
    /// reads on.
    ///
    /// The same is done in the background, and down to nine tenths, when a cache passes [limits of its
    /// own](crate::Builder::max_bytes).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](crate::ErrorKind::InvalidInput) for a mistake in the limits, and
    /// [`Io`](crate::ErrorKind::Io) if the directory cannot be listed, or if this cache only reads. That
    /// single results cannot be removed is no error, but told in what is returned.
    ///
    /// ```
    /// use larder::{Cache, Limits, cache, with_cache};
    ///
    /// #[cache]
    /// fn double(x: u64) -> u64 {
    ///     2 * x
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let cache = Cache::open(directory.path())?;
    /// with_cache(&cache, || double::map(0..10));
    /// let trimmed = cache.trim(Limits::none().max_entries(4))?;
    /// assert_eq!((trimmed.total().entries, trimmed.left.entries), (6, 4));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "limits are made for this call")]
    pub fn trim(&self, limits: Limits) -> Result<Trimmed> {
        limits.check()?;
        let Some(disk) = &self.inner.disk else {
            return Ok(Trimmed::default());
        };
        if !self.inner.mode.writes() {
            let message = "the cache is opened for reading only";
            let refused = io::Error::new(io::ErrorKind::ReadOnlyFilesystem, message);
            let path = disk.store.path().display();
            return Err(Error::io(format_args!("trim `{path}`"), refused));
        }
        // Others in the background wait meanwhile. If one of them is at it already, both remove what
        // is to go, each of it once.
        let _lock = disk.store.lock_trim();
        self.inner.follow(disk);
        self.inner.tell_all_uses();
        let mut work = |trimmer: &mut Trimmer<'_>, gathered: &Gathered| {
            trimmer.correct_totals(&gathered.census);
            let removals = Trimmer::plan(gathered, &limits);
            let (left, unlisted) = (amount(gathered), unlisted(gathered));
            let mut trimmed = Trimmed { left, unlisted, ..Trimmed::default() };
            for (reason, entry, outcome) in trimmer.carry_out(gathered, &removals, |_, _| {}) {
                let size = gathered.census.seen[entry as usize].size;
                match outcome {
                    Outcome::Removed => trimmed.removed.entry(reason).or_default().add(size),
                    Outcome::Spared | Outcome::Left => trimmed.spared.add(size),
                    Outcome::Refused => trimmed.refused.add(size),
                }
            }
            trimmed.left = trimmed.left.less(trimmed.total());
            trimmed
        };
        self.with_gathered(disk, &limits, &mut work)
    }

    /// What [`trim`](Self::trim) would do with these limits now. Nothing is removed.
    ///
    /// # Errors
    ///
    /// As [`trim`](Self::trim), though a cache that only reads can tell.
    ///
    /// ```
    /// use larder::{Cache, Limits};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let cache = Cache::open(directory.path())?;
    /// let plan = cache.plan_trim(Limits::none().max_bytes("1 MB"))?;
    /// assert!(plan.removals.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "limits are made for this call")]
    pub fn plan_trim(&self, limits: Limits) -> Result<TrimPlan> {
        limits.check()?;
        let Some(disk) = &self.inner.disk else {
            return Ok(TrimPlan::default());
        };
        self.with_gathered(disk, &limits, &mut |_, gathered| {
            let mut gone = Amount::default();
            let planned = Trimmer::plan(gathered, &limits).into_iter().map(|removal| {
                let place = removal.entry as usize;
                let (census, folder) = (&gathered.census, gathered.census.of[place] as usize);
                gone.add(census.seen[place].size);
                PlannedRemoval {
                    key: format!("{}/{}", census.folders[folder], census.names[place].text()),
                    function: gathered.function_names[folder]
                        .clone()
                        .unwrap_or_else(|| census.folders[folder].clone()),
                    size: census.seen[place].size,
                    reason: removal.reason,
                }
            });
            let removals = planned.collect();
            let left = amount(gathered).less(gone);
            TrimPlan { removals, left, unlisted: unlisted(gathered) }
        })
    }

    fn with_gathered<T: Default>(
        &self,
        disk: &Disk,
        limits: &Limits,
        work: &mut dyn FnMut(&mut Trimmer<'_>, &Gathered) -> T,
    ) -> Result<T> {
        let known = self.inner.known_functions();
        let mut trimmer = Trimmer {
            store: &disk.store,
            journal: &disk.journal,
            warnings: &self.inner.warnings,
            known: &known,
            writes: self.inner.mode.writes(),
            pace: Pace::fast(),
        };
        let Some(census) = trimmer.census()? else { return Ok(T::default()) };
        let gathered = trimmer.gather(census, limits);
        Ok(work(&mut trimmer, &gathered))
    }
}

fn amount(gathered: &Gathered) -> Amount {
    Amount { entries: gathered.census.len(), bytes: gathered.census.bytes() }
}

fn unlisted(gathered: &Gathered) -> Vec<UnlistedFolder> {
    gathered.census.unlisted.iter().map(|(_, folder)| folder.clone()).collect()
}

impl fmt::Display for Trimmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} removed", self.total())?;
        write_reasons(f, &self.removed)?;
        if self.spared.entries > 0 {
            write!(f, ", {} spared", self.spared)?;
        }
        if self.refused.entries > 0 {
            write!(f, ", {} could not be removed", self.refused)?;
        }
        write!(f, "; {} left", self.left)?;
        write_unlisted(f, &self.unlisted)
    }
}

impl fmt::Display for TrimPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let amounts = self.amounts();
        let total = Trimmed { removed: amounts.clone(), ..Trimmed::default() }.total();
        write!(f, "{total} to remove")?;
        write_reasons(f, &amounts)?;
        write!(f, "; {} left", self.left)?;
        write_unlisted(f, &self.unlisted)
    }
}

fn write_unlisted(f: &mut fmt::Formatter<'_>, unlisted: &[UnlistedFolder]) -> fmt::Result {
    match unlisted.len() {
        0 => Ok(()),
        1 => f.write_str(", and what is in a folder that cannot be listed"),
        many => write!(f, ", and what is in {many} folders that cannot be listed"),
    }
}

fn write_reasons(
    f: &mut fmt::Formatter<'_>,
    amounts: &BTreeMap<TrimReason, Amount>,
) -> fmt::Result {
    let parts = amounts.iter().map(|(reason, amount)| format!("{} {reason}", amount.entries));
    let parts: Vec<_> = parts.collect();
    if parts.is_empty() { Ok(()) } else { write!(f, " ({})", parts.join(", ")) }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.entries == 1 { "" } else { "s" };
        write!(f, "{} result{plural} of {}", self.entries, crate::retention::Size::new(self.bytes))
    }
}
