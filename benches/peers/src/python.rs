//! joblib.Memory and diskcache, in a Python process that measures itself (`peers.py`).

use crate::Result;
use crate::peer::Peer;
use crate::task::SCALE;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

/// A running `peers.py`.
struct Python {
    process: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

pub(crate) struct PythonPeer {
    python: Rc<RefCell<Python>>,
    name: String,
    version: String,
}

impl PythonPeer {
    /// Those that are installed: none where there is no Python.
    pub(crate) fn all(directory: &Path) -> Result<Vec<Self>> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = home.join(".venv/bin/python");
        if !python.exists() {
            return Ok(Vec::new());
        }
        let mut process = Command::new(python)
            .arg(home.join("peers.py"))
            .arg(directory)
            .arg(SCALE.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let ask = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().ok_or("its output is piped")?);
        let mut python = Python { process, ask, answers };
        let versions: BTreeMap<String, String> = serde_json::from_str(&python.answer()?)?;
        let python = Rc::new(RefCell::new(python));
        let peer = |(name, version)| Self { python: python.clone(), name, version };
        Ok(versions.into_iter().map(peer).collect())
    }
}

impl Python {
    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // The end of its input ends it.
        drop(self.ask.take());
        let _ = self.process.wait();
    }
}

impl Peer for PythonPeer {
    fn name(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    fn hit(&mut self, seeds: &[u64]) -> Result<Duration> {
        let mut python = self.python.borrow_mut();
        let ask = python.ask.as_mut().ok_or("it takes questions until it is dropped")?;
        writeln!(ask, "{}", json!({ "peer": self.name, "seeds": seeds }))?;
        let seconds: f64 = python.answer()?.trim().parse()?;
        Ok(Duration::from_secs_f64(seconds))
    }

    fn miss(&mut self, seeds: &[u64]) -> Result<Duration> {
        self.hit(seeds)
    }

    fn enough(&self) -> (usize, usize) {
        (1_000, 200)
    }
}
