//! What the compiler finds out about the types of a cached function.
//!
//! Generated code does not know types, it only spells them. So it borrows a value three times and
//! calls a method that each of these levels has: the compiler takes the first level whose bounds
//! hold. The last level always holds, and its method has a bound that never does when it is
//! reached, so that a type which can do nothing is reported as a whole, in our words: of
//! `Vec<Pool>` serde would say something about `Pool`.

use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::inputs::Input;
use crate::key::{Contiguous, Digest, Unhashable, describe, digest, digest_contiguous};

/// An argument of a call. `P` is a type with the parameter's name, for messages.
pub struct Arg<'a, T: ?Sized, P>(&'a T, PhantomData<P>);

impl<'a, T: ?Sized, P> Arg<'a, T, P> {
    /// The argument of the parameter `P`.
    pub fn new(value: &'a T) -> Self {
        Self(value, PhantomData)
    }

    /// The level of an argument that cannot be hashed.
    pub fn larder_input(&self) -> Never
    where
        T: Hashable<P>,
    {
        T::NEVER
    }

    /// The same for `self`.
    pub fn larder_receiver(&self) -> Never
    where
        T: HashableSelf,
    {
        T::NEVER
    }
}

/// The level of primitives side by side in memory.
pub trait ByMemory<'a> {
    /// What lies there.
    type Value: ?Sized;

    /// The argument, to be hashed where it lies.
    fn larder_input(&self) -> Memory<'a, Self::Value>;

    /// The same for `self`.
    fn larder_receiver(&self) -> Memory<'a, Self::Value> {
        self.larder_input()
    }
}

impl<'a, T: Contiguous + ?Sized, P> ByMemory<'a> for &&Arg<'a, T, P> {
    type Value = T;

    fn larder_input(&self) -> Memory<'a, T> {
        Memory(self.0)
    }
}

/// An argument that is hashed where it lies.
pub struct Memory<'a, T: ?Sized>(pub &'a T);

impl<T: Contiguous + ?Sized> Input for Memory<'_, T> {
    #[inline]
    fn digest(&self) -> Result<Digest, Unhashable> {
        Ok(digest_contiguous(self.0))
    }

    fn describe(&self, limit: usize) -> String {
        describe(self.0.as_contiguous(), limit)
    }
}

/// The level of everything that serde knows.
pub trait BySerde<'a> {
    /// The argument's type.
    type Value: ?Sized;

    /// The argument, to be hashed as its `Serialize` shows it.
    fn larder_input(&self) -> Serde<'a, Self::Value>;

    /// The same for `self`.
    fn larder_receiver(&self) -> Serde<'a, Self::Value> {
        self.larder_input()
    }
}

impl<'a, T: Serialize + ?Sized, P> BySerde<'a> for &Arg<'a, T, P> {
    type Value = T;

    fn larder_input(&self) -> Serde<'a, T> {
        Serde(self.0)
    }
}

/// An argument that is hashed as its `Serialize` shows it.
pub struct Serde<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> Input for Serde<'_, T> {
    #[inline]
    fn digest(&self) -> Result<Digest, Unhashable> {
        digest(self.0)
    }

    fn describe(&self, limit: usize) -> String {
        describe(self.0, limit)
    }
}

/// What the code after a compile error is checked with; there is no such value.
#[derive(Clone, Copy)]
pub enum Never {}

impl Input for Never {
    fn digest(&self) -> Result<Digest, Unhashable> {
        match *self {}
    }

    fn describe(&self, _: usize) -> String {
        match *self {}
    }
}

