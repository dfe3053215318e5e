//! What a user sees of single calls: found, computed, kept, refused, and what the controls do.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cache, ErrorKind, Mode, Source, Stats, cache, with_cache};
use serde::{Deserialize, Serialize, Serializer};
use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

struct Case {
    dir: TempDir,
    cache: Cache,
}

impl Case {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let cache = Cache::open(dir.path().join("cache")).unwrap();
        Self { dir, cache }
    }

    fn run<R: Send>(&self, work: impl FnOnce() -> R + Send) -> R {
        with_cache(&self.cache, work)
    }

    /// The same directory, as a later process would open it.
    fn reopened(&self, mode: Mode) -> Cache {
        let directory = self.dir.path().join("cache");
        Cache::builder().dir(directory).mode(mode).open().unwrap()
    }
}

#[track_caller]
fn check(stats: &Stats, function: &str, found: u64, computed: u64) {
    let line = stats.function(function).unwrap_or_else(|| panic!("{function} was not called"));
    assert_eq!((line.found, line.computed), (found, computed), "{stats}");
}

#[cache]
fn add(a: u64, b: &str) -> String {
    format!("{a}{b}")
}

#[test]
fn a_call_is_computed_once_and_found_by_a_later_process() {
    let case = Case::new();
    for _ in 0..3 {
        assert_eq!(case.run(|| add(1, "x")), "1x");
    }
    check(&case.cache.stats(), "add", 2, 1);
    let later = case.reopened(Mode::On);
    assert_eq!(with_cache(&later, || add(1, "x")), "1x");
    assert_eq!(with_cache(&later, || add(2, "x")), "2x");
    check(&later.stats(), "add", 1, 1);
}

#[test]
fn the_story_of_a_call_tells_its_source() {
    let case = Case::new();
    let sources = case.run(|| [add::call(1, "x"), add::call(1, "x")].map(|call| call.source()));
    assert_eq!(sources, [Source::Computed, Source::Disk]);
}

#[test]
fn the_controls_do_what_they_say() {
    let case = Case::new();
    case.run(|| {
        assert!(!add::is_cached(1, "x"));
        assert_eq!(add::uncached(1, "x"), "1x");
        assert!(!add::is_cached(1, "x"));
        add(1, "x");
        assert!(add::is_cached(1, "x"));
        assert!(add::forget(1, "x").unwrap());
        assert!(!add::forget(1, "x").unwrap());
        assert!(!add::is_cached(1, "x"));
        add(1, "x");
        add(2, "x");
        add::clear().unwrap();
        assert!(!add::is_cached(1, "x") && !add::is_cached(2, "x"));
    });
}

#[test]
fn recomputing_takes_the_place_of_what_is_there() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    #[cache]
    fn count() -> usize {
        CALLS.fetch_add(1, Ordering::Relaxed)
    }
    let case = Case::new();
    case.run(|| {
        assert_eq!((count(), count()), (0, 0));
        assert_eq!(count::recompute(), 1);
        assert_eq!(count(), 1);
    });
}

#[test]
fn a_shelved_result_is_read_when_it_is_asked_for() {
    let case = Case::new();
    case.run(|| {
        let shelved = add::shelve(1, "x");
        assert_eq!(shelved.get().unwrap(), "1x");
        assert_eq!(shelved.get().unwrap(), "1x");
        assert!(shelved.forget().unwrap());
        assert_eq!(shelved.get().unwrap_err().kind(), ErrorKind::NotFound);
    });
}

#[cache]
fn parse(text: &str) -> Result<i32, std::num::ParseIntError> {
    text.parse()
}

#[test]
fn errors_are_returned_and_not_kept() {
    let case = Case::new();
    case.run(|| {
        assert_eq!(parse("7"), Ok(7));
        assert!(parse("x").is_err());
        assert!(parse::is_cached("7") && !parse::is_cached("x"));
        // What is not kept can be had once.
        let shelved = parse::shelve("x");
        assert!(shelved.get().unwrap().is_err());
        assert_eq!(shelved.get().unwrap_err().kind(), ErrorKind::NotFound);
    });
    let stats = case.cache.stats();
    let line = stats.function("parse").unwrap();
    assert_eq!((line.computed, line.failed, line.unkept), (1, 2, 0));
}

#[test]
fn a_result_that_keep_if_refuses_is_not_kept() {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "`keep_if` is given a reference")]
    fn is_even(result: &u64) -> bool {
        result.is_multiple_of(2)
    }
    #[cache(keep_if = is_even)]
    fn triple(x: u64) -> u64 {
        3 * x
    }
    let case = Case::new();
    case.run(|| {
        assert_eq!((triple(1), triple(2)), (3, 6));
        assert!(!triple::is_cached(1) && triple::is_cached(2));
    });
    assert_eq!(case.cache.stats().function("triple").unwrap().unkept, 1);
}

