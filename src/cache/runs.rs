//! Batches that are over: noting them, and telling of them later.

use super::on_record::OnRecord;
use super::stats::Short;
use super::{Cache, Inner, lock};
use crate::catalog::{Catalog, LongestRecord, RunEnd, RunRecord, journalled_runs};
use crate::error::{Error, Result};
use std::cmp::Reverse;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// So many of a process's own runs are kept in memory.
const IN_MEMORY: usize = 100;

/// So many characters of what a batch is called are kept.
const LONGEST_NAME: usize = 200;

/// One batch or stream, from its start to its end: see [`Cache::runs`].
///
/// Its `Display` is a line without the time at which it began.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// The function's path, name and type arguments, or what the batch was called.
    pub what: String,
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub took: Duration,
    /// How many items could run at once.
    pub jobs: u64,
    /// Items whose result was there.
    pub found: u64,
    /// Items that were computed, without those that failed.
    pub computed: u64,
    /// Items that got the result of an equal one.
    pub shared: u64,
    /// Items that failed.
    pub failed: u64,
    /// Items that were drawn and did not come to an end, as the batch was stopped.
    pub skipped: u64,
    /// What computing the found and shared results took when it was done.
    pub saved: Duration,
    /// How it ended.
    pub outcome: RunOutcome,
    /// How long each worker computed: as many as [`jobs`](Self::jobs), or more where they took turns.
    pub busy: Vec<Duration>,
    /// The few items that took longest to compute, the longest first.
    pub longest: Vec<RunItem>,
}

/// One of the items of a [`Run`] that took longest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RunItem {
    /// Its place among the inputs, from 0.
    pub index: u64,
    /// How long it took.
    pub took: Duration,
    /// Its inputs in a short printable form, redacted ones left out; empty where they are not known,
    /// as those of closures are not.
    pub inputs: String,
}

/// How a [`Run`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RunOutcome {
    /// Every item was seen to; some may have failed.
    Done,
    /// A failure or a panic stopped it.
    Failed,
    /// It was cancelled, ran into its deadline, or its stream was dropped before the end.
    Cancelled,
}

/// The last runs of this process.
#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<VecDeque<RunRecord>>);

impl Recent {
    fn add(&self, run: RunRecord) {
        let mut runs = lock(&self.0);
        runs.push_front(run);
        runs.truncate(IN_MEMORY);
    }

    fn records(&self) -> Vec<RunRecord> {
        let mut runs: Vec<_> = lock(&self.0).iter().cloned().collect();
        // They were noted in the order of their ends.
        runs.sort_by_key(|run| Reverse(run.started_ns));
        runs
    }

    pub(super) fn runs(&self) -> Vec<Run> {
        self.records().into_iter().map(Run::from).collect()
    }
}

