//! What holds for any bytes that are taken for a value: for fuzzing, and for a bounded run of the
//! same as a test.

use super::{Codec, decode};
use crate::key;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

#[derive(Serialize, Deserialize)]
enum Tree {
    Leaf,
    Number(i64),
    Text { text: String, bytes: Option<Vec<u8>> },
    Inner(Box<Self>, Vec<Self>),
}

/// Decodes these bytes as values of many kinds, through each codec.
///
/// # Panics
///
/// If something does not hold.
pub(crate) fn check(bytes: &[u8]) {
    same::<Tree>(bytes);
    same::<(u8, i128, f64, char, bool, String)>(bytes);
    same::<HashMap<String, Vec<Option<f32>>>>(bytes);
    same::<BTreeMap<u16, ((), u8)>>(bytes);
    same::<Vec<()>>(bytes);
}

/// What can be decoded can be encoded, and decoded to the same.
fn same<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    for codec in [Codec::Bincode, Codec::MessagePack] {
        let Ok(value) = decode::<T>(codec as u8, bytes) else { continue };
        let mut out = Vec::new();
        let Ok(used) = super::encode(&value, super::Verify::No, &mut out) else { continue };
        let again = decode::<T>(used as u8, &out);
        let digests = (key::digest(&value).ok(), again.ok().map(|again| key::digest(&again).ok()));
        assert_eq!(Some(digests.0), digests.1, "{codec:?} to {used:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 2_000,
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn any_bytes_are_decoded_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            check(&bytes);
        }

        #[test]
        fn small_bytes_that_are_often_values_are_decoded_without_harm(
            bytes in prop::collection::vec(0..12_u8, 0..60),
        ) {
            check(&bytes);
        }
    }
}