#[test]
fn another_version_computes_again_and_the_old_one_is_found_again() {
    mod first {
        #[larder::cache(name = "versions", version = 1)]
        pub(super) fn f() -> u8 {
            1
        }
    }
    mod second {
        #[larder::cache(name = "versions", version = 2)]
        pub(super) fn f() -> u8 {
            2
        }
    }
    let case = Case::new();
    case.run(|| {
        assert_eq!((first::f(), second::f(), first::f()), (1, 2, 1));
        assert!(first::f::is_cached());
    });
    let folders = std::fs::read_dir(case.dir.path().join("cache/entries")).unwrap().count();
    assert_eq!(folders, 1, "versions of a function are neighbours");
}

#[test]
fn ignored_arguments_are_not_part_of_the_key_and_variables_are() {
    #[cache(ignore(threads), env("LARDER_TEST_FLAVOUR"))]
    fn brew(cups: u32, threads: usize) -> (u32, usize) {
        (cups, threads)
    }
    let case = Case::new();
    // No other test reads this variable, and nothing here reads the environment elsewhere.
    let child = |flavour: &str| case.run(|| (brew(1, 1), brew(1, 2), flavour.len())).1;
    assert_eq!(child("none"), (1, 1));
    assert!(case.run(|| brew::is_cached(1, 9)));
}

struct Fails;

impl Serialize for Fails {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("no"))
    }
}

#[test]
fn an_input_that_cannot_be_hashed_is_computed_each_time_with_one_warning() {
    #[cache]
    fn touch(_input: &Fails) -> u8 {
        1
    }
    let case = Case::new();
    case.run(|| assert_eq!((touch(&Fails), touch(&Fails)), (1, 1)));
    let stats = case.cache.stats();
    check(&stats, "touch", 0, 2);
    assert_eq!(stats.warnings.len(), 1);
    assert_eq!(stats.warnings[0].1, 2);
    assert_eq!(case.run(|| touch::forget(&Fails)).unwrap_err().kind(), ErrorKind::Unhashable);
}

#[test]
fn a_result_that_cannot_be_stored_is_computed_each_time_with_one_warning() {
    #[derive(Serialize, Deserialize, Debug, PartialEq)]
    struct Lossy {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        nothing: Option<u8>,
        #[expect(clippy::option_option, reason = "the kind of type that is hard to carry")]
        twice: Option<Option<u8>>,
    }
    #[cache]
    fn lossy() -> Lossy {
        Lossy { nothing: None, twice: Some(None) }
    }
    let case = Case::new();
    case.run(|| assert_eq!(lossy(), lossy()));
    let stats = case.cache.stats();
    check(&stats, "lossy", 0, 2);
    assert_eq!(stats.warnings.len(), 1, "{stats}");
}

#[test]
fn a_type_that_must_describe_itself_is_found_again_whatever_came_first() {
    #[cache]
    fn parsed(text: &str) -> Option<serde_json::Value> {
        serde_json::from_str(text).ok()
    }
    let case = Case::new();
    case.run(|| {
        // Nothing is wrong with this one, nor with the next.
        assert_eq!((parsed("{"), parsed("}")), (None, None));
        for _ in 0..3 {
            for text in ["1", "[]", "[1]", r#"{"a": 1}"#] {
                assert!(parsed(text).is_some());
            }
        }
        assert!(parsed::is_cached("[1]"));
    });
    let stats = case.cache.stats();
    let line = stats.function("parsed").unwrap();
    // At most one of each kind slips through and is computed again.
    assert!(line.found >= 6 && line.computed <= 8, "{stats}");
}

#[test]
fn a_value_is_returned_even_if_its_own_code_panics_while_it_is_stored() {
    struct Panics;
    impl Serialize for Panics {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            panic!("expected")
        }
    }
    impl<'de> Deserialize<'de> for Panics {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic!("expected")
        }
    }
    #[cache]
    fn panics(_input: &Panics) -> u8 {
        1
    }
    #[cache]
    fn returns_one(_x: u8) -> Panics {
        Panics
    }
    let case = Case::new();
    case.run(|| {
        assert_eq!(panics(&Panics), 1);
        let Panics = returns_one(1);
    });
    assert_eq!(case.cache.stats().warnings.len(), 2, "{}", case.cache.stats());
}

