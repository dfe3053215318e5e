//! Lines at the bottom of a terminal that change in place: the only file that names indicatif.
//!
//! All lines are one of its bars, whose message has line breaks: one thing to draw, to take away and
//! to put back. Whatever goes wrong in there (it has to deal with every terminal there is) ends the
//! drawing, and nothing else.

use crate::error::caught;
use console::Term;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::mem;

/// More often than is drawn here, so that it leaves nothing out.
const DRAWS_A_SECOND: u8 = 50;

/// What is drawn on the terminal of the error output.
#[derive(Debug, Default)]
pub(super) struct Terminal {
    /// What is there now.
    shown: Option<ProgressBar>,
    broken: bool,
}

impl Terminal {
    pub(super) const fn new() -> Self {
        Self { shown: None, broken: false }
    }

    /// Whether there is a terminal that lines can be drawn on.
    pub(super) fn is_there() -> bool {
        // An empty or missing TERM says as little as "dumb".
        let able = |term: &std::ffi::OsStr| !term.is_empty() && term != "dumb";
        let term = std::env::var_os("TERM");
        let able = if cfg!(windows) { true } else { term.as_deref().is_some_and(able) };
        able && std::io::IsTerminal::is_terminal(&std::io::stderr())
    }

    /// Lines and columns.
    pub(super) fn size() -> (usize, usize) {
        let (lines, columns) = Term::stderr().size();
        (lines.into(), columns.into())
    }

    /// Puts these lines in place of those that are there. None may be wider than the terminal.
    pub(super) fn draw(&mut self, lines: &[String]) {
        if lines.is_empty() {
            return self.clear();
        }
        let text = lines.join("\n");
        self.attempt(|shown| {
            let bar = shown.get_or_insert_with(|| {
                let target = ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND);
                let style = ProgressStyle::with_template("{msg}");
                let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
                ProgressBar::with_draw_target(None, target).with_style(style)
            });
            bar.set_message(text);
        });
    }

    /// Takes away what is there.
    pub(super) fn clear(&mut self) {
        self.attempt(|shown| {
            if let Some(bar) = shown.take() {
                bar.finish_and_clear();
            }
        });
    }

    fn attempt(&mut self, work: impl FnOnce(&mut Option<ProgressBar>)) {
        if self.broken {
            return;
        }
        let Self { shown, .. } = self;
        if caught(|| work(shown)).is_err() {
            self.broken = true;
            // Its locks are poisoned, so that dropping it would panic again.
            mem::forget(self.shown.take());
        }
    }
}
