//! One call, put together by the attribute: what it is of, with what, and how.

use super::instances::Function;
use super::recipe::Recipe;
use crate::cache::{Cache, current};

/// A call that is still to be made, in whichever way a [`Control`](super::control::Control) says.
#[derive(Debug)]
pub struct Invocation<A, V, F, O, K> {
    pub(crate) cache: Cache,
    pub(crate) recipe: Recipe<V, O, K>,
    pub(crate) arguments: A,
    pub(crate) compute: F,
}

impl<A, V, F, O, K> Invocation<A, V, F, O, K> {
    /// `visit` shows the arguments to be hashed or printed, `compute` is the function's body,
    /// `outcome` how its result is stored, and `keep_if` whether.
    #[inline]
    pub fn new<R, T>(
        function: &'static Function,
        cache: Option<Cache>,
        arguments: A,
        visit: V,
        compute: F,
        outcome: O,
        keep_if: K,
    ) -> Self
    where
        V: Fn(&A, &mut super::inputs::Inputs),
        F: FnOnce(A) -> R,
        O: super::probe::Outcome<T>,
        K: Fn(&T) -> bool,
    {
        let cache = cache.unwrap_or_else(current);
        let recipe = Recipe { function, visit, outcome, keep_if };
        Self { cache, recipe, arguments, compute }
    }
}
