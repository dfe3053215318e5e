//! Panics in the code of users, where they are an answer and not the end.
//!
//! What is thrown is the user's too: dropping it may panic again, also while somebody is about to go on.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What a panic threw. Dropping it never panics.
pub(crate) struct Thrown(Option<Box<dyn Any + Send>>);

/// Runs `work`, and takes its panic for a failure. Whoever uses this looks at nothing that `work` may have left
/// half changed.
#[inline]
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Thrown> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|thrown| Thrown(Some(thrown)))
}

/// Drops what is the user's, whose destructor may panic.
pub(crate) fn dropped<T>(value: T) {
    // The hook has told of it, and nobody is there who could do anything about it.
    if let Err(thrown) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // What was thrown may have such a destructor too.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(thrown))).map_err(std::mem::forget);
    }
}

/// What a panic says of itself, if it threw a text.
pub(crate) fn message(thrown: &(dyn Any + Send)) -> Option<&str> {
    let text = thrown.downcast_ref::<&'static str>().copied();
    text.or_else(|| thrown.downcast_ref::<String>().map(String::as_str))
}

impl Thrown {
    /// What the panic says of itself, if that is a text.
    pub(crate) fn message(&self) -> Option<&str> {
        message(&**self.0.as_ref()?)
    }
}

impl Drop for Thrown {
    fn drop(&mut self) {
        dropped(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{panic_any, resume_unwind};

    /// As unpleasant as it can be thrown.
    struct Bomb(u8);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 {
                panic_any(Self(self.0 - 1));
            }
        }
    }

    // The closure behind a wake, an encoder or `validate` panicked, and then the thread did that had caught it.
    #[test]
    fn what_is_thrown_panics_nobody_who_drops_it() {
        for fuse in 0..3 {
            let thrown = caught(|| resume_unwind(Box::new(Bomb(fuse)))).map(|()| 0).unwrap_err();
            assert_eq!(thrown.message(), None);
            drop(thrown);
        }
    }

    #[test]
    fn texts_are_told_in_either_form() {
        let said = |work: fn()| caught(work).unwrap_err().message().map(str::to_owned);
        assert_eq!(said(|| panic!("plain")).as_deref(), Some("plain"));
        assert_eq!(said(|| panic!("with {}", 1)).as_deref(), Some("with 1"));
        assert_eq!(said(|| panic_any(1)), None);
    }
}
