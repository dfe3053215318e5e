//! What the children of the tests do. Items wait at gates, which the test opens when it has seen enough.

use larder::progress::{Progress, suspend, writer};
use larder::{Cache, Finish, Parallel, cache};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Barrier, Condvar, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

static OPENED: Mutex<usize> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

/// Opens a gate for each byte that comes; all of them at the end.
static KEEPER: LazyLock<()> = LazyLock::new(|| {
    thread::spawn(|| {
        while std::io::stdin().read_exact(&mut [0]).is_ok() {
            *OPENED.lock().unwrap() += 1;
            CHANGED.notify_all();
        }
        *OPENED.lock().unwrap() = usize::MAX;
        CHANGED.notify_all();
    });
});

/// Waits until so many gates were opened.
fn gate(number: usize) {
    LazyLock::force(&KEEPER);
    drop(CHANGED.wait_while(OPENED.lock().unwrap(), |opened| *opened < number).unwrap());
}

/// Of those from 8 on, each waits at the first gate.
#[cache]
fn slow(x: u64) -> u64 {
    if x >= 8 {
        gate(1);
    }
    thread::sleep(Duration::from_millis(20));
    x
}

#[cache]
fn quick(x: u64) -> u64 {
    x
}

/// Six of them are there.
fn warm() {
    (0..6).for_each(|x| assert_eq!(slow(x), x));
}

fn batch(progress: impl Into<Progress>) {
    warm();
    let parallel = Parallel::new().n_jobs(4).progress(progress);
    assert_eq!(parallel.map(0..10_u64, slow {}).unwrap().len(), 10);
}

#[test]
#[ignore = "what the children of the other tests run"]
fn child() {
    let dir = tempfile::tempdir().unwrap();
    larder::install(Cache::open(dir.path()).unwrap()).unwrap();
    match std::env::var("PROGRAM").unwrap().as_str() {
        "batch" => batch(true),
        "on" => batch(Progress::on()),
        "lines" => batch(Progress::lines()),
        "off" => batch(false),
        "map" => {
            warm();
            assert_eq!(slow::map(0..10).len(), 10);
        }
        "quick" => {
            for number in 0..200 {
                quick::map(number..number + 5);
            }
        }
        "label" => {
            let parallel = Parallel::new().n_jobs(1).progress("größe\u{1b}[2J of 漢字");
            parallel.for_each(0..2_u64, |_: u64| gate(1)).unwrap();
        }
        "nested" => {
            let parallel = Parallel::new().n_jobs(16).progress("outer");
            let inner = |number: u64| slow::map(10 * number..10 * number + 10).len();
            assert_eq!(parallel.map(1..3_u64, inner).unwrap(), [10, 10]);
        }
        "crowd" => {
            let parallel = Parallel::new().n_jobs(12).progress("outer");
            let inner = |number: u64| slow::map([100 + number]).len();
            parallel.map(0..12_u64, inner).unwrap();
        }
        "logs" => logs(),
        "interrupted" => {
            larder::cancel_on_ctrl_c().unwrap();
            let parallel = Parallel::new().n_jobs(8).progress("outer");
            let inner = |_: u64| {
                let inner = Parallel::new().progress("inner");
                let _ = inner.for_each(0..1_u64, |_: u64| gate(1));
            };
            let inputs = (0..3_u64).inspect(|x| {
                if *x == 2 {
                    gate(1);
                }
            });
            let _ = parallel.map(inputs, inner).unwrap_err();
        }
        "panics" => {
            let parallel = Parallel::new().n_jobs(3).progress("outer").on_error(Finish);
            let work = |number: u64| {
                if number == 0 {
                    gate(1);
                    panic!("as expected");
                }
                let inner = Parallel::new().progress("inner");
                inner.for_each(0..2_u64, |_: u64| gate(2)).unwrap();
            };
            assert_eq!(parallel.for_each(0..2_u64, work).iter().filter(|r| r.is_err()).count(), 1);
        }
        "inputs" => {
            let inputs = (0..9_u64).inspect(|x| {
                if *x == 2 {
                    gate(1);
                    panic!("no more inputs");
                }
            });
            let batch =
                || Parallel::new().n_jobs(2).progress("outer").for_each(inputs, |_: u64| ());
            catch_unwind(AssertUnwindSafe(batch)).unwrap_err();
        }
        "suspended" => suspended(),
        "fails" => {
            let parallel = Parallel::new().n_jobs(1).progress("parse");
            let parse = |x: u64| if x == 2 { Err("two") } else { Ok(x) };
            let _ = parallel.try_map(0..10_u64, parse).unwrap_err();
        }
        "open" => {
            let parallel = Parallel::new().n_jobs(2).progress("open");
            let mut numbers = 0..40_u64;
            // The inputs wait, not an item: an end that has been seen is known.
            let inputs = std::iter::from_fn(|| {
                if numbers.start == 30 {
                    gate(1);
                }
                numbers.next()
            });
            parallel.for_each(inputs, |_: u64| ()).unwrap();
        }
        other => panic!("no program {other}"),
    }
}

fn logs() {
    tracing_subscriber::fmt().with_ansi(false).without_time().with_writer(writer).init();
    let parallel = Parallel::new().n_jobs(8).progress("outer");
    let work = |number: u64| {
        let inner = Parallel::new().progress("inner");
        let wait = |_: u64| gate(1);
        if number == 0 {
            inner.for_each(0..3_u64, wait).unwrap();
        } else {
            // Once the lines are there, they have to make room again and again.
            thread::sleep(Duration::from_millis(500));
            for step in 0..50 {
                if step % 10 == 9 {
                    suspend(|| by_hand(step));
                } else {
                    tracing::warn!("step {step}");
                }
                thread::sleep(Duration::from_millis(5));
            }
            gate(1);
        }
    };
    parallel.for_each(0..2_u64, work).unwrap();
}

/// Prints by hand and by way of the writer, from several threads, with a batch inside.
fn suspended() {
    let parallel = Parallel::new().n_jobs(2).progress("outer");
    let work = |_: u64| {
        gate(1);
        suspend(|| {
            by_hand(1);
            // Long enough to have a line, if lines were drawn.
            let inner = Parallel::new().progress("inner");
            // Both of them, so on another thread too.
            let both = Barrier::new(2);
            let write = |_: u64| {
                both.wait();
                thread::sleep(Duration::from_millis(700));
                writeln!(writer(), "an item").unwrap();
            };
            inner.for_each(0..2, write).unwrap();
            by_hand(2);
        });
        gate(2);
    };
    parallel.for_each(0..1, work).unwrap();
}

fn by_hand(step: usize) {
    std::io::stderr().write_all(format!("step {step} by hand\n").as_bytes()).unwrap();
}
