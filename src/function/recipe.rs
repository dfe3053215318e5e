//! The steps of a cached call: prepare, then (after computing) conclude.
//!
//! They are the same for a plain call, a future and an item of a batch; who computes, and on which
//! thread, is not known here.

use super::call::Source;
use super::inputs::Inputs;
use super::instances::Function;
use super::probe::Outcome;
use super::timing::{self, Cost};
use crate::cache::{
    Cache, Fresh, InputFile, Kept, Lookup, Mode, Question, Reuse, Sources, Tally, Tracked, Why,
};
use crate::codec;
use crate::entry::{Entry, Key};
use crate::error::{Error, ErrorKind, Result};
use crate::key::{self, Digest, Unhashable};

/// What larder must know of a function to cache its calls.
#[derive(Debug)]
pub(crate) struct Recipe<V, O, K> {
    pub(crate) function: &'static Function,
    pub(crate) visit: V,
    pub(crate) outcome: O,
    pub(crate) keep_if: K,
}

/// What a call is filed under.
#[derive(Debug, Clone)]
pub(crate) struct Hashed {
    pub(crate) key: Key,
    arguments: Vec<Digest>,
    /// The files among the arguments, as they were when they were read.
    files: Vec<InputFile>,
    /// The digest of the result that was found, if the new one is to be compared with it.
    expected: Option<Digest>,
}

/// A call that has to be computed.
#[derive(Debug)]
pub(crate) struct Pending {
    hashed: Hashed,
    printed: String,
    replace: bool,
}

/// What a call comes to before anything is computed.
#[derive(Debug)]
pub(crate) enum Prepared<T> {
    Found {
        value: T,
        key: Key,
    },
    /// With nothing pending where the result is not to be kept.
    Compute(Option<Pending>),
}

/// A result on its way to whoever asked.
pub(crate) struct Obtained<T> {
    pub(crate) value: T,
    pub(crate) source: Source,
    /// Under which it is in the cache; `None` if it is not.
    pub(crate) key: Option<Key>,
}

/// What is wanted of a result that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookups {
    /// To have it.
    Allowed,
    /// To have it replaced.
    Refused,
}

