//! The canonical encoding of a value, as serde shows it.
//!
//! A digest is BLAKE3 of these bytes. They are never stored, so nothing reads them back; but one
//! could, and that is why different values have different digests. The rules are frozen:
//! changing one changes the keys of every result there is. Numbers are little-endian; the values
//! of the tags stand in `kind.rs`.
//!
//! ```text
//! value      = primitive | text | other
//! primitive  = kind bits                     bool 1 byte, char 4, numbers their width
//! text       = STR length block              the UTF-8 bytes
//!            | BYTES length block
//! other      = UNIT | UNIT_STRUCT | NONE
//!            | SOME value
//!            | NEWTYPE_STRUCT value
//!            | SEQ items END
//!            | TUPLE items END               arrays as well
//!            | TUPLE_STRUCT items END
//!            | STRUCT { name value } END     fields in the order of the declaration
//!            | MAP { value value } END       in the order in which the map yields its entries
//!            | UNORDERED_SEQ length digests
//!            | UNORDERED_MAP length digests
//!            | UNIT_VARIANT name
//!            | NEWTYPE_VARIANT name value
//!            | TUPLE_VARIANT name items END
//!            | STRUCT_VARIANT name { name value } END
//! items      = { run | text | other }        no two neighbouring runs of one kind
//! run        = RUN kind length block         length counts primitives, at least one
//! name       = length, then the UTF-8 bytes
//! length     = one byte below 0xF0, or 0xFF and eight bytes where it is 0xF0 or more
//! block      = the bytes, or the BLAKE3 digest of the bytes where there are more than 1024
//! digests    = sorted; each of the encoding of one element, or of a key followed by its value
//! ```
//!
//! - All NaN of one width have the same bits, `7FC00000` and `7FF8000000000000`. Zero and minus
//!   zero differ.
//! - A run takes up all neighbouring primitives of one kind among the items of a level. What a
//!   `Some`, a newtype or a variant wraps is not an item of that level.
//! - Unordered are std's and hashbrown's hash maps and sets (see `unordered.rs`).
//! - The names of structs and enums are not written, nor the index of a variant, so both may be
//!   renamed and variants moved. A field that serde skips leaves no trace: names tell which
//!   fields there are.
//! - Types are asked for their compact form (`is_human_readable` is false).
//!
//! **Why no two values share an encoding.** Read from the left, the bytes leave no choice. The
//! first byte of a value tells which rule made it; kinds and tags are different numbers. Each
//! rule then says where it ends: after a width that the kind fixes, after a length that was
//! written before, or at an END, which stands where a tag or a length would stand and is neither
//! (one-byte lengths end below it). Whether a block is a digest follows from the length before
//! it. So the bytes have one reading, and runs one way to be cut; what the reading leaves open
//! is what BLAKE3 leaves open, and what the rules above call the same on purpose.
//!
//! One thing is out of reach. Where serde itself stands between a hash map and this serializer
//! (`#[serde(flatten)]`, a newtype variant of an internally tagged enum), the type's name is
//! gone, and the map hashes in the order that it happens to have: its key is then never found
//! again. A `BTreeMap` there is the remedy.

use serde::{Serialize, Serializer};

use super::Unhashable;
use super::compound::{Entries, Items, encode};
use super::encoder::{Encoder, Run};
use super::kind::{Kind, bits_of_f32, bits_of_f64, tag};
use super::unordered::is_unordered;

/// Encodes one value.
pub(super) struct Canonical<'a> {
    encoder: &'a mut Encoder,
    /// For an item of a sequence or tuple: the run that it continues or ends.
    run: Option<&'a mut Run>,
}

impl<'a> Canonical<'a> {
    /// For a value that stands for itself.
    #[inline]
    pub(super) fn whole(encoder: &'a mut Encoder) -> Self {
        Self { encoder, run: None }
    }

    /// For an item of a sequence or tuple, where primitives form runs and all else ends them.
    #[inline]
    pub(super) fn item(encoder: &'a mut Encoder, run: &'a mut Run) -> Self {
        Self { encoder, run: Some(run) }
    }

    #[inline]
    fn primitive<const N: usize>(self, kind: Kind, bytes: [u8; N]) {
        match self.run {
            Some(run) => self.encoder.item(run, kind, bytes),
            None => self.encoder.scalar(kind, bytes),
        }
    }

    /// For everything that is not a primitive.
    #[inline]
    fn other(self) -> &'a mut Encoder {
        if let Some(run) = self.run {
            self.encoder.close_run(run);
        }
        self.encoder
    }

    #[inline]
    fn tagged(self, tag: u8) -> &'a mut Encoder {
        let encoder = self.other();
        encoder.tag(tag);
        encoder
    }

    #[inline]
    fn variant(self, tag: u8, name: &'static str) -> &'a mut Encoder {
        let encoder = self.other();
        encoder.variant(tag, name);
        encoder
    }
}

