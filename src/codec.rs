//! Values to bytes and back, with no idea what the bytes are for.
//!
//! bincode is compact and fast, but its bytes do not describe themselves, and some serde types rely
//! on that: a field left out by `skip_serializing_if` shifts all that follow it, so that decoding
//! can give a *wrong value*; an untagged enum or a `serde_json::Value` cannot be decoded at all. So
//! the encoder refuses skipped fields, and a value can be [verified](Verify): decoded again and
//! compared. When to do so is up to the caller. What bincode fails to carry goes through `MessagePack`, which describes itself, and is
//! verified each time, since it has gaps of its own (`Some(None)` reads back as `None`).
//!
//! Bytes are decoded [within limits](careful), whoever wrote them.
//!
//! Values are compared by their [digests](crate::key): those see what serde sees and do not mind the
//! order in which a decoded hash map happens to iterate, as comparing bytes would.

mod careful;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod properties;
mod strict;

use crate::error::{self, Error, ErrorKind};
use crate::key;
use careful::{Budget, Careful, Limits};
use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed};
use std::marker::PhantomData;
use strict::Strict;

/// How a payload was encoded. The numbers stand in entries and are never given another meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Codec {
    /// bincode 2, standard configuration: little-endian, integers of variable length.
    Bincode = 1,
    /// `MessagePack`, structs as maps.
    MessagePack = 2,
}

/// Whether to decode what was just encoded and compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verify {
    /// Whatever the codec.
    Yes,
    /// Not what goes through bincode.
    No,
}

/// Appends the bytes of `value` to `out`.
///
/// # Errors
///
/// [`ErrorKind::Unstorable`] where no codec leads back to the same value.
pub(crate) fn encode<T: Serialize + DeserializeOwned>(
    value: &T,
    verify: Verify,
    out: &mut Vec<u8>,
) -> Result<Codec, Error> {
    let start = out.len();
    let mut codecs = [(Codec::Bincode, verify), (Codec::MessagePack, Verify::Yes)].into_iter();
    let mut reasons = Vec::new();
    for (codec, verify) in codecs.by_ref() {
        out.truncate(start);
        match caught("Serialize", || try_encode(codec, value, verify, out, start)) {
            Ok(()) => return Ok(codec),
            Err(reason) => reasons.push(format!("{codec:?}: {reason}")),
        }
    }
    let name = std::any::type_name::<T>();
    Err(Error::new(
        ErrorKind::Unstorable,
        format!("a `{name}` cannot be stored and read back unchanged ({})", reasons.join("; ")),
    ))
}

/// The value whose bytes [`encode`] wrote with the codec of this number.
///
/// # Errors
///
/// [`ErrorKind::Corrupt`] for bytes that are no `T`, and for a codec of a newer version.
pub(crate) fn decode<T: DeserializeOwned>(codec: u8, bytes: &[u8]) -> Result<T, Error> {
    let decoded = caught("Deserialize", || {
        if codec == Codec::Bincode as u8 {
            from_bincode(bytes)
        } else if codec == Codec::MessagePack as u8 {
            from_message_pack(bytes)
        } else {
            Err(format!("codec {codec} is not known to this version"))
        }
    });
    decoded.map_err(|reason| {
        let name = std::any::type_name::<T>();
        Error::new(ErrorKind::Corrupt, format!("stored bytes are not a `{name}`: {reason}"))
    })
}

/// Takes a panic of the type's own code for a refusal: a value that was computed must not be lost to
/// it. Nothing that `work` changes is looked at afterwards.
#[inline]
fn caught<T>(what: &str, work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    error::caught(work).unwrap_or_else(|_| Err(format!("its `{what}` panicked")))
}

fn try_encode<T: Serialize + DeserializeOwned>(
    codec: Codec,
    value: &T,
    verify: Verify,
    out: &mut Vec<u8>,
    start: usize,
) -> Result<(), String> {
    match codec {
        Codec::Bincode => {
            let config = bincode::config::standard();
            bincode::serde::encode_into_writer(Strict(value), Append(out), config)
                .map_err(|error| error.to_string())?;
        }
        Codec::MessagePack => {
            value
                .serialize(&mut rmp_serde::Serializer::new(&mut *out).with_struct_map())
                .map_err(|error| error.to_string())?;
        }
    }
    if verify == Verify::No {
        return Ok(());
    }
    let decoded: T = decode(codec as u8, &out[start..]).map_err(|error| error.to_string())?;
    let digest = |value: &T| key::digest(value).map_err(|error| error.to_string());
    if digest(&decoded)? == digest(value)? {
        Ok(())
    } else {
        Err("decoding gives another value".to_owned())
    }
}