impl<V, O, K> Recipe<V, O, K> {
    #[inline]
    pub(crate) fn tracked<'a>(&self, cache: &'a Cache) -> &'a Tracked {
        cache.tracked(&self.function.identity)
    }

    /// The key of a call with these arguments.
    #[inline]
    pub(crate) fn hash<A>(&self, arguments: &A) -> Result<Hashed, Unhashable>
    where
        V: Fn(&A, &mut Inputs),
    {
        let (digests, files) = Inputs::hash(|inputs| (self.visit)(arguments, inputs))?;
        let key = Key { inputs: key::combine(&digests), code: self.function.identity.code };
        Ok(Hashed { key, arguments: digests, files, expected: None })
    }

    /// The key for a call that is looked up or kept. `None`, with a warning, if it cannot be hashed.
    #[inline]
    pub(crate) fn hash_or_warn<A>(&self, cache: &Cache, arguments: &A) -> Option<Hashed>
    where
        V: Fn(&A, &mut Inputs),
    {
        match self.hash(arguments) {
            Ok(hashed) => Some(hashed),
            Err(error) => {
                let name = &self.function.identity.name;
                self.tracked(cache).counters.unkept();
                cache.warn(format!("inputs of `{name}` cannot be hashed"), error);
                None
            }
        }
    }

    /// The result that is filed under `key`.
    #[inline]
    pub(crate) fn find<T>(&self, cache: &Cache, key: &Key) -> Lookup<T>
    where
        O: Outcome<T>,
    {
        cache.lookup(self.tracked(cache), key, decode::<T, O>)
    }

    /// The result that is filed for a call, unless it is the turn of this one to be computed all the
    /// same: then it counts as missing, and what was found is remembered.
    #[inline]
    pub(crate) fn find_unless_checked<T>(&self, cache: &Cache, hashed: &mut Hashed) -> Lookup<T>
    where
        O: Outcome<T>,
    {
        match self.find(cache, &hashed.key) {
            Lookup::Found { value, .. } if cache.mode().checks_next() => {
                hashed.expected = self.value_digest(&value);
                Lookup::Missing
            }
            lookup => lookup,
        }
    }

    /// The digest of what is stored of a result.
    fn value_digest<T>(&self, result: &T) -> Option<Digest>
    where
        O: Outcome<T>,
    {
        self.outcome.kept(result).and_then(|value| key::digest(value).ok())
    }

    /// Compares a result with the one that was found, and tells people if it is another.
    fn check<T>(&self, cache: &Cache, pending: &Pending, expected: Digest, result: &T) -> bool
    where
        O: Outcome<T>,
    {
        let computed = self.value_digest(result);
        let same = computed == Some(expected);
        self.tracked(cache).counters.checked(!same);
        if !same {
            let computed = computed.map_or_else(|| "none".to_owned(), |digest| digest.to_string());
            tracing::warn!(
                function = %self.function.identity.name,
                inputs = %pending.printed,
                found = %expected,
                computed = %computed,
                "a result is not what it was: it depends on more than its inputs (hidden state, \
                 randomness, time, or an edit that could not be seen)"
            );
        }
        same
    }

    /// Looks a call up, if that is allowed, and prepares it to be computed otherwise.
    #[inline]
    pub(crate) fn prepare<A, T>(
        &self,
        cache: &Cache,
        arguments: &A,
        lookups: Lookups,
    ) -> Prepared<T>
    where
        V: Fn(&A, &mut Inputs),
        O: Outcome<T>,
    {
        if cache.mode() == Mode::Off {
            return Prepared::Compute(None);
        }
        let Some(mut hashed) = self.hash_or_warn(cache, arguments) else {
            return Prepared::Compute(None);
        };
        let mut replace = lookups == Lookups::Refused || !cache.mode().reads();
        if !replace {
            match self.find_unless_checked(cache, &mut hashed) {
                Lookup::Found { value, full_ns } => {
                    cache.reused(self.tracked(cache), Reuse::Found, full_ns);
                    timing::reused(full_ns);
                    return Prepared::Found { value, key: hashed.key };
                }
                Lookup::Missing => {}
                Lookup::Damaged => replace = true,
            }
        }
        let writes = cache.mode().writes();
        Prepared::Compute(writes.then(|| self.pending(arguments, hashed, replace)))
    }

    /// The arguments of an item, for people.
    pub(crate) fn printed<A>(&self, arguments: &A, pending: Option<&Pending>) -> String
    where
        V: Fn(&A, &mut Inputs),
    {
        pending.map_or_else(
            || Inputs::print(|inputs| (self.visit)(arguments, inputs)),
            |pending| pending.printed.clone(),
        )
    }

    /// Why a call with these arguments is computed, or that it is not.
    pub(crate) fn why<A>(
        &self,
        cache: &Cache,
        arguments: &A,
        hashed: &Hashed,
        sources: Sources,
    ) -> Why
    where
        V: Fn(&A, &mut Inputs),
    {
        let question = Question {
            identity: &self.function.identity,
            key: hashed.key,
            arguments: &hashed.arguments,
            names: &Inputs::names(|inputs| (self.visit)(arguments, inputs)),
        };
        cache.why(&question, sources)
    }

    /// Tells why a call is computed, if that is to be logged; else this costs next to nothing. The
    /// files alone are asked, as the catalog would take longer than many a function.
    #[inline]
    pub(crate) fn log_reason<A>(&self, cache: &Cache, arguments: &A, pending: Option<&Pending>)
    where
        V: Fn(&A, &mut Inputs),
    {
        if let Some(pending) = pending
            && pending.hashed.expected.is_none()
            && tracing::enabled!(tracing::Level::DEBUG)
        {
            let why = self.why(cache, arguments, &pending.hashed, Sources::Files);
            let name = &self.function.identity.name;
            tracing::debug!(function = %name, inputs = %pending.printed, "{why}");
        }
    }

    /// Tells which item of a batch panicked, before the panic goes on without saying so.
    pub(crate) fn log_panic(&self, index: usize, printed: &str) {
        let name = &self.function.identity.name;
        tracing::error!(function = %name, index, inputs = %printed, "an item of a batch panicked");
    }

    /// What has to be known of the arguments once they are gone.
    #[cold]
    pub(crate) fn pending<A>(&self, arguments: &A, hashed: Hashed, replace: bool) -> Pending
    where
        V: Fn(&A, &mut Inputs),
    {
        let printed = Inputs::print(|inputs| (self.visit)(arguments, inputs));
        Pending { hashed, printed, replace }
    }

    /// Whether the computation failed, as its function would say: an `Err` is not kept.
    pub(crate) fn is_failure<T>(&self, result: &T) -> bool
    where
        O: Outcome<T>,
    {
        self.outcome.kept(result).is_none()
    }

    /// Keeps the result of a computation, unless it is not to be kept.
    pub(crate) fn conclude<T>(
        &self,
        cache: &Cache,
        pending: Pending,
        result: &T,
        cost: Cost,
    ) -> Kept
    where
        O: Outcome<T>,
        K: Fn(&T) -> bool,
    {
        let expected = pending.hashed.expected;
        let unchanged =
            expected.is_some_and(|expected| self.check(cache, &pending, expected, result));
        let Some(value) = self.outcome.kept(result) else {
            return Kept::default();
        };
        let tracked = self.tracked(cache);
        if !(self.keep_if)(result) {
            tracked.counters.unkept();
            return Kept::default();
        }
        if let Some(file) = pending.hashed.files.iter().find(|file| !file.is_unchanged()) {
            tracked.counters.unkept();
            let path = file.path().display();
            cache.warn("an input file changed while it was in use", path);
            return Kept::default();
        }
        let fresh = Fresh {
            key: pending.hashed.key,
            arguments: pending.hashed.arguments,
            printed: pending.printed,
            own_ns: cost.own_ns,
            full_ns: cost.full_ns,
            replace: pending.replace || expected.is_some(),
            unchanged,
        };
        cache.keep(tracked, fresh, |verify, out| codec::encode(value, verify, out))
    }
}

impl Pending {
    /// Counts it as an item of a batch that is about to be computed.
    pub(crate) fn count(&self, tally: &Tally, cache: &Cache, function: &Function) {
        if self.hashed.expected.is_some() {
            tally.checked();
        } else {
            tally.computed(cache, &function.identity, &self.hashed.key, self.replace);
        }
    }

    pub(crate) fn key(&self) -> Key {
        self.hashed.key
    }

    /// The digest of the arguments.
    pub(crate) fn inputs(&self) -> Digest {
        self.hashed.key.inputs
    }
}

/// The result of a function whose value has these bytes.
#[inline]
pub(crate) fn decode<T, O: Outcome<T>>(codec: u8, bytes: &[u8]) -> Result<T> {
    codec::decode(codec, bytes).map(O::restore)
}

/// The result of a function in the bytes of this entry, which was made a moment ago.
pub(crate) fn decode_entry<T, O: Outcome<T>>(bytes: &[u8]) -> Result<T> {
    let entry = Entry::parse(bytes)
        .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the bytes are not an entry"))?;
    decode::<T, O>(entry.codec(), entry.payload())
}