/// What a parameter's type must be. The implementation says that `Serialize` is enough, and is
/// not mentioned in messages, which would otherwise be about a part of the type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be hashed, so it cannot be part of a cached call's key",
    label = "this argument cannot be hashed",
    note = "implement `serde::Serialize` for it (of a type parameter, demand it as a bound), or leave \
            it out of the key with `#[cache(ignore({P}))]`"
)]
pub trait Hashable<P> {
    /// Not reached: an argument with this bound is met at an earlier level.
    const NEVER: Never = panic!("an argument that serde knows is hashed by serde");
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized, P> Hashable<P> for T {}

/// [`Hashable`] for `self`, which no type can be named after.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be hashed, so it cannot be part of a cached call's key",
    label = "`self` cannot be hashed",
    note = "implement `serde::Serialize` for it (of a type parameter, demand it as a bound), or leave \
            it out of the key with `#[cache(ignore(self))]`"
)]
pub trait HashableSelf {
    /// Not reached: an argument with this bound is met at an earlier level.
    const NEVER: Never = panic!("an argument that serde knows is hashed by serde");
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> HashableSelf for T {}

/// The output of a function.
pub struct Probe<T>(PhantomData<fn() -> T>);

impl<T> Probe<T> {
    /// There is one for every type.
    #[expect(clippy::new_without_default, reason = "only generated code makes one")]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// The level of an output that cannot be stored.
    pub fn larder_outcome(&self) -> Unstorable
    where
        T: Storable,
    {
        Unstorable
    }
}

/// How a function's results are kept, and which of them.
pub trait Outcome<T> {
    /// What is stored.
    type Value: Serialize + DeserializeOwned;

    /// What to store of a result, if anything.
    fn kept<'a>(&self, result: &'a T) -> Option<&'a Self::Value>;

    /// The result that a stored value stands for.
    fn restore(value: Self::Value) -> T;
}

/// The level of functions that can fail: errors are not kept.
pub trait AsFallible {
    /// How results are kept.
    fn larder_outcome(&self) -> Fallible {
        Fallible
    }
}

impl<T: Serialize + DeserializeOwned, E> AsFallible for &&Probe<Result<T, E>> {}

/// Only successes are stored.
#[derive(Clone, Copy, Debug)]
pub struct Fallible;

impl<T: Serialize + DeserializeOwned, E> Outcome<Result<T, E>> for Fallible {
    type Value = T;

    fn kept<'a>(&self, result: &'a Result<T, E>) -> Option<&'a T> {
        result.as_ref().ok()
    }

    fn restore(value: T) -> Result<T, E> {
        Ok(value)
    }
}

/// The level of all other outputs.
pub trait AsPlain {
    /// How results are kept.
    fn larder_outcome(&self) -> Plain {
        Plain
    }
}

impl<T: Serialize + DeserializeOwned> AsPlain for &Probe<T> {}

/// The level of a function that can fail and whose successes cannot be stored. It never competes
/// with [`AsPlain`]: a `Result` can be stored only if what it holds can.
pub trait AsFailed<T> {
    /// Reports the success's type: nobody wants to store the `Result`.
    fn larder_outcome(&self) -> Unstorable
    where
        T: Storable,
    {
        Unstorable
    }
}

impl<T, E> AsFailed<T> for &Probe<Result<T, E>> {}

/// The result itself is stored.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

impl<T: Serialize + DeserializeOwned> Outcome<T> for Plain {
    type Value = T;

    fn kept<'a>(&self, result: &'a T) -> Option<&'a T> {
        Some(result)
    }

    fn restore(value: T) -> T {
        value
    }
}

/// What the code after a compile error is checked with.
#[derive(Clone, Copy, Debug)]
pub struct Unstorable;

impl<T> Outcome<T> for Unstorable {
    type Value = Never;

    fn kept<'a>(&self, _: &'a T) -> Option<&'a Never> {
        None
    }

    fn restore(value: Never) -> T {
        match value {}
    }
}

impl Serialize for Never {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }
}

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("there is no such value"))
    }
}

/// What an output's type must be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored, so a function that returns it cannot be cached",
    label = "this result cannot be stored",
    note = "implement `serde::Serialize` and `serde::de::DeserializeOwned` (derive `Serialize` \
            and `Deserialize`; of a type parameter, demand both as bounds), or cache a function that returns \
            what it is made from"
)]
pub trait Storable {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> Storable for T {}
