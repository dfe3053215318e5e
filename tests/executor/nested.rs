//! Jobs that wait for jobs: helped along, or told that it would never end.

use crate::{Gate, LONG, executor, watched};
use larder::ErrorKind;
use larder::executor::{Executor, JobHandle, ReturnWhen, ThreadPoolExecutor, as_completed, wait};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

fn fibonacci(executor: &Arc<ThreadPoolExecutor>, n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let submit = |n| {
        let there = Arc::clone(executor);
        executor.submit(move || fibonacci(&there, n)).unwrap()
    };
    let (one, two) = (submit(n - 1), submit(n - 2));
    one.result().unwrap() + two.result().unwrap()
}

#[test]
fn tasks_wait_for_tasks_of_their_own_pool_however_small_that_is() {
    for workers in 1..=4 {
        let sum = watched(move || {
            let executor = Arc::new(executor(workers));
            let there = Arc::clone(&executor);
            executor.submit(move || fibonacci(&there, 15)).unwrap().result().unwrap()
        });
        assert_eq!(sum, 610);
    }
}

#[test]
fn a_task_waits_for_many_tasks_of_its_own_pool_of_one() {
    watched(|| {
        let executor = Arc::new(executor(1));
        let there = Arc::clone(&executor);
        let job = executor.submit(move || {
            let submit = || (0..100).map(|x| there.submit(move || x).unwrap()).collect::<Vec<_>>();
            let all = wait(submit(), ReturnWhen::AllCompleted, None).unwrap();
            let first = wait(submit(), ReturnWhen::FirstCompleted, None).unwrap();
            let sum: u64 =
                as_completed(submit(), None).map(|job| job.unwrap().result().unwrap()).sum();
            let mapped: u64 = there.map(|x| x, 0..100_u64).unwrap().map(Result::unwrap).sum();
            let polled: u64 =
                submit().into_iter().map(|job| pollster::block_on(job).unwrap()).sum();
            (all.done.len(), first.done.len(), sum, mapped, polled)
        });
        assert_eq!(job.unwrap().result().unwrap(), (100, 1, 4_950, 4_950, 4_950));
    });
}

#[test]
fn jobs_that_were_run_by_the_one_who_waits_do_not_stay_in_the_queue() {
    watched(|| {
        let executor = Arc::new(executor(1));
        let there = Arc::clone(&executor);
        let held = Arc::new(());
        let inside = Arc::clone(&held);
        let job = executor.submit(move || {
            for _ in 0..10_000 {
                let inside = Arc::clone(&inside);
                there.submit(move || inside).unwrap().result().unwrap();
            }
            (Arc::strong_count(&inside), format!("{there:?}"))
        });
        let (count, text) = job.unwrap().result().unwrap();
        assert_eq!(count, 2);
        let queued = text.split("queued: ").nth(1).unwrap().split([',', ' ', '}']).next().unwrap();
        assert!(queued.parse::<usize>().unwrap() < 200, "{text}");
        drop(held);
    });
}

/// Each waits for the next one, which is in the queue behind it.
fn chain(executor: &Arc<ThreadPoolExecutor>, left: u64) -> larder::Result<u64> {
    if left == 0 {
        return Ok(0);
    }
    let there = Arc::clone(executor);
    let next = executor.submit(move || chain(&there, left - 1))?;
    Ok(1 + next.result()??)
}

#[test]
fn a_chain_that_the_stack_has_no_room_for_is_an_error_and_not_an_overflow() {
    for workers in [1, 2] {
        watched(move || {
            let executor = Arc::new(executor(workers));
            let there = Arc::clone(&executor);
            let long = executor.submit(move || chain(&there, 1_000_000)).unwrap();
            assert_eq!(long.result().unwrap().unwrap_err().kind(), ErrorKind::Deadlock);
            let there = Arc::clone(&executor);
            let short = executor.submit(move || chain(&there, 100)).unwrap();
            assert_eq!(short.result().unwrap().unwrap(), 100);
        });
    }
}

/// Gives a handle to a job that is running already.
type Passed = Arc<Mutex<Option<JobHandle<Option<ErrorKind>>>>>;

/// Waits for the handle that is passed, and for its job.
fn await_passed(passed: &Passed) -> Option<ErrorKind> {
    loop {
        if let Some(handle) = passed.lock().unwrap().take() {
            return handle.result().err().map(|error| error.kind());
        }
        std::thread::yield_now();
    }
}

