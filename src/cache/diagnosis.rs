//! Whether all is well with a directory, and what to do where it is not.

use super::{Cache, Disk};
use crate::catalog::{self, CatalogState, Condition};
use crate::error::Result;
use crate::retention::Size;
use crate::store::{Exclusion, Volume};
use std::fmt;

/// Less than this part of a file system that is free is worth a warning.
const SCARCE: u64 = 20;

/// So many journals of processes that ended are nothing to speak of: who opens the directory sees to
/// more.
const JOURNALS: usize = 64;

/// So many paths are named.
const NAMED: usize = 5;

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
    /// What to do about it, if anything.
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
        let volume = disk.store.volume();
        let mut findings = vec![layout(disk)?, permissions(disk)];
        findings.extend(volume.as_ref().ok().map(file_system));
        findings.push(claims(disk));
        findings.push(catalog(&catalog::condition(disk.store.path())));
        findings.push(limits(disk));
        findings.push(volume.as_ref().map_or_else(
            |error| note(Check::Space, format!("how much room is left cannot be told: {error}")),
            space,
        ));
        findings.push(leftovers(disk));
        Ok(findings)
    }
}

fn good(check: Check, message: impl Into<String>) -> Finding {
    Finding { check, severity: Severity::Good, message: message.into(), advice: None }
}

fn note(check: Check, message: impl Into<String>) -> Finding {
    Finding { severity: Severity::Note, ..good(check, message) }
}

impl Finding {
    fn with(self, severity: Severity, advice: impl Into<String>) -> Self {
        Self { severity, advice: Some(advice.into()), ..self }
    }
}

fn layout(disk: &Disk) -> Result<Finding> {
    if !disk.store.is_laid_out()? {
        return Ok(note(Check::Layout, "nothing has been cached here yet"));
    }
    let foreign = match disk.store.shards() {
        Ok(survey) => survey.foreign,
        Err(error) => {
            let advice = "look at the rights of the directory and of those in it";
            let message = format!("it cannot be listed: {error}");
            return Ok(good(Check::Layout, message).with(Severity::Problem, advice));
        }
    };
    if foreign.is_empty() {
        return Ok(good(
            Check::Layout,
            format!("format {}, nothing foreign", crate::store::FORMAT),
        ));
    }
    let named = foreign.iter().take(NAMED);
    let named: Vec<_> =
        named.map(|path| format!("`{}`", path.display().to_string().escape_debug())).collect();
    let more = foreign.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("not made by larder: {}{more}", named.join(", "));
    let advice = "move them elsewhere: what is in this directory may be deleted at any time";
    Ok(good(Check::Layout, message).with(Severity::Warning, advice))
}

fn permissions(disk: &Disk) -> Finding {
    let check = Check::Permissions;
    let rights = match disk.store.rights() {
        Ok(rights) => rights,
        Err(error) => {
            return good(check, format!("they cannot be told: {error}"))
                .with(Severity::Problem, "make the directory accessible to you");
        }
    };
    let mode = rights.mode.map(|mode| format!(" (mode {mode:04o})")).unwrap_or_default();
    if !rights.write {
        let message = format!("you may read and not write{mode}");
        let advice = "results are found and none are kept: `chmod u+w`, or another directory";
        return good(check, message).with(Severity::Warning, advice);
    }
    match rights.mode {
        Some(mode) if mode & 0o002 != 0 => {
            good(check, format!("everybody may write (mode {mode:04o})")).with(
                Severity::Warning,
                "who can write decides what your calls return: `chmod o-w` if that is not meant",
            )
        }
        Some(mode) if mode & 0o020 != 0 => {
            note(check, format!("you and your group may write (mode {mode:04o})"))
        }
        _ => good(check, format!("you may write{mode}")),
    }
}

fn file_system(volume: &Volume) -> Finding {
    let kind = volume.kind.unwrap_or("of a kind that larder has no name for");
    if volume.read_only {
        let advice = "results are found and none are kept: mount it for writing, or use another";
        let finding = good(Check::FileSystem, format!("{kind}, mounted for reading only"));
        return finding.with(Severity::Warning, advice);
    }
    if volume.remote {
        let message = format!("{kind}, which may be on another machine");
        let advice = "a local directory answers faster, and claims may not reach other machines";
        return note(Check::FileSystem, message).with(Severity::Note, advice);
    }
    good(Check::FileSystem, kind)
}

fn claims(disk: &Disk) -> Finding {
    let check = Check::Claims;
    match disk.store.exclusion() {
        Ok(Exclusion::Works) => good(check, "processes wait for each other's computations"),
        Ok(Exclusion::Absent) => note(
            check,
            "there are none on this system: equal calls of several processes all compute",
        ),
        Ok(Exclusion::Fails) => good(check, "locks are taken here and keep nobody out").with(
            Severity::Warning,
            "equal calls of several processes all compute: use another file system if that matters",
        ),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::PermissionDenied) => {
            note(check, "they cannot be tried, as you may not write")
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            note(check, "they cannot be tried before something was cached")
        }
        Err(error) => good(check, format!("they do not work: {error}")).with(
            Severity::Warning,
            "equal calls of several processes all compute: use another file system if that matters",
        ),
    }
}

