//! What an input may be where a function takes a reference.
//!
//! [`Borrow`] alone is too narrow for the types whose values lie behind something else: a list of
//! `String`s lends `&String`s, and those borrow as `String`, not as `str`. Nothing here knows what the
//! reference is for.

use std::borrow::Borrow;
use std::ffi::{CStr, OsStr};
use std::path::Path;

/// A value that a `&T` can be taken of.
#[diagnostic::on_unimplemented(
    message = "`{Self}` lends no `&{T}`, which the cached function takes",
    label = "not an input of this function",
    note = "an input for a `&{T}` is anything that implements `AsRef<{T}>`"
)]
pub trait Lend<T: ?Sized> {
    /// The reference.
    fn lend(&self) -> &T;
}

#[diagnostic::do_not_recommend]
impl<T, U: Borrow<T>> Lend<T> for U {
    #[inline]
    fn lend(&self) -> &T {
        self.borrow()
    }
}

#[diagnostic::do_not_recommend]
impl<T, U: AsRef<[T]>> Lend<[T]> for U {
    #[inline]
    fn lend(&self) -> &[T] {
        self.as_ref()
    }
}

macro_rules! lend_by_reference {
    ($($target:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<U: AsRef<$target>> Lend<$target> for U {
            #[inline]
            fn lend(&self) -> &$target {
                self.as_ref()
            }
        }
    )*};
}

lend_by_reference!(str, Path, OsStr, CStr);
