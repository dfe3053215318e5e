//! What larder logs, in one test, since there is one subscriber to a process.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

use larder::{Cache, cache, with_cache};
use pollster::block_on;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

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
    /// The lines with this text in them.
    fn lines(&self, text: &str) -> Vec<String> {
        let log = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        log.lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}

#[cache(redact(token))]
fn explode(x: u64, token: &str) -> u64 {
    assert_ne!(x, 3, "item three");
    x + token.len() as u64
}

#[cache]
async fn explode_later(x: u64) -> u64 {
    assert_ne!(x, 3, "item three");
    std::future::ready(x).await
}

/// Differs from call to call, as its input does not tell.
#[cache(redact(token))]
fn sequence(step: u64, token: &str) -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(step, Ordering::Relaxed) + token.len() as u64
}

#[test]
fn a_person_learns_where_results_are_what_panicked_and_once_what_is_in_the_way() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).init();
    let dir = tempfile::tempdir().unwrap();
    let cache = Cache::open(dir.path().join("results")).unwrap();
    assert_eq!(log.lines("results are cached in").len(), 1);
    with_cache(&cache, || {
        let batch = || explode::map((0..10).map(|x| (x, "secret")));
        catch_unwind(AssertUnwindSafe(batch)).unwrap_err();
        let batch = || block_on(explode_later::map(0..10));
        catch_unwind(AssertUnwindSafe(batch)).unwrap_err();
    });
    let panics = log.lines("an item of a batch panicked");
    assert_eq!(panics.len(), 2, "{panics:?}");
    assert!(panics[0].contains("index=3") && panics[0].contains("x: 3, token: <redacted>"));
    assert!(panics[1].contains("index=3") && panics[1].contains("inputs=x: 3"));

    // A file where the folder of all entries should be.
    std::fs::remove_dir_all(dir.path().join("results/entries")).unwrap();
    std::fs::write(dir.path().join("results/entries"), "").unwrap();
    with_cache(&cache, || assert_eq!(explode::map((4..8).map(|x| (x, ""))), [4, 5, 6, 7]));
    // Reading and writing both meet it, and it is one cause.
    assert_eq!(log.lines("is no folder").len(), 1);

    let checked = |mode: &str| {
        let builder = Cache::builder().dir(dir.path().join("checked"));
        let cache = builder.mode(mode.parse().unwrap()).open().unwrap();
        with_cache(&cache, || sequence(1, "secret"))
    };
    let digest = |value| larder::__private::key::digest(&value).unwrap();
    let (kept, computed) = (digest(checked("on")), digest(checked("verify=1")));
    let lines = log.lines("a result is not what it was");
    let expected = format!(
        "function=logs::sequence inputs=step: 1, token: <redacted> found={kept} computed={computed}"
    );
    assert!(lines.len() == 1 && lines[0].ends_with(&expected), "{lines:?}");
    assert!(log.lines("secret").is_empty());
}
