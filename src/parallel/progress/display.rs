//! Which batches are shown, and the thread that shows them.
//!
//! Workers only count. Ten times a second one thread looks at all batches that are shown, draws the
//! lines on the terminal, writes those that are due, and tells sinks. It ends when there is nothing to
//! show. Nothing that a batch does while it runs waits for it.

use super::line;
use super::screen::{self, Screen};
use super::state::{Counts, Meter, ProgressState, Who};
use super::terminal::Terminal;
use super::wanted::{Show, Wanted};
use crate::error::caught;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// The time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// A batch that is over before this has no line of its own: most are.
const QUICK: Duration = Duration::from_millis(300);

/// No more lines are drawn at a time.
const MOST_LINES: usize = 8;

/// Where lines are written and not drawn: the time until the first, and the longest between two.
const FIRST_LINE: Duration = Duration::from_secs(2);
const LONGEST_SILENCE: Duration = Duration::from_mins(1);

/// The name of the thread that looks at them.
const THREAD: &str = "larder-progress";

static REGISTRY: Mutex<Registry> = Mutex::new(Registry { batches: Vec::new(), looking: false });
static CHANGED: Condvar = Condvar::new();
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

struct Registry {
    /// In the order in which they began.
    batches: Vec<Arc<Shown>>,
    /// Whether there is a thread that looks at them.
    looking: bool,
}

/// A batch that is shown.
pub(super) struct Shown {
    who: Who,
    depth: usize,
    wanted: Wanted,
    started: Instant,
    pub(super) counts: Counts,
    meter: Mutex<Meter>,
    /// Whether it had a line.
    seen: AtomicBool,
    /// When the next line is to be written, since the start.
    due: Mutex<Duration>,
    /// Whether its sink was told of the end. Held while it is told, so that the end is the last.
    over: Mutex<bool>,
    /// The thread on which its sink is told, and what that is to hear of next.
    telling: Mutex<(Option<ThreadId>, Option<ProgressState>)>,
}

impl Shown {
    /// Begins to show a batch, inside another where there is one.
    pub(super) fn begin(name: String, parent: Option<&Self>, wanted: Wanted) -> Arc<Self> {
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let shown = Arc::new(Self {
            who: Who { id, parent: parent.map(|parent| parent.who.id), name },
            depth: parent.map_or(0, |parent| parent.depth + 1),
            wanted,
            started: Instant::now(),
            counts: Counts::default(),
            meter: Mutex::default(),
            seen: AtomicBool::new(false),
            due: Mutex::new(FIRST_LINE),
            over: Mutex::new(false),
            telling: Mutex::default(),
        });
        let mut registry = lock(&REGISTRY);
        registry.batches.push(Arc::clone(&shown));
        if !registry.looking {
            let thread = thread::Builder::new().name(THREAD.to_owned());
            // Without a thread to be had, there is a line at the end.
            registry.looking = thread.spawn(look_on).is_ok();
        }
        shown
    }

    pub(super) fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn state(&self) -> ProgressState {
        let now = self.started.elapsed();
        lock(&self.meter).state(&self.who, now, self.counts.numbers())
    }

    /// The batch is over: says so, and shows it no longer.
    pub(super) fn end(&self) {
        lock(&REGISTRY).batches.retain(|shown| shown.who.id != self.who.id);
        let state = ProgressState { finished: true, ..self.state() };
        // One that was started inside another's item is part of that one.
        let tell = if self.depth > 0 {
            matches!(self.wanted.show, Show::Lines) && self.seen.load(Ordering::Relaxed)
        } else {
            self.wanted.asked || state.elapsed >= QUICK
        };
        match &self.wanted.show {
            Show::Sink(_) => self.tell_sink(&state),
            Show::Lines | Show::Bar => {
                let line = tell.then(|| self.last_line(&state));
                if thread::panicking() {
                    return screen::leave(line.as_deref());
                }
                let Some(mut screen) = Screen::lock() else { return };
                if let Some(line) = line {
                    screen.print(&line);
                }
                redraw(&mut screen);
            }
        }
    }

    fn last_line(&self, state: &ProgressState) -> String {
        match self.wanted.show {
            Show::Bar => line::fitting(state, 0, Terminal::size().1),
            Show::Lines | Show::Sink(_) => line::whole(state),
        }
    }

