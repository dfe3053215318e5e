//! The steps of a cached call: prepare, then (after computing) conclude.
//!
//! They are the same for a plain call, a future and an item of a batch; who computes, and on which
//! thread, is not known here.

use super::call::Source;
use super::inputs::Inputs;
use super::instances::Function;
use super::payload::Payload;
use super::probe::Outcome;
use super::timing::{self, Cost};
use crate::cache::{
    Cache, Encoded, Fresh, InputFile, Lookup, Mode, Occupant, Question, Reuse, Sources, Tally,
    Tracked, Why,
};
use crate::codec;
use crate::entry::Key;
use crate::error::Result;
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
    pub(super) expected: Option<Digest>,
}

/// A call that has to be computed. It is handed on from step to step, and a hit makes room for it too:
/// hence the box.
#[derive(Debug)]
pub(crate) struct Pending(Box<Facts>);

#[derive(Debug)]
struct Facts {
    hashed: Hashed,
    printed: String,
    occupant: Occupant,
    /// Whether it is computed whatever others do.
    alone: bool,
}

/// What a call comes to before anything is computed.
#[derive(Debug)]
pub(crate) enum Prepared<T> {
    Found {
        value: T,
        key: Key,
    },
    /// With nothing pending where the cache has no part in it.
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

    /// The key of a call, if it has to do with the cache at all, and whether what is there is to be
    /// replaced.
    #[inline]
    pub(crate) fn begin<A>(
        &self,
        cache: &Cache,
        arguments: &A,
        lookups: Lookups,
    ) -> Option<(Hashed, bool)>
    where
        V: Fn(&A, &mut Inputs),
    {
        if cache.mode() == Mode::Off {
            return None;
        }
        let replace = lookups == Lookups::Refused || !cache.mode().reads();
        Some((self.hash_or_warn(cache, arguments)?, replace))
    }

    /// What a call comes to whose lookup came to `looked`, where there was one.
    #[inline]
    pub(crate) fn prepared<A, T>(
        &self,
        cache: &Cache,
        arguments: &A,
        hashed: Hashed,
        looked: Option<Lookup<T>>,
    ) -> Prepared<T>
    where
        V: Fn(&A, &mut Inputs),
    {
        let (occupant, alone) = match looked {
            Some(Lookup::Found { value, full_ns }) => {
                let tracked = cache.tracked_again(&self.function.identity);
                cache.reused(tracked, Reuse::Found, 1, full_ns);
                timing::reused(full_ns);
                return Prepared::Found { value, key: hashed.key };
            }
            // What is checked is computed though it is there.
            Some(Lookup::Missing) => (Occupant::Nobody, !hashed.is_shared()),
            Some(Lookup::Damaged) => (Occupant::Damaged, false),
            Some(Lookup::Invalid) => (Occupant::Invalid, false),
            None => (Occupant::Unwanted, true),
        };
        Prepared::Compute(Some(self.pending(arguments, hashed, occupant, alone)))
    }

    /// The result that an equal call came to; `None` if it is of no use.
    pub(crate) fn got<T>(
        &self,
        cache: &Cache,
        key: &Key,
        payload: &Payload,
        how: Reuse,
    ) -> Option<(T, u64)>
    where
        O: Outcome<T>,
    {
        let tracked = self.tracked(cache);
        match payload.decode::<T, O>() {
            Ok((value, full_ns)) => {
                cache.reused(tracked, how, 1, full_ns);
                Some((value, full_ns))
            }
            Err(error) => {
                cache.damaged::<T>(tracked, key, &error);
                None
            }
        }
    }

