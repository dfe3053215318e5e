//! What is logged, by any test of this program: lines are told apart by the directories in them.

use std::io::{self, Write};
use std::sync::{LazyLock, Mutex};

#[derive(Clone)]
pub(crate) struct Log;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.lock().expect("nobody panics with it").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The log of this process.
    pub(crate) fn get() -> Self {
        static START: LazyLock<()> = LazyLock::new(|| {
            tracing_subscriber::fmt().with_ansi(false).with_writer(|| Log).init();
        });
        LazyLock::force(&START);
        Self
    }

    /// The lines with all of these texts in them.
    #[expect(clippy::unused_self, reason = "whoever asks has started it")]
    pub(crate) fn lines(&self, texts: &[&str]) -> Vec<String> {
        let log = LINES.lock().expect("nobody panics with it").clone();
        let log = String::from_utf8_lossy(&log).into_owned();
        let lines = log.lines().filter(|line| texts.iter().all(|text| line.contains(text)));
        lines.map(str::to_owned).collect()
    }
}
