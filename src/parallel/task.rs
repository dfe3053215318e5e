//! What batches, streams and executors run: a closure, or a cached function as a value.
//!
//! A task says how it is run by showing itself to a [`Visitor`]: as a plain call, or as a cached
//! function with all that the cache must know of it. So the engine sees the difference when it is
//! compiled, and neither side knows the other.

use crate::cache::{Cache, Encoded, Lookup, Occupant, Reuse, Tracked, current};
use crate::entry::Key;
use crate::function::control::{Missing, complete, prepare};
use crate::function::inputs::Inputs;
use crate::function::instances::Function;
use crate::function::patience::Thread;
use crate::function::payload::Payload;
use crate::function::probe::Outcome;
use crate::function::recipe::{Hashed, Lookups, Pending, Prepared, Recipe};
use crate::function::timing::Cost;

/// Something that can be run for inputs of type `A` and returns a `T`: a closure or function of one argument, or a
/// cached function as the value of its empty type.
///
/// For `#[cache] fn f(a: u64, b: &str) -> T`, `f {}` is a task for inputs `(u64, S)`, where `S` is
/// anything that borrows as `str`: whatever `f::map` takes. Given in this form, the function is known
/// to be cached, so that what is there is looked up first and only what is missing is handed to
/// workers. Its plain name `f` is an ordinary function, and looks up inside a worker. A cached method
/// is the task `Type::method_cache()`.
///
/// Not a task are cached functions that are `async`, and generic ones of which not every type argument
/// can be told from the inputs as they are written (call those in a closure): each has to stand there by
/// itself, or in references, tuples, slices, arrays and types of the standard library, as any other
/// name, like `UnitOf<T>`, may be an alias of `<T as Measured>::Unit`. For generic functions, references
/// stay references where `f::map` would take anything that borrows.
///
/// A closure whose argument is used before its type is known has to name it: `|x: u64| x.pow(2)`.
///
/// The methods of this trait change without notice; implement it only by closures and `#[cache]`.
///
/// ```
/// use larder::{Parallel, Task, cache};
///
/// #[cache]
/// fn power(base: u64, exponent: u32) -> u64 {
///     base.pow(exponent)
/// }
///
/// fn first<A: Send, T: Send, F: Task<A, T>>(input: A, task: F) -> T {
///     let values = Parallel::new().map([input], task).expect("nothing stops it");
///     values.into_iter().next().expect("one input, one value")
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # larder::with_cache(&larder::Cache::open(directory.path())?, || {
/// assert_eq!(first((2, 10), power {}), 1024);
/// assert_eq!(first(3, |x: u64| x + 1), 4);
/// # });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be run for inputs of type `{A}`",
    label = "not a task for these inputs",
    note = "a task is a closure of one argument (`|(a, b): (u64, u32)| …`), or a cached function as \
            `f {{}}`, whose inputs are tuples of its arguments, or plain values where it takes one"
)]
pub trait Task<A, T>: Send + Sync {
    #[doc(hidden)]
    fn __larder_visit<V: Visitor<A, T, Self>>(&self, visitor: V) -> V::Out;
}

/// Whoever wants to know what a task is.
pub trait Visitor<A, T, F: Task<A, T> + ?Sized>: Sized {
    /// What comes of it.
    type Out;

    /// It is called, with one of its kind and an input.
    fn plain<C: Fn(&F, A) -> T + Sync>(self, call: C) -> Self::Out;

    /// It is a cached function.
    fn cached<V, C, O, K>(self, cached: &Cached<V, C, O, K>) -> Self::Out
    where
        V: Fn(&A, &mut Inputs) + Sync,
        C: Fn(A) -> T + Sync,
        O: Outcome<T> + Copy + Sync,
        K: Fn(&T) -> bool + Sync;
}

impl<A, T, F: Fn(A) -> T + Send + Sync> Task<A, T> for F {
    fn __larder_visit<V: Visitor<A, T, Self>>(&self, visitor: V) -> V::Out {
        visitor.plain(call)
    }
}