impl Cache {
    /// The last batches and streams that were run with this cache, by all processes, from the last
    /// to the first: of those before, at most 1,000 are remembered.
    ///
    /// Each [worth a record](crate#seeing-what-is-going-on) is written down when it ends. While
    /// another process has the catalog open, and where this cache may not write, what is told is
    /// what processes that live wrote, and those that ended since the journals were last merged;
    /// older ones are left out, and [`runs_on_record`](Self::runs_on_record) says so. Clearing results
    /// does not undo runs.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if neither the catalog nor the journals can be read.
    ///
    /// ```
    /// use larder::{Cache, cache};
    ///
    /// #[cache]
    /// fn square(x: u64) -> u64 {
    ///     x * x
    /// }
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let cache = Cache::open(directory.path())?;
    /// larder::with_cache(&cache, || square::map(0..10));
    /// let runs = cache.runs()?;
    /// assert_eq!((runs.len(), runs[0].computed), (1, 10));
    /// assert!(runs[0].what.ends_with("square"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runs(&self) -> Result<Vec<Run>> {
        Ok(self.runs_on_record()?.records)
    }

    /// The same, with [why](OnRecord::incomplete) older runs are not among them, if they are not.
    ///
    /// # Errors
    ///
    /// As [`runs`](Self::runs).
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path())?;
    /// let known = cache.runs_on_record()?;
    /// if let Some(reason) = &known.incomplete {
    ///     eprintln!("only the latest runs are known: {reason}");
    /// }
    /// # assert!(known.records.is_empty() && known.incomplete.is_none());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn runs_on_record(&self) -> Result<OnRecord<Run>> {
        let mut runs = self.inner.recent.records();
        let mut incomplete = None;
        if let Some(disk) = &self.inner.disk {
            let root = disk.store.path();
            let known = match self.inner.ask_catalog(disk, Catalog::runs) {
                Ok(known) => known,
                Err(reason) => {
                    incomplete = reason;
                    journalled_runs(root).map_err(|error| {
                        Error::io(format_args!("read the journals in `{}`", root.display()), error)
                    })?
                }
            };
            // What could not be written is known in memory all the same.
            runs.retain(|run| !known.contains(run));
            runs.extend(known);
            runs.sort_by_key(|run| Reverse(run.started_ns));
        }
        Ok(OnRecord { records: runs.into_iter().map(Run::from).collect(), incomplete })
    }

    /// Takes note of a run that is over.
    pub(crate) fn note_run(&self, mut run: RunRecord) {
        if let Some((end, _)) = run.what.char_indices().nth(LONGEST_NAME) {
            run.what.truncate(end);
        }
        self.inner.write_run(&run);
        self.inner.recent.add(run);
    }
}

impl Inner {
    fn write_run(&self, run: &RunRecord) {
        if let Some(disk) = self.disk.as_ref().filter(|_| self.mode.writes()) {
            self.record(disk, &crate::catalog::Record::Run(run.clone()));
        }
    }
}

impl Run {
    /// The share of the time that the workers spent computing, from 0 to 1.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// let cache = larder::Cache::open(directory.path())?;
    /// assert!(cache.runs()?.iter().all(|run| run.utilization() <= 1.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn utilization(&self) -> f64 {
        let busy: f64 = self.busy.iter().map(Duration::as_secs_f64).sum();
        #[expect(clippy::cast_precision_loss, reason = "no machine has that many workers")]
        let all = self.took.as_secs_f64() * self.jobs as f64;
        if all > 0.0 { (busy / all).min(1.0) } else { 0.0 }
    }
}

impl From<RunRecord> for Run {
    fn from(run: RunRecord) -> Self {
        Self {
            what: run.what,
            started: SystemTime::UNIX_EPOCH + Duration::from_nanos(run.started_ns),
            took: Duration::from_nanos(run.took_ns),
            jobs: run.jobs,
            found: run.found,
            computed: run.computed,
            shared: run.shared,
            failed: run.failed,
            skipped: run.skipped,
            saved: Duration::from_nanos(run.saved_ns),
            outcome: match run.end {
                RunEnd::Done => RunOutcome::Done,
                RunEnd::Failed => RunOutcome::Failed,
                RunEnd::Cancelled => RunOutcome::Cancelled,
            },
            busy: run.busy_ns.into_iter().map(Duration::from_nanos).collect(),
            longest: run.longest.into_iter().map(RunItem::from).collect(),
        }
    }
}

impl From<LongestRecord> for RunItem {
    fn from(item: LongestRecord) -> Self {
        Self { index: item.index, took: Duration::from_nanos(item.took_ns), inputs: item.inputs }
    }
}

