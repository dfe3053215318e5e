//! What is found of a directory, from what files and file system tell: whether that is as it should be,
//! and what to do where it is not.

use super::diagnosis::{Check, Finding, Severity};
use super::unlisted::UnlistedFolder;
use crate::catalog::{CatalogState, Condition};
use crate::retention::Size;
use crate::store::{Exclusion, Rights, Shard, Survey, Totals, Unusable, Volume};
use std::io;

/// Less than this part of a file system that is free is worth a warning.
const SCARCE: u64 = 20;

/// So many journals of processes that ended are nothing to speak of: who opens the directory sees to
/// more.
const JOURNALS: usize = 64;

/// So many paths are named.
const NAMED: usize = 5;

/// What becomes of results where claims do not work.
const ALL_COMPUTE: &str = "equal calls of several processes all compute";

fn good(check: Check, message: impl Into<String>) -> Finding {
    Finding { check, severity: Severity::Good, message: message.into(), advice: None }
}

/// What is not as it should be comes with what to do about it.
fn found(
    check: Check,
    severity: Severity,
    message: impl Into<String>,
    advice: impl Into<String>,
) -> Finding {
    Finding { check, severity, message: message.into(), advice: Some(advice.into()) }
}

/// `obstructed` are folders of ours in whose place there is something else.
pub(super) fn layout(
    is_laid_out: bool,
    obstructed: &[&str],
    survey: &io::Result<Survey<Shard>>,
) -> Finding {
    let check = Check::Layout;
    if !is_laid_out {
        let advice = "run a program that uses larder: it makes what it needs";
        return found(check, Severity::Note, "nothing has been cached here yet", advice);
    }
    if !obstructed.is_empty() {
        let names = obstructed.join("` and `");
        let message = format!("what stands in the place of `{names}` is no folder");
        let advice = format!("remove `{names}`: it is made again when it is needed");
        return found(check, Severity::Problem, message, advice);
    }
    let advice = "give yourself the right to read it (`chmod u+rx`), or ask its owner to";
    let survey = match survey {
        Ok(survey) => survey,
        Err(error) => {
            let message = format!("the directory, or `entries` in it, cannot be listed: {error}");
            return found(check, Severity::Problem, message, advice);
        }
    };
    if let Some((path, error)) = survey.refused.first() {
        let first = UnlistedFolder::at(path.clone(), error);
        let message = match survey.refused.len() - 1 {
            0 => first.to_string(),
            others => format!("{first}; so it is with {others} others"),
        };
        return found(check, Severity::Problem, message, advice);
    }
    let foreign = &survey.foreign;
    if foreign.is_empty() {
        return good(check, format!("format {}, nothing foreign", crate::store::FORMAT));
    }
    let named = foreign.iter().take(NAMED);
    let named: Vec<_> =
        named.map(|path| format!("`{}`", path.display().to_string().escape_debug())).collect();
    let more = foreign.len().saturating_sub(NAMED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("not made by larder: {}{more}", named.join(", "));
    let advice = "move them elsewhere: what is in this directory may be deleted at any time";
    found(check, Severity::Warning, message, advice)
}

pub(super) fn permissions(rights: &io::Result<Rights>) -> Finding {
    let check = Check::Permissions;
    let rights = match rights {
        Ok(rights) => rights,
        Err(error) => {
            let message = format!("they cannot be told: {error}");
            let advice = "make the directory accessible to you";
            return found(check, Severity::Problem, message, advice);
        }
    };
    let mode = rights.mode.map(|mode| format!(" (mode {mode:04o})")).unwrap_or_default();
    if !rights.write {
        let message = format!("you may read and not write{mode}");
        let advice = "results are found and none are kept: `chmod u+w`, or another directory";
        return found(check, Severity::Warning, message, advice);
    }
    match rights.mode {
        Some(mode) if mode & 0o002 != 0 => found(
            check,
            Severity::Warning,
            format!("everybody may write (mode {mode:04o})"),
            "who can write decides what your calls return: `chmod o-w` if that is not meant",
        ),
        Some(mode) if mode & 0o020 != 0 => found(
            check,
            Severity::Note,
            format!("you and your group may write (mode {mode:04o})"),
            "who can write decides what your calls return: `chmod g-w` if that is not meant",
        ),
        _ => good(check, format!("you may write{mode}")),
    }
}

pub(super) fn file_system(volume: &Volume) -> Finding {
    let check = Check::FileSystem;
    let kind = volume.kind.unwrap_or("of a kind that larder has no name for");
    if volume.read_only {
        let advice = "results are found and none are kept: mount it for writing, or use another";
        let message = format!("{kind}, mounted for reading only");
        return found(check, Severity::Warning, message, advice);
    }
    if volume.remote {
        let message = format!("{kind}, which may be on another machine");
        let advice = "a local directory answers faster, and claims may not reach other machines";
        return found(check, Severity::Note, message, advice);
    }
    good(check, kind)
}

/// `may_write`: in the directory, as far as its own rights tell.
pub(super) fn claims(exclusion: &io::Result<Exclusion>, may_write: bool) -> Finding {
    let check = Check::Claims;
    let elsewhere = format!("{ALL_COMPUTE}: use another file system if that matters");
    match exclusion {
        Ok(Exclusion::Works) => good(check, "processes wait for each other's computations"),
        Ok(Exclusion::Absent) => found(
            check,
            Severity::Note,
            "there are none on this system",
            format!("{ALL_COMPUTE}: run them one after the other if that matters"),
        ),
        Ok(Exclusion::Obstructed) => found(
            check,
            Severity::Problem,
            "what stands in the place of `claims` is no regular file of its own",
            format!("{ALL_COMPUTE}: remove `claims`, which is made again when it is needed"),
        ),
        Ok(Exclusion::Fails) => {
            let message = "locks are taken here and keep nobody out";
            found(check, Severity::Warning, message, elsewhere)
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && may_write => found(
            check,
            Severity::Warning,
            "you may not write to `claims`",
            format!("{ALL_COMPUTE}: `chmod u+rw claims`, or ask its owner to let you"),
        ),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => found(
            check,
            Severity::Note,
            "they cannot be tried, as you may not write",
            "give yourself the right to write, or ask as one who may",
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => found(
            check,
            Severity::Note,
            "they cannot be tried before something was cached",
            "ask again once a program has run",
        ),
        Err(error) => {
            found(check, Severity::Warning, format!("they do not work: {error}"), elsewhere)
        }
    }
}

pub(super) fn catalog(condition: &Condition) -> Finding {
    let check = Check::Catalog;
    if let Some((name, kind)) = condition.obstructed {
        let message = format!("what stands in the place of `{name}` is no {kind}");
        let advice = format!("remove `{name}`: it is made again when it is needed");
        return found(check, Severity::Problem, message, advice);
    }
    let journals = match (condition.journals, condition.live) {
        (0, _) => "no journals".to_owned(),
        (count, live) => {
            let noun = if count == 1 { "journal" } else { "journals" };
            let size = Size::new(condition.journal_bytes);
            format!("{count} {noun} ({size}), {live} of programs that run")
        }
    };
    if condition.opening && condition.state != CatalogState::Held {
        let message = format!("a program ended while it had it open; {journals}");
        let advice = "it is made again by the next program; no result is lost";
        return found(check, Severity::Note, message, advice);
    }
    let state = match condition.state {
        CatalogState::Held => "in use by a program",
        CatalogState::Free => "free",
        CatalogState::None => "none yet",
    };
    let message = format!("{state}; {journals}");
    if condition.journals.saturating_sub(condition.live) > JOURNALS {
        let advice = "the next program that opens the directory merges them";
        return found(check, Severity::Note, message, advice);
    }
    if condition.was_damaged {
        let message = format!("{message}; an earlier one was damaged");
        let advice = "`catalog.damaged-*` is for whoever wants to know why: delete it";
        return found(check, Severity::Note, message, advice);
    }
    good(check, message)
}

/// `unusable` are files that limits are kept by.
pub(super) fn limits(
    unusable: &[(&str, Unusable)],
    totals: &io::Result<Option<Totals>>,
) -> Finding {
    let check = Check::Limits;
    let of_kind = |kind| {
        let names = unusable.iter().filter(|(_, why)| *why == kind).map(|(name, _)| *name);
        Some(names.collect::<Vec<_>>().join("` and `")).filter(|names| !names.is_empty())
    };
    let advice = [
        of_kind(Unusable::Obstructed).map(|names| {
            format!("remove `{names}`: what is missing is made again when it is needed")
        }),
        of_kind(Unusable::Refused).map(|names| {
            format!(
                "give yourself the right to write `{names}` (`chmod u+rw`), or ask its owner to"
            )
        }),
    ];
    let advice: Vec<_> = advice.into_iter().flatten().collect();
    if !advice.is_empty() {
        let names: Vec<_> = unusable.iter().map(|(name, _)| *name).collect();
        let names = names.join("` and `");
        let message = format!("`{names}` cannot be used, so the cache may outgrow its limits");
        return found(check, Severity::Warning, message, advice.join("; "));
    }
    match totals {
        Ok(Some(_)) => good(check, "what is kept is counted"),
        Ok(None) => good(check, "what there is will be counted when a program keeps results"),
        Err(error) => found(
            check,
            Severity::Note,
            format!("how much there is cannot be read: {error}"),
            "give yourself the right to read `totals`, or ask as one who may",
        ),
    }
}

pub(super) fn space(volume: &io::Result<Volume>) -> Finding {
    let check = Check::Space;
    let volume = match volume {
        Ok(volume) => volume,
        Err(error) => {
            let message = format!("how much room is left cannot be told: {error}");
            return found(check, Severity::Note, message, "look with the system's means, as `df`");
        }
    };
    let message = format!("{} of {} are free", Size::new(volume.free), Size::new(volume.total));
    if volume.free < volume.total / SCARCE {
        let advice = "`larder trim` makes room, `larder stats` tells where";
        return found(check, Severity::Warning, message, advice);
    }
    good(check, message)
}

/// How many damaged results were set aside, and how many things are in `tmp/`.
pub(super) fn leftovers(aside: usize, left: usize) -> Finding {
    let check = Check::Leftovers;
    let mut parts = Vec::new();
    if aside > 0 {
        parts.push(format!("{aside} damaged results were set aside in `damaged/`"));
    }
    if left > 0 {
        parts.push(format!("{left} things in `tmp/` are being written or deleted"));
    }
    let message = parts.join("; ");
    match (aside, left) {
        (0, 0) => good(check, "none"),
        (0, _) => {
            let advice =
                "leave them: what is of no use to anybody goes when a program opens a cache";
            found(check, Severity::Note, message, advice)
        }
        _ => {
            let advice = "`larder clear` removes them with the results; they do no harm";
            found(check, Severity::Note, message, advice)
        }
    }
}

#[cfg(test)]
mod tests;
