//! Work on files that waits for the system more than it computes, on all cores.

use super::lock;
use std::sync::Mutex;
use std::thread;

/// So many jobs are taken at once at most, so that small ones are not about taking them.
const TAKEN: usize = 16;

/// Each thread takes jobs so often at least, as far as there are enough, so that all end together.
const SHARES: usize = 16;

/// What `work` makes of each job, in the order of the jobs, on as many threads as there are cores.
/// Where there are no threads to be had, this one does it all.
pub(super) fn spread<T: Sync, R: Send>(jobs: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, Into::into);
    let taken = (jobs.len() / (threads * SHARES)).clamp(1, TAKEN);
    let queue = Mutex::new(jobs.chunks(taken).enumerate());
    let done = Mutex::new(Vec::with_capacity(jobs.len().div_ceil(taken)));
    let run = || {
        let next = || lock(&queue).next();
        let mut own = Vec::new();
        while let Some((at, jobs)) = next() {
            own.push((at, jobs.iter().map(&work).collect::<Vec<_>>()));
        }
        lock(&done).append(&mut own);
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(jobs.len().div_ceil(taken)) {
            let _ = thread::Builder::new().spawn_scoped(scope, run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_default();
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        for count in [0, 1, 15, 16, 17, 1000] {
            let jobs: Vec<usize> = (0..count).collect();
            assert_eq!(spread(&jobs, |job| job + 1), (1..=count).collect::<Vec<_>>());
        }
    }
}
