//! A corpus of edits: what must change which fingerprints, and what must change none.
//!
//! The engine is driven directly, over a small workspace that lies in `workspace/` beside this file
//! (it compiles; its manifests are in [`sources`]). Nothing is compiled here: what the compiler and
//! cargo leave behind is written by [`artefacts`], for the arguments in [`compilation`]. Edits are data, in [`edits`]; [`check`] makes
//! each, compares the set of functions whose fingerprints changed with the one that is stated, and
//! undoes it.

mod artefacts;
mod check;
mod compilation;
mod condition;
mod doubt;
mod edit;
mod edits;
mod packages;
mod project;
mod robustness;
mod roots;
mod sources;
mod state;
