//! One damaged directory after the other, and what came of it.

use super::mutation::mutate;
use super::random::Random;
use super::subject::{self, RESULTS, Template, check_values};
use larder::Mode;
use peak_alloc::PeakAlloc;
use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than any trial takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// More than the same takes without damage, by what buffers and a second database may come to. The
/// whole directory has less than two megabytes.
const PROPORTION: usize = 16 << 20;

/// What came of some trials.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) trials: u64,
    pub(crate) mutations: u64,
    /// Results whose bytes were not what they had been.
    pub(crate) damaged_results: u64,
    /// Results that were computed again.
    pub(crate) recomputed: u64,
    /// Directories that were no longer taken for ours, so that calls were computed and not kept.
    pub(crate) refused: u64,
    /// Catalogs that were found damaged and begun anew.
    pub(crate) damaged_catalogs: u64,
    /// Panics inside of sled, none of which came out.
    pub(crate) panics: u64,
    pub(crate) most_memory: usize,
    pub(crate) longest: Duration,
}

/// Makes a trial of each seed. Anything that must not happen ends it.
pub(crate) fn run(seeds: Range<u64>, memory: PeakAlloc) -> Report {
    static PANICS: AtomicU64 = AtomicU64::new(0);
    let before = std::panic::take_hook();
    // Panics of sled are expected by the hundred. One that comes out fails the test with its text.
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::Relaxed);
    }));
    let mut template = Template::new(3);
    let watched = Watched::start();
    let mut report = Report::default();
    // What it takes without any damage: twice, as the first time sets up more.
    let mut plain = 0;
    for _ in 0..2 {
        let copy = template.copy();
        memory.reset_peak_usage();
        let start = memory.current_usage();
        exercise(&template, copy.path(), "undamaged", &mut Report::default());
        plain = memory.peak_usage().saturating_sub(start);
    }
    for (number, seed) in seeds.enumerate() {
        // What sled makes of the same records differs from time to time, and so does what it makes
        // of damage to that.
        if number % 200 == 199 {
            template = Template::new(3);
        }
        let mut random = Random::new(seed);
        let copy = template.copy();
        let mut done = vec![format!("seed {seed}")];
        for _ in 0..=random.below(3) {
            done.push(mutate(copy.path(), &mut random));
            report.mutations += 1;
        }
        let what = done.join(", ");
        watched.begin(&what);
        memory.reset_peak_usage();
        let start = (memory.current_usage(), Instant::now());
        exercise_caught(&template, copy.path(), &what, &mut report);
        let used = memory.peak_usage().saturating_sub(start.0);
        if used > plain + PROPORTION {
            fail(&format!("{what}: {used} bytes, and {plain} without damage"));
        }
        report.most_memory = report.most_memory.max(used);
        report.longest = report.longest.max(start.1.elapsed());
        report.trials += 1;
    }
    std::panic::set_hook(before);
    report.panics = PANICS.swap(0, Ordering::Relaxed);
    report
}

fn exercise_caught(template: &Template, root: &Path, what: &str, report: &mut Report) {
    let work = std::panic::AssertUnwindSafe(|| exercise(template, root, what, report));
    if let Err(panic) = std::panic::catch_unwind(work) {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|&text| text.to_owned()));
        fail(&format!("{what}: {}", text.unwrap_or_default()));
    }
}

/// The hook is silent, so this is how a failure is seen.
fn fail(text: &str) -> ! {
    drop(std::panic::take_hook());
    panic!("{text}");
}

/// Uses a damaged directory in every way, and again once it should be mended.
fn exercise(template: &Template, root: &Path, what: &str, report: &mut Report) {
    let (damaged, missing) = (template.damaged(root), template.missing(root));
    if let Ok(cache) = subject::open(root, Mode::ReadOnly) {
        check_values(&cache, what);
    }
    let Ok(cache) = subject::open(root, Mode::On) else {
        report.refused += 1;
        return;
    };
    check_values(&cache, what);
    let stats = cache.stats();
    let computed = stats.total().computed;
    assert_eq!(computed, damaged, "{what}: not what is damaged is computed\n{stats}");
    let noticed: u64 = stats.warnings.iter().map(|(_, count)| count).sum();
    assert!(noticed + missing >= damaged, "{what}: {damaged} damaged\n{stats}");
    report.damaged_results += damaged;
    report.recomputed += computed;
    // Whatever the catalog makes of it.
    let listed = cache.entries().unwrap().count() as u64;
    assert!(listed >= RESULTS, "{what}: {listed} entries are listed");
    let _ = cache.all_time_stats();
    cache.close();
    let aside = |entry: &std::fs::DirEntry| {
        entry.file_name().to_string_lossy().starts_with("catalog.damaged")
    };
    let names = std::fs::read_dir(root).unwrap().map(Result::unwrap);
    report.damaged_catalogs += names.filter(aside).count() as u64;

    let cache = subject::open(root, Mode::On).unwrap();
    check_values(&cache, what);
    let (stats, listed) = (cache.stats(), cache.entries().unwrap().count() as u64);
    assert_eq!(stats.total().computed, 0, "{what}: not mended\n{stats}");
    assert_eq!((stats.warnings.len(), listed), (0, RESULTS), "{what}: not mended\n{stats}");
}

/// Ends the process if a trial does not end.
struct Watched {
    number: Arc<AtomicU64>,
    what: Arc<std::sync::Mutex<String>>,
}

impl Watched {
    fn start() -> Self {
        let watched = Self { number: Arc::default(), what: Arc::default() };
        let (number, what) = (Arc::downgrade(&watched.number), watched.what.clone());
        thread::spawn(move || {
            let mut seen = (u64::MAX, Instant::now());
            while let Some(number) = number.upgrade() {
                let number = number.load(Ordering::Relaxed);
                if seen.0 != number {
                    seen = (number, Instant::now());
                } else if seen.1.elapsed() > PATIENCE {
                    eprintln!("this hangs: {}", what.lock().unwrap());
                    process::abort();
                }
                thread::sleep(Duration::from_millis(200));
            }
        });
        watched
    }

    fn begin(&self, what: &str) {
        what.clone_into(&mut self.what.lock().unwrap());
        self.number.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} damaged directories, {} mutations", self.trials, self.mutations)?;
        writeln!(f, "wrong values 0, panics that came out 0, hangs 0")?;
        writeln!(f, "{} results damaged, {} recomputed", self.damaged_results, self.recomputed)?;
        writeln!(f, "{} directories no longer taken for ours", self.refused)?;
        writeln!(
            f,
            "{} catalogs begun anew, {} panics in sled",
            self.damaged_catalogs, self.panics
        )?;
        writeln!(f, "most memory {} KiB, longest {:?}", self.most_memory / 1024, self.longest)
    }
}
