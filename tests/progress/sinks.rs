//! What sinks are told.

use larder::progress::{Progress, ProgressSink, ProgressState};
use larder::{Cache, Finish, Parallel, Stream, cache, with_cache};
use std::fmt;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes so long, on any machine.
const TOO_LONG: Duration = Duration::from_mins(1);

/// Keeps all it is told.
#[derive(Debug, Default)]
struct Diary {
    updates: Mutex<Vec<ProgressState>>,
    finished: Mutex<Vec<ProgressState>>,
}

impl ProgressSink for Diary {
    fn update(&self, state: &ProgressState) {
        self.updates.lock().unwrap().push(state.clone());
    }

    fn finish(&self, state: &ProgressState) {
        self.finished.lock().unwrap().push(state.clone());
    }
}

impl Diary {
    /// How the one batch of this name ended, after whatever updates.
    fn end(&self, name: &str) -> ProgressState {
        let finished = self.finished.lock().unwrap();
        let ours: Vec<_> = finished.iter().filter(|state| state.name == name).collect();
        assert_eq!(ours.len(), 1, "{finished:?}");
        assert!(ours[0].finished);
        for update in self.updates.lock().unwrap().iter().filter(|one| one.id == ours[0].id) {
            assert!(!update.finished && update.done() <= ours[0].done(), "{update:?}");
        }
        ours[0].clone()
    }
}

/// Runs with a cache of its own and a sink.
fn told(work: impl FnOnce(Parallel) + Send) -> Arc<Diary> {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path()).unwrap();
    let diary = Arc::new(Diary::default());
    let sink = Arc::clone(&diary);
    with_cache(&cache, || work(Parallel::new().progress(Progress::to(sink))));
    diary
}

#[cache]
fn square(x: u64) -> u64 {
    thread::sleep(Duration::from_millis(2));
    x * x
}

#[test]
fn every_item_is_counted_once_as_what_became_of_it() {
    let diary = told(|parallel| {
        square::map(0..50);
        let inputs = (0..100).chain(0..10);
        assert_eq!(parallel.map(inputs, square {}).unwrap().len(), 110);
    });
    let end = diary.end("square");
    // Items 0 to 49 were there, of 50 to 99 each is computed; ten are there again.
    assert_eq!((end.found, end.computed, end.failed, end.skipped), (60, 50, 0, 0));
    assert_eq!((end.left, end.total(), end.fraction()), (Some(0), Some(110), Some(1.0)));
    assert!(end.saved >= Duration::from_millis(100), "{end:?}");
}

/// Batches of tiny items were run in another way when nobody watched.
#[test]
fn tiny_items_are_counted_too() {
    const COUNT: u64 = 50_000;
    for fails_at in [None, Some(30_000)] {
        let work = |x: u64| assert!(Some(x) != fails_at);
        let in_memory: Vec<_> = (0..COUNT).collect();
        let all = told(|parallel| {
            let _ = parallel.map(in_memory, work);
        });
        let drawn = told(|parallel| {
            let _ = parallel.map(0..COUNT, work);
        });
        for diary in [all, drawn] {
            let end = &diary.finished.lock().unwrap()[0];
            assert_eq!(end.failed, u64::from(fails_at.is_some()), "{end:?}");
            assert_eq!(end.total(), Some(COUNT), "{end:?}");
            let counted = end.done() + end.skipped + end.left.unwrap();
            assert_eq!(counted, COUNT, "{end:?}");
            assert_eq!(end.computed == COUNT, fails_at.is_none(), "{end:?}");
        }
    }
}

#[test]
fn updates_come_while_a_batch_goes_on() {
    let diary = Arc::new(Diary::default());
    let sink = Arc::clone(&diary);
    let parallel = Parallel::new().progress(Progress::to(sink));
    let begun = Instant::now();
    let wait = |_: u64| {
        while diary.updates.lock().unwrap().is_empty() && begun.elapsed() < TOO_LONG {
            thread::sleep(Duration::from_millis(1));
        }
    };
    parallel.for_each(0..3_u64, wait).unwrap();
    assert!(!diary.updates.lock().unwrap().is_empty());
}

