//! A span around each batch or stream, for the tools that show what `tracing` tells.
//!
//! Its name is `batch`, its level debug, and its fields are `function` (or what the closure is called),
//! `jobs`, and when it is over, `found`, `shared`, `computed`, `failed`, `skipped` and `outcome`:
//! `done`, `failed` or `cancelled`. What items do is within it, on whichever thread they run.

use super::observe::{Ended, Observer, Started};
use super::settings::Stopped;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tracing::field::Empty;
use tracing::{Span, debug_span};

/// Opens a span for a batch, if anybody listens.
pub(super) fn watch(started: &Started<'_>) -> Option<Box<dyn Observer>> {
    let span = debug_span!(
        "batch",
        function = %started.label(),
        jobs = started.jobs,
        found = Empty,
        shared = Empty,
        computed = Empty,
        failed = Empty,
        skipped = Empty,
        outcome = Empty,
    );
    (!span.is_disabled()).then(|| Box::new(Spanned { span, counts: Counts::default() }) as Box<_>)
}

struct Spanned {
    span: Span,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    found: AtomicU64,
    shared: AtomicU64,
    computed: AtomicU64,
    failed: AtomicU64,
    skipped: AtomicU64,
}

impl Observer for Spanned {
    fn enter(&self) {
        self.span.with_subscriber(|(id, subscriber)| subscriber.enter(id));
    }

    fn leave(&self) {
        self.span.with_subscriber(|(id, subscriber)| subscriber.exit(id));
    }

    fn found(&self, count: usize, _: Duration) {
        self.counts.found.fetch_add(count as u64, Relaxed);
    }

    fn shared(&self, count: usize, _: Duration) {
        self.counts.shared.fetch_add(count as u64, Relaxed);
    }

    fn computed(&self, items: Ended<'_>) {
        self.counts.computed.fetch_add(items.count as u64, Relaxed);
    }

    fn failed(&self, items: Ended<'_>) {
        self.counts.failed.fetch_add(items.count as u64, Relaxed);
    }

    fn skipped(&self, count: usize) {
        self.counts.skipped.fetch_add(count as u64, Relaxed);
    }

    fn ended(&self, stopped: Option<Stopped>) {
        let counts = &self.counts;
        let fields = [
            ("found", &counts.found),
            ("shared", &counts.shared),
            ("computed", &counts.computed),
            ("failed", &counts.failed),
            ("skipped", &counts.skipped),
        ];
        for (name, count) in fields {
            self.span.record(name, count.load(Relaxed));
        }
        let outcome = match stopped {
            None => "done",
            Some(Stopped::Failed) => "failed",
            Some(Stopped::Cancelled | Stopped::Deadline) => "cancelled",
        };
        self.span.record("outcome", outcome);
    }
}
