//! Panics of what is run for others, as failures with a message and a place.
//!
//! The payload of a panic does not say where it happened; only the hook of the process is told. So
//! a hook is put before whatever hook there is, once, when the first work of this kind begins. All it
//! does is note the place for the thread that asked for it, take lines of progress out of the way, and go
//! on with the hook that was there, which prints what it always did. A program that sets a hook of its
//! own later replaces ours, and then the place is unknown.

use super::progress::suspend;
pub(crate) use crate::error::dropped;
use crate::error::{Error, ErrorKind, message};
use std::any::Any;
use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

thread_local! {
    /// The last panic on this thread.
    static NOTED: RefCell<Option<Noted>> = const { RefCell::new(None) };
}

/// What the hook was told of a panic.
struct Noted {
    message: Option<String>,
    place: String,
}

/// What a panic said, and where.
pub(crate) struct Panic {
    payload: Box<dyn Any + Send>,
    place: Option<String>,
}

/// Runs `work`; its panic is a failure.
#[inline]
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    watch_places();
    catch_unwind(AssertUnwindSafe(work)).map_err(Panic::caught)
}

/// What was noted of the last panic of this thread.
fn noted() -> Option<Noted> {
    NOTED.try_with(RefCell::take).ok().flatten()
}

impl Panic {
    /// One that was caught on this thread just now.
    pub(crate) fn caught(payload: Box<dyn Any + Send>) -> Self {
        let noted = noted();
        let mut panic = Self { payload, place: None };
        // One that came from another thread was noted there; the last one here is another.
        let is_it = |noted: &Noted| noted.message.as_deref() == panic.text();
        panic.place = noted.filter(is_it).map(|noted| noted.place);
        panic
    }

    /// What the panic said, if that was a text.
    pub(crate) fn message(&self) -> &str {
        self.text().unwrap_or("a payload that is no text")
    }

    /// Where it happened, if that is known.
    pub(crate) fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// For who lets the panic go on.
    pub(crate) fn into_payload(self) -> Box<dyn Any + Send> {
        self.payload
    }

    fn text(&self) -> Option<&str> {
        message(&*self.payload)
    }

    /// `what` panicked, for whoever asks what became of it.
    pub(crate) fn into_error(self, what: &str) -> Error {
        let mut text = format!("{what} panicked");
        if let Some(place) = &self.place {
            let _ = write!(text, " at {place}");
        }
        let _ = write!(text, ": {}", self.message());
        dropped(self.payload);
        Error::new(ErrorKind::Panicked, text)
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Panic")
            .field("message", &self.message())
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

#[inline]
fn watch_places() {
    static ONCE: Once = Once::new();
    // The hook cannot be changed by a thread that panics.
    if ONCE.is_completed() || std::thread::panicking() {
        return;
    }
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            note(info);
            // It prints, as a rule, and lines that show progress would be drawn over that.
            suspend(|| before(info));
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    let message = info.payload_as_str().map(str::to_owned);
    let noted = info.location().map(|place| Noted { message, place: place.to_string() });
    // The last one counts: what a job caught itself is not what it failed with. A thread that is ending
    // notes nothing any more.
    let _ = NOTED.try_with(|last| *last.borrow_mut() = noted);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_tells_its_message_and_its_place() {
        let line = line!() + 1;
        let error = caught(|| panic!("expected {}", 1)).unwrap_err().into_error("it");
        let place = format!("{}:{line}:", file!());
        let text = error.to_string();
        assert!(text.starts_with("it panicked at ") && text.contains(&place), "{text}");
        assert!(text.ends_with(": expected 1"), "{text}");
    }

    #[test]
    fn the_place_is_that_of_the_panic_that_came_out() {
        let line = line!() + 4;
        let work = || {
            caught(|| panic!("inner")).unwrap_err();
            let _ = catch_unwind(|| panic!("caught"));
            panic!("outer")
        };
        let error = caught(work).unwrap_err().into_error("it");
        assert!(error.to_string().contains(&format!(":{line}:")), "{error}");
    }

    #[test]
    fn a_panic_of_another_thread_has_no_place_here() {
        let work = || {
            let _ = catch_unwind(|| panic!("caught"));
            let elsewhere = std::thread::spawn(|| panic!("elsewhere"));
            std::panic::resume_unwind(elsewhere.join().unwrap_err());
        };
        let error = caught(work).unwrap_err().into_error("it");
        assert_eq!(error.to_string(), "it panicked: elsewhere");
    }

    #[test]
    fn a_payload_that_is_no_text_is_said_to_be_none() {
        let error = caught(|| std::panic::panic_any(7)).unwrap_err().into_error("it");
        assert!(error.to_string().ends_with("a payload that is no text"), "{error}");
    }

    #[test]
    fn a_destructor_that_panics_ends_nothing() {
        struct Panics;
        impl Drop for Panics {
            fn drop(&mut self) {
                panic!("expected")
            }
        }
        dropped(Panics);
        caught(|| std::panic::panic_any(Panics)).unwrap_err().into_error("it");
    }
}
