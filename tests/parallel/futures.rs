//! `f::map` of an `async fn`, as far as settings and interruptions go.

use crate::{LONG, ends, in_new_cache};
use larder::{CancelToken, Parallel, cache, with_parallel};
use pollster::block_on;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::thread;
use std::time::Duration;

/// Lets all others go on once.
async fn a_moment() {
    let mut asked = false;
    poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut asked, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// What a batch says that has no values to return.
fn complaint<T>(settings: &Parallel, batch: impl Future<Output = Vec<T>>) -> String {
    let call = || with_parallel(settings, || block_on(batch));
    let payload = catch_unwind(AssertUnwindSafe(call)).err().unwrap();
    payload.downcast_ref::<String>().unwrap().clone()
}

/// It took the default settings, whatever held where it was polled, and asked no token.
#[test]
fn a_batch_of_futures_that_is_cancelled_begins_nothing_new_and_keeps_what_is_done() {
    static TOKEN: OnceLock<CancelToken> = OnceLock::new();
    #[cache]
    async fn step(x: u64) -> u64 {
        a_moment().await;
        let token = TOKEN.get_or_init(CancelToken::new);
        if x == 600 {
            token.cancel();
        }
        // Not all are to be done before that one.
        while x > 600 && !token.is_cancelled() {
            a_moment().await;
        }
        x
    }
    ends(|| {
        in_new_cache(|cache| {
            let batch = Parallel::new().cancel_on(TOKEN.get_or_init(CancelToken::new));
            let text = complaint(&batch, step::map(0..5_000));
            assert!(text.contains("was not begun: the batch was cancelled"), "{text}");
            let computed = cache.stats().function("step").unwrap().computed;
            assert!((601..5_000).contains(&computed), "{computed}");
            assert!(step::is_cached(600), "what is done is lost");
            // Cancelled from the beginning, it begins nothing; elsewhere the next run goes on.
            let text = complaint(&batch, step::map(0..5_000));
            assert!(text.starts_with("item 0 was not begun"), "{text}");
            // How many are left was a panic of another kind where there are more than a number can say.
            let text = complaint(&batch, step::map(0..=u64::MAX));
            assert!(text.starts_with("item 0 was not begun"), "{text}");
            assert_eq!(block_on(step::map(0..5_000)).len(), 5_000);
            assert_eq!(cache.stats().function("step").unwrap().computed, 5_000);
        });
    });
}

#[test]
fn a_batch_of_futures_has_the_deadline_the_timeout_and_the_jobs_of_its_scope() {
    static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    #[cache]
    async fn counted(x: u64) -> u64 {
        MOST.fetch_max(UNDER_WAY.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        a_moment().await;
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
        x
    }
    #[cache]
    async fn late(x: u64) -> u64 {
        a_moment().await;
        thread::sleep(Duration::from_millis(2));
        x
    }
    ends(|| {
        in_new_cache(|_| {
            let three = Parallel::new().n_jobs(3);
            let values = with_parallel(&three, || block_on(counted::map(0..100)));
            assert!(values.into_iter().eq(0..100));
            assert!(MOST.load(Ordering::SeqCst) <= 3);
            let text = complaint(&Parallel::new().n_jobs(0), counted::map(0..3));
            assert!(text.starts_with("n_jobs is 0"), "{text}");

            let limit = Duration::from_micros(1);
            let text = complaint(&Parallel::new().timeout(limit), late::map(7..8));
            assert!(text.starts_with("item 0 (x: 7) took longer than 1µs"), "{text}");
            assert!(late::is_cached(7), "the late result is lost");
            let text = complaint(&Parallel::new().deadline(limit), late::map(8..90));
            assert!(text.contains("was not done when the time for the batch was over"), "{text}");
        });
    });
}

/// The settings are those of the place where it is polled first, for batches in its items too.
#[test]
fn a_future_takes_the_settings_along_when_it_goes_to_another_thread() {
    #[cache]
    async fn outer(x: u64) -> bool {
        a_moment().await;
        // It is on the other thread now, where nothing is cancelled.
        Parallel::new().map([x], |x: u64| x).is_err()
    }
    let (sender, receiver) = std::sync::mpsc::channel();
    ends(move || {
        in_new_cache(move |_| {
            let token = CancelToken::new();
            let mut batch = Box::pin(outer::map([1]));
            with_parallel(&Parallel::new().cancel_on(&token), || {
                let first = poll_fn(|context| Poll::Ready(batch.as_mut().poll(context)));
                assert!(block_on(first).is_pending());
            });
            token.cancel();
            let there = thread::spawn(move || sender.send(block_on(batch)));
            let was_cancelled = receiver.recv_timeout(LONG).unwrap();
            assert_eq!(was_cancelled, [true]);
            there.join().unwrap().unwrap();
        });
    });
}
