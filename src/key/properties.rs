//! What holds for the digests of any two values: for fuzzing, and for a bounded run of the same as a
//! test.

use super::{describe, digest};
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Serialize, Serializer};

/// So deep may values be nested, as the stack has an end.
const DEPTH: u32 = 40;

/// A value of any kind that serde knows, within reason.
#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Unit,
    None,
    Bool(bool),
    Byte(u8),
    Number(u64),
    Signed(i64),
    /// By its bits, but for those that are no number.
    Float(u64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Some(Box<Self>),
    List(Vec<Self>),
    Tuple(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Record(Box<[Self; 2]>),
    Variant(&'static str, Box<Self>),
}

/// Makes two values of these bytes: they have one digest if they are equal, and else two.
///
/// # Panics
///
/// If something does not hold.
pub(crate) fn check(bytes: &[u8]) {
    let (first, second) = bytes.split_at(bytes.len() / 2);
    let (first, second) = (Shape::read(&mut { first }, DEPTH), Shape::read(&mut { second }, DEPTH));
    let of = |value: &Shape| digest(value).ok();
    assert!(of(&first).is_some(), "{first:?}");
    assert_eq!(of(&first), of(&first.clone()));
    assert_eq!(of(&first) == of(&second), first == second, "{first:?}, {second:?}");
    let pair = |a: &Shape, b: &Shape| of(&Shape::List(vec![a.clone(), b.clone()]));
    assert_eq!(pair(&first, &second) == pair(&second, &first), first == second);
    let limit = bytes.len() % 100;
    assert!(describe(&first, limit).chars().count() <= limit);
}

impl Shape {
    /// Takes a value off the front of some bytes; where they end, there is nothing.
    fn read(bytes: &mut &[u8], depth: u32) -> Self {
        let Some((kind, rest)) = bytes.split_first() else { return Self::Unit };
        *bytes = rest;
        let inner = |bytes: &mut &[u8]| Self::read(bytes, depth - 1);
        match kind % if depth == 0 { 10 } else { 16 } {
            0 => Self::Unit,
            1 => Self::None,
            2 => Self::Bool(number(bytes) % 2 == 1),
            3 => Self::Byte(number(bytes).to_le_bytes()[0]),
            4 => Self::Number(number(bytes)),
            5 => Self::Signed(number(bytes).cast_signed()),
            6 => Self::Float(number(bytes)).plain(),
            7 => Self::Char(
                u32::try_from(number(bytes)).ok().and_then(char::from_u32).unwrap_or('x'),
            ),
            8 => Self::Text(String::from_utf8_lossy(some(bytes)).into_owned()),
            9 => Self::Bytes(some(bytes).to_vec()),
            10 => Self::Some(Box::new(inner(bytes))),
            11 => Self::List((0..count(bytes)).map(|_| inner(bytes)).collect()),
            12 => Self::Tuple((0..count(bytes)).map(|_| inner(bytes)).collect()),
            13 => Self::Map((0..count(bytes)).map(|_| (inner(bytes), inner(bytes))).collect()),
            14 => Self::Record(Box::new([inner(bytes), inner(bytes)])),
            _ => Self::Variant(["A", "B"][usize::from(kind / 16 % 2)], Box::new(inner(bytes))),
        }
    }

    /// All floats that are no number are alike.
    fn plain(self) -> Self {
        match self {
            Self::Float(bits) if f64::from_bits(bits).is_nan() => Self::Float(f64::NAN.to_bits()),
            other => other,
        }
    }
}

/// Up to eight bytes as a number, of which a few are more common than others.
fn number(bytes: &mut &[u8]) -> u64 {
    let taken = some(bytes);
    let mut number = [0; 8];
    let used = taken.len().min(8);
    number[..used].copy_from_slice(&taken[..used]);
    u64::from_le_bytes(number)
}

/// As many bytes as the next one says, at most 15.
fn some<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = count(bytes).min(bytes.len());
    let (taken, rest) = bytes.split_at(length);
    *bytes = rest;
    taken
}

fn count(bytes: &mut &[u8]) -> usize {
    let Some((first, rest)) = bytes.split_first() else { return 0 };
    *bytes = rest;
    usize::from(first % 16)
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unit => serializer.serialize_unit(),
            Self::None => serializer.serialize_none(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Byte(value) => serializer.serialize_u8(*value),
            Self::Number(value) => serializer.serialize_u64(*value),
            Self::Signed(value) => serializer.serialize_i64(*value),
            Self::Float(bits) => serializer.serialize_f64(f64::from_bits(*bits)),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Some(value) => serializer.serialize_some(&**value),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
            Self::Tuple(values) => {
                let mut tuple = serializer.serialize_tuple(values.len())?;
                values.iter().try_for_each(|value| tuple.serialize_element(value))?;
                tuple.end()
            }
            Self::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                pairs.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Record(fields) => {
                let mut record = serializer.serialize_struct("Record", 2)?;
                record.serialize_field("first", &fields[0])?;
                record.serialize_field("second", &fields[1])?;
                record.end()
            }
            Self::Variant(name, value) => {
                serializer.serialize_newtype_variant("Variant", 0, name, &**value)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 4_000,
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn values_share_a_digest_if_and_only_if_they_are_equal(
            bytes in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            check(&bytes);
        }

        #[test]
        fn a_value_that_differs_a_little_has_another_digest(
            value in prop::collection::vec(any::<u8>(), 1..40),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u8,
        ) {
            let mut other = value.clone();
            other[at.index(value.len())] ^= 1_u8 << bit;
            check(&[value, other].concat());
        }
    }
}
