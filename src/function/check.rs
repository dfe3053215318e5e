//! Computing what is there all the same, and comparing: trust, but check.

use super::probe::Outcome;
use super::recipe::{Hashed, Pending, Recipe};
use crate::cache::{Cache, Lookup};
use crate::key::{self, Digest};

impl<V, O, K> Recipe<V, O, K> {
    /// What a lookup came to, unless it is the turn of this call to be computed all the same: then it
    /// counts as missing, and what was found is remembered.
    #[inline]
    pub(crate) fn unless_checked<T>(
        &self,
        cache: &Cache,
        hashed: &mut Hashed,
        looked: Lookup<T>,
    ) -> Lookup<T>
    where
        O: Outcome<T>,
    {
        match looked {
            Lookup::Found { value, .. } if cache.mode().checks_next() => {
                hashed.expected = self.value_digest(&value);
                Lookup::Missing
            }
            looked => looked,
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
    pub(super) fn check<T>(
        &self,
        cache: &Cache,
        pending: &Pending,
        expected: Digest,
        result: &T,
    ) -> bool
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
                inputs = %pending.printed(),
                found = %expected,
                computed = %computed,
                "a result is not what it was: it depends on more than its inputs (hidden state, \
                 randomness, time, or an edit that could not be seen)"
            );
        }
        same
    }
}
