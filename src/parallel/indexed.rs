//! Inputs of which any can be had at any time: those of a vector, and the numbers of a range.
//!
//! `map` takes any iterator, and an iterator is drawn by one thread. These two are told from all others
//! here, so that workers may take what they want of them.

use castaway::cast;
use rayon::prelude::*;
use std::any::TypeId;
use std::marker::PhantomData;
use std::ops::{Range, RangeInclusive};
use std::{mem, vec};

/// Inputs in a row, all there.
pub(super) trait Indexed<A> {
    fn count(&self) -> usize;

    /// Takes those from `first` on away.
    fn cut(&mut self, first: usize) -> impl IndexedParallelIterator<Item = A>;

    fn into_inputs(self) -> impl Iterator<Item = A>;
}

impl<T: Send> Indexed<T> for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn cut(&mut self, first: usize) -> impl IndexedParallelIterator<Item = T> {
        self.par_drain(first..)
    }

    fn into_inputs(self) -> impl Iterator<Item = T> {
        self.into_iter()
    }
}

/// Whether these inputs are those of a vector, which std collects in place.
pub(super) fn are_of_a_vector<I: Iterator>(_: &I) -> bool {
    typeid::of::<I>() == typeid::of::<vec::IntoIter<I::Item>>()
}

/// Whole numbers that follow each other.
pub(super) struct Numbers<A> {
    /// The first, as [`bits`] has it.
    first: u64,
    count: usize,
    kind: PhantomData<fn() -> A>,
}

impl<A> Numbers<A> {
    /// What a range that is not empty has. Others are returned.
    pub(super) fn of<I: Iterator<Item = A>>(mut inputs: I) -> Result<Self, I> {
        let (count, most) = inputs.size_hint();
        if !is_range::<I>() || most != Some(count) {
            return Err(inputs);
        }
        match inputs.next().as_ref().and_then(bits) {
            Some(first) => Ok(Self { first, count, kind: PhantomData }),
            None => Err(inputs),
        }
    }
}

impl<A: Send> Indexed<A> for Numbers<A> {
    fn count(&self) -> usize {
        self.count
    }

    fn cut(&mut self, first: usize) -> impl IndexedParallelIterator<Item = A> {
        let from = self.first;
        let count = mem::replace(&mut self.count, first);
        (first..count).into_par_iter().map(move |at| number(from.wrapping_add(at as u64)))
    }

    fn into_inputs(self) -> impl Iterator<Item = A> {
        (0..self.count).map(move |at| number(self.first.wrapping_add(at as u64)))
    }
}

macro_rules! whole_numbers {
    ($($kind:ty),*) => {
        /// Whether this is a range of whole numbers.
        fn is_range<I>() -> bool {
            let kind = typeid::of::<I>();
            let is = |one| kind == one;
            $(is(TypeId::of::<Range<$kind>>()) || is(TypeId::of::<RangeInclusive<$kind>>()))||*
        }

        /// A whole number as so many bits that adding does the same to both.
        #[expect(clippy::cast_sign_loss, clippy::cast_lossless, reason = "bits are bits")]
        fn bits<A>(number: &A) -> Option<u64> {
            $(if let Ok(number) = cast!(number, &$kind) {
                return Some(*number as u64);
            })*
            None
        }

        /// The number that [`bits`] was told, or what adding made of it.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_possible_wrap,
            reason = "of a smaller type, these are the bits that it has"
        )]
        fn number<A>(bits: u64) -> A {
            let mut number = None;
            $(if let Ok(number) = cast!(&mut number, &mut Option<$kind>) {
                *number = Some(bits as $kind);
            })*
            match number {
                Some(number) => number,
                None => unreachable!("only whole numbers have bits"),
            }
        }
    };
}

// The usual ones first: code that is not optimized asks one after the other.
whole_numbers!(i32, usize, u64, u32, i64, u8, i8, u16, i16, isize);

#[cfg(test)]
mod tests {
    use super::*;

    fn check<I: Iterator<Item: Send + PartialEq> + Clone>(range: I) {
        let Ok(numbers) = Numbers::of(range.clone()) else { panic!("this is a range") };
        assert!(numbers.into_inputs().eq(range.clone()));
        let Ok(mut numbers) = Numbers::of(range.clone()) else { panic!("this is a range") };
        let count = numbers.count();
        let last: Vec<_> = numbers.cut(count / 3).collect();
        let first: Vec<_> = numbers.cut(0).collect();
        assert_eq!((first.len(), numbers.count()), (count / 3, 0));
        assert!(first.into_iter().chain(last).eq(range));
    }

    #[test]
    fn the_numbers_of_a_range_are_those_that_it_has() {
        check(0..1000_u64);
        check(-500..500);
        check(1..=1000_usize);
        check(u8::MIN..=u8::MAX);
        check(i8::MIN..=i8::MAX);
        check(i64::MIN..i64::MIN + 7);
        check(i64::MAX - 7..=i64::MAX);
        check(u64::MAX - 7..=u64::MAX);
        check(-3..3_isize);
        check(i16::MIN..=i16::MAX);
    }

    #[test]
    fn other_inputs_are_returned_as_they_were() {
        let empty = Numbers::of(5..5).err();
        assert!(empty.is_some_and(|inputs| inputs.count() == 0));
        let mapped = Numbers::of((0..5).inspect(|_| ())).err();
        assert!(mapped.is_some_and(|inputs| inputs.eq(0..5)));
        let endless = Numbers::of(0..).err();
        assert!(endless.is_some_and(|mut inputs| inputs.next() == Some(0)));
        let letters = Numbers::of('a'..='e').err();
        assert!(letters.is_some_and(|inputs| inputs.count() == 5));
    }

    #[test]
    fn a_vector_is_told_from_others() {
        assert!(are_of_a_vector(&vec!["a"].into_iter()));
        assert!(are_of_a_vector(&Vec::<Box<dyn Fn()>>::new().into_iter()));
        assert!(!are_of_a_vector(&(0..5)) && !are_of_a_vector(&[1].iter()));
    }
}
