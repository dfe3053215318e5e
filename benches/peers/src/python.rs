//! A Python process that measures itself: one line of JSON in, the seconds that it took out.

use crate::Result;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A running script of this package.
pub(crate) struct Python {
    process: Child,
    ask: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Starts a script, and returns it with what it says first. `None` where there is no Python.
    pub(crate) fn start<G: DeserializeOwned>(
        script: &str,
        arguments: &[&str],
    ) -> Result<Option<(Self, G)>> {
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let python = home.join(".venv/bin/python");
        if !python.exists() {
            return Ok(None);
        }
        let mut process = Command::new(python)
            .arg(home.join(script))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let ask = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().ok_or("its output is piped")?);
        let mut python = Self { process, ask, answers };
        let greeting = serde_json::from_str(&python.answer()?)?;
        Ok(Some((python, greeting)))
    }

    /// What it took to do this.
    pub(crate) fn time(&mut self, what: &Value) -> Result<Duration> {
        let ask = self.ask.as_mut().ok_or("it takes questions until it is dropped")?;
        writeln!(ask, "{what}")?;
        let seconds: f64 = self.answer()?.trim().parse()?;
        Ok(Duration::from_secs_f64(seconds))
    }

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
