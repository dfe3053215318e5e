//! The `#[cache]` attribute of the `larder` crate.
