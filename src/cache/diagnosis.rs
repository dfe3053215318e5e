//! Whether all is well with a directory: what there is to look at, and what is found.

use super::{Cache, findings};
use crate::catalog;
use crate::error::Result;
use std::fmt;

/// One thing that was looked at: see [`Cache::diagnose`].
///
/// Displays as a line, and a second one where there is something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// Whether it is as it should be.
    pub severity: Severity,
    /// What was found, as a clause.
    pub message: String,
    /// What to do about it; only what is good has none.
    pub advice: Option<String>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// Whether the directory holds what larder puts there, and nothing else.
    Layout,
    /// Who may read and write.
    Permissions,
    /// What kind of file system it is on.
    FileSystem,
    /// Whether equal computations of several processes exclude each other.
    Claims,
    /// In what state the catalog and the journals are.
    Catalog,
    /// Whether what is kept is counted, so that limits can be kept.
    Limits,
    /// How much room is left on the file system.
    Space,
    /// What was set aside, or left to be swept.
    Leftovers,
}

/// How much a [`Finding`] matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// As it should be.
    Good,
    /// All right, and worth knowing.
    Note,
    /// It works, but not as well as it could, or not for long.
    Warning,
    /// Something does not work.
    Problem,
}

impl Cache {
    /// Looks at layout, permissions, file system, claims, catalog, limits, free space and leftovers, in
    /// this order. Nothing is created or changed, and no results are read: that is what
    /// [`verify`](Self::verify) is for. Nothing is found where the cache is [off](crate::Mode::Off).
    ///
    /// # Errors
    ///
    /// As [`Builder::open`](crate::Builder::open), if the directory is not what it was when it was opened.
    ///
    /// ```
    /// use larder::{Cache, Severity};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// let cache = Cache::open(directory.path())?;
    /// for finding in cache.diagnose()? {
    ///     if finding.severity >= Severity::Warning {
    ///         eprintln!("{finding}");
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diagnose(&self) -> Result<Vec<Finding>> {
        let Some(disk) = &self.inner.disk else {
            return Ok(Vec::new());
        };
        let store = &disk.store;
        let rights = store.rights();
        let may_write = rights.as_ref().is_ok_and(|rights| rights.write);
        let volume = store.volume();
        let survey = store.shards();
        let layout = findings::layout(store.is_laid_out()?, &store.obstructed(), &survey);
        let mut findings = vec![layout, findings::permissions(&rights)];
        findings.extend(volume.as_ref().ok().map(findings::file_system));
        findings.push(findings::claims(&store.exclusion(), may_write));
        findings.push(findings::catalog(&catalog::condition(store.path())));
        findings.push(findings::limits(&store.unusable(), &store.totals()));
        findings.push(findings::space(&volume));
        findings.push(findings::leftovers(store.set_aside_count(), store.leftover_count()));
        Ok(findings)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.message)?;
        self.advice.iter().try_for_each(|advice| write!(f, "\n  {advice}"))
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Layout => "layout",
            Self::Permissions => "permissions",
            Self::FileSystem => "file system",
            Self::Claims => "claims",
            Self::Catalog => "catalog",
            Self::Limits => "limits",
            Self::Space => "space",
            Self::Leftovers => "leftovers",
        })
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Good => "good",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}
