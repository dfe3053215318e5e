//! A deserializer around another that takes no claimed number at its word.
//!
//! Stored bytes may have been prepared by somebody who can compute a checksum, or belong to another
//! type by an accident of names. Three things in them could ask for more than they are worth:
//!
//! - **A length.** bincode sets memory aside for an owned text before it looks whether there are
//!   that many bytes; a borrowed one it takes from the bytes that are there. So owned texts are
//!   asked for as borrowed ones. Sequences are safe, as serde caps what it reserves for them.
//! - **Values without bytes.** A sequence of units may claim any length and never run out, so such
//!   values are on a budget that grows with the bytes.
//! - **Depth.** A type that contains itself is decoded by recursion, and a stack that overflows
//!   takes the process down.

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use std::cell::Cell;
use std::fmt;

/// How deep values may be nested. Even without optimisation, a level takes some three kilobytes of
/// the two megabytes of stack that threads have; the rest is for whoever calls.
pub(super) const DEPTH: u32 = 256;

/// So many values without bytes are allowed whatever the length, and so many more for each byte.
const EMPTY: usize = 1 << 20;
const EMPTY_PER_BYTE: usize = 16;

/// What is left of the budget for values without bytes.
pub(super) struct Budget(Cell<usize>);

impl Budget {
    pub(super) fn new(bytes: usize) -> Self {
        Self(Cell::new(bytes.saturating_mul(EMPTY_PER_BYTE).saturating_add(EMPTY)))
    }
}

/// What is handed down while decoding.
#[derive(Clone, Copy)]
pub(super) struct Limits<'b> {
    depth: u32,
    budget: &'b Budget,
}

impl<'b> Limits<'b> {
    pub(super) fn new(budget: &'b Budget) -> Self {
        Self { depth: DEPTH, budget }
    }

    #[inline]
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.depth.checked_sub(1) {
            Some(depth) => Ok(Self { depth, ..self }),
            None => Err(E::custom(format_args!("nested more than {DEPTH} deep"))),
        }
    }

    #[inline]
    fn empty<E: Error>(self) -> Result<(), E> {
        let left = &self.budget.0;
        match left.get().checked_sub(1) {
            Some(rest) => {
                left.set(rest);
                Ok(())
            }
            None => Err(E::custom("more values without content than there are bytes")),
        }
    }
}

/// A deserializer, visitor, access or seed within limits.
pub(super) struct Careful<'b, T> {
    pub(super) inner: T,
    pub(super) limits: Limits<'b>,
}