#[test]
fn the_digest_of_a_large_file_is_kept_once_its_stamp_can_be_trusted() {
    let case = Case::new();
    let path = case.dir.path().join("large");
    let begun = Instant::now();
    std::fs::write(&path, vec![7; 300_000]).unwrap();
    let kept = || {
        let digest = case.run(|| larder::InputFile::new(&path).unwrap().digest());
        let entries: Vec<_> = case.cache.entries().unwrap().collect();
        (digest, entries.iter().filter(|entry| entry.function == "larder::InputFile").count())
    };
    let (fresh, count) = kept();
    // Unless this thread was held up until the stamp could be trusted.
    let is_settled = begun.elapsed() > Duration::from_secs(1);
    assert!(count == 0 || is_settled, "the file may change again without its stamp showing it");
    std::thread::sleep(Duration::from_millis(3_500));
    assert_eq!(kept(), (fresh, 1));
    assert_eq!(kept(), (fresh, 1));
}

#[test]
fn a_file_that_changes_while_it_is_used_leaves_no_result() {
    #[cache(redact(files))]
    fn sizes(files: &[larder::InputFile], grow: bool) -> Vec<u64> {
        let last = files.last().unwrap().path();
        if grow {
            std::fs::write(last, "longer than before").unwrap();
        }
        files.iter().map(|file| std::fs::metadata(file.path()).unwrap().len()).collect()
    }
    let case = Case::new();
    let paths: Vec<_> = (0..200).map(|n| case.dir.path().join(n.to_string())).collect();
    for path in &paths {
        std::fs::write(path, "x").unwrap();
    }
    let files =
        || -> Vec<_> { paths.iter().map(|path| larder::InputFile::new(path).unwrap()).collect() };
    let before = files();
    case.run(|| {
        assert_eq!(sizes(&before, true)[199], 18);
        assert!(!sizes::is_cached(&before, true));
        let after = files();
        assert_eq!(sizes(&after, false)[199], 18);
        assert!(sizes::is_cached(&after, false));
    });
}

// Sums of time once overflowed here.
#[test]
fn a_recursive_function_that_would_take_for_ever_without_a_cache_is_computed() {
    #[cache]
    fn fibonacci(n: u64) -> u64 {
        if n < 2 { n } else { fibonacci(n - 1) + fibonacci(n - 2) }
    }
    let case = Case::new();
    case.run(|| assert_eq!(fibonacci(90), 2_880_067_194_370_816_120));
    check(&case.cache.stats(), "fibonacci", 88, 91);
    assert!(case.cache.all_time_stats().unwrap().total().saved > Duration::from_hours(24));
}

#[test]
fn a_panic_reaches_the_caller_and_nothing_is_kept() {
    #[cache]
    fn explode(x: u8) -> u8 {
        assert_ne!(x, 1, "expected");
        x
    }
    let case = Case::new();
    let panic = std::panic::catch_unwind(|| case.run(|| explode(1)));
    assert!(panic.is_err());
    assert!(!case.run(|| explode::is_cached(1)));
    let stats = case.cache.stats();
    assert_eq!(stats.function("explode").unwrap().failed, 1);
}

#[test]
fn off_touches_no_directory() {
    let dir = TempDir::new().unwrap();
    let cache = Cache::builder().dir(dir.path().join("x")).mode(Mode::Off).open().unwrap();
    with_cache(&cache, || assert_eq!((add(1, "x"), add(1, "x")), ("1x".into(), "1x".into())));
    check(&cache.stats(), "add", 0, 2);
    cache.clear().unwrap();
    assert_eq!(cache.entries().unwrap().count(), 0);
    assert!(!dir.path().join("x").exists());
}

#[test]
fn refresh_computes_and_replaces() {
    thread_local! {
        static VALUE: RefCell<u8> = const { RefCell::new(1) };
    }
    static VALUES: AtomicUsize = AtomicUsize::new(1);
    #[cache]
    fn value() -> usize {
        VALUES.load(Ordering::Relaxed)
    }
    let case = Case::new();
    assert_eq!(case.run(value), 1);
    VALUES.store(2, Ordering::Relaxed);
    assert_eq!(case.run(value), 1);
    assert_eq!(with_cache(&case.reopened(Mode::Refresh), value), 2);
    assert_eq!(case.run(value), 2);
}

