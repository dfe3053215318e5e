//! One run of the compiler, as far as a fingerprint depends on it.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the compiler was started with.
#[derive(Debug, Clone, Default)]
pub struct Compilation {
    /// The compiler's arguments, its own name left out: the root file of the crate, `--cfg`,
    /// `--extern`, `--edition`, `--out-dir` and the like.
    pub arguments: Vec<String>,
    /// The variables of its environment.
    pub variables: BTreeMap<String, String>,
    /// Its working directory, to which relative paths refer.
    pub directory: PathBuf,
}