macro_rules! primitives {
    ($($method:ident($type:ty) $kind:ident, |$value:ident| $bits:expr;)*) => {$(
        #[inline]
        fn $method(self, $value: $type) -> Result<(), Unhashable> {
            self.primitive(Kind::$kind, $bits.to_le_bytes());
            Ok(())
        }
    )*};
}

impl<'a> Serializer for Canonical<'a> {
    type Ok = ();
    type Error = Unhashable;
    type SerializeSeq = Items<'a>;
    type SerializeTuple = Items<'a>;
    type SerializeTupleStruct = Items<'a>;
    type SerializeTupleVariant = Items<'a>;
    type SerializeMap = Entries<'a>;
    type SerializeStruct = Entries<'a>;
    type SerializeStructVariant = Entries<'a>;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    primitives! {
        serialize_bool(bool) Bool, |value| u8::from(value);
        serialize_char(char) Char, |value| u32::from(value);
        serialize_u8(u8) U8, |value| value;
        serialize_u16(u16) U16, |value| value;
        serialize_u32(u32) U32, |value| value;
        serialize_u64(u64) U64, |value| value;
        serialize_u128(u128) U128, |value| value;
        serialize_i8(i8) I8, |value| value;
        serialize_i16(i16) I16, |value| value;
        serialize_i32(i32) I32, |value| value;
        serialize_i64(i64) I64, |value| value;
        serialize_i128(i128) I128, |value| value;
        serialize_f32(f32) F32, |value| bits_of_f32(value);
        serialize_f64(f64) F64, |value| bits_of_f64(value);
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Unhashable> {
        self.other().text(tag::STR, value.as_bytes());
        Ok(())
    }

    #[inline]
    fn serialize_bytes(self, value: &[u8]) -> Result<(), Unhashable> {
        self.other().text(tag::BYTES, value);
        Ok(())
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Unhashable> {
        self.tagged(tag::NONE);
        Ok(())
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unhashable> {
        encode(value, self.tagged(tag::SOME))
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Unhashable> {
        self.tagged(tag::UNIT);
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), Unhashable> {
        self.tagged(tag::UNIT_STRUCT);
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Unhashable> {
        self.variant(tag::UNIT_VARIANT, variant);
        Ok(())
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), Unhashable> {
        encode(value, self.tagged(tag::NEWTYPE_STRUCT))
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unhashable> {
        encode(value, self.variant(tag::NEWTYPE_VARIANT, variant))
    }

    #[inline]
    fn serialize_seq(self, _len: Option<usize>) -> Result<Items<'a>, Unhashable> {
        Ok(Items::new(self.tagged(tag::SEQ)))
    }

    #[inline]
    fn serialize_tuple(self, _len: usize) -> Result<Items<'a>, Unhashable> {
        Ok(Items::new(self.tagged(tag::TUPLE)))
    }

    #[inline]
    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _len: usize,
    ) -> Result<Items<'a>, Unhashable> {
        Ok(Items::new(self.tagged(tag::TUPLE_STRUCT)))
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Items<'a>, Unhashable> {
        Ok(Items::new(self.variant(tag::TUPLE_VARIANT, variant)))
    }

    #[inline]
    fn serialize_map(self, _len: Option<usize>) -> Result<Entries<'a>, Unhashable> {
        Ok(Entries::new(self.tagged(tag::MAP)))
    }

    #[inline]
    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Entries<'a>, Unhashable> {
        Ok(Entries::new(self.tagged(tag::STRUCT)))
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Entries<'a>, Unhashable> {
        Ok(Entries::new(self.variant(tag::STRUCT_VARIANT, variant)))
    }

    #[inline]
    fn collect_seq<I>(self, iter: I) -> Result<(), Unhashable>
    where
        I: IntoIterator<Item: Serialize>,
    {
        if is_unordered::<I>() {
            return self.other().unordered(tag::UNORDERED_SEQ, iter, |item, e| encode(&item, e));
        }
        let mut items = Items::new(self.tagged(tag::SEQ));
        iter.into_iter().try_for_each(|item| items.encode(&item))?;
        items.finish();
        Ok(())
    }

    #[inline]
    fn collect_map<K, V, I>(self, iter: I) -> Result<(), Unhashable>
    where
        K: Serialize,
        V: Serialize,
        I: IntoIterator<Item = (K, V)>,
    {
        if is_unordered::<I>() {
            return self.other().unordered(tag::UNORDERED_MAP, iter, |(key, value), e| {
                encode(&key, e)?;
                encode(&value, e)
            });
        }
        let mut entries = Entries::new(self.tagged(tag::MAP));
        for (key, value) in iter {
            entries.encode(&key)?;
            entries.encode(&value)?;
        }
        entries.finish();
        Ok(())
    }
}
