//! The error output, which lines that change and text that stays take turns in.
//!
//! Whoever writes has the lock meanwhile. Nothing here waits for anything but the output itself.

use super::terminal::Terminal;
use std::cell::Cell;
use std::io::{self, Write};
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

static SCREEN: Mutex<Screen> = Mutex::new(Screen { terminal: Terminal::new() });

thread_local! {
    /// Whether this thread has the screen already.
    static HERE: Cell<bool> = const { Cell::new(false) };
}

/// The error output.
pub(super) struct Screen {
    terminal: Terminal,
}

impl Screen {
    /// The only one, for this thread alone; `None` if it has it already.
    pub(super) fn lock() -> Option<Mine> {
        // A thread that is ending cannot tell, and has nothing to show.
        let taken = HERE.try_with(|here| here.replace(true)).unwrap_or(true);
        (!taken).then(|| Mine(SCREEN.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Puts lines in place of those that change.
    pub(super) fn draw(&mut self, lines: &[String]) {
        self.terminal.draw(lines);
    }

    /// Writes a line that stays, above those that change, which the next drawing puts back.
    pub(super) fn print(&mut self, line: &str) {
        self.terminal.clear();
        // There is nobody to tell that the error output is closed.
        let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
    }

    pub(super) fn clear(&mut self) {
        self.terminal.clear();
    }

    fn is_drawn(&self) -> bool {
        self.terminal.is_drawn()
    }
}

/// The screen, while this thread has it.
pub(super) struct Mine(MutexGuard<'static, Screen>);

impl std::ops::Deref for Mine {
    type Target = Screen;

    fn deref(&self) -> &Screen {
        &self.0
    }
}

impl std::ops::DerefMut for Mine {
    fn deref_mut(&mut self) -> &mut Screen {
        &mut self.0
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        let _ = HERE.try_with(|here| here.set(false));
    }
}

/// Runs `work` while no progress is on the screen, so that it can print whatever it likes.
///
/// Other threads that show progress or print through here wait meanwhile; batches go on. Where
/// nothing is shown, this just runs `work`.
///
/// ```
/// larder::progress::suspend(|| println!("a line of its own"));
/// ```
pub fn suspend<R>(work: impl FnOnce() -> R) -> R {
    let screen = Screen::lock();
    let redraw = screen.as_ref().is_some_and(|screen| screen.is_drawn());
    let mut screen = screen;
    if let Some(screen) = &mut screen {
        screen.clear();
    }
    let result = work();
    if let Some(screen) = screen.as_mut().filter(|_| redraw) {
        super::display::redraw(screen);
    }
    result
}

/// An [`io::Write`] to the error output that never mixes with progress: for logs.
///
/// What is written appears line by line, above the lines that show progress. A line without an end
/// is held back until it has one, or the writer is dropped. See [`writer`].
#[derive(Debug, Default)]
pub struct Writer {
    held: Vec<u8>,
}

/// A [`Writer`], for whatever writes logs: for `tracing-subscriber` the function itself is a
/// `MakeWriter`.
///
/// ```
/// tracing_subscriber::fmt().with_writer(larder::progress::writer).init();
/// ```
///
/// For other loggers:
///
/// ```
/// use std::io::Write;
///
/// let mut log = larder::progress::writer();
/// writeln!(log, "a line of its own")?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn writer() -> Writer {
    Writer::default()
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(end) = bytes.iter().rposition(|byte| *byte == b'\n') else {
            self.held.extend_from_slice(bytes);
            return Ok(bytes.len());
        };
        let mut text = mem::take(&mut self.held);
        text.extend_from_slice(&bytes[..=end]);
        self.held.extend_from_slice(&bytes[end + 1..]);
        suspend(|| io::stderr().write_all(&text))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let text = mem::take(&mut self.held);
        if !text.is_empty() {
            // What is shown next begins on a line of its own.
            suspend(|| io::stderr().write_all(&[&text[..], b"\n"].concat()).unwrap_or_default());
        }
    }
}
