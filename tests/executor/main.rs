//! Executors and the handles on their jobs: callbacks, waits, cancelling, shutting down, tasks that wait
//! for tasks.
//!
//! Claims that are those of Python's own tests of `concurrent.futures`, in our words, and where they are
//! shown. The tests are those of 3.14, in which the single file of 3.11 has become a folder.
//!
//! | claim | its tests | module |
//! |---|---|---|
//! | a callback is called with the value, with the error, and when cancelled, in the order of adding | `test_future`: `test_done_callback_with_*` | `callbacks` |
//! | one added when the job has ended, with a value, an error or cancelled, is called at once | `test_done_callback_already_*` | `callbacks` |
//! | one that panics keeps neither those after it nor the result | `test_done_callback_raises`, `_already_succeeded` | `callbacks` |
//! | a pending job can be cancelled, twice too; a running or done one cannot | `test_cancel` | `handles` |
//! | pending, running, cancelled, done tell the four states apart, and are printed | `test_cancelled`, `test_done`, `test_running`, `test_repr` | `handles` |
//! | a result is waited for; with a timeout that runs out it is an error and the job goes on; what has ended needs no time | `test_result_with_timeout`, `_success` | `handles` |
//! | a result is that of a cancelled job as soon as it is cancelled, also for one who waits | `test_result_with_cancel` | `handles` |
//! | the error of a job is had without its value | `test_exception_with_success` | `handles` |
//! | many threads wait for one job and each is woken | `test_get_snapshot` | `handles` |
//! | `submit` takes what a closure holds; `map` keeps the order, also with failures among the results | `executor`: `test_submit*`, `test_map`, `test_map_exception` | `pools` |
//! | `map` submits all, though nobody asks for results | `test_thread_pool`: `test_map_submits_without_iteration` | `pools` |
//! | `map` with a timeout gives what is there in time, and cancels the rest, the one that it waited for too | `test_map_timeout`, `test_executor_map_current_future_cancel` | `pools` |
//! | an iterator of `map` that is dropped half-way cancels the rest | the same | `pools` |
//! | what a job holds is dropped when it has run | `test_no_stale_references` | `pools` |
//! | zero workers is an error; the default is a number of processors | `test_max_workers_negative`, `test_default_workers` | `pools` |
//! | threads: no more than the limit, none before they are needed, an idle one is used again, names | `test_saturation`, `test_idle_thread_reuse`, `test_thread_names_*` | `pools` |
//! | an initializer runs once a thread, before the jobs; one that fails breaks the executor for good | `test_init` | `pools` |
//! | after shutdown `submit` is an error; pending jobs run, or are cancelled if asked | `test_shutdown`: `test_run_after_shutdown`, `test_hang_issue12364`, `test_cancel_futures` | `shutdown` |
//! | shutting down waits for the threads; one that was cancelled right before keeps none | `test_threads_terminate`, `test_hang_gh94440` | `shutdown` |
//! | dropping an executor waits; handles, and results of `map`, live longer than it | `test_context_manager_shutdown`, `test_del_shutdown` | `shutdown`, `pools` |
//! | shutting down without waiting returns at once, and the jobs run all the same | `test_shutdown_no_wait`, `test_cancel_futures_wait_false` | `shutdown` |
//! | `wait`: first completed, some already done | `test_wait`: `test_first_completed*` | `groups` |
//! | `wait`: first error, after successes, with cancelled ones, already there | `test_first_exception*` | `groups` |
//! | `wait`: all, however they end, also at once; with a timeout | `test_all_completed`, `test_pending_calls_race`, `test_timeout` | `groups` |
//! | `as_completed`: those that are done first, however they ended, each once; a timeout, zero too, and its message | `test_as_completed` | `groups` |
//!
//! Those of handles that are given twice, of references that are kept, of keywords and of results that are
//! set twice ask for what Rust's types do not let one write. `exception` has no timeout here. What happens
//! at the end of the interpreter (`test_interpreter_shutdown`, `test_hang_gh83386`) differs: the docs of
//! `larder::executor` say how. Forks, processes and interpreters are not there.
//!
//! Not among Python's: none and thousands can be waited for (`groups`), and jobs that wait for jobs of their
//! own pool, even of one thread, come to an end (`nested`).

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