/// A closure would be of another type for each visitor, and with it all that these make of it.
fn call<A, T>(task: &impl Fn(A) -> T, input: A) -> T {
    task(input)
}

/// A cached function with all that larder knows of it.
#[derive(Debug)]
pub struct Cached<V, C, O, K> {
    recipe: Recipe<V, O, K>,
    compute: C,
    cache: Option<Cache>,
}

impl<V, C, O, K> Cached<V, C, O, K> {
    /// `visit` shows the inputs of an item, `compute` computes its value.
    pub fn new<A, T>(
        function: &'static Function,
        cache: Option<Cache>,
        visit: V,
        compute: C,
        outcome: O,
        keep_if: K,
    ) -> Self
    where
        V: Fn(&A, &mut Inputs),
        C: Fn(A) -> T,
        O: Outcome<T>,
        K: Fn(&T) -> bool,
    {
        Self { recipe: Recipe { function, visit, outcome, keep_if }, compute, cache }
    }

    #[expect(clippy::type_complexity, reason = "there is no shorter way to say it")]
    /// The same for inputs that hold what the function takes.
    pub(super) fn inside<'a, B, A, T>(
        &'a self,
        see: impl Fn(&B) -> &A + Sync + 'a,
        take: impl Fn(B) -> A + Sync + 'a,
    ) -> Cached<
        impl Fn(&B, &mut Inputs) + Sync + 'a,
        impl Fn(B) -> T + Sync + 'a,
        O,
        impl Fn(&T) -> bool + Sync + 'a,
    >
    where
        V: Fn(&A, &mut Inputs) + Sync,
        C: Fn(A) -> T + Sync,
        O: Outcome<T> + Copy + Sync,
        K: Fn(&T) -> bool + Sync,
        A: 'a,
        T: 'a,
    {
        let Recipe { function, visit, outcome, keep_if } = &self.recipe;
        Cached {
            recipe: Recipe {
                function,
                visit: move |item: &B, inputs: &mut Inputs| visit(see(item), inputs),
                outcome: *outcome,
                keep_if: move |value: &T| keep_if(value),
            },
            compute: move |item: B| (self.compute)(take(item)),
            cache: self.cache.clone(),
        }
    }
}

/// A cached function that is at hand, and not the value of a type of its own.
#[derive(Debug)]
pub(crate) struct Ready<V, C, O, K>(pub(crate) Cached<V, C, O, K>);

impl<A, T, V, C, O, K> Task<A, T> for Ready<V, C, O, K>
where
    V: Fn(&A, &mut Inputs) + Send + Sync,
    C: Fn(A) -> T + Send + Sync,
    O: Outcome<T> + Copy + Send + Sync,
    K: Fn(&T) -> bool + Send + Sync,
{
    fn __larder_visit<W: Visitor<A, T, Self>>(&self, visitor: W) -> W::Out {
        visitor.cached(&self.0)
    }
}

/// What [`visit`] lets see.
pub(crate) trait Look<A, R, F: Task<A, R>> {
    /// What comes of it.
    type Out;

    /// See [`Visitor::plain`].
    fn plain<C: Fn(&F, A) -> R + Sync>(self, task: &F, call: C) -> Self::Out;

    /// See [`Visitor::cached`].
    fn cached<W: Work<A, R>>(self, work: &W) -> Self::Out;
}

/// Shows what the task is.
pub(crate) fn visit<A, R, F: Task<A, R>, L: Look<A, R, F>>(task: &F, look: L) -> L::Out {
    task.__larder_visit(Via(task, look))
}

struct Via<'a, F, L>(&'a F, L);

impl<A, R, F: Task<A, R>, L: Look<A, R, F>> Visitor<A, R, F> for Via<'_, F, L> {
    type Out = L::Out;

    fn plain<C: Fn(&F, A) -> R + Sync>(self, call: C) -> L::Out {
        self.1.plain(self.0, call)
    }

    fn cached<V, C, O, K>(self, cached: &Cached<V, C, O, K>) -> L::Out
    where
        V: Fn(&A, &mut Inputs) + Sync,
        C: Fn(A) -> R + Sync,
        O: Outcome<R> + Copy + Sync,
        K: Fn(&R) -> bool + Sync,
    {
        self.1.cached(cached)
    }
}

