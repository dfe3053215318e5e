//! A trim in a thread of its own, which calls do not wait for.

use super::pace::{Pace, Signals};
use super::since_epoch;
use super::trimmer::{Known, Outcome, Trimmer};
use super::warnings::Warnings;
use crate::catalog::Journal;
use crate::error::Result;
use crate::retention::Limits;
use crate::store::{Access, Store, Totals};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

/// After a trim that could not bring about what it should, or that another process is busy with.
pub(super) const REST_FAILED: Duration = Duration::from_mins(1);
const REST_BUSY: Duration = Duration::from_secs(1);

/// A trim in the background. It has handles of its own, so that a cache that is dropped meanwhile is
/// gone.
pub(super) struct Job {
    pub(super) path: PathBuf,
    pub(super) shared: bool,
    pub(super) limits: Limits,
    pub(super) known: HashMap<String, Known>,
    pub(super) warnings: Arc<Warnings>,
    pub(super) signals: Arc<Signals>,
}

impl Job {
    /// Trims until there is nothing to do, or nothing that can be done for a while.
    pub(super) fn run(&self) {
        let _at_work = AtWork(&self.signals);
        loop {
            let rest = self.trim().unwrap_or_else(|error| {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                let detail = format_args!("{error}: {}", cause.unwrap_or_default());
                self.warnings.warn("the cache could not be kept within its limits", detail);
                Some(REST_FAILED)
            });
            if self.signals.end(rest) {
                return;
            }
        }
    }

    fn trim(&self) -> Result<Option<Duration>> {
        // Opening creates it, and it may have been removed just now.
        if !self.path.is_dir() {
            return Ok(None);
        }
        let access = Access { shared: self.shared, patient: true, ..Access::default() };
        let store = Store::open(&self.path, access)?;
        let journal = Journal::new(&store.path().join("journal"), store.session());
        let locked = store.lock_trim();
        let _lock = match locked {
            Ok(Some(lock)) => Some(lock),
            // Another process is at it.
            Ok(None) => return Ok(Some(REST_BUSY)),
            Err(error) => {
                tracing::debug!("others may trim at the same time: {error}");
                None
            }
        };
        let mut trimmer = Trimmer {
            store: &store,
            journal: &journal,
            warnings: &self.warnings,
            known: &self.known,
            writes: true,
            pace: Pace::gentle(&self.signals),
        };
        let is_urgent = self.is_urgent(store.totals().ok().flatten().as_ref());
        trimmer.pace.set_urgent(is_urgent);
        // As long as nothing is removed, it only becomes more.
        trimmer.pace.set_rests(!is_urgent);
        let Some(census) = trimmer.census()? else { return Ok(None) };
        let aged = self.limits.shortest_age_ns().is_some() || self.limits.has_functions();
        // Where they cannot be, whoever keeps something next would count again.
        let unknown = (!trimmer.correct_totals(&census)).then_some(REST_FAILED);
        if !aged && self.limits.allow(census.bytes(), census.len()) {
            return Ok(unknown);
        }
        let gathered = trimmer.gather(census, &self.limits);
        let too_much = !Trimmer::plan(&gathered, &self.limits).is_empty();
        let removals = if too_much {
            Trimmer::plan(&gathered, &self.limits.with_share(9, 10))
        } else {
            Vec::new()
        };
        tracing::debug!("{} results are removed to keep within {}", removals.len(), self.limits);
        let outcomes = trimmer.carry_out(&gathered, &removals, |totals, pace| {
            pace.set_urgent(self.is_urgent(Some(totals)));
        });
        let removed = outcomes.iter().filter(|(_, _, outcome)| *outcome == Outcome::Removed);
        let removed: HashSet<u32> = removed.map(|(_, entry, _)| *entry).collect();
        let left = (0_u32..).zip(&gathered.facts).filter(|(entry, _)| !removed.contains(entry));
        let oldest = left.map(|(_, facts)| facts.created_ns).min();
        if aged && let Err(error) = note_aged(&store, oldest) {
            tracing::debug!("could not note that old results were looked for: {error}");
        }
        trimmer.pace.set_urgent(false);
        // What was kept meanwhile, here or elsewhere, may be too much again.
        if let Ok(Some(totals)) = store.totals()
            && !self.limits.allow(totals.bytes, totals.entries)
        {
            self.signals.again();
        }
        let failed = outcomes.iter().any(|(_, _, outcome)| *outcome == Outcome::Refused);
        let failed = failed || too_much && removed.is_empty();
        Ok(if failed { Some(REST_FAILED) } else { unknown })
    }

    /// Whether there is so much that it would go on growing if nobody took the time.
    fn is_urgent(&self, totals: Option<&Totals>) -> bool {
        let far = |total: u64, limit: Option<u64>| {
            limit.is_some_and(|limit| total > limit.saturating_add(limit / 10))
        };
        totals.is_some_and(|totals| {
            far(totals.bytes, self.limits.bytes()) || far(totals.entries, self.limits.entries())
        })
    }
}

/// Ends the work where a panic does (a subscriber of logs may), or this process would never trim again, and
/// wait for it when it ends.
struct AtWork<'a>(&'a Signals);

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end(Some(REST_FAILED));
        }
    }
}

/// Takes note that what was too old is gone, and how old the rest is.
fn note_aged(store: &Store, oldest: Option<u64>) -> std::io::Result<Option<Totals>> {
    let now = since_epoch(SystemTime::now());
    store.change_totals(|known| Totals {
        oldest_ns: oldest.unwrap_or(now),
        aged_ns: now,
        ..known.unwrap_or_else(Totals::unknown)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use tracing::subscriber::{NoSubscriber, with_default};
    use tracing_subscriber::fmt;

    /// A trim of everything at this path.
    fn job(path: PathBuf) -> Job {
        Job {
            path,
            shared: true,
            limits: Limits::none().max_entries(0),
            known: HashMap::new(),
            warnings: Arc::default(),
            signals: Arc::new(Signals::begun()),
        }
    }

    // It did, and closed to others what had been made for a group.
    #[test]
    fn a_trim_does_not_bring_back_a_directory_that_was_removed() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("results");
        job(path.clone()).run();
        assert!(!path.exists());
    }

    // The process never began another one, and waited for this one at its end.
    #[test]
    fn a_trim_that_panics_is_over() {
        let place = tempfile::tempdir().unwrap();
        let store = Store::open(place.path(), Access::default()).unwrap();
        let file = store.path().join("entries/f-0123456789abcdef/ab");
        std::fs::create_dir_all(&file).unwrap();
        let name = format!("ab{}-{}", "0".repeat(30), "0".repeat(16));
        std::fs::write(file.join(name), "something").unwrap();
        let job = job(place.path().to_owned());
        let panics = fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(|| -> std::io::Sink { panic!("no line can be written") });
        // With one subscriber alone, what another thread came to log first would be wanted by nobody.
        let _second = tracing::Dispatch::new(NoSubscriber::default());
        let run = || with_default(panics.finish(), || job.run());
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        assert!(!job.signals.is_urgent());
        assert!(!job.signals.begins(), "it rests, as after any that failed");
        // Who is at work would have to do again what was asked for meanwhile.
        assert!(job.signals.end(None), "it is still at work");
    }
}
