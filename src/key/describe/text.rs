//! Text that grows up to a limit and is then cut where the cut reads well.
//!
//! Nobody knows beforehand whether a value will fit. So writing goes on until the limit is
//! passed; on the way, the text remembers the last place after which everything open could still
//! be closed within the limit, and how. A text that fits is therefore never cut.

use std::borrow::Cow;
use std::fmt::{self, Write};

use serde::ser;

/// Why a traversal ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// There is no room for more.
    Full,
    /// The value's `Serialize` failed.
    Failed,
}

impl ser::Error for Stop {
    fn custom<T: fmt::Display>(_reason: T) -> Self {
        Self::Failed
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "there is no room for more",
            Self::Failed => "the value could not be described",
        })
    }
}

impl std::error::Error for Stop {}

/// Brackets that are open.
pub(super) struct Level {
    /// Items whose text has begun.
    started: usize,
    /// Items there will be, where the value says so beforehand.
    total: Option<usize>,
    /// Whether it helps to know how many items a cut left out.
    counted: bool,
    close: &'static str,
}

impl Level {
    pub(super) fn items(total: Option<usize>, close: &'static str) -> Self {
        Self { started: 0, total, counted: true, close }
    }

    pub(super) fn fields(total: usize, close: &'static str) -> Self {
        Self { started: 0, total: Some(total), counted: false, close }
    }

    /// What ends this level if nothing else is written into it.
    fn ending(&self, out: &mut String) {
        let left = self.total.map(|total| total.saturating_sub(self.started));
        if left != Some(0) {
            out.push_str(if self.started == 0 { "…" } else { ", …" });
        }
        if let (Some(left @ 1..), true) = (left, self.counted) {
            // Writing to a string cannot fail.
            let _ = write!(out, " {left} more");
        }
        out.push_str(self.close);
    }
}

pub(super) struct Text {
    out: String,
    /// The length of `out` in characters, and what it must not exceed.
    chars: usize,
    limit: usize,
    full: bool,
    levels: Vec<Level>,
    /// The last good place to cut: a length in bytes, and what is to follow there.
    cut: usize,
    ending: Cow<'static, str>,
}

impl Text {
    pub(super) fn new(limit: usize) -> Self {
        let ending = Cow::Borrowed(if limit == 0 { "" } else { "…" });
        Self {
            out: String::new(),
            chars: 0,
            limit,
            full: false,
            levels: Vec::new(),
            cut: 0,
            ending,
        }
    }

    /// The text, unless the value could not be described.
    ///
    /// A full text counts even where the value went on and failed or claimed success.
    pub(super) fn finish(mut self, outcome: Result<(), Stop>) -> Option<String> {
        if self.full {
            self.out.truncate(self.cut);
            self.out.push_str(&self.ending);
            return Some(self.out);
        }
        outcome.is_ok().then_some(self.out)
    }

    /// Why a write failed: writing has no other cause than being full, what is written may have.
    pub(super) fn why(&self) -> Stop {
        if self.full { Stop::Full } else { Stop::Failed }
    }

    pub(super) fn open(&mut self, name: &str, bracket: &str, level: Level) -> Result<(), Stop> {
        self.put(name)?;
        self.put(bracket)?;
        self.levels.push(level);
        self.may_end_here();
        Ok(())
    }

    pub(super) fn start_item(&mut self) -> Result<(), Stop> {
        let first = self.levels.last().is_none_or(|level| level.started == 0);
        if !first {
            self.put(", ")?;
        }
        if let Some(level) = self.levels.last_mut() {
            level.started += 1;
        }
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Stop> {
        let level = self.levels.pop();
        self.put(level.map_or("", |level| level.close))
    }

    /// Remembers this place for a cut, if everything open can be closed within the limit.
    pub(super) fn may_end_here(&mut self) {
        let ending = self.ending_here();
        if self.chars + ending.chars().count() <= self.limit {
            self.cut = self.out.len();
            self.ending = Cow::Owned(ending);
        }
    }

    /// What closes everything that is open, the innermost first.
    fn ending_here(&self) -> String {
        let mut ending = String::new();
        for level in self.levels.iter().rev() {
            level.ending(&mut ending);
        }
        ending
    }

    fn put(&mut self, text: &str) -> Result<(), Stop> {
        self.write_str(text).map_err(|_| Stop::Full)
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.full || text.len() > self.limit - self.chars {
            return text.chars().try_for_each(|char| self.write_char(char));
        }
        // It fits whatever its characters are, as none has less than a byte.
        self.out.push_str(text);
        self.chars += text.chars().count();
        Ok(())
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        if self.full || self.chars == self.limit {
            self.full = true;
            return Err(fmt::Error);
        }
        self.out.push(char);
        self.chars += 1;
        Ok(())
    }
}

/// A string in the making, between quotes and escaped. May be cut after any character.
pub(super) struct Quoted<'a> {
    text: &'a mut Text,
    /// What follows a cut: the same after every character.
    ending: Cow<'static, str>,
    ending_chars: usize,
}

impl<'a> Quoted<'a> {
    pub(super) fn open(text: &'a mut Text) -> Result<Self, Stop> {
        text.put("\"")?;
        let ending = format!("…\"{}", text.ending_here());
        let ending_chars = ending.chars().count();
        Ok(Self { text, ending: Cow::Owned(ending), ending_chars })
    }

    pub(super) fn close(self, written: fmt::Result) -> Result<(), Stop> {
        written.map_err(|_| self.text.why())?;
        self.text.put("\"")
    }
}

impl Write for Quoted<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            // As `Debug` for a string does: only characters escape this one.
            if char == '\'' {
                self.text.write_char(char)?;
            } else {
                char.escape_debug().try_for_each(|char| self.text.write_char(char))?;
            }
            if self.text.chars + self.ending_chars <= self.text.limit {
                self.text.cut = self.text.out.len();
                self.text.ending.clone_from(&self.ending);
            }
        }
        Ok(())
    }
}
