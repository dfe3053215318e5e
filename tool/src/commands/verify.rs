//! `larder verify`: reads every result, and sets aside those that are damaged.

use crate::cli::{Cli, Verify};
use crate::failure::{Failure, Status};
use crate::output::{BAD, CAUTION, GOOD, Output, clean, path, unlisted};
use crate::{open, units};
use larder::DamagedEntry;
use serde_json::json;
use std::io::Write;

pub(crate) fn run(cli: &Cli, options: &Verify, output: &mut Output) -> Result<Status, Failure> {
    let cache = if options.repair { open::for_writing(cli)? } else { open::for_reading(cli)? };
    let report = cache.verify()?;
    let moved = if options.repair { report.repair()? } else { 0 };
    let (damaged, unreadable) = (&report.damaged, &report.unreadable);
    let is_known = unreadable.is_empty() && report.unlisted.is_empty();
    let is_well = damaged.is_empty() && is_known;
    if output.json {
        let entries = |entries: &[DamagedEntry]| -> serde_json::Value {
            let entries = entries.iter();
            entries.map(|entry| json!({ "key": entry.key, "function": entry.function })).collect()
        };
        output.document(&json!({
            "directory": cache.directory().map(path),
            "checked": report.checked,
            "bytes": report.bytes,
            "damaged": entries(damaged),
            "unreadable": entries(unreadable),
            "unlisted": unlisted(&report.unlisted),
            "foreign": report.foreign.iter().map(|foreign| path(foreign)).collect::<Vec<_>>(),
            "set_aside": moved,
        }))?;
    } else {
        let style = if is_well { GOOD } else { BAD };
        let verdict = match (damaged.len(), unreadable.len()) {
            (0, 0) if is_known => "all are whole".to_owned(),
            (0, 0) => "these are whole".to_owned(),
            (damaged, 0) => format!("{} damaged", units::count(damaged as u64)),
            (damaged, unreadable) => format!("{damaged} damaged, {unreadable} unreadable"),
        };
        let checked = usize::try_from(report.checked).unwrap_or(usize::MAX);
        writeln!(
            output,
            "{} of {} checked: {style}{verdict}{style:#}",
            units::counted(checked, "result"),
            units::size(report.bytes)
        )?;
        for (what, entries) in [("damaged", damaged), ("unreadable", unreadable)] {
            for entry in entries {
                let function = clean(&entry.function);
                writeln!(output, "{BAD}{what}{BAD:#}  {}  of {function}", clean(&entry.key))?;
            }
        }
        for folder in &report.unlisted {
            writeln!(output, "{BAD}unlisted{BAD:#}  {}", clean(&folder.to_string()))?;
        }
        if !is_known {
            let advice = "what cannot be read is computed again, and not kept: give yourself the right \
                          to, or ask its owner";
            writeln!(output, "{advice}")?;
        }
        for path in &report.foreign {
            let path = clean(&path.display().to_string());
            writeln!(output, "{CAUTION}not larder's{CAUTION:#}  {path}")?;
        }
        if moved > 0 {
            let moved = units::counted(usize::try_from(moved).unwrap_or(usize::MAX), "file");
            writeln!(output, "{moved} moved to `damaged/`; the calls compute again when needed")?;
        } else if !damaged.is_empty() {
            writeln!(
                output,
                "damaged results are computed again when needed; `larder verify --repair` moves them to `damaged/`"
            )?;
        }
    }
    let all_moved = usize::try_from(moved).is_ok_and(|moved| moved >= damaged.len());
    let is_mended = is_known && options.repair && all_moved;
    cache.close();
    Ok(if is_well || is_mended { Status::Done } else { Status::No })
}
