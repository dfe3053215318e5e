//! Any value serde can show, and its encoding written down a second time, the plain way.
//!
//! The encoding here is the reference: it builds whole vectors, knows no buffers, and repeats the
//! numbers of the tags, so that a slip in the library cannot repeat itself here.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use proptest::prelude::*;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};
use serde::{Serialize, Serializer};

type Name = &'static str;

#[derive(Debug, Clone)]
pub(crate) enum Value {
    Bool(bool),
    Char(char),
    U8(u8),
    U32(u32),
    U64(u64),
    I64(i64),
    I128(i128),
    F32(f32),
    F64(f64),
    Str(String),
    Bytes(Vec<u8>),
    Unit,
    UnitStruct,
    None,
    Some(Box<Value>),
    Newtype(Box<Value>),
    Seq(Vec<Value>),
    Tuple(Vec<Value>),
    TupleStruct(Vec<Value>),
    Struct(Vec<(Name, Value)>),
    Map(Vec<(Value, Value)>),
    HashSet(Vec<Value>),
    HashMap(Vec<(Value, Value)>),
    UnitVariant(Name),
    NewtypeVariant(Name, Box<Value>),
    TupleVariant(Name, Vec<Value>),
    StructVariant(Name, Vec<(Name, Value)>),
}

/// A key whose place in a hash table is chance, whatever it holds.
struct Indexed<'a>(usize, &'a Value);

impl PartialEq for Indexed<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Indexed<'_> {}

impl Hash for Indexed<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Serialize for Indexed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.1.serialize(serializer)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => value.serialize(serializer),
            Self::Char(value) => value.serialize(serializer),
            Self::U8(value) => value.serialize(serializer),
            Self::U32(value) => value.serialize(serializer),
            Self::U64(value) => value.serialize(serializer),
            Self::I64(value) => value.serialize(serializer),
            Self::I128(value) => value.serialize(serializer),
            Self::F32(value) => value.serialize(serializer),
            Self::F64(value) => value.serialize(serializer),
            Self::Str(value) => value.serialize(serializer),
            Self::Bytes(value) => serializer.serialize_bytes(value),
            Self::Unit => serializer.serialize_unit(),
            Self::UnitStruct => serializer.serialize_unit_struct("S"),
            Self::None => serializer.serialize_none(),
            Self::Some(value) => serializer.serialize_some(value),
            Self::Newtype(value) => serializer.serialize_newtype_struct("S", value),
            Self::Seq(items) => {
                let mut seq = serializer.serialize_seq(None)?;
                items.iter().try_for_each(|item| seq.serialize_element(item))?;
                seq.end()
            }
            Self::Tuple(items) => {
                let mut tuple = serializer.serialize_tuple(items.len())?;
                items.iter().try_for_each(|item| tuple.serialize_element(item))?;
                tuple.end()
            }
            Self::TupleStruct(items) => {
                let mut tuple = serializer.serialize_tuple_struct("S", items.len())?;
                items.iter().try_for_each(|item| tuple.serialize_field(item))?;
                tuple.end()
            }
            Self::Struct(fields) => {
                let mut fields_of = serializer.serialize_struct("S", fields.len())?;
                fields.iter().try_for_each(|(name, v)| fields_of.serialize_field(name, v))?;
                fields_of.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(None)?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::HashSet(items) => {
                let set: HashSet<Indexed<'_>> =
                    items.iter().enumerate().map(|(at, item)| Indexed(at, item)).collect();
                set.serialize(serializer)
            }
            Self::HashMap(entries) => {
                let entries = entries.iter().enumerate();
                let map: HashMap<Indexed<'_>, &Value> =
                    entries.map(|(at, (key, value))| (Indexed(at, key), value)).collect();
                map.serialize(serializer)
            }
            Self::UnitVariant(name) => serializer.serialize_unit_variant("E", 0, name),
            Self::NewtypeVariant(name, value) => {
                serializer.serialize_newtype_variant("E", 0, name, value)
            }
            Self::TupleVariant(name, items) => {
                let mut tuple = serializer.serialize_tuple_variant("E", 0, name, items.len())?;
                items.iter().try_for_each(|item| tuple.serialize_field(item))?;
                tuple.end()
            }
            Self::StructVariant(name, fields) => {
                let mut fields_of =
                    serializer.serialize_struct_variant("E", 0, name, fields.len())?;
                fields.iter().try_for_each(|(name, v)| fields_of.serialize_field(name, v))?;
                fields_of.end()
            }
        }
    }
}

