//! Settings for code that passes no builder around.

use super::builder::Parallel;
use super::settings::Settings;
use crate::cache::{self, Cache};
use std::cell::RefCell;
use std::sync::Arc;

thread_local! {
    static SETTINGS: RefCell<Option<Arc<Settings>>> = const { RefCell::new(None) };
}

/// Runs `work` with these settings for all batches and streams in it that leave them open, `f::map`
/// included: on its own thread, and in the items of its batches. For an `async fn`, it is where the future
/// of `f::map` is polled first, and [`n_jobs`](Parallel::n_jobs) is how many calls are under way at once,
/// in place of 256.
///
/// What was asked for on a builder comes first, then what an inner call says, then an outer one. Tokens
/// add up. What failures do ([`on_error`](Parallel::on_error), [`retries`](Parallel::retries)) changes what
/// a batch returns, so it is not taken from here.
///
/// ```
/// use larder::{Parallel, cache, with_parallel};
///
/// #[cache]
/// fn square(x: u64) -> u64 {
///     x * x
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// let one_at_a_time = Parallel::new().n_jobs(1);
/// let squares = with_parallel(&one_at_a_time, || square::map(0..10));
/// assert_eq!(squares[3], 9);
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Panics
///
/// If `work` does.
pub fn with_parallel<P, R, T>(settings: &Parallel<P, R>, work: impl FnOnce() -> T) -> T {
    let settings = within(settings.settings());
    let _entered = enter(Some(Arc::new(settings)));
    work()
}

/// The settings, and what they leave open as it holds here.
pub(super) fn within(settings: &Settings) -> Settings {
    let settings = settings.clone();
    match current() {
        Some(outer) => settings.within(&outer),
        None => settings,
    }
}

/// What holds on this thread.
pub(super) fn current() -> Option<Arc<Settings>> {
    SETTINGS.try_with(|settings| settings.borrow().clone()).ok().flatten()
}

/// What calls and batches use where a batch or a job was started, for whoever works on it.
#[derive(Clone)]
pub(super) struct Surroundings {
    cache: Option<Cache>,
    settings: Option<Arc<Settings>>,
}

impl Surroundings {
    pub(super) fn here() -> Self {
        Self { cache: cache::scope(), settings: current() }
    }

    /// Lets them hold on this thread until the guard is dropped.
    pub(super) fn enter(&self) -> impl Sized + use<> {
        (cache::enter(self.cache.clone()), enter(self.settings.clone()))
    }
}

/// Lets these settings hold on this thread until the guard is dropped.
pub(super) fn enter(settings: Option<Arc<Settings>>) -> Entered {
    // A thread that is ending has none.
    Entered(SETTINGS.try_with(|current| current.replace(settings)).unwrap_or_default())
}

/// What [`enter`] replaced.
#[must_use]
pub(super) struct Entered(Option<Arc<Settings>>);

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.0.take();
        let _ = SETTINGS.try_with(|settings| settings.replace(before));
    }
}
