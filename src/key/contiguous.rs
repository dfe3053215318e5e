//! Primitives side by side in memory, hashed where they lie.
//!
//! In the encoding, a run of primitives is the bytes that they already are on a little-endian
//! machine, so nothing needs to be copied, and only floats need to be looked at.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use super::Digest;
use super::encoder::{Encoder, Run, with_encoder};
use super::kind::{Kind, bits_of_f32, bits_of_f64, tag};
use super::stream::CAPACITY;

/// A number, `bool` or `char`. Implemented for all of them; nothing else can implement it.
pub trait Primitive: sealed::Sealed + serde::Serialize {}

/// What keeps a run of primitives in one piece of memory: slices, and what owns or points to
/// one.
///
/// Its `Serialize`, if it has one, must write a sequence (an array: a tuple) of these very items,
/// since one digest stands for both.
///
/// ```
/// # use larder::__private::key::{Contiguous, digest, digest_slice};
/// let values = std::sync::Arc::new(vec![1.0, 2.0]);
/// assert_eq!(digest_slice(values.as_contiguous()), digest(&[1.0, 2.0][..])?);
/// # Ok::<(), larder::__private::key::Unhashable>(())
/// ```
pub trait Contiguous {
    /// What lies there.
    type Item: Primitive;

    /// Whether it is an array, which serde knows as a tuple, where it knows it: up to a length of 32,
    /// and where the length is not a parameter.
    const IS_ARRAY: bool = false;

    /// All of it.
    fn as_contiguous(&self) -> &[Self::Item];
}

/// The digest that [`digest`](super::digest()) gives for the same slice, at the pace of BLAKE3
/// on raw memory.
///
/// ```
/// # use larder::__private::key::{digest, digest_slice};
/// assert_eq!(digest_slice(&[1u64, 2, 3]), digest(&vec![1u64, 2, 3])?);
/// # Ok::<(), larder::__private::key::Unhashable>(())
/// ```
pub fn digest_slice<P: Primitive>(values: &[P]) -> Digest {
    digest_tagged(tag::SEQ, values)
}

/// The digest that [`digest`](super::digest()) gives for the same value, if serde knows it.
///
/// ```
/// # use larder::__private::key::{digest, digest_contiguous};
/// assert_eq!(digest_contiguous(&[1.0, 2.0]), digest(&[1.0, 2.0])?);
/// assert_eq!(digest_contiguous(&vec![1.0, 2.0]), digest(&vec![1.0, 2.0])?);
/// # Ok::<(), larder::__private::key::Unhashable>(())
/// ```
#[inline]
pub fn digest_contiguous<C: Contiguous + ?Sized>(values: &C) -> Digest {
    let tag = if C::IS_ARRAY { tag::TUPLE } else { tag::SEQ };
    digest_tagged(tag, values.as_contiguous())
}

fn digest_tagged<P: Primitive>(tag: u8, values: &[P]) -> Digest {
    with_encoder(|encoder| {
        encoder.tag(tag);
        encode_items(values, encoder);
        encoder.end();
        encoder.finish()
    })
}

fn encode_items<P: Primitive>(values: &[P], encoder: &mut Encoder) {
    let at_once = !P::HAS_NAN || size_of_val(values) <= CAPACITY;
    if values.is_empty() {
        // No item, no run.
    } else if at_once && lies_as_encoded(values) {
        encoder.whole_run(P::KIND, bytemuck::cast_slice(values));
    } else {
        // Piece by piece, so that a piece searched for NaN is still in the processor's cache
        // when it is hashed.
        let mut run = Run::default();
        for piece in values.chunks(CAPACITY / size_of::<P>()) {
            if lies_as_encoded(piece) {
                encoder.items(&mut run, P::KIND, bytemuck::cast_slice(piece));
            } else {
                for value in piece {
                    value.encode_item(encoder, &mut run);
                }
            }
        }
        encoder.close_run(&mut run);
    }
}

