//! The engine: sources in, fingerprints out.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use crate::compilation::Compilation;
use crate::fingerprint::Fingerprint;

/// The sources of one compilation, read once.
#[derive(Debug)]
pub struct Engine {}

/// A function as the attribute sees it.
#[derive(Debug, Clone, Copy)]
pub struct Root<'a> {
    /// The file in which the attribute stands, as the compiler calls it.
    pub file: &'a Path,
    /// The line of the attribute, from one.
    pub line: usize,
    /// Its column, from one.
    pub column: usize,
    /// The text of what it stands on: a function, or an `impl` block.
    pub source: &'a str,
    /// The method that is meant, where it stands on an `impl` block.
    pub method: Option<&'a str>,
    /// More paths that the function reaches, as its author says.
    pub reaches: &'a [String],
}

/// A function in the sources of the crate that is compiled.
#[derive(Debug, Clone)]
pub struct Found {
    /// `package::module::function`, `package::module::Type::method`.
    pub path: String,
    /// The file it stands in.
    pub file: PathBuf,
    /// The lines it takes there, from one, its attributes included.
    pub lines: RangeInclusive<usize>,
    /// Whether it has the attribute `#[cache]`.
    pub marked: bool,
}

impl Engine {
    /// Reads the sources of a compilation.
    pub fn new(_compilation: &Compilation) -> Self {
        Self {}
    }

    /// The fingerprint of a function that the attribute stands on; `None` where it is not found in
    /// the sources, as it is where a macro wrote it.
    pub fn fingerprint(&mut self, _root: &Root<'_>) -> Option<Fingerprint> {
        None
    }

    /// Every function of the crate that is compiled, in the order of the sources.
    pub fn functions(&mut self) -> Vec<Found> {
        Vec::new()
    }

    /// The fingerprint of a function in the sources.
    pub fn fingerprint_of(&mut self, _found: &Found) -> Option<Fingerprint> {
        None
    }
}