const END: u8 = 0xFE;

impl Value {
    /// The encoding that the library documents.
    pub(crate) fn encoding(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }

    fn encode(&self, out: &mut Vec<u8>) {
        if let Some((kind, bits)) = self.primitive() {
            out.push(kind);
            out.extend(bits);
            return;
        }
        match self {
            Self::Str(text) => encode_text(0x15, text.as_bytes(), out),
            Self::Bytes(bytes) => encode_text(0x16, bytes, out),
            Self::Unit => out.push(0x10),
            Self::UnitStruct => out.push(0x11),
            Self::None => out.push(0x12),
            Self::Some(value) => {
                out.push(0x13);
                value.encode(out);
            }
            Self::Newtype(value) => {
                out.push(0x14);
                value.encode(out);
            }
            Self::Seq(items) => encode_items(&[0x20], items, out),
            Self::Tuple(items) => encode_items(&[0x21], items, out),
            Self::TupleStruct(items) => encode_items(&[0x22], items, out),
            Self::Struct(fields) => encode_fields(&[0x24], fields, out),
            Self::Map(entries) => {
                out.push(0x23);
                for (key, value) in entries {
                    key.encode(out);
                    value.encode(out);
                }
                out.push(END);
            }
            Self::HashSet(items) => encode_digests(0x25, items.iter().map(Self::encoding), out),
            Self::HashMap(entries) => {
                let pairs = entries.iter().map(|(key, value)| [key.encoding(), value.encoding()]);
                encode_digests(0x26, pairs.map(|pair| pair.concat()), out);
            }
            Self::UnitVariant(name) => out.extend(variant(0x30, name)),
            Self::NewtypeVariant(name, value) => {
                out.extend(variant(0x31, name));
                value.encode(out);
            }
            Self::TupleVariant(name, items) => encode_items(&variant(0x32, name), items, out),
            Self::StructVariant(name, fields) => encode_fields(&variant(0x33, name), fields, out),
            _ => unreachable!("{self:?} is a primitive"),
        }
    }

    /// The kind and the bits of a primitive.
    fn primitive(&self) -> Option<(u8, Vec<u8>)> {
        Some(match self {
            Self::Bool(value) => (0x01, vec![u8::from(*value)]),
            Self::Char(value) => (0x02, u32::from(*value).to_le_bytes().to_vec()),
            Self::U8(value) => (0x03, vec![*value]),
            Self::U32(value) => (0x05, value.to_le_bytes().to_vec()),
            Self::U64(value) => (0x06, value.to_le_bytes().to_vec()),
            Self::I64(value) => (0x0B, value.to_le_bytes().to_vec()),
            Self::I128(value) => (0x0C, value.to_le_bytes().to_vec()),
            Self::F32(value) if value.is_nan() => (0x0D, vec![0, 0, 0xC0, 0x7F]),
            Self::F32(value) => (0x0D, value.to_le_bytes().to_vec()),
            Self::F64(value) if value.is_nan() => (0x0E, vec![0, 0, 0, 0, 0, 0, 0xF8, 0x7F]),
            Self::F64(value) => (0x0E, value.to_le_bytes().to_vec()),
            _ => return None,
        })
    }
}

fn encode_items(head: &[u8], items: &[Value], out: &mut Vec<u8>) {
    out.extend(head);
    let kind = |value: &Value| value.primitive().map(|(kind, _)| kind);
    for neighbours in items.chunk_by(|a, b| kind(a).is_some() && kind(a) == kind(b)) {
        match kind(&neighbours[0]) {
            Some(kind) => {
                out.extend([0x17, kind]);
                encode_length(neighbours.len(), out);
                let bits = neighbours.iter().filter_map(Value::primitive);
                encode_block(&bits.flat_map(|(_, bits)| bits).collect::<Vec<u8>>(), out);
            }
            None => neighbours[0].encode(out),
        }
    }
    out.push(END);
}

fn encode_fields(head: &[u8], fields: &[(Name, Value)], out: &mut Vec<u8>) {
    out.extend(head);
    for (name, value) in fields {
        encode_length(name.len(), out);
        out.extend(name.as_bytes());
        value.encode(out);
    }
    out.push(END);
}

