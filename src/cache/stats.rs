//! What calls came to: counting it, and showing it to people.

use super::identity::Identity;
use super::runs::Run;
use crate::catalog::CountsRecord;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// So many runs are shown where they are asked for.
const SHOWN_RUNS: usize = 5;

/// What happened in one cache in this process since it was opened.
///
/// Its `Display` is a table with a line for each function and one for all; the alternate form
/// (`{:#}`) adds the last five runs.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// let cache = larder::Cache::open(directory.path())?;
/// assert_eq!(cache.stats().total().found, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// A line for each function that was called, by name.
    pub functions: Vec<FunctionStats>,
    /// How often the cache could not do its work, by cause. The first of each cause was logged.
    pub warnings: Vec<(String, u64)>,
    /// The last batches, from the last to the first: of this process up to 100, over all time up to
    /// 1,000. See [`Cache::runs`](crate::Cache::runs).
    pub runs: Vec<Run>,
}

/// What the calls of one function came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FunctionStats {
    /// Path, name and type arguments.
    pub name: String,
    /// Calls whose result was there.
    pub found: u64,
    /// Calls that computed their result.
    pub computed: u64,
    /// Calls whose computation ended in a panic or an `Err`.
    pub failed: u64,
    /// Calls that got the result of an equal call instead of computing it again.
    pub shared: u64,
    /// Results that were computed and not kept: because of `keep_if`, or since they could not be.
    pub unkept: u64,
    /// Time spent computing, without that of cached functions called meanwhile: those count
    /// themselves. What they do on other threads, other than through `map`, is not left out.
    pub spent: Duration,
    /// Time that computing the found and shared results took when it was done, with all that was
    /// called for it. What is used many times counts each time, as it would without a cache.
    pub saved: Duration,
    /// Bytes written for the results kept.
    pub bytes_written: u64,
    /// Waits for an equal call that took longer than twice what the function takes on average, after which the
    /// call computed as well. See [the README](crate#one-computation-for-equal-calls).
    pub given_up: u64,
    /// Computations whose result an equal call, of this process or another, had brought by the time
    /// they were done.
    pub duplicates: u64,
    /// Of the calls that computed: those whose result was there and was compared with the new one,
    /// as [`Mode::Verify`](crate::Mode::Verify) asks for. Of this process alone.
    pub checked: u64,
    /// Of those that were checked: the ones whose new result was another.
    pub differed: u64,
}

impl Stats {
    /// The line of the function with this name, or whose path ends in `::` and this name.
    pub fn function(&self, name: &str) -> Option<&FunctionStats> {
        self.functions.iter().find(|function| {
            let rest = function.name.strip_suffix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with("::"))
        })
    }

    /// All functions taken together.
    pub fn total(&self) -> FunctionStats {
        let mut total = FunctionStats { name: "total".to_owned(), ..FunctionStats::default() };
        for one in &self.functions {
            let counts = [
                (&mut total.found, one.found),
                (&mut total.computed, one.computed),
                (&mut total.failed, one.failed),
                (&mut total.shared, one.shared),
                (&mut total.unkept, one.unkept),
                (&mut total.bytes_written, one.bytes_written),
                (&mut total.given_up, one.given_up),
                (&mut total.duplicates, one.duplicates),
                (&mut total.checked, one.checked),
                (&mut total.differed, one.differed),
            ];
            for (sum, count) in counts {
                *sum = sum.saturating_add(count);
            }
            total.spent = total.spent.saturating_add(one.spent);
            total.saved = total.saved.saturating_add(one.saved);
        }
        total
    }
}

impl FunctionStats {
    pub(super) fn from_counts(name: String, counts: &CountsRecord) -> Self {
        Self {
            name,
            found: counts.found,
            computed: counts.computed,
            failed: counts.failed,
            shared: counts.shared,
            unkept: counts.unkept,
            spent: Duration::from_nanos(counts.spent_ns),
            saved: Duration::from_nanos(counts.saved_ns),
            bytes_written: counts.bytes_written,
            given_up: counts.given_up,
            duplicates: counts.duplicates,
            checked: 0,
            differed: 0,
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let lines = self.functions.iter().chain((self.functions.len() != 1).then_some(&total));
        let width = lines.clone().map(|line| line.name.chars().count()).max().unwrap_or(0).max(8);
        write!(f, "{:width$}  {:>9}  {:>9}", "function", "found", "computed")?;
        let rare = |line: &FunctionStats| {
            let names = ["shared", "failed", "given up", "duplicate"];
            names.into_iter().zip([line.shared, line.failed, line.given_up, line.duplicates])
        };
        let shown: Vec<_> = rare(&total).map(|(_, count)| count > 0).collect();
        let rare = |line| rare(line).zip(&shown).filter(|(_, shown)| **shown);
        for ((name, _), _) in rare(&total) {
            write!(f, "  {name:>9}")?;
        }
        write!(f, "  {:>9}  {:>9}", "spent", "saved")?;
        for line in lines {
            write!(f, "\n{:width$}  {:>9}  {:>9}", line.name, line.found, line.computed)?;
            for ((_, count), _) in rare(line) {
                write!(f, "  {count:>9}")?;
            }
            write!(f, "  {:>9}  {:>9}", Short(line.spent), Short(line.saved))?;
        }
        if total.checked > 0 {
            write!(f, "\n{} of {} checked results differed", total.differed, total.checked)?;
        }
        for (cause, count) in &self.warnings {
            write!(f, "\n{count} x {cause}")?;
        }
        if f.alternate() {
            for run in self.runs.iter().take(SHOWN_RUNS) {
                write!(f, "\n{run}")?;
            }
        }
        Ok(())
    }
}

/// A duration in a unit that suits it, to three digits or so.
pub(crate) struct Short(pub(crate) Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let text = match self.0.as_micros() {
            0 => "0".to_owned(),
            1..1_000 => format!("{:.0} us", seconds * 1e6),
            1_000..1_000_000 => format!("{:.0} ms", seconds * 1e3),
            1_000_000..120_000_000 => format!("{seconds:.1} s"),
            120_000_000..7_200_000_000 => format!("{:.1} min", seconds / 60.0),
            _ => format!("{:.1} h", seconds / 3600.0),
        };
        f.pad(&text)
    }
}