/// The steps of a cached call, for what is generic over tasks: [`Recipe`] without its parts.
pub(crate) trait Work<A, T>: Sync {
    fn function(&self) -> &'static Function;

    /// The function's own cache, or the current one.
    fn cache(&self) -> Cache;

    fn tracked<'a>(&self, cache: &'a Cache) -> &'a Tracked {
        cache.tracked(&self.function().identity)
    }

    fn hash(&self, cache: &Cache, arguments: &A) -> Option<Hashed>;
    fn find(&self, cache: &Cache, key: &Key) -> Lookup<T>;
    fn unless_checked(&self, cache: &Cache, hashed: &mut Hashed, looked: Lookup<T>) -> Lookup<T>;
    fn pending(&self, arguments: &A, hashed: Hashed, occupant: Occupant, alone: bool) -> Pending;
    fn printed(&self, arguments: &A, pending: Option<&Pending>) -> String;
    fn is_failure(&self, result: &T) -> bool;
    fn encode(&self, cache: &Cache, pending: Pending, result: &T, cost: Cost) -> Option<Encoded>;
    fn got(&self, cache: &Cache, key: &Key, payload: &Payload, how: Reuse) -> Option<(T, u64)>;
    fn decode(&self, payload: &Payload) -> Option<(T, u64)>;
    fn run(&self, arguments: A) -> T;

    /// Looks a single call up.
    fn prepare(&self, cache: &Cache, arguments: &A) -> Prepared<T>;

    /// Makes one that was not found.
    fn complete(&self, cache: &Cache, call: Missing, caller: Thread, arguments: A) -> T;
}

impl<A, T, V, C, O, K> Work<A, T> for Cached<V, C, O, K>
where
    V: Fn(&A, &mut Inputs) + Sync,
    C: Fn(A) -> T + Sync,
    O: Outcome<T> + Sync,
    K: Fn(&T) -> bool + Sync,
{
    fn function(&self) -> &'static Function {
        self.recipe.function
    }

    fn cache(&self) -> Cache {
        self.cache.clone().unwrap_or_else(current)
    }

    fn hash(&self, cache: &Cache, arguments: &A) -> Option<Hashed> {
        self.recipe.hash_or_warn(cache, arguments)
    }

    fn find(&self, cache: &Cache, key: &Key) -> Lookup<T> {
        self.recipe.find(cache, key)
    }

    fn unless_checked(&self, cache: &Cache, hashed: &mut Hashed, looked: Lookup<T>) -> Lookup<T> {
        self.recipe.unless_checked(cache, hashed, looked)
    }

    fn pending(&self, arguments: &A, hashed: Hashed, occupant: Occupant, alone: bool) -> Pending {
        self.recipe.pending(arguments, hashed, occupant, alone)
    }

    fn printed(&self, arguments: &A, pending: Option<&Pending>) -> String {
        self.recipe.printed(arguments, pending)
    }

    fn is_failure(&self, result: &T) -> bool {
        self.recipe.is_failure(result)
    }

    fn encode(&self, cache: &Cache, pending: Pending, result: &T, cost: Cost) -> Option<Encoded> {
        self.recipe.encode(cache, pending, result, cost, true)
    }

    fn got(&self, cache: &Cache, key: &Key, payload: &Payload, how: Reuse) -> Option<(T, u64)> {
        self.recipe.got(cache, key, payload, how)
    }

    fn decode(&self, payload: &Payload) -> Option<(T, u64)> {
        payload.decode::<T, O>().ok()
    }

    fn run(&self, arguments: A) -> T {
        (self.compute)(arguments)
    }

    fn prepare(&self, cache: &Cache, arguments: &A) -> Prepared<T> {
        prepare(cache, &self.recipe, arguments, Lookups::Allowed).0
    }

    fn complete(&self, cache: &Cache, call: Missing, caller: Thread, arguments: A) -> T {
        complete(cache, &self.recipe, call, caller, arguments, &self.compute).value
    }
}