/// Whether the memory of `values` is their encoding.
fn lies_as_encoded<P: Primitive>(values: &[P]) -> bool {
    cfg!(target_endian = "little")
        && size_of::<P>() as u64 == P::KIND.width()
        // Without an early exit, so that the search runs in vector registers.
        && !(P::HAS_NAN && values.iter().fold(false, |found, value| found | value.is_not_a_number()))
}

mod sealed {
    use super::{Encoder, Kind, Run};

    /// How a primitive is encoded.
    pub trait Sealed: bytemuck::NoUninit {
        /// Announces a run of these.
        const KIND: Kind;
        /// Whether there are values that are not encoded as their own bits.
        const HAS_NAN: bool = false;

        /// Whether this is one of them.
        fn is_not_a_number(self) -> bool {
            false
        }

        /// Encodes one the way serde's path does.
        fn encode_item(self, encoder: &mut Encoder, run: &mut Run);
    }
}

macro_rules! primitives {
    ($($type:ty: $kind:ident, |$value:ident| $encoded:expr $(, nan $nan:expr)?;)*) => {$(
        impl Primitive for $type {}

        impl sealed::Sealed for $type {
            const KIND: Kind = Kind::$kind;
            $(
                const HAS_NAN: bool = true;

                #[inline]
                fn is_not_a_number(self) -> bool {
                    let $value = self;
                    $nan
                }
            )?

            #[inline]
            fn encode_item(self, encoder: &mut Encoder, run: &mut Run) {
                let $value = self;
                encoder.item(run, Kind::$kind, $encoded.to_le_bytes());
            }
        }
    )*};
}

primitives! {
    bool: Bool, |value| u8::from(value);
    char: Char, |value| u32::from(value);
    u8: U8, |value| value;
    u16: U16, |value| value;
    u32: U32, |value| value;
    u64: U64, |value| value;
    u128: U128, |value| value;
    usize: U64, |value| value as u64;
    i8: I8, |value| value;
    i16: I16, |value| value;
    i32: I32, |value| value;
    i64: I64, |value| value;
    i128: I128, |value| value;
    isize: I64, |value| value as i64;
    f32: F32, |value| bits_of_f32(value), nan value.is_nan();
    f64: F64, |value| bits_of_f64(value), nan value.is_nan();
}

impl<P: Primitive> Contiguous for [P] {
    type Item = P;

    fn as_contiguous(&self) -> &[P] {
        self
    }
}

impl<P: Primitive, const N: usize> Contiguous for [P; N] {
    type Item = P;

    const IS_ARRAY: bool = true;

    fn as_contiguous(&self) -> &[P] {
        self
    }
}

impl<P: Primitive> Contiguous for Vec<P> {
    type Item = P;

    fn as_contiguous(&self) -> &[P] {
        self
    }
}

impl<P: Primitive> Contiguous for Cow<'_, [P]> {
    type Item = P;

    fn as_contiguous(&self) -> &[P] {
        self
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<C: Contiguous + ?Sized> Contiguous for $pointer {
            type Item = C::Item;

            const IS_ARRAY: bool = C::IS_ARRAY;

            fn as_contiguous(&self) -> &[C::Item] {
                (**self).as_contiguous()
            }
        }
    )*};
}