#[test]
fn readonly_reads_and_writes_nothing() {
    let case = Case::new();
    case.run(|| add(1, "x"));
    let list = || {
        let mut names: Vec<_> = walk(case.dir.path());
        names.sort();
        names
    };
    let before = list();
    let reader = case.reopened(Mode::ReadOnly);
    with_cache(&reader, || {
        assert_eq!((add(1, "x"), add(2, "x")), ("1x".into(), "2x".into()));
        assert_eq!(add::map([(3, "y"), (3, "y")]), ["3y", "3y"]);
    });
    check(&reader.stats(), "add", 1, 2);
    assert_eq!(reader.entries().unwrap().count(), 1);
    assert!(reader.clear().is_err());
    drop(reader);
    assert_eq!(list(), before);
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

#[test]
fn a_damaged_entry_is_computed_again_and_replaced() {
    let case = Case::new();
    case.run(|| add(1, "x"));
    let mut files = walk(&case.dir.path().join("cache/entries"));
    files.retain(|file| !file.parent().unwrap().ends_with("code"));
    assert_eq!(files.len(), 1);
    std::fs::write(&files[0], "damage").unwrap();
    assert_eq!(case.run(|| add(1, "x")), "1x");
    assert_eq!(case.run(|| add(1, "x")), "1x");
    let stats = case.cache.stats();
    check(&stats, "add", 1, 2);
    assert_eq!(stats.warnings.len(), 1, "{stats}");
}

#[test]
fn calls_go_on_where_nothing_can_be_written() {
    let case = Case::new();
    // A file where the folder of all entries should be: even root cannot write there.
    std::fs::write(case.dir.path().join("cache/entries"), "").unwrap();
    case.run(|| assert_eq!((add(1, "x"), add(1, "x")), ("1x".into(), "1x".into())));
    let stats = case.cache.stats();
    check(&stats, "add", 0, 2);
    assert_eq!(stats.function("add").unwrap().unkept, 2);
    assert!(!stats.warnings.is_empty(), "{stats}");
    std::fs::remove_file(case.dir.path().join("cache/entries")).unwrap();
    case.run(|| assert_eq!((add(1, "x"), add(1, "x")), ("1x".into(), "1x".into())));
    check(&case.cache.stats(), "add", 1, 3);
}

#[test]
fn entries_tell_what_is_kept_and_agree_with_the_files() {
    #[cache(redact(token))]
    fn fetch(url: &str, token: &str) -> usize {
        url.len() + token.len()
    }
    let case = Case::new();
    case.run(|| {
        fetch("a.example", "secret-1");
        add(1, "x");
        add(2, "x");
    });
    let entries: Vec<_> = case.cache.entries().unwrap().collect();
    assert_eq!(entries.len(), 3);
    let mut inputs: Vec<_> = entries.iter().map(|entry| entry.inputs.as_str()).collect();
    inputs.sort_unstable();
    assert_eq!(
        inputs,
        [r#"a: 1, b: "x""#, r#"a: 2, b: "x""#, r#"url: "a.example", token: <redacted>"#]
    );
    for file in walk(case.dir.path()) {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        assert!(!text.contains("secret-1"), "{}", file.display());
    }
    let fetched = entries.iter().find(|entry| entry.function.ends_with("fetch")).unwrap();
    let path = case.dir.path().join("cache/entries").join(&fetched.key[..]);
    let (folder, file) = fetched.key.split_once('/').unwrap();
    let path = path.parent().unwrap().join(&file[..2]).join(file);
    assert!(folder.starts_with("fetch-"));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), fetched.size);
    std::fs::remove_file(path).unwrap();
    assert_eq!(case.cache.entries().unwrap().count(), 2);
    std::fs::remove_dir_all(case.dir.path().join("cache/catalog")).unwrap();
    assert_eq!(case.cache.entries().unwrap().count(), 2);
}

#[test]
fn time_is_saved_in_full_and_spent_once() {
    const STEP: Duration = Duration::from_millis(30);
    #[cache]
    fn inner() -> u8 {
        std::thread::sleep(STEP);
        1
    }
    #[cache]
    fn outer() -> u8 {
        std::thread::sleep(STEP);
        inner() + inner()
    }
    let case = Case::new();
    let begun = Instant::now();
    case.run(outer);
    let passed = begun.elapsed();
    case.run(outer);
    let stats = case.cache.stats();
    let line = |name| stats.function(name).unwrap().clone();
    let (inner, outer) = (line("inner"), line("outer"));
    assert!(inner.spent >= STEP && outer.spent >= STEP);
    // Any sleep may take long: if the time of `inner` counted for `outer` too, it would have passed twice.
    assert!(outer.spent + inner.spent <= passed, "{passed:?}: {stats}");
    assert!(outer.saved >= inner.spent + outer.spent, "{stats}");
    assert!(inner.saved <= inner.spent * 11 / 10, "{stats}");
}

#[test]
fn the_default_cache_cannot_be_replaced_once_it_is_in_use() {
    let dir = TempDir::new().unwrap();
    larder::install(Cache::open(dir.path().join("a")).unwrap()).unwrap();
    add(5, "installed");
    let error = larder::install(Cache::open(dir.path().join("b")).unwrap()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse);
    assert!(dir.path().join("a/entries").exists());
    assert_eq!(larder::stats().function("add").unwrap().computed, 1);
    larder::clear().unwrap();
    assert!(!add::is_cached(5, "installed"));
}

/// It could not be found, as if it were a matter of looking.
#[test]
fn a_directory_without_a_name_is_a_mistake_of_whoever_gives_it() {
    let error = Cache::builder().dir("").location().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(Cache::open("").unwrap_err().kind(), ErrorKind::InvalidInput);
}