fn encode_digests(tag: u8, elements: impl Iterator<Item = Vec<u8>>, out: &mut Vec<u8>) {
    let mut digests: Vec<[u8; 32]> = elements.map(|bytes| blake3::hash(&bytes).into()).collect();
    digests.sort_unstable();
    out.push(tag);
    encode_length(digests.len(), out);
    out.extend(digests.concat());
}

fn variant(tag: u8, name: Name) -> Vec<u8> {
    let mut head = vec![tag];
    encode_length(name.len(), &mut head);
    head.extend(name.as_bytes());
    head
}

fn encode_text(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    encode_length(bytes.len(), out);
    encode_block(bytes, out);
}

fn encode_length(length: usize, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) if short < 0xF0 => out.push(short),
        _ => {
            out.push(0xFF);
            out.extend((length as u64).to_le_bytes());
        }
    }
}

fn encode_block(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.len() <= 1024 {
        out.extend(bytes);
    } else {
        out.extend(blake3::hash(bytes).as_bytes());
    }
}

/// Any value, a few levels deep, with the lengths where the encoding changes its ways.
pub(crate) fn any_value() -> impl Strategy<Value = Value> {
    let length = prop_oneof![
        8 => 0..20_usize,
        1 => 238..242_usize,
        1 => 1022..1027_usize,
        1 => 65_530..65_540_usize,
    ];
    let long_run = (length.clone(), any::<u8>(), 0..3).prop_map(|(length, first, kind)| {
        let item = |n: usize| match kind {
            0 => Value::U8(first.wrapping_add(n.to_le_bytes()[0])),
            1 => Value::U64(n as u64 + u64::from(first)),
            _ => Value::F64(f64::from_bits(n as u64 * 0x1234_5678_9ABC)),
        };
        Value::Seq((0..length).map(item).collect())
    });
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        any::<char>().prop_map(Value::Char),
        any::<u8>().prop_map(Value::U8),
        any::<u32>().prop_map(Value::U32),
        any::<u64>().prop_map(Value::U64),
        any::<i64>().prop_map(Value::I64),
        any::<i128>().prop_map(Value::I128),
        any::<u32>().prop_map(|bits| Value::F32(f32::from_bits(bits))),
        any::<u64>().prop_map(|bits| Value::F64(f64::from_bits(bits))),
        Just(Value::F64(-f64::NAN)),
        ".{0,12}".prop_map(Value::Str),
        (length.clone(), "[a-zé]").prop_map(|(length, text)| Value::Str(text.repeat(length))),
        (length, any::<u8>()).prop_map(|(length, byte)| Value::Bytes(vec![byte; length])),
        long_run,
        Just(Value::Unit),
        Just(Value::UnitStruct),
        Just(Value::None),
        name().prop_map(Value::UnitVariant),
    ];
    leaf.prop_recursive(4, 64, 8, |value| {
        let boxed = value.clone().prop_map(Box::new);
        let items = prop::collection::vec(value.clone(), 0..8);
        let fields = prop::collection::vec((name(), value.clone()), 0..4);
        let entries = prop::collection::vec((value.clone(), value), 0..4);
        prop_oneof![
            boxed.clone().prop_map(Value::Some),
            boxed.clone().prop_map(Value::Newtype),
            items.clone().prop_map(Value::Seq),
            items.clone().prop_map(Value::Tuple),
            items.clone().prop_map(Value::TupleStruct),
            items.clone().prop_map(Value::HashSet),
            fields.clone().prop_map(Value::Struct),
            entries.clone().prop_map(Value::Map),
            entries.prop_map(Value::HashMap),
            (name(), boxed).prop_map(|(name, value)| Value::NewtypeVariant(name, value)),
            (name(), items).prop_map(|(name, items)| Value::TupleVariant(name, items)),
            (name(), fields).prop_map(|(name, fields)| Value::StructVariant(name, fields)),
        ]
    })
}

fn name() -> impl Strategy<Value = Name> + Clone {
    // The last takes eight bytes to say how long it is.
    const LONG: &str = match str::from_utf8(&[b'n'; 240]) {
        Ok(name) => name,
        Err(_) => unreachable!(),
    };
    prop::sample::select(vec!["a", "b", "ab", "field", "", LONG])
}
