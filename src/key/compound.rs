//! What has parts: the items of sequences and tuples, the fields of structs, the entries of maps.
//!
//! The rules are written down in `canonical.rs`.

use serde::ser::{self, Serialize};

use super::Unhashable;
use super::canonical::Canonical;
use super::encoder::{Encoder, Run};

/// What holds items one after the other.
pub(super) struct Items<'a> {
    encoder: &'a mut Encoder,
    run: Run,
}

/// What holds fields or entries, each with its name or key.
pub(super) struct Entries<'a>(&'a mut Encoder);

/// Encodes a value that is not an item.
#[inline]
pub(super) fn encode<T: Serialize + ?Sized>(
    value: &T,
    encoder: &mut Encoder,
) -> Result<(), Unhashable> {
    value.serialize(Canonical::whole(encoder))
}

impl<'a> Items<'a> {
    #[inline]
    pub(super) fn new(encoder: &'a mut Encoder) -> Self {
        Self { encoder, run: Run::default() }
    }

    #[inline]
    pub(super) fn encode<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Unhashable> {
        item.serialize(Canonical::item(self.encoder, &mut self.run))
    }

    #[inline]
    pub(super) fn finish(mut self) {
        self.encoder.close_run(&mut self.run);
        self.encoder.end();
    }
}

impl<'a> Entries<'a> {
    #[inline]
    pub(super) fn new(encoder: &'a mut Encoder) -> Self {
        Self(encoder)
    }

    /// A key, or the value that follows it.
    #[inline]
    pub(super) fn encode<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unhashable> {
        encode(value, self.0)
    }

    #[inline]
    fn field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Unhashable> {
        self.0.name(name);
        encode(value, self.0)
    }

    #[inline]
    pub(super) fn finish(self) {
        self.0.end();
    }
}

/// Serde has four traits for what holds items and two for what holds fields, all with the same
/// methods but for their names.
macro_rules! compounds {
    ($of:ident: $($compound:ident $method:ident($($name:ident: $type:ty)?) $encode:ident),*) => {$(
        impl ser::$compound for $of<'_> {
            type Ok = ();
            type Error = Unhashable;

            #[inline]
            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: $type,)?
                value: &T,
            ) -> Result<(), Unhashable> {
                self.$encode($($name,)? value)
            }

            #[inline]
            fn end(self) -> Result<(), Unhashable> {
                self.finish();
                Ok(())
            }
        }
    )*};
}

compounds! { Items:
    SerializeSeq serialize_element() encode,
    SerializeTuple serialize_element() encode,
    SerializeTupleStruct serialize_field() encode,
    SerializeTupleVariant serialize_field() encode
}

compounds! { Entries:
    SerializeStruct serialize_field(name: &'static str) field,
    SerializeStructVariant serialize_field(name: &'static str) field
}

impl ser::SerializeMap for Entries<'_> {
    type Ok = ();
    type Error = Unhashable;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unhashable> {
        self.encode(key)
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unhashable> {
        self.encode(value)
    }

    #[inline]
    fn end(self) -> Result<(), Unhashable> {
        self.finish();
        Ok(())
    }
}
