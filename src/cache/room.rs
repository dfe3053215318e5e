//! Keeping within the limits: adding up what is kept, and noticing when it is too much.
//!
//! Every process adds what it keeps to a [total](crate::store::Totals) in the directory: at once the
//! first time, then whenever it has kept a 256th of what is allowed, and when it is done. Whoever finds
//! that this passes a limit counts what there is, which corrects the total, and removes down to nine
//! tenths of the limit, in a thread of its own and one process at a time.

use super::pace::Signals;
use super::trim_job::{Job, REST_FAILED};
use super::trimmer::Known;
use super::{Disk, Inner, Tracked, lock, since_epoch, spawn};
use crate::retention::{Limits, Size};
use crate::store::{Store, Totals};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

/// Where nothing is said, at most this, or this share of the file system, whichever is less.
const MOST_BYTES: u64 = 100 << 30;
const SHARE_PERCENT: u64 = 20;

/// A process adds to the total when it has kept this part of what is allowed.
const PARTS: u64 = 256;
const MOST_ENTRIES: u64 = 1024;

/// How often it is looked for entries that got too old, and for functions with limits of their own that
/// have too many, whoever does so.
const HOUR_NS: u64 = 3_600_000_000_000;

/// A function with limits of its own is looked at when this process has kept this part of them.
const FUNCTION_PARTS: u64 = 10;

/// So long the end of a process waits for a trim without which the cache would only grow.
const LAST_CHANCE: Duration = Duration::from_secs(5);

/// What a cache does about its limits.
#[derive(Debug)]
pub(super) struct Room {
    chosen: Limits,
    limits: OnceLock<Limits>,
    /// What was kept and not added to the totals yet.
    bytes: AtomicU64,
    entries: AtomicU64,
    /// In which of the directories that were at our path we have said that we began.
    begun_in: AtomicUsize,
    trimming: Mutex<Trimming>,
}

/// The last trim in a thread of its own.
#[derive(Debug, Default)]
struct Trimming {
    thread: Option<JoinHandle<()>>,
    signals: Arc<Signals>,
}

/// What was kept of one function since its limits were last looked at.
#[derive(Debug, Default)]
pub(super) struct OwnRoom {
    bytes: AtomicU64,
    entries: AtomicU64,
}

impl OwnRoom {
    /// Adds a result, and says whether that makes a difference to the limits.
    fn adds_up(&self, bytes: u64, limits: &Limits) -> bool {
        let add = |sum: &AtomicU64, more: u64, limit: Option<u64>| {
            let sum = sum.fetch_add(more, Ordering::Relaxed).saturating_add(more);
            limit.is_some_and(|limit| sum >= (limit / FUNCTION_PARTS).max(1))
        };
        let much = add(&self.bytes, bytes, limits.bytes());
        let many = add(&self.entries, 1, limits.entries());
        if much || many {
            self.bytes.store(0, Ordering::Relaxed);
            self.entries.store(0, Ordering::Relaxed);
        }
        much || many
    }
}

impl Room {
    pub(super) fn new(chosen: Limits) -> Self {
        Self {
            chosen,
            limits: OnceLock::new(),
            bytes: AtomicU64::new(0),
            entries: AtomicU64::new(0),
            begun_in: AtomicUsize::new(0),
            trimming: Mutex::default(),
        }
    }

    /// The limits, with what goes where nothing was said.
    pub(super) fn limits(&self, store: Option<&Store>) -> &Limits {
        self.limits.get_or_init(|| {
            let share = store.and_then(|store| store.volume().ok());
            let share = share.map(|volume| volume.total / 100 * SHARE_PERCENT);
            let bytes = share.unwrap_or(MOST_BYTES).min(MOST_BYTES);
            self.chosen.clone().or_bytes(Some(Size::new(bytes)))
        })
    }

    fn unit_bytes(&self, store: &Store) -> u64 {
        let limit = self.limits(Some(store)).bytes().unwrap_or(MOST_BYTES);
        (limit / PARTS).max(1)
    }

