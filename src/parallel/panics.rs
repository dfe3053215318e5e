//! Panics of the user's code as values: what they say, and where they happened.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo, catch_unwind, resume_unwind};
use std::sync::{Mutex, Once, PoisonError};

thread_local! {
    /// Where the last panic of this thread began.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A panic that was caught: its message, and the place in the source where it began.
///
/// ```
/// use larder::{Cause, Parallel};
///
/// let failure = Parallel::new().map(0..10, |x: u64| 100 / (x - x.min(5))).unwrap_err();
/// let Cause::Panicked(panicked) = failure.cause() else { unreachable!() };
/// assert_eq!(panicked.message(), "attempt to divide by zero");
/// assert!(panicked.place().is_some_and(|place| place.contains(".rs:")));
/// ```
pub struct Panicked {
    message: String,
    place: Option<String>,
    // In a lock that nobody ever waits for: so the whole can be shared, whatever was thrown.
    payload: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Panicked {
    /// What the panic said: its message, or that it had none.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The file, line and column where it began, as in `src/main.rs:3:5`; `None` if that is not known,
    /// as when another panic hook took the place of larder's, or a panic was passed on from elsewhere.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// Goes on with the panic on this thread, without another message.
    ///
    /// # Panics
    ///
    /// Always.
    pub fn resume(self) -> ! {
        let payload = self.payload.into_inner().unwrap_or_else(PoisonError::into_inner);
        resume_unwind(payload.unwrap_or_else(|| Box::new(self.message)))
    }

    pub(super) fn new(payload: Box<dyn Any + Send>, place: Option<String>) -> Self {
        let message = if let Some(text) = payload.downcast_ref::<&str>() {
            (*text).to_owned()
        } else if let Some(text) = payload.downcast_ref::<String>() {
            text.clone()
        } else {
            "it said nothing that can be printed".to_owned()
        };
        Self { message, place, payload: Mutex::new(Some(payload)) }
    }
}

impl fmt::Debug for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message, place, payload: _ } = self;
        f.debug_struct("Panicked").field("message", message).field("place", place).finish()
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "panicked at {place}: {}", self.message),
            None => write!(f, "panicked: {}", self.message),
        }
    }
}

impl std::error::Error for Panicked {}

/// Runs `work`, and catches its panic.
pub(crate) fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    notice_places();
    forget_place();
    // Whatever it leaves half done is seen by nobody but those who are told that it failed.
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Panicked::new(payload, take_place()))
}

/// Drops a value of the user's, whatever that does.
pub(crate) fn discard<T>(value: T) {
    let _ = catch(move || drop(value));
}

/// Where the last panic of this thread began, if that is known and was not asked for before.
pub(super) fn take_place() -> Option<String> {
    LAST.try_with(|last| last.borrow_mut().take()).ok().flatten()
}

fn forget_place() {
    take_place();
}

/// Has every panic's place noted from now on. The hook that was there goes on as before.
pub(super) fn notice_places() {
    static HOOK: Once = Once::new();
    if HOOK.is_completed() || std::thread::panicking() {
        // While panicking, hooks cannot be changed.
        return;
    }
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            let place = info.location().map(Location::to_string);
            let _ = LAST.try_with(|last| {
                if let Ok(mut last) = last.try_borrow_mut() {
                    *last = place;
                }
            });
            before(info);
        }));
    });
}
