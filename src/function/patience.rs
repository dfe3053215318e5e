//! How a caller waits: a thread sleeps, a future is woken, and what a batch has set aside is asked
//! now and then.

use super::instances::Function;
use crate::entry::Key;
use crate::error::caught;
use crate::flight::{Kind, Parker, Polled, Ticket, Verdict, elsewhere};
use futures_timer::Delay;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

/// After so long, and twice as long each time, whoever waits without bound says for whom.
const SAYS: Duration = Duration::from_secs(5);

/// Something to be done once, on whichever thread.
type Work<R> = Box<dyn FnOnce() -> R + Send>;

/// One who makes a call.
pub(crate) trait Caller {
    /// What waits.
    fn waits(&self) -> Kind;

    /// What computes.
    fn leads(&self) -> Kind {
        self.waits()
    }

    /// Whether a computation on this thread's stack can be one that the call is part of.
    fn is_home(&self) -> bool {
        true
    }

    /// Waits for what is computed in this process.
    fn wait(
        &self,
        ticket: Ticket<Key>,
        bound: Duration,
        function: &'static Function,
    ) -> impl Future<Output = Verdict<Key>> + Send;

    /// Lets some time pass.
    fn pause(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Does what reads or writes. It is boxed because the compiler cannot show of a closure that
    /// lives in such a future that it may be sent.
    fn disk<R: Send + 'static>(&self, work: Work<R>) -> impl Future<Output = R> + Send;
}

/// A caller that may block its thread. Its futures are ready at once, as it waits within.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Thread(pub(crate) Kind);

/// A caller that may not, as other futures want to go on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Task;

/// An item of a batch, which workers compute while the thread that started the batch waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    pub(crate) waits: Kind,
    pub(crate) home: ThreadId,
}

/// What the future of a [`Thread`] comes to.
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("a thread waits within its futures"),
    }
}

impl Caller for Thread {
    fn waits(&self) -> Kind {
        self.0
    }

    async fn wait(
        &self,
        mut ticket: Ticket<Key>,
        bound: Duration,
        function: &'static Function,
    ) -> Verdict<Key> {
        let parker = Parker::new();
        let waker = parker.waker();
        let started = Instant::now();
        let mut says = SAYS;
        loop {
            match ticket.poll(Instant::now(), bound, &waker) {
                Polled::Ready(verdict) => return verdict,
                Polled::Pending(until) => parker.park_until(until.unwrap_or(started + says)),
            }
            if started.elapsed() >= says {
                says *= 2;
                let (name, waited) = (&function.identity.name, started.elapsed());
                let whom = ticket.led_by();
                tracing::info!(function = %name, "waiting for {whom} for {waited:.0?} now");
            }
        }
    }

    async fn pause(&self, time: Duration) {
        std::thread::sleep(time);
    }

    async fn disk<R: Send + 'static>(&self, work: Work<R>) -> R {
        work()
    }
}

impl Caller for Task {
    fn waits(&self) -> Kind {
        Kind::Task
    }

    async fn wait(
        &self,
        mut ticket: Ticket<Key>,
        mut bound: Duration,
        _: &'static Function,
    ) -> Verdict<Key> {
        let mut timer = Delay::new(bound);
        poll_fn(|context| {
            loop {
                let until = match ticket.poll(Instant::now(), bound, context.waker()) {
                    Polled::Ready(verdict) => return Poll::Ready(verdict),
                    Polled::Pending(until) => until,
                };
                match ask(&mut timer, context) {
                    Ok(Poll::Pending) => return Poll::Pending,
                    // Others gave up meanwhile, so there is more time.
                    Ok(Poll::Ready(())) => {
                        timer.reset(until.map_or(bound, |until| until - Instant::now()));
                    }
                    // Nobody would ask again when the time is over, so it is over now.
                    Err(NoTimer) => bound = Duration::ZERO,
                }
            }
        })
        .await
    }

    async fn pause(&self, time: Duration) {
        let mut timer = Delay::new(time);
        let over = |context: &mut Context<'_>| match ask(&mut timer, context) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
            Err(NoTimer) => Poll::Ready(Err(NoTimer)),
        };
        if poll_fn(over).await.is_err() {
            // There are no threads, so what others do is done on this one too.
            std::thread::sleep(time);
        }
    }

    async fn disk<R: Send + 'static>(&self, work: Work<R>) -> R {
        elsewhere(work).await
    }
}

/// That no thread can be had which would wake a future.
struct NoTimer;

/// Whether a timer's time is over. One for which there is no thread panics when it is asked.
fn ask(timer: &mut Delay, context: &mut Context<'_>) -> Result<Poll<()>, NoTimer> {
    let asked = caught(|| Pin::new(timer).poll(context));
    asked.map_err(|_| NoTimer)
}

impl Caller for Item {
    fn waits(&self) -> Kind {
        self.waits
    }

    fn leads(&self) -> Kind {
        Kind::Worker
    }

    fn is_home(&self) -> bool {
        std::thread::current().id() == self.home
    }

    async fn wait(
        &self,
        mut ticket: Ticket<Key>,
        bound: Duration,
        _: &'static Function,
    ) -> Verdict<Key> {
        poll_fn(|context| match ticket.poll(Instant::now(), bound, context.waker()) {
            Polled::Ready(verdict) => Poll::Ready(verdict),
            Polled::Pending(_) => Poll::Pending,
        })
        .await
    }

    async fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        poll_fn(|_| if Instant::now() < until { Poll::Pending } else { Poll::Ready(()) }).await;
    }

    async fn disk<R: Send + 'static>(&self, work: Work<R>) -> R {
        work()
    }
}
