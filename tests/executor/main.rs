//! Executors and the handles on their jobs: callbacks, waits, cancelling, shutting down, tasks that wait
//! for tasks.
//!
//! Claims that are those of Python's own tests of `concurrent.futures` (`test_future`,
//! `test_as_completed`, `test_wait`, `test_shutdown`, `test_thread_pool`, `test_init`, `executor`), in
//! our words, and where they are shown:
//!
//! | claim | module |
//! |---|---|
//! | a callback is called with the value, with the error, and when cancelled, in that order of adding | `callbacks` |
//! | one added when the job has ended, with a value, an error or cancelled, is called at once | `callbacks` |
//! | one that panics keeps neither those after it nor the result | `callbacks` |
//! | a pending job can be cancelled, twice too; a running or done one cannot | `handles` |
//! | pending, running, cancelled, done tell the four states apart | `handles` |
//! | a result is waited for; with a timeout that runs out it is an error and the job goes on | `handles` |
//! | a result is that of a cancelled job as soon as it is cancelled, also for one who waits | `handles` |
//! | the error of a job is had without its value | `handles` |
//! | `submit` takes what a closure holds; `map` keeps the order, also with failures among the results | `pools` |
//! | `map` with a timeout gives what is there in time | `pools` |
//! | `map` over many inputs, and an iterator that is dropped half-way | `pools` |
//! | after shutdown `submit` is an error; pending jobs run, or are cancelled if asked | `shutdown` |
//! | dropping an executor waits; handles live longer than it | `shutdown` |
//! | shutting down without waiting returns at once, and the jobs run all the same | `shutdown` |
//! | threads: no more than the limit, none before they are needed, an idle one is used again, names | `pools` |
//! | zero workers is an error; the default is a number of processors | `pools` |
//! | an initializer runs once a thread, before the jobs; one that fails breaks the executor for good | `pools` |
//! | what a job holds is dropped when it has run | `pools` |
//! | wait: first completed, some already done; first error, with and without one, already there; all; with a timeout | `groups` |
//! | wait and as_completed with none; with more than a thousand | `groups` |
//! | as_completed: those that are done first, each once, a timeout, zero timeout | `groups` |
//! | many threads wait for one job and each is woken | `handles` |
//! | jobs that submit jobs and wait for them, in a pool of one | `nested` |

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod cached;
mod callbacks;
mod futures;
mod groups;
mod handles;
mod logs;
mod nested;
mod pools;
mod scopes;
mod shutdown;

use larder::executor::ThreadPoolExecutor;
use std::sync::mpsc;
use std::time::Duration;

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

fn executor(max_workers: usize) -> ThreadPoolExecutor {
    ThreadPoolExecutor::new(max_workers).unwrap()
}

/// Something that a job waits for, until it is opened or dropped.
struct Gate {
    closed: mpsc::Sender<()>,
}

/// The other side of a gate.
struct Behind(mpsc::Receiver<()>);

impl Gate {
    fn new() -> (Self, Behind) {
        let (sender, receiver) = mpsc::channel();
        (Self { closed: sender }, Behind(receiver))
    }

    fn open(self) {
        drop(self.closed);
    }
}

impl Behind {
    /// Returns once the gate is open.
    fn pass(self) {
        let passed = self.0.recv_timeout(LONG);
        assert_eq!(passed, Err(mpsc::RecvTimeoutError::Disconnected), "the gate stayed shut");
    }
}

/// Runs `work` on a thread of its own, which has to come to an end.
fn watched<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, receiver) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let result = work();
        let _ = sender.send(());
        result
    });
    match receiver.recv_timeout(LONG) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("it hangs"),
        Ok(()) | Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        },
    }
}
