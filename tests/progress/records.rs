//! What is remembered of batches that are over.

use larder::{Cache, CancelToken, Parallel, Run, RunOutcome, cache, with_cache};
use std::thread;
use std::time::Duration;

/// What a cache of its own remembers after `work`, from the first to the last.
fn runs(work: impl FnOnce() + Send) -> Vec<Run> {
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path()).unwrap();
    with_cache(&cache, work);
    assert_eq!(cache.stats().runs, cache.runs().unwrap());
    cache.close();
    // Another process would read it like this.
    let mut runs = Cache::open(dir.path()).unwrap().runs().unwrap();
    runs.reverse();
    runs
}

/// On a busy machine anything may take long.
fn is_long(run: &Run) -> bool {
    run.took >= Duration::from_millis(100)
}

#[cache(redact(secret))]
fn nap(millis: u64, secret: u64) -> u64 {
    thread::sleep(Duration::from_millis(millis));
    millis + secret
}

#[test]
fn a_batch_leaves_what_it_came_to_and_its_longest_items() {
    let runs = runs(|| {
        nap(1, 7);
        let millis = [1, 2, 3, 4, 5, 30, 2, 6, 7];
        assert_eq!(nap::map(millis.map(|millis| (millis, 7))).len(), 9);
        nap::map([(1, 7), (2, 7)]);
    });
    let (first, others) = runs.split_first().unwrap();
    assert!(others.iter().all(is_long), "what only finds in a moment is not worth a record");
    let run = first;
    assert_eq!(run.what, "progress::records::nap");
    assert_eq!((run.found + run.shared, run.computed, run.failed, run.skipped), (2, 7, 0, 0));
    assert_eq!(run.outcome, RunOutcome::Done);
    assert!(run.took >= Duration::from_millis(30) && run.saved >= Duration::from_millis(1));
    assert!(run.busy.len() as u64 >= run.jobs && run.jobs > 0, "{run:?}");
    assert!(run.busy.iter().sum::<Duration>() >= Duration::from_millis(57), "{run:?}");
    assert_eq!(run.longest.len(), 5);
    let first = &run.longest[0];
    assert_eq!((first.index, first.inputs.as_str()), (5, "millis: 30, secret: <redacted>"));
    assert!(run.longest.is_sorted_by(|a, b| a.took >= b.took));
}

#[test]
fn closures_are_recorded_when_they_take_long_or_are_stopped() {
    let token = CancelToken::new();
    let runs = runs(|| {
        let quick = Parallel::new().progress("quick");
        quick.map(0..100_u64, |x: u64| x).unwrap();
        let long = Parallel::new().n_jobs(2).progress("naps");
        long.for_each(0..2_u64, |_: u64| thread::sleep(Duration::from_millis(120))).unwrap();
        let _ = quick.try_map(0..3_u64, |x: u64| if x == 1 { Err("one") } else { Ok(x) });
        let cancelled = Parallel::new().n_jobs(1).cancel_on(&token);
        let _ = cancelled.for_each(0..100_u64, |x: u64| {
            if x == 2 {
                token.cancel();
            }
        });
    });
    let runs: Vec<_> = runs
        .into_iter()
        .filter(|run| run.what != "quick" || run.outcome != RunOutcome::Done || !is_long(run))
        .collect();
    let seen: Vec<_> = runs.iter().map(|run| (run.outcome, run.failed)).collect();
    let expected = [(RunOutcome::Done, 0), (RunOutcome::Failed, 1), (RunOutcome::Cancelled, 0)];
    assert_eq!(seen, expected, "{runs:#?}");
    assert_eq!((runs[0].what.as_str(), runs[0].jobs, runs[0].computed), ("naps", 2, 2));
    assert!(runs[2].computed >= 3 && runs[2].computed < 100, "{runs:#?}");
}

#[test]
fn a_panic_is_a_failure_and_is_told_with_its_inputs() {
    #[cache]
    fn explode(x: u64) -> u64 {
        assert_ne!(x, 1, "one");
        x
    }

    let runs = runs(|| {
        let batch = || Parallel::new().n_jobs(1).map(0..50_u64, explode {});
        let _ = batch().unwrap_err();
    });
    assert_eq!((runs.len(), runs[0].failed, runs[0].outcome), (1, 1, RunOutcome::Failed));
    assert!(runs[0].longest.iter().any(|item| item.inputs == "x: 1"), "{runs:?}");
}

#[test]
fn a_stream_that_is_dropped_is_cancelled_and_one_that_ends_is_done() {
    let runs = runs(|| {
        let parallel = Parallel::new().n_jobs(2);
        let whole = parallel.stream((0..20).map(|seed| (0, seed)), nap {});
        assert_eq!(whole.flatten().count(), 20);
        let part = parallel.stream((0_u64..).map(|seed| (1, 100 + seed)), nap {});
        assert_eq!(part.take(3).flatten().count(), 3);
    });
    let outcomes: Vec<_> = runs.iter().map(|run| run.outcome).collect();
    assert_eq!(outcomes, [RunOutcome::Done, RunOutcome::Cancelled], "{runs:#?}");
    assert_eq!((runs[0].computed, runs[0].skipped), (20, 0));
    assert!(runs[1].computed >= 3, "{runs:#?}");
}

#[test]
fn batches_inside_items_are_part_of_those_unless_they_take_long() {
    let runs = runs(|| {
        let inner = |x: u64| nap::map([(0, x)]).len();
        assert_eq!(Parallel::new().progress("outer").map(0..4_u64, inner).unwrap(), [1; 4]);
        let inner = |x: u64| nap::map([(150, x)]).len();
        assert_eq!(Parallel::new().progress("outer").map(0..1_u64, inner).unwrap(), [1]);
    });
    let names: Vec<_> = runs.iter().map(|run| run.what.as_str()).collect();
    assert!(names.ends_with(&["outer", "progress::records::nap"]), "{names:?}");
    assert!(runs.iter().filter(|run| run.what != "outer").all(is_long), "{runs:#?}");
}

#[test]
fn futures_are_batches_too() {
    #[cache]
    async fn later(x: u64) -> u64 {
        std::future::ready(x).await
    }

    let runs = runs(|| {
        let both = (0..10).chain(0..2);
        assert_eq!(pollster::block_on(later::map(both)).len(), 12);
    });
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].computed, runs[0].shared + runs[0].found), (10, 2), "{runs:#?}");
    assert_eq!(runs[0].longest.len(), 5);
}
