//! What each batch and stream came to, for the cache to remember: see [`Cache::runs`].
//!
//! Worth a record is what took 100 ms or more, was stopped, or had something to compute for a cached
//! function without being part of another batch's item. The rest is the small change of hot loops.

use super::observe::{Ended, Observer, Started};
use super::settings::Stopped;
use crate::cache::{Cache, add_time, opened};
use crate::catalog::{LongestRecord, RunEnd, RunRecord};
use std::cell::Cell;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// What took so long is worth a record whatever it did.
const LONG: Duration = Duration::from_millis(100);

/// So many of the items that took longest are told of.
const LONGEST: usize = 5;

thread_local! {
    /// How many batches this thread works on an item of, one inside the other.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Records a batch, if there is a cache to tell. Closures are recorded in the cache that calls use
/// here, if that is open; it is not opened for that.
pub(super) fn watch(started: &Started<'_>) -> Option<Box<dyn Observer>> {
    let cache = started.function.map_or_else(opened, |(_, cache)| Some(cache.clone()))?;
    let folder = started.function.map(|(function, _)| function.identity.folder.name().to_owned());
    Some(Box::new(Recorder {
        cache,
        what: started.label().to_owned(),
        folder,
        jobs: started.jobs,
        nested: DEPTH.try_with(Cell::get).unwrap_or_default() > 0,
        at: SystemTime::now(),
        begun: Instant::now(),
        found: AtomicU64::new(0),
        shared: AtomicU64::new(0),
        failed: AtomicU64::new(0),
        drawn: AtomicU64::new(0),
        saved_ns: AtomicU64::new(0),
        workers: (0..=started.workers).map(|_| Worker::default()).collect(),
        least_ns: AtomicU64::new(0),
        longest: Mutex::default(),
    }))
}

struct Recorder {
    cache: Cache,
    what: String,
    folder: Option<String>,
    jobs: usize,
    nested: bool,
    at: SystemTime,
    begun: Instant,
    found: AtomicU64,
    shared: AtomicU64,
    failed: AtomicU64,
    drawn: AtomicU64,
    saved_ns: AtomicU64,
    /// By their index in the pool; the last for all other threads.
    workers: Box<[Worker]>,
    /// What an item has to exceed to be one of the longest.
    least_ns: AtomicU64,
    longest: Mutex<Vec<LongestRecord>>,
}

/// What one worker did, on a cache line of its own.
#[derive(Default)]
#[repr(align(64))]
struct Worker {
    computed: AtomicU64,
    busy_ns: AtomicU64,
}

impl Recorder {
    fn ran(&self, items: &Ended<'_>) -> &Worker {
        let last = self.workers.len() - 1;
        let worker = &self.workers[items.worker.unwrap_or(last).min(last)];
        let took_ns = nanos(items.took);
        worker.busy_ns.fetch_add(took_ns, Relaxed);
        if items.count == 1 && took_ns > self.least_ns.load(Relaxed) {
            self.remember(items, took_ns);
        }
        worker
    }

    #[cold]
    fn remember(&self, items: &Ended<'_>, took_ns: u64) {
        let inputs = items.printed.unwrap_or_default().to_owned();
        let item = LongestRecord { index: items.index as u64, took_ns, inputs };
        let mut longest = self.longest.lock().unwrap_or_else(PoisonError::into_inner);
        let place = longest.partition_point(|other| other.took_ns >= took_ns);
        longest.insert(place, item);
        longest.truncate(LONGEST);
        if let Some(least) = longest.get(LONGEST - 1) {
            self.least_ns.store(least.took_ns, Relaxed);
        }
    }

    fn saved(&self, saved: Duration) {
        add_time(&self.saved_ns, nanos(saved));
    }

    fn computed(&self) -> u64 {
        self.workers.iter().map(|worker| worker.computed.load(Relaxed)).sum()
    }

    fn is_worth_a_record(&self, took: Duration, stopped: Option<Stopped>) -> bool {
        let computed = self.computed() + self.failed.load(Relaxed) > 0;
        let worked = self.folder.is_some() && !self.nested && computed;
        took >= LONG || stopped.is_some() || worked
    }

    /// How long each worker was at work: all that could be, and others that were.
    fn busy(&self) -> Vec<u64> {
        let busy: Vec<_> = self.workers.iter().map(|worker| worker.busy_ns.load(Relaxed)).collect();
        let (seen, idle): (Vec<_>, Vec<_>) = busy.into_iter().partition(|busy_ns| *busy_ns > 0);
        let missing = self.jobs.saturating_sub(seen.len());
        seen.into_iter().chain(idle.into_iter().take(missing)).collect()
    }
}

impl Observer for Recorder {
    fn enter(&self) {
        // A thread that is ending starts no batches.
        let _ = DEPTH.try_with(|depth| depth.set(depth.get() + 1));
    }

    fn leave(&self) {
        let _ = DEPTH.try_with(|depth| depth.set(depth.get().saturating_sub(1)));
    }

    fn found(&self, count: usize, saved: Duration) {
        self.found.fetch_add(count as u64, Relaxed);
        self.saved(saved);
    }

    fn shared(&self, count: usize, saved: Duration) {
        self.shared.fetch_add(count as u64, Relaxed);
        self.saved(saved);
    }

    fn computed(&self, items: Ended<'_>) {
        self.ran(&items).computed.fetch_add(items.count as u64, Relaxed);
    }

    fn failed(&self, items: Ended<'_>) {
        self.ran(&items);
        self.failed.fetch_add(items.count as u64, Relaxed);
    }

    fn drawn(&self, count: usize, _: (usize, Option<usize>)) {
        self.drawn.fetch_add(count as u64, Relaxed);
    }

    fn ended(&self, stopped: Option<Stopped>) {
        let took = self.begun.elapsed();
        if !self.is_worth_a_record(took, stopped) {
            return;
        }
        let (found, shared) = (self.found.load(Relaxed), self.shared.load(Relaxed));
        let (computed, failed) = (self.computed(), self.failed.load(Relaxed));
        let over = found + shared + computed + failed;
        let since = self.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mut longest = self.longest.lock().unwrap_or_else(PoisonError::into_inner);
        self.cache.note_run(RunRecord {
            what: self.what.clone(),
            folder: self.folder.clone().unwrap_or_default(),
            started_ns: nanos(since),
            took_ns: nanos(took),
            jobs: self.jobs as u64,
            found,
            computed,
            shared,
            failed,
            skipped: self.drawn.load(Relaxed).saturating_sub(over),
            saved_ns: self.saved_ns.load(Relaxed),
            end: match stopped {
                None => RunEnd::Done,
                Some(Stopped::Failed) => RunEnd::Failed,
                Some(Stopped::Cancelled | Stopped::Deadline) => RunEnd::Cancelled,
            },
            busy_ns: self.busy(),
            longest: mem::take(&mut longest),
        });
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
