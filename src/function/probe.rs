//! stand-in for the real probes
use serde::{Serialize, de::DeserializeOwned};
/// How the results of a function are stored.
pub trait Outcome<T>: Copy {
    /// What is stored of a result.
    type Value: Serialize + DeserializeOwned;
    /// What is to be stored of this result; `None` for a failure.
    fn kept<'a>(&self, result: &'a T) -> Option<&'a Self::Value>;
    /// The result whose stored part is `value`.
    fn restore(value: Self::Value) -> T;
}