pointers!(&C, &mut C, Box<C>, Rc<C>, Arc<C>);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::digest;

    fn check<P: Primitive + serde::Serialize>(values: &[P]) {
        let expected = digest(values).expect("primitives serialize");
        let (count, kind) = (values.len(), P::KIND);
        assert_eq!(digest_slice(values), expected, "{count} of {kind:?}");
    }

    #[test]
    fn an_array_has_the_digest_of_the_tuple_that_serde_makes_of_it() {
        let array = [f64::NAN; 32];
        assert_eq!(digest_contiguous(&array), digest(&array).expect("primitives serialize"));
        assert_eq!(digest_contiguous(&[0u8; 0]), digest(&[0u8; 0]).expect("primitives serialize"));
        assert_eq!(digest_contiguous(&&Box::new(array)), digest_contiguous(&array));
        assert_ne!(digest_contiguous(&array), digest_contiguous(&array[..]));
        assert_ne!(digest_contiguous(&[1u8; 33]), digest_contiguous(&[1u8; 34]));
    }

    /// Slices that end just before, at and after every boundary: of a block that stands inline,
    /// of the buffer, of several buffers.
    fn check_lengths<P: Primitive + serde::Serialize>(value: impl Fn(usize) -> P) {
        let per = |bytes: usize| bytes / size_of::<P>();
        let middles = [0, 1024, CAPACITY, 2 * CAPACITY + 1024];
        let longest: Vec<P> = (0..=per(middles[3]) + 2).map(value).collect();
        for middle in middles.map(per) {
            for length in middle.saturating_sub(2)..=middle + 2 {
                check(&longest[..length]);
            }
        }
    }

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
    #[expect(clippy::cast_possible_wrap, reason = "any bits will do")]
    #[expect(clippy::cast_precision_loss, reason = "any bits will do")]
    fn a_slice_of_any_primitive_has_the_digest_that_serde_leads_to() {
        check_lengths(|n| n % 3 == 0);
        check_lengths(|n| char::from_u32(n as u32 % 0xD800).expect("below the surrogates"));
        check_lengths(|n| n as u8);
        check_lengths(|n| n as u16);
        check_lengths(|n| n as u32);
        check_lengths(|n| n as u64 * 0x1234_5678_9ABC);
        check_lengths(|n| n as u128 * 0x1234_5678_9ABC_DEF0_1234);
        check_lengths(|n| n.wrapping_mul(0x1234_5678_9ABC));
        check_lengths(|n| n as i8);
        check_lengths(|n| n as i16);
        check_lengths(|n| -(n as i32));
        check_lengths(|n| -(n as i64));
        check_lengths(|n| -(n as i128));
        check_lengths(|n| -(n as isize));
        check_lengths(|n| n as f32 / 7.0);
        check_lengths(|n| n as f64 / 7.0);
    }

    #[test]
    fn one_nan_anywhere_in_a_slice_hashes_like_any_other_nan_there() {
        let quiet = f64::NAN;
        let other = f64::from_bits(0xFFF0_0000_0000_0001);
        assert!(other.is_nan() && quiet.to_bits() != other.to_bits());
        let per_buffer = CAPACITY / 8;
        for length in [1, 128, 129, per_buffer, per_buffer + 1, 3 * per_buffer, 30_000] {
            for at in [0, length / 2, length - 1] {
                let mut values = vec![0.5; length];
                values[at] = quiet;
                let expected = digest_slice(&values);
                values[at] = other;
                assert_eq!(digest_slice(&values), expected, "{at} of {length}");
                check(&values);
                values[at] = 0.5;
                assert_ne!(digest_slice(&values), expected, "{at} of {length}");
            }
        }
        let pair = [f32::NAN, f32::from_bits(0x7F80_0001)];
        assert_eq!(digest_slice(&pair[..1]), digest_slice(&pair[1..]));
        check(&pair);
    }

    #[test]
    fn whatever_owns_or_points_to_a_slice_lends_the_same_slice() {
        fn lent<C: Contiguous<Item = u16> + ?Sized>(values: &C) -> &[u16] {
            values.as_contiguous()
        }
        let values = [1, 2, 3];
        assert_eq!(lent(&values[..]), values);
        assert_eq!(lent(&&mut &values[..]), values);
        assert_eq!(lent(&values.to_vec()), values);
        assert_eq!(lent(&Box::<[u16]>::from(values)), values);
        assert_eq!(lent(&Rc::<[u16]>::from(values)), values);
        assert_eq!(lent(&Arc::new(values.to_vec())), values);
        assert_eq!(lent(&Cow::from(&values[..])), values);
    }
}