fn catalog(found: &Condition) -> Finding {
    let check = Check::Catalog;
    let journals = match (found.journals, found.live) {
        (0, _) => "no journals".to_owned(),
        (count, live) => {
            let noun = if count == 1 { "journal" } else { "journals" };
            let size = Size::new(found.journal_bytes);
            format!("{count} {noun} ({size}), {live} of programs that run")
        }
    };
    if found.state == CatalogState::Obstructed {
        return good(check, "what stands in its place is no folder").with(
            Severity::Problem,
            "remove `catalog`: it is made again from results and journals",
        );
    }
    if found.opening && found.state != CatalogState::Held {
        return note(check, format!("a program ended while it had it open; {journals}"))
            .with(Severity::Note, "it is made again by the next program; no result is lost");
    }
    let state = match found.state {
        CatalogState::Held => "in use by a program",
        CatalogState::Free => "free",
        _ => "none yet",
    };
    let message = format!("{state}; {journals}");
    if found.journals.saturating_sub(found.live) > JOURNALS {
        return note(check, message)
            .with(Severity::Note, "the next program that opens the directory merges them");
    }
    if found.was_damaged {
        return note(check, format!("{message}; an earlier one was damaged")).with(
            Severity::Note,
            "`catalog.damaged-*` is for whoever wants to know why: delete it",
        );
    }
    good(check, message)
}

fn limits(disk: &Disk) -> Finding {
    let check = Check::Limits;
    let unusable = disk.store.unusable();
    if !unusable.is_empty() {
        let names = unusable.join("` and `");
        let message = format!("`{names}` cannot be used, so the cache may outgrow its limits");
        let advice = format!("remove `{names}`: what is missing is made again when it is needed");
        return good(check, message).with(Severity::Warning, advice);
    }
    match disk.store.totals() {
        Ok(Some(_)) => good(check, "what is kept is counted"),
        Ok(None) => good(check, "what there is will be counted when a program keeps results"),
        Err(error) => note(check, format!("how much there is cannot be read: {error}")),
    }
}

fn space(volume: &Volume) -> Finding {
    let (free, total) = (Size::new(volume.free), Size::new(volume.total));
    let finding = good(Check::Space, format!("{free} of {total} are free"));
    if volume.free < volume.total / SCARCE {
        return finding
            .with(Severity::Warning, "`larder trim` makes room, `larder stats` tells where");
    }
    finding
}

fn leftovers(disk: &Disk) -> Finding {
    let (aside, left) = (disk.store.set_aside_count(), disk.store.leftover_count());
    let mut parts = Vec::new();
    if aside > 0 {
        parts.push(format!("{aside} damaged results were set aside in `damaged/`"));
    }
    if left > 0 {
        parts.push(format!("{left} things in `tmp/` are being written or deleted"));
    }
    match (aside, left) {
        (0, 0) => good(Check::Leftovers, "none"),
        (0, _) => note(Check::Leftovers, parts.join("; ")),
        _ => note(Check::Leftovers, parts.join("; "))
            .with(Severity::Note, "`larder clear` removes them with the results; they do no harm"),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn volume() -> Volume {
        Volume { kind: Some("ext4"), remote: false, read_only: false, free: 50, total: 100 }
    }

    #[test]
    fn a_file_system_is_told_of_by_what_it_means_for_a_cache() {
        let check = |volume: &Volume, severity, message: &str| {
            let found = file_system(volume);
            assert_eq!((found.severity, &*found.message), (severity, message));
        };
        check(&volume(), Severity::Good, "ext4");
        let remote = Volume { kind: Some("nfs"), remote: true, ..volume() };
        check(&remote, Severity::Note, "nfs, which may be on another machine");
        let fixed = Volume { read_only: true, ..volume() };
        check(&fixed, Severity::Warning, "ext4, mounted for reading only");
        let odd = Volume { kind: None, ..volume() };
        check(&odd, Severity::Good, "of a kind that larder has no name for");
    }

    #[test]
    fn a_twentieth_of_the_file_system_is_little_room() {
        assert_eq!(space(&volume()).severity, Severity::Good);
        let full = space(&Volume { free: 4, ..volume() });
        assert_eq!((full.severity, &*full.message), (Severity::Warning, "4 B of 100 B are free"));
    }

    #[test]
    fn each_state_of_the_catalog_has_words_of_its_own() {
        let said = |found: Condition| {
            let found = catalog(&found);
            (found.severity, found.message)
        };
        let nothing = Condition::default();
        assert_eq!(said(nothing), (Severity::Good, "none yet; no journals".into()));
        let some = Condition {
            state: CatalogState::Free,
            journals: 2,
            live: 1,
            journal_bytes: 2048,
            ..nothing
        };
        let journals = "2 journals (2 KiB), 1 of programs that run";
        assert_eq!(said(some), (Severity::Good, format!("free; {journals}")));
        let held = Condition { state: CatalogState::Held, opening: true, ..some };
        assert_eq!(said(held), (Severity::Good, format!("in use by a program; {journals}")));
        let died = Condition { opening: true, ..nothing };
        let expected = "a program ended while it had it open; no journals";
        assert_eq!(said(died), (Severity::Note, expected.into()));
        let many = Condition { journals: 70, ..nothing };
        assert_eq!(said(many).0, Severity::Note);
        let obstructed = Condition { state: CatalogState::Obstructed, ..nothing };
        assert_eq!(said(obstructed).0, Severity::Problem);
    }
}