    fn unit_entries(&self, store: &Store) -> u64 {
        let limit = self.limits(Some(store)).entries().unwrap_or(u64::MAX);
        (limit / PARTS).clamp(1, MOST_ENTRIES)
    }
}

impl Inner {
    /// Takes note of a result that was kept.
    #[inline]
    pub(super) fn grown(&self, disk: &Disk, tracked: &Tracked, size: usize) {
        let (room, size) = (&self.room, size as u64);
        let bytes = room.bytes.fetch_add(size, Ordering::Relaxed).saturating_add(size);
        let entries = room.entries.fetch_add(1, Ordering::Relaxed) + 1;
        if bytes >= room.unit_bytes(&disk.store)
            || entries >= room.unit_entries(&disk.store)
            || room.begun_in.load(Ordering::Relaxed) != disk.store.generation()
        {
            self.add_up(disk, false);
        }
        let limits = room.limits(Some(&disk.store));
        if limits.has_functions()
            && let Some(own) = limits.of_function(&tracked.identity.name)
            && tracked.room.adds_up(size, own)
        {
            self.trim_in_background(disk);
        }
    }

    /// Adds what was kept to the totals, and sees to it that there is less if that is too much.
    pub(super) fn add_up(&self, disk: &Disk, done: bool) {
        let room = &self.room;
        let generation = disk.store.generation();
        if done && room.begun_in.load(Ordering::Relaxed) != generation {
            return;
        }
        let first = !done && room.begun_in.swap(generation, Ordering::Relaxed) != generation;
        let bytes = room.bytes.swap(0, Ordering::Relaxed);
        let entries = room.entries.swap(0, Ordering::Relaxed);
        let add = |known: Option<Totals>| {
            let known = known.unwrap_or_else(|| {
                let now = since_epoch(SystemTime::now());
                let new = Totals { oldest_ns: now, aged_ns: now, ..Totals::default() };
                if first && disk.store.is_new() { new } else { Totals::unknown() }
            });
            Totals {
                bytes: known.bytes.saturating_add(bytes),
                entries: known.entries.saturating_add(entries),
                begun: known.begun.saturating_add(first.into()),
                ended: known.ended.saturating_add(done.into()),
                ..known
            }
        };
        let totals = match disk.store.change_totals(add) {
            Ok(Some(totals)) => totals,
            Ok(None) => {
                // Others are about to change it: it is added next time.
                room.bytes.fetch_add(bytes, Ordering::Relaxed);
                room.entries.fetch_add(entries, Ordering::Relaxed);
                if first {
                    room.begun_in.store(0, Ordering::Relaxed);
                }
                return;
            }
            Err(error) => {
                let directory = disk.store.path().display();
                self.warnings.refused(format_args!("count results in `{directory}`"), &error);
                Totals::unknown()
            }
        };
        if done {
            room.begun_in.store(0, Ordering::Relaxed);
        } else {
            self.check(disk, &totals, true);
        }
    }

    /// Looks whether a limit was passed before this process began.
    pub(super) fn check_room(&self, disk: &Disk) {
        if let Ok(Some(totals)) = disk.store.totals() {
            self.check(disk, &totals, false);
        }
    }

    /// Takes note that everything was removed.
    pub(super) fn cleared(&self, disk: &Disk) {
        if !self.mode.writes() {
            return;
        }
        let none = |known: Option<Totals>| Totals {
            bytes: 0,
            entries: 0,
            ..known.unwrap_or_else(Totals::unknown)
        };
        if let Err(error) = disk.store.change_totals(none) {
            tracing::debug!("that nothing is left is found when it is counted: {error}");
        }
    }

    /// Adds the last of what was kept to the totals.
    pub(super) fn done(&self) {
        if let Some(disk) = self.disk.as_ref().filter(|_| self.mode.writes()) {
            self.add_up(disk, true);
        }
    }

