//! A cache for everything that happens inside a closure.

use super::ambient;
use crate::cache::{Cache, enter};
use rayon::ThreadPoolBuilder;

/// Runs `work` with `cache` in place of the default cache: for calls on its own thread, and for those
/// on the workers of rayon, be it in `f::map` or in a `par_iter` of your own.
///
/// For that, `work` runs on a rayon pool of its own, as large as the current one. This costs some
/// threads each time and is meant for tests, which can then run side by side without sharing
/// results. Threads that `work` starts by other means use the default cache.
///
/// ```
/// use larder::{Cache, cache};
///
/// #[cache]
/// fn square(x: u64) -> u64 {
///     x * x
/// }
///
/// let directory = tempfile::tempdir()?;
/// let cache = Cache::open(directory.path())?;
/// larder::with_cache(&cache, || {
///     assert_eq!(square::map(0..10).len(), 10);
/// });
/// assert_eq!(cache.stats().total().computed, 10);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// If `work` does.
pub fn with_cache<R: Send>(cache: &Cache, work: impl FnOnce() -> R + Send) -> R {
    let mut work = Some(work);
    let settings = ambient::current();
    let threads = ThreadPoolBuilder::new()
        .num_threads(rayon::current_num_threads())
        .thread_name(|index| format!("larder-scope-{index}"));
    let in_pool = threads.build_scoped(
        |thread| {
            let _entered = (enter(Some(cache.clone())), ambient::enter(settings.clone()));
            thread.run();
        },
        |pool| work.take().map(|work| pool.install(work)),
    );
    if let Ok(Some(result)) = in_pool {
        return result;
    }
    // Where no threads can be had, this one has to do; what it calls finds the cache all the same.
    let _entered = enter(Some(cache.clone()));
    match work.take() {
        Some(work) => work(),
        None => unreachable!("a pool that was built has run the work"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::current;
    use rayon::prelude::*;
    use tempfile::TempDir;

    fn cache() -> (TempDir, Cache) {
        let dir = TempDir::new().unwrap();
        let cache = Cache::open(dir.path()).unwrap();
        (dir, cache)
    }

    fn directory() -> Option<std::path::PathBuf> {
        current().directory().map(Into::into)
    }

    #[test]
    fn the_workers_of_rayon_belong_to_the_scope() {
        let (dir, cache) = cache();
        let expected = Some(dir.path().to_owned());
        with_cache(&cache, || {
            assert_eq!(directory(), expected);
            let seen: Vec<_> = (0..100).into_par_iter().map(|_| directory()).collect();
            assert!(seen.iter().all(|seen| *seen == expected));
        });
    }

    #[test]
    fn an_inner_scope_ends_where_it_began() {
        let ((outer_dir, outer), (inner_dir, inner)) = (cache(), cache());
        with_cache(&outer, || {
            with_cache(&inner, || assert_eq!(directory(), Some(inner_dir.path().to_owned())));
            assert_eq!(directory(), Some(outer_dir.path().to_owned()));
        });
    }

    #[test]
    fn a_panic_comes_through_and_ends_the_scope() {
        let (_dir, cache) = cache();
        let work = || with_cache(&cache, || panic!("expected"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err());
    }
}
