//! Which collections have no order of their own.
//!
//! Serde does not say: a `HashMap` and an `IndexMap` reach a serializer by the same methods. What
//! does tell them apart is the name of the type that `collect_seq` and `collect_map` are given.
//! Only types whose order is chance are named here. For all others the order may matter, and a
//! digest that ignored it could lead to the result of another call.
//!
//! Rust does not promise how a type's name is spelt; golden digests notice if it changes.

use std::any::type_name;

/// Iterators that pass on what another yields, element by element: a map whose keys are turned
/// into strings on the way to serde is as unordered as before.
const ADAPTERS: [&str; 5] = [
    "core::iter::adapters::map::Map<",
    "core::iter::adapters::filter::Filter<",
    "core::iter::adapters::filter_map::FilterMap<",
    "core::iter::adapters::cloned::Cloned<",
    "core::iter::adapters::copied::Copied<",
];

/// The modules of hash maps and hash sets, and of their iterators.
const HASHED: [&str; 4] = [
    "std::collections::hash::map::",
    "std::collections::hash::set::",
    "hashbrown::map::",
    "hashbrown::set::",
];

/// Whether what `I` yields comes in an order that means nothing.
pub(super) fn is_unordered<I>() -> bool {
    let mut name = type_name::<I>();
    loop {
        name = name.trim_start_matches('&').trim_start_matches("mut ");
        match ADAPTERS.iter().find_map(|adapter| name.strip_prefix(adapter)) {
            Some(inside) => name = inside,
            None => return HASHED.iter().any(|module| name.starts_with(module)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::any::type_name_of_val;
    use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

    use super::*;

    fn of<I>(_: &I) -> bool {
        is_unordered::<I>()
    }

    #[test]
    fn hash_collections_are_unordered_however_they_are_walked() {
        let map = HashMap::from([(1, 'a')]);
        let set = HashSet::from([1]);
        assert!(of(&&map) && of(&&&mut map.clone()) && of(&map));
        assert!(of(&set) && of(&&set) && of(&set.iter()) && of(&set.iter().copied()));
        assert!(of(&map.iter()) && of(&map.keys()) && of(&map.values()));
        let spelt = map.iter().filter(|(key, _)| **key > 0).map(|(key, value)| (key + 1, value));
        assert!(of(&spelt), "{}", type_name_of_val(&spelt));
    }

    #[test]
    fn collections_with_an_order_keep_it_whatever_they_hold() {
        let set = HashSet::from([1]);
        assert!(!of(&vec![set.clone()]) && !of(&&[set.clone()][..]) && !of(&Some(set.clone())));
        assert!(!of(&BTreeMap::from([(1, set.clone())])) && !of(&BTreeSet::from([1]).iter()));
        assert!(!of(&set.iter().enumerate()), "numbering makes an order");
        assert!(!of(&[set].iter().map(HashSet::len)));
    }
}