/// Passes on requests for one kind of value.
macro_rules! passed_on {
    ($($method:ident $(as $other:ident)?,)*) => {
        $(#[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            let visitor = Careful { inner: visitor, limits: self.limits };
            passed_on!(@ self.inner, visitor, $method $($other)?)
        })*
    };
    (@ $inner:expr, $visitor:expr, $method:ident) => { $inner.$method($visitor) };
    (@ $inner:expr, $visitor:expr, $method:ident $other:ident) => { $inner.$other($visitor) };
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Careful<'_, D> {
    type Error = D::Error;

    passed_on! {
        deserialize_any,
        deserialize_bool,
        deserialize_i8,
        deserialize_i16,
        deserialize_i32,
        deserialize_i64,
        deserialize_i128,
        deserialize_u8,
        deserialize_u16,
        deserialize_u32,
        deserialize_u64,
        deserialize_u128,
        deserialize_f32,
        deserialize_f64,
        deserialize_char,
        deserialize_str,
        deserialize_string as deserialize_str,
        deserialize_bytes,
        deserialize_byte_buf as deserialize_bytes,
        deserialize_option,
        deserialize_seq,
        deserialize_map,
        deserialize_identifier,
        deserialize_ignored_any,
    }

    #[inline]
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.limits.empty()?;
        self.inner.deserialize_unit(Careful { inner: visitor, limits: self.limits })
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.limits.empty()?;
        self.inner.deserialize_unit_struct(name, Careful { inner: visitor, limits: self.limits })
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.inner.deserialize_newtype_struct(name, Careful { inner: visitor, limits: self.limits })
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        if length == 0 {
            self.limits.empty()?;
        }
        self.inner.deserialize_tuple(length, Careful { inner: visitor, limits: self.limits })
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        if length == 0 {
            self.limits.empty()?;
        }
        let visitor = Careful { inner: visitor, limits: self.limits };
        self.inner.deserialize_tuple_struct(name, length, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        if fields.is_empty() {
            self.limits.empty()?;
        }
        let visitor = Careful { inner: visitor, limits: self.limits };
        self.inner.deserialize_struct(name, fields, visitor)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = Careful { inner: visitor, limits: self.limits };
        self.inner.deserialize_enum(name, variants, visitor)
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Passes on values that contain no others.
macro_rules! scalars {
    ($($method:ident: $type:ty,)*) => {
        $(#[inline]
        fn $method<E: Error>(self, value: $type) -> Result<V::Value, E> {
            self.inner.$method(value)
        })*
    };
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Careful<'_, V> {
    type Value = V::Value;

    scalars! {
        visit_bool: bool,
        visit_i8: i8,
        visit_i16: i16,
        visit_i32: i32,
        visit_i64: i64,
        visit_i128: i128,
        visit_u8: u8,
        visit_u16: u16,
        visit_u32: u32,
        visit_u64: u64,
        visit_u128: u128,
        visit_f32: f32,
        visit_f64: f64,
        visit_char: char,
        visit_str: &str,
        visit_borrowed_str: &'de str,
        visit_string: String,
        visit_bytes: &[u8],
        visit_borrowed_bytes: &'de [u8],
        visit_byte_buf: Vec<u8>,
    }

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    #[inline]
    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_none()
    }

    #[inline]
    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.inner.visit_unit()
    }

    #[inline]
    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let limits = self.limits.deeper()?;
        self.inner.visit_some(Careful { inner, limits })
    }

    #[inline]
    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        let limits = self.limits.deeper()?;
        self.inner.visit_newtype_struct(Careful { inner, limits })
    }

    #[inline]
    fn visit_seq<A: SeqAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let limits = self.limits.deeper()?;
        self.inner.visit_seq(Careful { inner, limits })
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let limits = self.limits.deeper()?;
        self.inner.visit_map(Careful { inner, limits })
    }

    #[inline]
    fn visit_enum<A: EnumAccess<'de>>(self, inner: A) -> Result<V::Value, A::Error> {
        let limits = self.limits.deeper()?;
        self.inner.visit_enum(Careful { inner, limits })
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Careful<'_, S> {
    type Value = S::Value;

    #[inline]
    fn deserialize<D: Deserializer<'de>>(self, inner: D) -> Result<S::Value, D::Error> {
        self.inner.deserialize(Careful { inner, limits: self.limits })
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Careful<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_element_seed(Careful { inner: seed, limits: self.limits })
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Careful<'_, A> {
    type Error = A::Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.inner.next_key_seed(Careful { inner: seed, limits: self.limits })
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.next_value_seed(Careful { inner: seed, limits: self.limits })
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.inner.size_hint()
    }
}

impl<'de, 'b, A: EnumAccess<'de>> EnumAccess<'de> for Careful<'b, A> {
    type Error = A::Error;
    type Variant = Careful<'b, A::Variant>;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let limits = self.limits;
        let (value, inner) = self.inner.variant_seed(Careful { inner: seed, limits })?;
        Ok((value, Careful { inner, limits }))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Careful<'_, A> {
    type Error = A::Error;

    #[inline]
    fn unit_variant(self) -> Result<(), A::Error> {
        self.inner.unit_variant()
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.inner.newtype_variant_seed(Careful { inner: seed, limits: self.limits })
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.tuple_variant(length, Careful { inner: visitor, limits: self.limits })
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.inner.struct_variant(fields, Careful { inner: visitor, limits: self.limits })
    }
}
