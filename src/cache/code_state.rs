//! The states of a function's code that computed results, as they are kept beside those.

use super::Cache;
use super::code::Code;
use super::description::Description;
use super::inquiry::described;
use super::time;
use crate::error::{Error, ErrorKind, Result};
use crate::key::Digest;
use crate::store;
use std::time::SystemTime;

/// One state of a function's code: see [`Cache::code_states`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeState {
    /// The first 16 hex digits of its digest: the last part of the keys of what it computed.
    pub code: String,
    /// The digest of the code, with identity, version, fingerprint and format.
    pub digest: Digest,
    /// The package that the function belongs to.
    pub package: String,
    /// The function's path, or the name that its author gave instead.
    pub path: String,
    /// The type and const arguments, as text; empty if there are none.
    pub type_arguments: String,
    /// The version that its author gave it.
    pub version: u64,
    /// When the first result by this code was kept.
    pub first_used: SystemTime,
    /// What the code consists of, as far as the attribute found out.
    pub items: Code,
}

impl Cache {
    /// What is known of the code that computed the results of a function, given by the name of its
    /// [folder](crate::StoredFunction::folder): the state that was first used last comes first.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](ErrorKind::InvalidInput) for what is no folder of a function, and
    /// [`Io`](ErrorKind::Io) if it cannot be listed.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let cache = larder::Cache::open(directory.path())?;
    /// for function in cache.inventory()?.functions {
    ///     for state in cache.code_states(&function.folder)? {
    ///         println!("{} {}: {} items", function.name, state.version, state.items.iter().count());
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn code_states(&self, folder: &str) -> Result<Vec<CodeState>> {
        if !store::is_function(folder) {
            let message = format!("`{folder}` is no folder of a function: `<function>-<id>`");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        let Some(disk) = &self.inner.disk else {
            return Ok(Vec::new());
        };
        let codes = disk.store.descriptions(folder).map_err(|error| {
            Error::io(format_args!("list what is known of the code in `{folder}`"), error)
        })?;
        let states = codes.into_iter().filter_map(|code| {
            let known = described(&disk.store, folder, &code)?;
            Some(CodeState::new(code, known))
        });
        let mut states: Vec<_> = states.collect();
        states.sort_by(|a, b| (b.first_used, &b.code).cmp(&(a.first_used, &a.code)));
        Ok(states)
    }
}

impl CodeState {
    fn new(code: String, known: Description) -> Self {
        Self {
            code,
            digest: known.digest,
            package: known.package,
            path: known.path,
            type_arguments: known.arguments,
            version: known.version,
            first_used: time(known.seen_ns),
            items: known.code,
        }
    }
}