fn from_bincode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let budget = Budget::new(bytes.len());
    let seed = Careful { inner: PhantomData::<T>, limits: Limits::new(&budget) };
    let config = bincode::config::standard();
    match bincode::serde::seed_decode_from_slice(seed, bytes, config) {
        Ok((value, used)) if used == bytes.len() => Ok(value),
        Ok((_, used)) => Err(format!("{} bytes are left over", bytes.len() - used)),
        Err(error) => Err(error.to_string()),
    }
}

fn from_message_pack<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let budget = Budget::new(bytes.len());
    let seed = Careful { inner: PhantomData::<T>, limits: Limits::new(&budget) };
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes);
    seed.deserialize(&mut deserializer).map_err(|error| error.to_string())
}

/// Lets bincode append to a vector, which it cannot by itself.
struct Append<'a>(&'a mut Vec<u8>);

impl bincode::enc::write::Writer for Append<'_> {
    #[inline]
    fn write(&mut self, bytes: &[u8]) -> Result<(), bincode::error::EncodeError> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use std::collections::{BTreeMap, HashMap, HashSet};
    use std::fmt::Debug;

    /// Encodes as `codec`, reads back the same, and refuses every strict prefix.
    fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T, codec: Codec) {
        let mut bytes = b"before".to_vec();
        assert_eq!(encode(value, Verify::Yes, &mut bytes).unwrap(), codec, "{value:?}");
        let bytes = &bytes[6..];
        assert_eq!(decode::<T>(codec as u8, bytes).unwrap(), *value);
        for end in 0..bytes.len() {
            assert!(decode::<T>(codec as u8, &bytes[..end]).is_err(), "{value:?} from {end} bytes");
        }
        let longer = [bytes, &[0]].concat();
        if codec == Codec::Bincode {
            assert!(decode::<T>(codec as u8, &longer).is_err(), "{value:?} with a byte left over");
        }
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug, Clone, Default)]
    struct Plain {
        id: u64,
        name: String,
        weights: Vec<f64>,
        nested: Option<Box<Plain>>,
    }

    #[test]
    fn ordinary_values_go_through_bincode() {
        let inner = Plain { id: 1, name: "é".into(), weights: vec![0.5, -0.0], nested: None };
        check(&inner, Codec::Bincode);
        check(&Plain { nested: Some(Box::new(inner)), ..Plain::default() }, Codec::Bincode);
        check(&(1u8, -2i64, 'x', [3u16; 4]), Codec::Bincode);
        check(&(i128::MIN, u128::MAX, f32::MAX, Some(())), Codec::Bincode);
        check(&Some(None::<u8>), Codec::Bincode);
        check(&BTreeMap::from([(vec![1u8], Ok::<u8, String>(1))]), Codec::Bincode);
    }

    #[test]
    fn a_decoded_hash_map_may_iterate_in_another_order() {
        check(&(0..100u32).map(|n| (n, n.to_string())).collect::<HashMap<_, _>>(), Codec::Bincode);
        check(&vec![(0..100u32).collect::<HashSet<_>>()], Codec::Bincode);
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
    struct Skipping {
        #[serde(skip_serializing_if = "Option::is_none", default)]
        first: Option<u8>,
        second: Option<u8>,
        third: u8,
    }

    // bincode reads `second` into `first` here, and `third` into `second`.
    #[test]
    fn skipped_fields_are_refused_by_bincode_at_any_depth() {
        check(&Skipping { first: None, second: Some(1), third: 1 }, Codec::MessagePack);
        check(&Skipping { first: Some(1), second: Some(1), third: 1 }, Codec::Bincode);
        check(&vec![Some((1u8, Skipping::default()))], Codec::MessagePack);
        check(&BTreeMap::from([(1u8, [Skipping::default()])]), Codec::MessagePack);
        check(&Ok::<_, ()>(Skipping::default()), Codec::MessagePack);
    }

    #[test]
    fn skipped_fields_are_refused_in_later_values_too() {
        let mut bytes = Vec::new();
        let codec = encode(&Skipping::default(), Verify::No, &mut bytes).unwrap();
        assert_eq!(codec, Codec::MessagePack);
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(untagged)]
    enum Untagged {
        Number(f64),
        Text(String),
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    #[serde(tag = "kind")]
    enum Tagged {
        Point { x: i32 },
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Flattened {
        id: u8,
        #[serde(flatten)]
        rest: BTreeMap<String, u8>,
    }

    #[test]
    fn types_that_must_describe_themselves_go_through_message_pack() {
        check(&Untagged::Number(1.5), Codec::MessagePack);
        check(&Untagged::Text("x".into()), Codec::MessagePack);
        check(&Tagged::Point { x: -3 }, Codec::MessagePack);
        check(&Flattened { id: 1, rest: BTreeMap::from([("a".into(), 2)]) }, Codec::MessagePack);
        check(&serde_json::json!({"a": [1, 2.5, null, "x", {"b": true}]}), Codec::MessagePack);
    }

    // Left out without a call to the serializer, so only verifying can notice.
    #[derive(Serialize, Deserialize, PartialEq, Debug, Default)]
    struct WriteOnly {
        #[serde(skip_serializing, default)]
        hidden: u64,
        shown: u64,
    }

    #[test]
    fn a_field_that_is_never_written_is_noticed() {
        check(&WriteOnly { hidden: 0, shown: 7 }, Codec::MessagePack);
        check(&WriteOnly::default(), Codec::MessagePack);
    }

    #[test]
    fn what_no_codec_carries_is_an_error_that_names_the_type() {
        #[derive(Serialize, Deserialize)]
        struct Lossy {
            #[serde(skip_serializing_if = "Option::is_none", default)]
            nothing: Option<u8>,
            #[expect(clippy::option_option, reason = "the kind of type that is hard to carry")]
            twice: Option<Option<u8>>,
        }
        let mut bytes = b"before".to_vec();
        let value = Lossy { nothing: None, twice: Some(None) };
        let error = encode(&value, Verify::No, &mut bytes).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unstorable);
        assert!(error.to_string().contains("Lossy"), "{error}");
    }

    #[test]
    fn a_codec_from_the_future_is_corrupt_and_not_guessed_at() {
        assert_eq!(decode::<u8>(3, &[1]).unwrap_err().kind(), ErrorKind::Corrupt);
    }

    /// What a writer of ill will can put where a `T` is expected, and that it is refused.
    fn refused<T: DeserializeOwned>(codec: Codec, bytes: &[u8]) -> String {
        match decode::<T>(codec as u8, bytes) {
            Ok(_) => panic!("a value out of a lie"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_text_is_not_given_memory_before_its_bytes_are_there() {
        // As a `u64` of bincode: a byte that says so, and eight. Memory for this would be refused,
        // which ends a process.
        let lie = [&[253][..], &(1u64 << 45).to_le_bytes(), b"abc"].concat();
        refused::<String>(Codec::Bincode, &lie);
        refused::<Vec<u64>>(Codec::Bincode, &lie);
        refused::<Vec<String>>(Codec::Bincode, &[&[1][..], &lie].concat());
        refused::<HashMap<String, u64>>(Codec::Bincode, &lie);
        let lie = [&[0xdb, 0xff, 0xff, 0xff, 0xff][..], b"abc"].concat();
        refused::<String>(Codec::MessagePack, &lie);
        refused::<serde_json::Value>(Codec::MessagePack, &lie);
        refused::<Vec<u64>>(Codec::MessagePack, &[0xdd, 0xff, 0xff, 0xff, 0xff, 1]);
    }

    #[test]
    fn values_without_bytes_do_not_go_on_for_ever() {
        #[derive(Deserialize, Serialize, PartialEq, Debug, Clone)]
        struct Nothing {}
        let lie = [&[253][..], &(1u64 << 60).to_le_bytes()].concat();
        for refusal in [
            refused::<Vec<()>>(Codec::Bincode, &lie),
            refused::<Vec<Nothing>>(Codec::Bincode, &lie),
            refused::<Vec<[u8; 0]>>(Codec::Bincode, &lie),
            refused::<Vec<PhantomData<u8>>>(Codec::Bincode, &lie),
        ] {
            assert!(refusal.contains("more values without content"), "{refusal}");
        }
        check(&vec![Nothing {}; 1000], Codec::Bincode);
    }

    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Nested {
        value: u64,
        next: Option<Box<Nested>>,
    }

    #[test]
    fn what_is_nested_too_deep_is_refused_and_does_not_overflow_the_stack() {
        // Each level is an option and a struct.
        let of_depth = |depth| {
            let end = Nested { value: 0, next: None };
            (1..depth).fold(end, |next, value| Nested { value, next: Some(Box::new(next)) })
        };
        check(&of_depth(u64::from(careful::DEPTH) / 2), Codec::Bincode);
        let mut bytes = Vec::new();
        encode(&of_depth(u64::from(careful::DEPTH)), Verify::No, &mut bytes).unwrap();
        assert!(refused::<Nested>(Codec::Bincode, &bytes).contains("deep"));
        refused::<Nested>(Codec::Bincode, &vec![1; 10_000_000]);
        refused::<serde_json::Value>(Codec::MessagePack, &vec![0x91; 10_000_000]);
    }

    #[test]
    fn a_type_whose_own_code_panics_is_refused() {
        struct Panics;
        impl Serialize for Panics {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                panic!("expected")
            }
        }
        impl<'de> Deserialize<'de> for Panics {
            fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                panic!("expected")
            }
        }
        let error = encode(&Panics, Verify::Yes, &mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unstorable);
        let Err(error) = decode::<Panics>(1, &[]) else { panic!("a value out of nothing") };
        assert_eq!(error.kind(), ErrorKind::Corrupt);
    }
}