/// The counters of one function in one cache.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    found: AtomicU64,
    computed: AtomicU64,
    failed: AtomicU64,
    shared: AtomicU64,
    unkept: AtomicU64,
    spent_ns: AtomicU64,
    saved_ns: AtomicU64,
    bytes_written: AtomicU64,
    given_up: AtomicU64,
    duplicates: AtomicU64,
    /// Time that passed in computations, with all that they called.
    passed_ns: AtomicU64,
    checked: AtomicU64,
    differed: AtomicU64,
    /// What of all this is in the journal already.
    reported: Mutex<CountsRecord>,
}

/// Where a value came from that was not computed by the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reuse {
    Found,
    Shared,
}

/// How a computation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Computed,
    Failed,
}

impl Counters {
    /// How many calls have been reused in this way by now.
    #[inline]
    pub(crate) fn reused(&self, how: Reuse, calls: u64, full_ns: u64) -> u64 {
        add_time(&self.saved_ns, full_ns);
        match how {
            Reuse::Found => add(&self.found, calls),
            Reuse::Shared => add(&self.shared, calls),
        }
    }

    pub(crate) fn computed(&self, how: Outcome, own_ns: u64, passed_ns: u64) {
        let counter = match how {
            Outcome::Computed => &self.computed,
            Outcome::Failed => &self.failed,
        };
        add(counter, 1);
        add_time(&self.spent_ns, own_ns);
        add_time(&self.passed_ns, passed_ns);
    }

    /// How long a computation takes on average, as far as there have been any.
    pub(crate) fn average(&self) -> Option<Duration> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let count = read(&self.computed) + read(&self.failed);
        read(&self.passed_ns).checked_div(count).map(Duration::from_nanos)
    }

    pub(crate) fn gave_up(&self) {
        add(&self.given_up, 1);
    }

    pub(crate) fn duplicate(&self) {
        add(&self.duplicates, 1);
    }

    pub(crate) fn unkept(&self) {
        add(&self.unkept, 1);
    }

    pub(crate) fn written(&self, bytes: usize) {
        add(&self.bytes_written, bytes as u64);
    }

    /// Counts a result that was compared with the one that had been kept.
    pub(crate) fn checked(&self, differs: bool) {
        add(&self.checked, 1);
        add(&self.differed, u64::from(differs));
    }

    /// `None` for a function that was not called.
    pub(crate) fn stats(&self, identity: &Identity) -> Option<FunctionStats> {
        let now = self.read();
        let called = now.found + now.computed + now.failed + now.shared > 0;
        called.then(|| FunctionStats {
            checked: self.checked.load(Ordering::Relaxed),
            differed: self.differed.load(Ordering::Relaxed),
            ..FunctionStats::from_counts(identity.name.clone(), &now)
        })
    }

    /// What has come since the last call of this, for the journal; `None` if there is nothing.
    pub(crate) fn take_unreported(&self, identity: &Identity) -> Option<CountsRecord> {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.read();
        // Not all that counts is a call: a computation is known to be a duplicate only at its end.
        if now == *reported {
            return None;
        }
        let new = CountsRecord {
            folder: identity.folder.name().to_owned(),
            found: now.found.saturating_sub(reported.found),
            computed: now.computed.saturating_sub(reported.computed),
            failed: now.failed.saturating_sub(reported.failed),
            shared: now.shared.saturating_sub(reported.shared),
            unkept: now.unkept.saturating_sub(reported.unkept),
            spent_ns: now.spent_ns.saturating_sub(reported.spent_ns),
            saved_ns: now.saved_ns.saturating_sub(reported.saved_ns),
            bytes_written: now.bytes_written.saturating_sub(reported.bytes_written),
            given_up: now.given_up.saturating_sub(reported.given_up),
            duplicates: now.duplicates.saturating_sub(reported.duplicates),
        };
        *reported = now;
        Some(new)
    }

    #[cfg(test)]
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Ordering::Relaxed)
    }

    fn read(&self) -> CountsRecord {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        CountsRecord {
            folder: String::new(),
            found: read(&self.found),
            computed: read(&self.computed),
            failed: read(&self.failed),
            shared: read(&self.shared),
            unkept: read(&self.unkept),
            spent_ns: read(&self.spent_ns),
            saved_ns: read(&self.saved_ns),
            bytes_written: read(&self.bytes_written),
            given_up: read(&self.given_up),
            duplicates: read(&self.duplicates),
        }
    }
}

/// Adds up to the largest number there is. What a recursive function would take without a cache gets
/// there soon, as each call counts all that its calls would.
#[inline]
pub(crate) fn add_time(counter: &AtomicU64, nanos: u64) {
    let before = counter.fetch_add(nanos, Ordering::Relaxed);
    if before.checked_add(nanos).is_none() {
        counter.store(u64::MAX, Ordering::Relaxed);
    }
}

/// The sum.
#[inline]
fn add(counter: &AtomicU64, count: u64) -> u64 {
    counter.fetch_add(count, Ordering::Relaxed) + count
}

#[cfg(test)]
mod tests;
