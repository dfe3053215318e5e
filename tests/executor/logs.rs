//! What is said of a wait that takes long.

use crate::{Gate, LONG, executor};
use larder::executor::Executor;
use std::io;
use std::sync::mpsc;

/// Where lines of the log go.
#[derive(Clone)]
struct Lines(mpsc::Sender<String>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.send(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_wait_without_end_says_what_it_waits_for_after_five_seconds() {
    let (sender, lines) = mpsc::channel();
    let lines_of = Lines(sender);
    let log = tracing_subscriber::fmt().with_writer(move || lines_of.clone()).finish();
    // With one subscriber alone, what a thread without it came to log first would be wanted by nobody.
    let _second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
    let executor = executor(1);
    let (gate, behind) = Gate::new();
    let running = executor.submit(move || behind.pass()).unwrap();
    let pending = executor.submit(|| 1).unwrap();
    let waits =
        std::thread::spawn(move || tracing::subscriber::with_default(log, || pending.result()));
    let line = lines.recv_timeout(LONG).unwrap();
    assert!(line.contains("waiting for 5s now: the job has not begun"), "{line}");
    assert!(line.contains("`larder-executor`, of which all 1 are busy"), "{line}");
    gate.open();
    assert_eq!(waits.join().unwrap().unwrap(), 1);
    running.result().unwrap();
}
