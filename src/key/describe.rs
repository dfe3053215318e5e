//! A value as a person would like to read it, at a price that does not grow with the value.
//!
//! Looks like what `Debug` derives, without asking for `Debug`. Traversal stops where the text
//! is full; how a text is cut short is the business of [`text`].

mod text;

use crate::error::caught;
use std::fmt::{Display, Write};

use serde::ser::{self, Serialize, Serializer};

use text::{Level, Quoted, Stop, Text};

/// A short printable form of a value: `Point { x: 1, y: 2.5 }`, `"text"`,
/// `[1, 2, … 998 more]`. Never longer than `limit` characters.
///
/// Shown is what serde sees: an array as a tuple, a set as a sequence, a path as a text.
///
/// A value whose `Serialize` fails or panics shows as `<unprintable>`.
///
/// ```
/// # use larder::__private::key::describe;
/// assert_eq!(describe(&(1, Some("a"), 2.5), 80), r#"(1, Some("a"), 2.5)"#);
/// let million = vec![7; 1_000_000];
/// assert_eq!(describe(&million, 22), "[7, 7, … 999998 more]");
/// ```
pub fn describe<T: Serialize + ?Sized>(value: &T, limit: usize) -> String {
    // What a panic leaves behind is dropped unseen, so it cannot be found half-changed.
    let described = caught(|| {
        let mut text = Text::new(limit);
        let outcome = value.serialize(Describe(&mut text));
        text.finish(outcome)
    });
    match described {
        Ok(Some(text)) => text,
        _ => "<unprintable>".chars().take(limit).collect(),
    }
}

struct Describe<'a>(&'a mut Text);

impl<'a> Describe<'a> {
    fn leaf(self, value: impl Display) -> Result<(), Stop> {
        write!(self.0, "{value}").map_err(|_| self.0.why())
    }

    fn wrap<T: Serialize + ?Sized>(self, name: &'static str, value: &T) -> Result<(), Stop> {
        let mut level = self.open(name, "(", Level::items(Some(1), ")"))?;
        level.item(value)?;
        level.close()
    }

    fn tuple(self, name: &'static str, len: usize) -> Result<Compound<'a>, Stop> {
        // The comma that tells a tuple of one from parentheses.
        let close = if len == 1 && name.is_empty() { ",)" } else { ")" };
        self.open(name, "(", Level::items(Some(len), close))
    }

    fn fields(self, name: &'static str, len: usize) -> Result<Compound<'a>, Stop> {
        if len == 0 {
            return self.open(name, "", Level::fields(0, ""));
        }
        self.open(name, " { ", Level::fields(len, " }"))
    }

    fn open(
        self,
        name: &'static str,
        bracket: &'static str,
        level: Level,
    ) -> Result<Compound<'a>, Stop> {
        self.0.open(name, bracket, level)?;
        Ok(Compound(self.0))
    }
}

macro_rules! leaves {
    ($($method:ident($type:ty)),*) => {$(
        fn $method(self, value: $type) -> Result<(), Stop> {
            self.leaf(format_args!("{value:?}"))
        }
    )*};
}

impl<'a> Serializer for Describe<'a> {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    leaves! {
        serialize_bool(bool), serialize_char(char), serialize_f32(f32), serialize_f64(f64),
        serialize_u8(u8), serialize_u16(u16), serialize_u32(u32), serialize_u64(u64),
        serialize_u128(u128), serialize_i8(i8), serialize_i16(i16), serialize_i32(i32),
        serialize_i64(i64), serialize_i128(i128)
    }

    fn serialize_str(self, value: &str) -> Result<(), Stop> {
        self.collect_str(value)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Stop> {
        let mut quoted = Quoted::open(self.0)?;
        // Text by text as it is produced, so that a long one is cut off and not collected.
        let written = write!(quoted, "{value}");
        quoted.close(written)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Stop> {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Result<(), Stop> {
        self.leaf("None")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Stop> {
        self.wrap("Some", value)
    }

    fn serialize_unit(self) -> Result<(), Stop> {
        self.leaf("()")
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Stop> {
        self.leaf(name)
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), Stop> {
        self.leaf(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.wrap(name, value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Stop> {
        self.wrap(variant, value)
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a>, Stop> {
        self.open("", "[", Level::items(len, "]"))
    }

    fn serialize_tuple(self, len: usize) -> Result<Compound<'a>, Stop> {
        self.tuple("", len)
    }

    fn serialize_tuple_struct(self, name: &'static str, len: usize) -> Result<Compound<'a>, Stop> {
        self.tuple(name, len)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a>, Stop> {
        self.tuple(variant, len)
    }

    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a>, Stop> {
        self.open("", "{", Level::items(len, "}"))
    }

    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Compound<'a>, Stop> {
        self.fields(name, len)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> Result<Compound<'a>, Stop> {
        self.fields(variant, len)
    }
}

/// What has brackets and commas.
struct Compound<'a>(&'a mut Text);

impl Compound<'_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        self.0.start_item()?;
        self.value(value)
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Stop> {
        self.0.start_item()?;
        Describe(self.0).leaf(format_args!("{name}: "))?;
        self.value(value)
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        value.serialize(Describe(self.0))?;
        self.0.may_end_here();
        Ok(())
    }

    fn close(self) -> Result<(), Stop> {
        self.0.close()
    }
}

/// As in the canonical serializer: many traits, few methods.
macro_rules! compounds {
    ($($compound:ident $method:ident($($name:ident: $type:ty)?) $describe:ident),*) => {$(
        impl ser::$compound for Compound<'_> {
            type Ok = ();
            type Error = Stop;

            fn $method<T: Serialize + ?Sized>(
                &mut self,
                $($name: $type,)?
                value: &T,
            ) -> Result<(), Stop> {
                self.$describe($($name,)? value)
            }

            fn end(self) -> Result<(), Stop> {
                self.close()
            }
        }
    )*};
}

compounds! {
    SerializeSeq serialize_element() item,
    SerializeTuple serialize_element() item,
    SerializeTupleStruct serialize_field() item,
    SerializeTupleVariant serialize_field() item,
    SerializeStruct serialize_field(name: &'static str) field,
    SerializeStructVariant serialize_field(name: &'static str) field
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Stop> {
        self.0.start_item()?;
        key.serialize(Describe(self.0))
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Stop> {
        Describe(self.0).leaf(": ")?;
        self.value(value)
    }

    fn end(self) -> Result<(), Stop> {
        self.close()
    }
}

#[cfg(test)]
mod tests;
