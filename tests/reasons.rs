//! What is logged of why calls are computed, in one test, since there is one subscriber to a process.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

#[path = "why/versions.rs"]
mod versions;

use larder::__private::{Instances, Spec, map_async, probe};
use larder::{Cache, Mode, Why, cache, with_cache};
use pollster::block_on;
use std::fs;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use versions::{SPEC, batch, call, parts, version, visit, why};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The lines about this function since the last time.
    fn take(&self, function: &str) -> Vec<String> {
        let log = std::mem::take(&mut *self.0.lock().unwrap());
        let log = String::from_utf8(log).unwrap();
        let about =
            |line: &&str| line.split(' ').any(|word| word == format!("function={function}"));
        log.lines().filter(about).map(|line| line.trim().to_owned()).collect()
    }
}

fn later(instances: &'static Instances, texts: &[&str]) -> Vec<usize> {
    use probe::AsPlain as _;
    let function = instances.get("app::clean", "", "", String::new, None);
    let outcome = (&&probe::Probe::<usize>::new()).larder_outcome();
    let inputs = texts.iter().map(|text| ((*text).to_owned(),));
    let compute = |(text,): (String,)| std::future::ready(text.len());
    let batch = map_async(function, None, inputs, visit, compute, outcome, |_: &usize| true);
    block_on(batch)
}

#[cache(redact(token))]
fn login(user: &str, token: &str) -> usize {
    user.len() + token.len()
}

#[test]
fn a_call_gives_its_reason_and_a_batch_gives_one_line() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_max_level(tracing_subscriber::filter::LevelFilter::DEBUG)
        .with_writer(move || writer.clone())
        .init();
    let dir = tempfile::tempdir().unwrap();
    let open = |mode| Cache::builder().dir(dir.path().join("cache")).mode(mode).open().unwrap();
    let code = |fingerprint, digest| {
        let parts = parts(&[(1, "app::clean", 1, ""), (1, "app::clean::normalize", digest, "")]);
        version(Spec { fingerprint, parts, ..SPEC })
    };
    let (first, second, third) = (code("1", 1), code("2", 2), code("3", 3));
    let check = |expected: &[&str]| {
        let expected = expected.iter().map(|text| format!("{text} function=app::clean"));
        assert_eq!(log.take("app::clean"), expected.collect::<Vec<_>>());
    };

    with_cache(&open(Mode::On), || {
        assert_eq!(batch(first, &["a", "b", "c", "d", "a"]), [1; 5]);
        check(&["INFO 0 of 5 found, 1 equal to others, 4 computed for the first time"]);
        assert_eq!(batch(first, &["a", "b"]), [1; 2]);
        check(&[]);

        assert_eq!(batch(second, &["a", "b", "e"]), [1; 3]);
        let because = "recomputed: `app::clean::normalize` was edited";
        check(&[&format!("INFO 0 of 3 found, 2 {because}; 1 computed for the first time")]);
        assert_eq!(batch(second, &["a", "b", "c", "d", "e"]), [1; 5]);
        check(&[&format!("INFO 3 of 5 found, 2 {because}")]);

        assert_eq!(later(third, &["a", "b", "c", "x", "x"]), [1; 5]);
        check(&[&format!(
            "INFO 0 of 5 found, 1 equal to others, 3 {because}; 1 computed for the first time"
        )]);
        assert_eq!(later(third, &["a", "d"]), [1; 2]);
        check(&[&format!("INFO 1 of 2 found, 1 {because}")]);

        let files = cache_files(&dir.path().join("cache/entries"));
        for file in &files {
            fs::write(file, "damaged").unwrap();
        }
        assert_eq!(batch(third, &["a", "b"]), [1; 2]);
        check(&["INFO 0 of 2 found, 2 recomputed: their files are damaged"]);
    });
    with_cache(&open(Mode::Refresh), || batch(third, &["a", "b"]));
    check(&["INFO 0 of 2 found, 2 computed to refresh them"]);
    with_cache(&open(Mode::Off), || batch(third, &["a", "b"]));
    check(&[]);

    with_cache(&open(Mode::On), || {
        call(third, "a");
        call(code("4", 4), "a");
        assert!(matches!(why(third, "a"), Why::Found { .. }));
    });
    assert_eq!(
        log.take("app::clean"),
        ["DEBUG computed again because `app::clean::normalize` was edited function=app::clean \
          inputs=text: \"a\""]
    );
    with_cache(&open(Mode::On), || login("me", "secret"));
    assert_eq!(
        log.take("reasons::login"),
        ["DEBUG never computed with these inputs function=reasons::login inputs=user: \"me\", \
          token: <redacted>"]
    );
}

/// The files of all results below a folder.
fn cache_files(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let paths = paths.filter(|path| !path.ends_with("code"));
    paths.flat_map(|path| if path.is_dir() { cache_files(&path) } else { vec![path] }).collect()
}