    fn check(&self, disk: &Disk, totals: &Totals, begun: bool) {
        let limits = self.room.limits(Some(&disk.store));
        // Each that has not said that it is done may have as much more.
        let untold = totals.untold().saturating_sub(begun.into());
        let more = |unit: u64| untold.saturating_mul(unit);
        let over = |total: u64, more: u64, limit: Option<u64>| {
            limit.is_some_and(|limit| total.saturating_add(more) > limit)
        };
        let store = &disk.store;
        if over(totals.bytes, more(self.room.unit_bytes(store)), limits.bytes())
            || over(totals.entries, more(self.room.unit_entries(store)), limits.entries())
            || is_due(totals, limits, since_epoch(SystemTime::now()))
        {
            self.trim_in_background(disk);
        }
    }

    /// What this process knows of functions, by their folders.
    pub(super) fn known_functions(&self) -> HashMap<String, Known> {
        let known = self.functions.iter().map(|tracked| {
            let start = tracked.identity.code.as_bytes().first_chunk();
            let code = u64::from_be_bytes(start.copied().unwrap_or_default());
            (
                tracked.identity.folder.name().to_owned(),
                Known { code, expires_ns: tracked.identity.validity.expires_ns },
            )
        });
        known.collect()
    }

    fn trim_in_background(&self, disk: &Disk) {
        let room = &self.room;
        let mut trimming = lock(&room.trimming);
        if !self.mode.writes() || !trimming.signals.begins() {
            return;
        }
        // What was used a moment ago is to be known.
        self.tell_all_uses();
        let signals = Arc::new(Signals::begun());
        let job = Job {
            path: disk.store.path().to_owned(),
            shared: disk.store.is_shared(),
            limits: room.limits(Some(&disk.store)).clone(),
            known: self.known_functions(),
            warnings: Arc::clone(&self.warnings),
            signals: Arc::clone(&signals),
        };
        let thread = spawn("larder-trim", move || job.run());
        if thread.is_none() {
            signals.end(Some(REST_FAILED));
        }
        *trimming = Trimming { thread, signals };
    }

    /// Has a trim end now, and waits for that.
    pub(super) fn finish_trimming(&self) {
        let signals = Arc::clone(&lock(&self.room.trimming).signals);
        self.hurry_trimming();
        signals.stop();
        let thread = lock(&self.room.trimming).thread.take();
        if let Some(thread) = thread {
            // If it panicked, somebody else goes on.
            let _ = thread.join();
        }
    }

    /// Has a trim take no more rests, as the process may be about to end. Where there is far too much,
    /// it is given some seconds, or programs that end soon would never get anything removed.
    pub(super) fn hurry_trimming(&self) {
        let signals = Arc::clone(&lock(&self.room.trimming).signals);
        signals.hurry();
        let end = Instant::now() + LAST_CHANCE;
        while signals.is_urgent() && Instant::now() < end {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

/// Whether it is time to look for what the totals do not tell: entries that got too old, and functions
/// that have too many. Times in the future are by a clock that was set back since, and tell nothing.
fn is_due(totals: &Totals, limits: &Limits, now: u64) -> bool {
    let is_past = |time: u64, after: u64| time > now || time.saturating_add(after) < now;
    let too_old = limits.shortest_age_ns().is_some_and(|age| {
        is_past(totals.oldest_ns, age) && is_past(totals.aged_ns, HOUR_NS.min(age / 8))
    });
    too_old || limits.has_functions() && is_past(totals.aged_ns, HOUR_NS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_NS: u64 = 24 * HOUR_NS;

    #[test]
    fn old_results_are_looked_for_now_and_then_whatever_the_clock_was() {
        let now = 1_000 * DAY_NS;
        let limits = Limits::none().max_age("2d");
        let is_due = |oldest_ns, aged_ns| {
            is_due(&Totals { oldest_ns, aged_ns, ..Totals::default() }, &limits, now)
        };
        assert!(is_due(now - 3 * DAY_NS, now - DAY_NS));
        assert!(!is_due(now - DAY_NS, now - DAY_NS));
        assert!(!is_due(now - 3 * DAY_NS, now - HOUR_NS / 2));
        // One run by a clock that was years ahead noted this, and nothing got too old for years.
        assert!(is_due(now + 900 * DAY_NS, now + 900 * DAY_NS));
        assert!(is_due(now - 3 * DAY_NS, u64::MAX));
        assert!(!is_due(now + 900 * DAY_NS, now));
    }
}
