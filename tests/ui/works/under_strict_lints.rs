//! Generated code gives no warning under any of these lints.
#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    unreachable_pub,
    unused_qualifications,
    unused_lifetimes,
    unused_results,
    unused_import_braces,
    let_underscore_drop,
    single_use_lifetimes,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    redundant_lifetimes,
    trivial_casts,
    variant_size_differences,
    nonstandard_style,
    rust_2018_idioms,
    future_incompatible
)]
#![forbid(unsafe_code)]

use larder::cache;
use serde::{Deserialize, Serialize};

pub mod public {
    //! Functions that others can see.
    use larder::cache;
    use serde::Serialize;

    /// Doubles.
    #[cache]
    pub fn doubled(number: u64, _unused: &str) -> u64 {
        number * 2
    }

    /// Counts.
    #[cache(ignore(_pool), redact(values), env("HOME"), keep_if = is_large)]
    #[must_use]
    pub async fn counted<T: Serialize, const N: usize>(_pool: &(), values: &[T; N]) -> usize
    where
        [T; N]: Serialize,
    {
        values.len()
    }

    fn is_large(count: &usize) -> bool {
        *count > 10
    }

    #[cache]
    pub(super) fn inner(text: impl AsRef<str> + Serialize, more: Option<&str>) -> usize {
        text.as_ref().len() + more.map_or(0, str::len)
    }

    /// Deprecated.
    #[deprecated]
    #[cache]
    pub fn old(number: u64) -> u64 {
        number
    }
}

/// A model.
#[derive(Serialize, Deserialize, Debug, Clone, Copy)]
pub struct Model<'a, T> {
    weight: T,
    name: &'a str,
}

#[cache]
impl<T: Serialize + Copy + Into<f64>> Model<'_, T> {
    /// Predicts.
    #[cache]
    pub fn predict(&self, x: f64) -> f64 {
        self.weight.into() * x + self.name.len() as f64
    }

    #[cache(version = 2)]
    fn taken(mut self, x: T) -> f64 {
        self.weight = x;
        self.weight.into()
    }
}

fn main() {
    if std::env::args().len() > 5 {
        assert_eq!(public::doubled(1, "x"), 2);
        assert_eq!(public::inner("a", None), 1);
        drop(public::counted(&(), &[1u8]));
        let model = Model { weight: 1f32, name: "m" };
        assert!(model.predict(1.0) < model.taken(2.0));
    }
}
