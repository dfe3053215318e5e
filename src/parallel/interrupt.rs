//! Ctrl-C as a wish to end in good order.

use super::cancel::CancelToken;
use super::progress;
use crate::error::{Error, ErrorKind, Result};
use std::io::Write as _;
use std::sync::{Mutex, Once, OnceLock, PoisonError};
use std::thread;

static TOKEN: OnceLock<CancelToken> = OnceLock::new();

/// What a shell says of a program that Ctrl-C has ended.
const ENDED_BY_CTRL_C: i32 = 130;

/// Lets Ctrl-C end the batches and streams of this process in good order.
///
/// The first Ctrl-C cancels all of them, also those that begin later: nothing new is begun, what runs is
/// let end and kept, and each says on standard error how many items are done and left. They return
/// [`Cause::Cancelled`](crate::Cause::Cancelled), and it is for the program to end; the next run goes on
/// from there. The second Ctrl-C ends the process at once, with exit code 130. `f::map`, which has no other
/// way to tell, panics when it was cancelled.
///
/// Returns the token, which the program can ask as well. Calling this again does nothing more.
///
/// # Errors
///
/// If the handler cannot be set, as when the program has one of its own.
///
/// ```no_run
/// use larder::Parallel;
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     larder::cancel_on_ctrl_c()?;
///     let sums = Parallel::new().map(0..1_000, |x: u64| (0..x << 20).sum::<u64>())?;
///     println!("{}", sums.len());
///     Ok(())
/// }
/// ```
pub fn cancel_on_ctrl_c() -> Result<CancelToken> {
    static SETTING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(token) = TOKEN.get() {
        return Ok(token.clone());
    }
    let token = CancelToken::new();
    let seen = token.clone();
    let handler = move || {
        if seen.is_cancelled() {
            std::process::exit(ENDED_BY_CTRL_C);
        }
        seen.cancel();
        // On a thread of its own, as this one has to hear the second Ctrl-C even if nobody reads what is
        // said. Without a thread to be had, a batch that ends says it.
        let _ = thread::Builder::new().name("larder-interrupt".to_owned()).spawn(announce);
    };
    ctrlc::set_handler(handler).map_err(|error| {
        let message = "Ctrl-C cannot be handled: the program may have a handler of its own";
        Error::new(ErrorKind::InUse, message).with_source(error)
    })?;
    Ok(TOKEN.get_or_init(|| token).clone())
}

/// The token of [`cancel_on_ctrl_c`], if that was called.
pub(super) fn token() -> Option<&'static CancelToken> {
    TOKEN.get()
}

/// Whether Ctrl-C was pressed, where [`cancel_on_ctrl_c`] says what that means.
pub(super) fn has_happened() -> bool {
    token().is_some_and(CancelToken::is_cancelled)
}

/// Tells what an interrupted batch came to: so many items are done, and so many are left, as far as that
/// is known.
pub(super) fn report(name: &str, done: usize, left: Option<usize>) {
    if !has_happened() {
        return;
    }
    announce();
    let left = left.map_or_else(|| "an unknown number".to_owned(), |left| left.to_string());
    say(&format!("`{name}`: {done} done, {left} left"));
}

/// Says once what the first Ctrl-C does, before anything that it leads to is told.
fn announce() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        say("interrupted: what runs is let end; press Ctrl-C again to end at once");
    });
}

fn say(what: &str) {
    // Who has no terminal any more is not to be ended by that.
    let _ = writeln!(progress::writer(), "larder: {what}");
}