    /// The arguments of an item, for people.
    pub(crate) fn printed<A>(&self, arguments: &A, pending: Option<&Pending>) -> String
    where
        V: Fn(&A, &mut Inputs),
    {
        pending.map_or_else(
            || Inputs::print(|inputs| (self.visit)(arguments, inputs)),
            |pending| pending.printed().to_owned(),
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
            && pending.0.hashed.expected.is_none()
            && tracing::enabled!(tracing::Level::DEBUG)
        {
            let why = self.why(cache, arguments, &pending.0.hashed, Sources::Files);
            let name = &self.function.identity.name;
            tracing::debug!(function = %name, inputs = %pending.printed(), "{why}");
        }
    }

    /// Tells which item of a batch panicked, before the panic goes on without saying so.
    pub(crate) fn log_panic(&self, index: usize, printed: &str) {
        let name = &self.function.identity.name;
        tracing::error!(function = %name, index, inputs = %printed, "an item of a batch panicked");
    }

    /// What has to be known of the arguments once they are gone.
    #[cold]
    pub(crate) fn pending<A>(
        &self,
        arguments: &A,
        hashed: Hashed,
        occupant: Occupant,
        alone: bool,
    ) -> Pending
    where
        V: Fn(&A, &mut Inputs),
    {
        let printed = Inputs::print(|inputs| (self.visit)(arguments, inputs));
        Pending(Box::new(Facts { hashed, printed, occupant, alone }))
    }

    /// Whether the computation failed, as its function would say: an `Err` is not kept.
    pub(crate) fn is_failure<T>(&self, result: &T) -> bool
    where
        O: Outcome<T>,
    {
        self.outcome.kept(result).is_none()
    }

    /// The entry for the result of a computation, unless it is not to be kept, or neither kept nor
    /// `shared` with others.
    pub(crate) fn encode<T>(
        &self,
        cache: &Cache,
        pending: Pending,
        result: &T,
        cost: Cost,
        shared: bool,
    ) -> Option<Encoded>
    where
        O: Outcome<T>,
        K: Fn(&T) -> bool,
    {
        let expected = pending.0.hashed.expected;
        let unchanged =
            expected.is_some_and(|expected| self.check(cache, &pending, expected, result));
        let tracked = self.tracked(cache);
        let value = self.outcome.kept(result);
        let is_kept = value.is_some() && (self.keep_if)(result);
        if expected.is_some() && !unchanged && !is_kept {
            // The new result wins, though it cannot take the place of the old one.
            if let Err(error) = cache.forget(tracked, &pending.key()) {
                cache.warn("a result that differs could not be removed", error);
            }
        }
        let value = value?;
        if !shared && !cache.mode().writes() {
            return None;
        }
        if !is_kept {
            tracked.counters.unkept();
            return None;
        }
        let Facts { hashed, printed, occupant, .. } = *pending.0;
        if let Some(file) = hashed.files.iter().find(|file| !file.is_unchanged()) {
            tracked.counters.unkept();
            let path = file.path().display();
            cache.warn("an input file changed while it was in use", path);
            return None;
        }
        let fresh = Fresh {
            key: hashed.key,
            arguments: hashed.arguments,
            printed,
            own_ns: cost.own_ns,
            full_ns: cost.full_ns,
            replace: occupant.is_replaced() || expected.is_some(),
            unchanged,
        };
        cache.encode(tracked, fresh, |verify, out| codec::encode(value, verify, out))
    }
}

impl Hashed {
    /// Whether equal calls may compute it instead: not what is checked.
    pub(crate) fn is_shared(&self) -> bool {
        self.expected.is_none()
    }
}

impl Pending {
    /// Counts it as an item of a batch that is about to be computed.
    pub(crate) fn count(&self, tally: &Tally, cache: &Cache, function: &Function) {
        if self.0.hashed.expected.is_some() {
            tally.checked();
        } else {
            tally.computed(cache, &function.identity, &self.key(), self.occupant());
        }
    }

    /// Whether equal calls may compute it instead.
    pub(crate) fn is_shared(&self) -> bool {
        !self.0.alone
    }

    /// What it is to take the place of.
    pub(crate) fn occupant(&self) -> Occupant {
        self.0.occupant
    }

    /// The inputs, for people.
    pub(crate) fn printed(&self) -> &str {
        &self.0.printed
    }

    pub(crate) fn key(&self) -> Key {
        self.0.hashed.key
    }
}

/// The result of a function whose value has these bytes.
#[inline]
pub(crate) fn decode<T, O: Outcome<T>>(codec: u8, bytes: &[u8]) -> Result<T> {
    codec::decode(codec, bytes).map(O::restore)
}