    fn tell_sink(&self, state: &ProgressState) {
        let Show::Sink(sink) = &self.wanted.show else { return };
        let here = thread::current().id();
        {
            let (teller, next) = &mut *lock(&self.telling);
            if *teller == Some(here) {
                // It ends the batch that it is told of, and hears of the end when it is done with that.
                *next = Some(state.clone());
                return;
            }
        }
        let mut over = lock(&self.over);
        let mut next = Some(state.clone());
        while let Some(state) = next.take().filter(|_| !*over) {
            lock(&self.telling).0 = Some(here);
            let told =
                caught(|| if state.finished { sink.finish(&state) } else { sink.update(&state) });
            next = std::mem::take(&mut *lock(&self.telling)).1;
            *over = state.finished || told.is_err();
            if told.is_err() {
                tracing::warn!(
                    "a sink for progress panicked, and is told nothing more of this batch"
                );
            }
        }
    }

    /// The line to be written now, if one is.
    fn due_line(&self) -> Option<String> {
        let mut due = lock(&self.due);
        let now = self.started.elapsed();
        (now >= *due).then(|| {
            *due = next_line(now);
            self.seen.store(true, Ordering::Relaxed);
            format!("{}{}", "  ".repeat(self.depth), line::whole(&self.state()))
        })
    }
}

/// When to write a line after one at this time: less and less often.
fn next_line(now: Duration) -> Duration {
    now.saturating_add(now.min(LONGEST_SILENCE))
}

/// The thread's work.
fn look_on() {
    loop {
        look();
        let mut registry = lock(&REGISTRY);
        if registry.batches.is_empty() {
            registry.looking = false;
            return;
        }
        drop(CHANGED.wait_timeout(registry, PAUSE).unwrap_or_else(PoisonError::into_inner));
    }
}

/// Whether this is the thread that looks.
pub(super) fn is_here() -> bool {
    thread::current().name() == Some(THREAD)
}

/// Has the thread look without delay, if there is one. It may miss that just before it sleeps.
pub(super) fn look_now() {
    CHANGED.notify_all();
}

fn look() {
    // Sinks are told without any lock of ours but their own: they may do as they like.
    let batches = lock(&REGISTRY).batches.clone();
    for shown in batches.iter().filter(|shown| matches!(shown.wanted.show, Show::Sink(_))) {
        shown.tell_sink(&shown.state());
    }
    drop(batches);
    let Some(mut screen) = Screen::lock() else { return };
    let batches = lock(&REGISTRY).batches.clone();
    for shown in batches.iter().filter(|shown| matches!(shown.wanted.show, Show::Lines)) {
        if let Some(line) = shown.due_line() {
            screen.print(&line);
        }
    }
    redraw(&mut screen);
}

/// Draws the lines of all batches that have one now.
pub(super) fn redraw(screen: &mut Screen) {
    let batches = lock(&REGISTRY).batches.clone();
    let drawn = |shown: &&Arc<Shown>| {
        matches!(shown.wanted.show, Show::Bar) && shown.started.elapsed() >= QUICK
    };
    let batches: Vec<_> = batches.iter().filter(drawn).collect();
    if batches.is_empty() {
        return screen.clear();
    }
    let (lines, columns) = Terminal::size();
    let room = MOST_LINES.min(lines.saturating_sub(1)).max(1);
    // The last column stays free: some terminals wrap when it is used.
    let width = columns.saturating_sub(1);
    let mut drawn = Vec::new();
    for shown in in_order(&batches) {
        shown.seen.store(true, Ordering::Relaxed);
        drawn.push(line::fitting(&shown.state(), 2 * shown.depth, width));
    }
    if drawn.len() > room {
        let more = drawn.len() + 1 - room;
        drawn.truncate(room - 1);
        let rest = format!("  ... and {more} more");
        drawn.push(if line::columns(&rest) <= width { rest } else { String::new() });
    }
    screen.draw(&drawn);
}

/// Each batch followed by those that its items started.
fn in_order<'a>(batches: &[&'a Arc<Shown>]) -> Vec<&'a Arc<Shown>> {
    let is_there = |id| batches.iter().any(|shown| shown.who.id == id);
    let is_root = |shown: &&&Arc<Shown>| !shown.who.parent.is_some_and(is_there);
    let mut ordered = Vec::new();
    let mut stack: Vec<_> = batches.iter().rev().filter(is_root).copied().collect();
    while let Some(shown) = stack.pop() {
        ordered.push(shown);
        stack.extend(
            batches.iter().rev().filter(|inner| inner.who.parent == Some(shown.who.id)).copied(),
        );
    }
    ordered
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_get_rarer_and_never_stop() {
        let mut times = vec![FIRST_LINE];
        while times.last() < Some(&Duration::from_mins(5)) {
            times.extend(times.last().map(|last| next_line(*last)));
        }
        let seconds: Vec<_> = times.iter().map(Duration::as_secs).collect();
        assert_eq!(seconds, [2, 4, 8, 16, 32, 64, 124, 184, 244, 304]);
    }
}
