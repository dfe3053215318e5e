//! The error output, which lines that change and text that stays take turns in.
//!
//! Whoever writes has the lock meanwhile, and waits for nothing but the output itself. Who prints by other
//! means has the lines taken away for that time, and no lock: what prints may wait for others that write.

use super::display;
use super::terminal::Terminal;
use std::cell::Cell;
use std::io::{self, Write};
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

static SCREEN: Mutex<Screen> = Mutex::new(Screen { terminal: Terminal::new() });

/// How many are printing by other means, so that no lines are drawn.
static SUSPENDED: AtomicUsize = AtomicUsize::new(0);

/// Whether there are lines, or are about to be. It is set before [`SUSPENDED`] is looked at, and looked at
/// after that was changed: so who draws and who prints never miss each other.
static DRAWN: AtomicBool = AtomicBool::new(false);

/// A thread that panics looks so often, with pauses between, whether the lines are gone. That takes 5
/// seconds at most, and one pause where the thread that draws gets to run.
const LOOKS: usize = 2_500;
const BETWEEN_LOOKS: Duration = Duration::from_millis(2);

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

    /// Puts lines in place of those that change; none while somebody prints.
    pub(super) fn draw(&mut self, lines: &[String]) {
        DRAWN.store(true, Ordering::SeqCst);
        if SUSPENDED.load(Ordering::SeqCst) == 0 {
            self.terminal.draw(lines);
        } else {
            self.clear();
        }
    }

    /// Writes a line that stays, above those that change, which the next drawing puts back.
    pub(super) fn print(&mut self, line: &str) {
        // There is nobody to tell that the error output is closed.
        let _ = self.write(format!("{line}\n").as_bytes());
    }

    pub(super) fn clear(&mut self) {
        self.terminal.clear();
        DRAWN.store(false, Ordering::SeqCst);
    }

    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        self.clear();
        io::stderr().write_all(text)
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

/// Lasts while somebody prints by other means.
struct Suspended;

impl Suspended {
    fn begin() -> Self {
        SUSPENDED.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Suspended {
    fn drop(&mut self) {
        SUSPENDED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs `work` while no progress is on the screen, so that it can print whatever it likes.
///
/// Nobody waits for it: batches go on, also those that `work` itself runs and waits for, and what others
/// print meanwhile is printed. Where nothing is shown, this just runs `work`.
///
/// ```
/// larder::progress::suspend(|| println!("a line of its own"));
/// ```
pub fn suspend<R>(work: impl FnOnce() -> R) -> R {
    let suspended = Suspended::begin();
    let was_drawn = DRAWN.load(Ordering::SeqCst);
    if thread::panicking() {
        have_cleared();
        return work();
    }
    if was_drawn && let Some(mut screen) = Screen::lock() {
        screen.clear();
    }
    let result = work();
    drop(suspended);
    if was_drawn && let Some(mut screen) = Screen::lock() {
        display::redraw(&mut screen);
    }
    result
}

/// Has the lines taken away where a thread panics, by the thread that draws them: the one that panics may
/// hold anything that others wait for who have the screen, and indicatif does nothing on it.
fn have_cleared() {
    if display::is_here() || HERE.try_with(Cell::get).unwrap_or(true) {
        return;
    }
    for _ in 0..LOOKS {
        if !DRAWN.load(Ordering::SeqCst) {
            return;
        }
        display::look_now();
        thread::sleep(BETWEEN_LOOKS);
    }
    // It may be waiting for this one. What is printed stands beside the lines, and the next one that
    // panics does not wait in vain again.
    DRAWN.store(false, Ordering::SeqCst);
}

/// What is left of a batch that ends on a thread that panics: a line, if any.
pub(super) fn leave(line: Option<&str>) {
    // As in `Screen::print`, if it is closed.
    suspend(|| line.map(|line| io::stderr().write_all(format!("{line}\n").as_bytes())));
}

/// Writes whole lines above those that change.
fn write(text: &[u8]) -> io::Result<()> {
    if thread::panicking() {
        return suspend(|| io::stderr().write_all(text));
    }
    let Some(mut screen) = Screen::lock() else { return io::stderr().write_all(text) };
    let was_drawn = DRAWN.load(Ordering::SeqCst);
    let written = screen.write(text);
    if was_drawn {
        display::redraw(&mut screen);
    }
    written
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
        write(&text)?;
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
            let _ = write(&[&text[..], b"\n"].concat());
        }
    }
}