#[test]
fn jobs_that_wait_for_each_other_in_a_circle_are_told_so() {
    for (workers, executors, length) in [(1, 1, 1), (2, 1, 2), (4, 1, 3), (1, 2, 2), (1, 4, 4)] {
        watched(move || {
            let executors: Vec<_> = (0..executors).map(|_| executor(workers)).collect();
            let passed: Vec<Passed> = (0..length).map(|_| Passed::default()).collect();
            let (sender, receiver) = mpsc::channel();
            // Each gets the handle of the one before it.
            for index in 0..length {
                let (mine, sender) = (Arc::clone(&passed[index]), sender.clone());
                let job = executors[index % executors.len()].submit(move || {
                    let kind = await_passed(&mine);
                    sender.send(kind).unwrap();
                    kind
                });
                *passed[(index + 1) % length].lock().unwrap() = Some(job.unwrap());
            }
            let kinds: Vec<_> = (0..length).map(|_| receiver.recv_timeout(LONG).unwrap()).collect();
            let told = kinds.iter().flatten().count();
            assert_eq!(told, 1, "{kinds:?}: one is told, the others go on");
            assert!(kinds.contains(&Some(ErrorKind::Deadlock)));
        });
    }
}

#[test]
fn two_executors_whose_jobs_need_each_others_only_thread_get_on() {
    watched(|| {
        let executors = [Arc::new(executor(1)), Arc::new(executor(1))];
        let (both, meet) = (Arc::new(std::sync::Barrier::new(2)), 2);
        let jobs: Vec<_> = (0..meet)
            .map(|index| {
                let (both, other) = (Arc::clone(&both), Arc::clone(&executors[1 - index]));
                let job = executors[index].submit(move || {
                    // Both threads are taken by now.
                    both.wait();
                    other.submit(move || index).unwrap().result().unwrap()
                });
                job.unwrap()
            })
            .collect();
        let results: Vec<_> = jobs.into_iter().map(|job| job.result().unwrap()).collect();
        assert_eq!(results, [0, 1]);
    });
}

#[test]
fn a_wait_with_a_timeout_in_a_full_pool_names_the_cause() {
    watched(|| {
        let executor = Arc::new(executor(1));
        let there = Arc::clone(&executor);
        let job = executor.submit(move || {
            let mut inner = there.submit(|| 1).unwrap();
            inner.result_timeout(Duration::from_millis(5)).unwrap_err().to_string()
        });
        let text = job.unwrap().result().unwrap();
        assert!(text.contains("one of the workers of `larder-executor`, of which all 1"), "{text}");
    });
}

#[test]
fn a_thread_that_waits_runs_nothing_but_what_it_waits_for() {
    watched(|| {
        let executor = Arc::new(executor(1));
        let lock = Arc::new(Mutex::new(0));
        let (there, held) = (Arc::clone(&executor), Arc::clone(&lock));
        let (gate, behind) = Gate::new();
        let outer = executor.submit(move || {
            behind.pass();
            let _held = held.lock().unwrap();
            // In the queue before it there is one that needs the lock.
            there.submit(|| 1).unwrap().result().unwrap()
        });
        let takes = {
            let lock = Arc::clone(&lock);
            executor.submit(move || *lock.lock().unwrap() += 1).unwrap()
        };
        gate.open();
        assert_eq!(outer.unwrap().result().unwrap(), 1);
        takes.result().unwrap();
        assert_eq!(*lock.lock().unwrap(), 1);
    });
}

#[test]
fn random_trees_of_tasks_end_with_the_right_sums() {
    fn grow(executors: &[Arc<ThreadPoolExecutor>], seed: usize, depth: u32) -> usize {
        let mut state = seed | 1;
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        if depth == 0 {
            return seed % 7;
        }
        let children = random() % 4;
        let all: Vec<_> = executors.iter().map(Arc::clone).collect();
        let jobs: Vec<_> = (0..children)
            .map(|child| {
                let all = all.clone();
                let executor = &executors[random() % executors.len()];
                let seed = seed.wrapping_mul(31).wrapping_add(child);
                executor.submit(move || grow(&all, seed, depth - 1)).unwrap()
            })
            .collect();
        let sum: usize = if random() % 2 == 0 {
            jobs.into_iter().map(|job| job.result().unwrap()).sum()
        } else {
            as_completed(jobs, None).map(|job| job.unwrap().result().unwrap()).sum()
        };
        sum + seed % 7
    }
    fn plain(seed: usize, depth: u32) -> usize {
        let mut state = seed | 1;
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let children = if depth == 0 { 0 } else { state % 4 };
        let child = |child| plain(seed.wrapping_mul(31).wrapping_add(child), depth - 1);
        (0..children).map(child).sum::<usize>() + seed % 7
    }
    for seed in 1..60 {
        let sum = watched(move || {
            let sizes = [1 + seed % 3, 1, 2];
            let all: Vec<_> =
                sizes[..=seed % 3].iter().map(|&size| Arc::new(executor(size))).collect();
            let there = all.clone();
            all[0].submit(move || grow(&there, seed, 5)).unwrap().result().unwrap()
        });
        assert_eq!(sum, plain(seed, 5), "seed {seed}");
    }
}
