//! Where a command's output goes: how wide it may be, in which colours, and as what.

use crate::cli::Cli;
use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use larder::UnlistedFolder;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::path::Path;

/// Standard output.
pub(crate) struct Output {
    stream: BufWriter<AutoStream<Stdout>>,
    pub(crate) is_terminal: bool,
    /// Columns that a line may have: those of the terminal; elsewhere as `COLUMNS` says, and without
    /// that nothing is cut.
    pub(crate) width: Option<usize>,
    pub(crate) json: bool,
}

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const CAUTION: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

impl Output {
    pub(crate) fn new(cli: &Cli) -> Self {
        let stdout = io::stdout();
        let choice = match cli.color.choice() {
            anstream::ColorChoice::Auto => AutoStream::choice(&stdout),
            choice => choice,
        };
        let is_terminal = stdout.is_terminal();
        let width = if is_terminal { terminal_size::terminal_size() } else { None };
        let width = width
            .map(|(width, _)| usize::from(width.0))
            .or_else(|| std::env::var("COLUMNS").ok()?.parse().ok());
        Self {
            stream: BufWriter::new(AutoStream::new(stdout, choice)),
            is_terminal,
            width: width.filter(|width| *width > 0),
            json: cli.json,
        }
    }

    /// One document, on a line of its own.
    pub(crate) fn document(&mut self, value: &Value) -> io::Result<()> {
        writeln!(self, "{}", clean_json(&value.to_string()))?;
        self.flush()
    }

    /// Goes to the top of the terminal, over what was there, and leaves nothing below. That is no colour,
    /// so it is done too where those are not wanted.
    pub(crate) fn clear(&mut self) -> io::Result<()> {
        if self.is_terminal && std::env::var_os("TERM").is_none_or(|kind| kind != "dumb") {
            self.bytes(b"\x1b[H\x1b[2J")?;
        }
        Ok(())
    }

    /// Bytes as they are, whatever they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.flush()?;
        io::stdout().write_all(bytes)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// A text from the disk, where anybody may have written it: nothing in it steers a terminal.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

/// The same for JSON, which stays what it is: outside of its texts there is nothing that steers but the
/// end of a line.
pub(crate) fn clean_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if steers(c) && c != '\n' {
            // Writing to a text does not fail.
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a terminal does something about it other than showing it.
fn steers(c: char) -> bool {
    // Marks that turn the direction of writing can make a line read as another.
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A path for programs. JSON is text, so what is no text in a path is replaced.
pub(crate) fn path(path: &Path) -> Value {
    Value::String(path.to_string_lossy().into_owned())
}

/// Folders that are in nothing of what is told, for programs.
pub(crate) fn unlisted(folders: &[UnlistedFolder]) -> Value {
    let folders = folders.iter();
    folders.map(|folder| json!({ "path": path(&folder.path), "reason": folder.reason })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_steers_the_terminal() {
        assert_eq!(clean("naïve \u{4f60}"), "naïve \u{4f60}");
        assert_eq!(clean("a\x1b[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\u{a}c\\u{202e}d");
    }

    // JSON escapes no more than it must, and some terminals take U+009B for the start of a command.
    #[test]
    fn nothing_in_a_document_steers_the_terminal_and_it_stays_the_same() {
        let value = serde_json::json!({ "naïve": ["a\u{9b}31mb\x7f\x1b\n", "\u{202e}"] });
        let text = clean_json(&format!("{value:#}"));
        assert!(text.contains("naïve") && text.contains("a\\u009b31mb\\u007f"), "{text}");
        assert!(!text.chars().any(|c| steers(c) && c != '\n'), "{text:?}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