impl fmt::Display for RunOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        })
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a batch was called comes from the disk, where anybody may have written it.
        let what = self.what.escape_debug();
        write!(f, "{what}: {} in {}", self.outcome, Short(self.took))?;
        write!(f, ", {} found, {} computed", self.found, self.computed)?;
        let rare = [(self.shared, "shared"), (self.failed, "failed"), (self.skipped, "skipped")];
        for (count, name) in rare.iter().filter(|(count, _)| *count > 0) {
            write!(f, ", {count} {name}")?;
        }
        if !self.saved.is_zero() {
            write!(f, ", {} saved", Short(self.saved))?;
        }
        match self.jobs {
            0 => Ok(()),
            1 => write!(f, ", 1 worker busy {:.0} %", 100.0 * self.utilization()),
            many => write!(f, ", {many} workers busy {:.0} %", 100.0 * self.utilization()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::Mode;
    use tempfile::TempDir;

    const SECOND: u64 = 1_000_000_000;

    fn record(number: u64) -> RunRecord {
        RunRecord {
            what: "app::train".into(),
            started_ns: number,
            took_ns: 10 * SECOND,
            jobs: 2,
            found: 90,
            computed: 9,
            failed: 1,
            saved_ns: 360 * SECOND,
            end: RunEnd::Failed,
            busy_ns: vec![10 * SECOND, 8 * SECOND],
            ..RunRecord::default()
        }
    }

    fn started(runs: &[Run]) -> Vec<u64> {
        runs.iter().map(|run| super::super::since_epoch(run.started)).collect()
    }

    #[test]
    fn a_run_is_a_line() {
        let expected = "app::train: failed in 10.0 s, 90 found, 9 computed, 1 failed, 6.0 min saved, \
                        2 workers busy 90 %";
        assert_eq!(Run::from(record(1)).to_string(), expected);
        let plain = RunRecord { what: "a\nb".into(), ..RunRecord::default() };
        assert_eq!(Run::from(plain).to_string(), "a\\nb: done in 0, 0 found, 0 computed");
    }

    #[test]
    fn runs_of_earlier_processes_are_told_of_with_and_without_the_catalog() {
        let dir = TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        cache.note_run(record(1));
        cache.clone().close();
        drop(cache);
        let cache = Cache::open(dir.path()).unwrap();
        cache.note_run(record(3));
        cache.note_run(record(2));
        assert_eq!(started(&cache.stats().runs), [3, 2]);
        assert_eq!(started(&cache.runs().unwrap()), [3, 2, 1]);
        assert_eq!(started(&cache.all_time_stats().unwrap().runs), [3, 2, 1]);

        // The journal of the first process is merged and gone by now.
        let held = Catalog::open(dir.path()).unwrap();
        assert_eq!(started(&cache.runs().unwrap()), [3, 2]);
        drop(held);
        assert_eq!(started(&cache.runs().unwrap()), [3, 2, 1]);
    }

    #[test]
    fn a_cache_that_only_reads_tells_what_the_journals_do_and_writes_nothing() {
        let dir = TempDir::new().unwrap();
        let writer = Cache::open(dir.path()).unwrap();
        writer.note_run(record(1));
        let reader = Cache::builder().dir(dir.path()).mode(Mode::ReadOnly).open().unwrap();
        reader.note_run(record(2));
        assert_eq!(started(&reader.runs().unwrap()), [2, 1]);
        assert_eq!(started(&writer.runs().unwrap()), [1]);
        assert!(!dir.path().join("catalog.damaged-1").exists());
    }

    #[test]
    fn without_a_directory_runs_are_known_in_memory() {
        let cache = Cache::off();
        for number in 0..=IN_MEMORY as u64 {
            cache.note_run(record(number));
        }
        let runs = cache.runs().unwrap();
        assert_eq!((runs.len(), started(&runs)[0]), (IN_MEMORY, IN_MEMORY as u64));
    }

    #[test]
    fn what_a_batch_is_called_is_cut_between_characters() {
        let cache = Cache::off();
        cache.note_run(RunRecord { what: "ü".repeat(1_000_000), ..record(1) });
        assert_eq!(cache.runs().unwrap()[0].what, "ü".repeat(LONGEST_NAME));
    }
}