#[test]
fn a_stopped_batch_leaves_the_rest() {
    let diary = told(|parallel| {
        let parse = |x: u64| if x == 3 { Err("three") } else { Ok(x) };
        let _ = parallel.n_jobs(1).try_map(0..100_u64, parse).unwrap_err();
    });
    let finished = diary.finished.lock().unwrap();
    let end = &finished[0];
    assert_eq!((end.failed, end.total()), (1, Some(100)), "{end:?}");
    assert!(end.done() < 100 && end.left.unwrap() + end.skipped == 100 - end.done(), "{end:?}");
}

/// Those that waited for an equal item that was not begun were counted as nothing.
#[test]
fn equal_items_that_are_not_begun_are_skipped_too() {
    #[cache]
    fn fails(x: u64) -> u64 {
        assert!(x > 0);
        square(x)
    }
    let diary = told(|parallel| {
        let inputs = [0, 1, 1, 2, 2, 2, 3, 3, 0, 0];
        let _ = parallel.n_jobs(1).map(inputs, fails {}).unwrap_err();
    });
    let end = diary.end("fails");
    assert_eq!(
        (end.left, end.done() + end.skipped, end.total()),
        (Some(0), 10, Some(10)),
        "{end:?}"
    );
}

/// The driver and the worker each took the time, so that one could find an item late and the other not.
#[test]
fn an_item_that_ends_just_when_its_time_is_over_is_counted_once() {
    let limit = Duration::from_millis(1);
    let diary = told(|parallel| {
        let parallel = parallel.on_error(Finish).timeout(limit).n_jobs(3);
        let work = move |x: u64| {
            thread::sleep(limit.saturating_sub(Duration::from_micros(10 * (x % 20))));
            if x.is_multiple_of(3) { Err(x) } else { Ok(x) }
        };
        assert_eq!(parallel.try_stream(0..300_u64, work).count(), 300);
    });
    let end = &diary.finished.lock().unwrap()[0];
    // What was late may still be running.
    assert!(end.done() + end.skipped <= 300 && end.total() == Some(300), "{end:?}");
}

#[test]
fn batches_inside_others_go_to_the_same_sink_and_name_their_parent() {
    let diary = told(|parallel| {
        parallel.map(0..3_u64, |x: u64| square::map([x]).len()).unwrap();
    });
    let finished = diary.finished.lock().unwrap();
    assert_eq!(finished.len(), 4, "{finished:#?}");
    let outer = finished.last().unwrap();
    assert_eq!((outer.parent, outer.computed), (None, 3));
    assert!(finished[..3].iter().all(|inner| inner.parent == Some(outer.id)));
}

#[test]
fn a_sink_that_panics_stops_nothing() {
    #[derive(Debug)]
    struct Broken;

    impl ProgressSink for Broken {
        fn update(&self, _: &ProgressState) {
            panic!("expected");
        }

        fn finish(&self, _: &ProgressState) {
            panic!("expected");
        }
    }

    let parallel = Parallel::new().progress(Progress::to(Arc::new(Broken)));
    let work = |x: u64| {
        thread::sleep(Duration::from_millis(50));
        x
    };
    assert_eq!(parallel.map(0..4_u64, work).unwrap(), [0, 1, 2, 3]);
}

/// Holds a stream, and drops it when it is told how far that is.
#[derive(Default)]
struct Impatient {
    stream: Mutex<Option<Stream<'static, u64>>>,
    ended: Mutex<Option<mpsc::Sender<ProgressState>>>,
}

impl fmt::Debug for Impatient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Impatient")
    }
}

impl ProgressSink for Impatient {
    fn update(&self, _: &ProgressState) {
        let stream = self.stream.lock().unwrap().take();
        drop(stream);
    }

    fn finish(&self, state: &ProgressState) {
        let ended = self.ended.lock().unwrap().take();
        ended.unwrap().send(state.clone()).unwrap();
    }
}

/// To be told of the end it waited for itself to be done, and so did all that is shown, for ever.
#[test]
fn a_sink_may_end_the_batch_that_it_is_told_of() {
    let (sender, receiver) = mpsc::channel();
    let sink = Arc::new(Impatient { ended: Mutex::new(Some(sender)), ..Impatient::default() });
    let shown = Parallel::new().n_jobs(2).progress(Progress::to(Arc::clone(&sink) as _));
    *sink.stream.lock().unwrap() = Some(shown.stream(0.., |x: u64| x));
    let state = receiver.recv_timeout(TOO_LONG).unwrap();
    assert!(state.finished && sink.stream.lock().unwrap().is_none());
}
