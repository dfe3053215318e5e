//! The bytes that announce what follows.
//!
//! Frozen: a changed number changes every key there is.

/// What a primitive is. In a stream, one byte before its value or before a run of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Bool = 0x01,
    Char = 0x02,
    U8 = 0x03,
    U16 = 0x04,
    U32 = 0x05,
    U64 = 0x06,
    U128 = 0x07,
    I8 = 0x08,
    I16 = 0x09,
    I32 = 0x0A,
    I64 = 0x0B,
    I128 = 0x0C,
    F32 = 0x0D,
    F64 = 0x0E,
}

impl Kind {
    /// How many bytes a value of this kind takes.
    pub(super) const fn width(self) -> u64 {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::Char | Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
            Self::U128 | Self::I128 => 16,
        }
    }

    /// How many values of this kind take `length` bytes. All widths are powers of two, which
    /// spares a division for every small tuple.
    pub(super) const fn count(self, length: u64) -> u64 {
        length >> self.width().trailing_zeros()
    }
}

/// The bits of a float, with one pattern for all that are not a number: which one an operation
/// leaves behind depends on the machine.
#[inline]
pub(super) fn bits_of_f32(value: f32) -> u32 {
    if value.is_nan() { 0x7FC0_0000 } else { value.to_bits() }
}

/// As [`bits_of_f32`].
#[inline]
pub(super) fn bits_of_f64(value: f64) -> u64 {
    if value.is_nan() { 0x7FF8_0000_0000_0000 } else { value.to_bits() }
}

/// What stands before everything that is not a primitive.
pub(super) mod tag {
    pub(in super::super) const UNIT: u8 = 0x10;
    pub(in super::super) const UNIT_STRUCT: u8 = 0x11;
    pub(in super::super) const NONE: u8 = 0x12;
    pub(in super::super) const SOME: u8 = 0x13;
    pub(in super::super) const NEWTYPE_STRUCT: u8 = 0x14;
    pub(in super::super) const STR: u8 = 0x15;
    pub(in super::super) const BYTES: u8 = 0x16;
    pub(in super::super) const RUN: u8 = 0x17;

    pub(in super::super) const SEQ: u8 = 0x20;
    pub(in super::super) const TUPLE: u8 = 0x21;
    pub(in super::super) const TUPLE_STRUCT: u8 = 0x22;
    pub(in super::super) const MAP: u8 = 0x23;
    pub(in super::super) const STRUCT: u8 = 0x24;
    pub(in super::super) const UNORDERED_SEQ: u8 = 0x25;
    pub(in super::super) const UNORDERED_MAP: u8 = 0x26;

    pub(in super::super) const UNIT_VARIANT: u8 = 0x30;
    pub(in super::super) const NEWTYPE_VARIANT: u8 = 0x31;
    pub(in super::super) const TUPLE_VARIANT: u8 = 0x32;
    pub(in super::super) const STRUCT_VARIANT: u8 = 0x33;

    /// Closes what has items or fields. Beyond every length that takes one byte, so that it
    /// cannot be taken for the length of a field's name.
    pub(in super::super) const END: u8 = 0xFE;
}

/// Lengths below this take one byte.
pub(super) const LONG_FROM: u8 = 0xF0;
/// Announces a length of eight bytes.
pub(super) const LONG: u8 = 0xFF;

/// Blocks of up to this many bytes stand in the stream as they are. BLAKE3 hashes that much in
/// one chunk, so a digest in between would gain nothing.
pub(super) const INLINE: u64 = 1024;
