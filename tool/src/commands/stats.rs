//! `larder stats`: what is there, and what the calls came to.

use crate::cli::{Cli, Stats};
use crate::failure::{Failure, Status};
use crate::output::{BOLD, CAUTION, FAINT, GOOD, Output, clean, path, unlisted};
use crate::table::{Cell, Column, Table};
use crate::{open, units};
use larder::{Cache, FunctionStats, Inventory, StoredFunction};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::thread;

pub(crate) fn run(cli: &Cli, options: &Stats, output: &mut Output) -> Result<Status, Failure> {
    let cache = open::for_reading(cli)?;
    let Some(interval) = options.watch else {
        once(&cache, output)?;
        return Ok(Status::Done);
    };
    loop {
        if !output.json {
            output.clear()?;
        }
        once(&cache, output)?;
        output.flush()?;
        thread::sleep(interval.duration());
    }
}

fn once(cache: &Cache, output: &mut Output) -> Result<(), Failure> {
    let mut inventory = cache.inventory()?;
    // The largest first: that is what people look for.
    inventory.functions.sort_by_key(|function| std::cmp::Reverse(function.bytes()));
    if output.json {
        output.document(&document(cache, &inventory))?;
    } else {
        table(cache, &inventory, output)?;
    }
    Ok(())
}

/// What holds for programs that set no limit of their own.
fn limits(cache: &Cache) -> String {
    let limits = cache.limits();
    let whence = match std::env::var_os("LARDER_MAX_BYTES") {
        Some(text) if !text.is_empty() => "`LARDER_MAX_BYTES`",
        _ => "a fifth of the file system, at most 100 GiB",
    };
    // What is said as `none` is more than there can be.
    let bytes = limits.bytes().filter(|bytes| *bytes < u64::MAX);
    let bytes = bytes.map_or_else(|| "any size".to_owned(), units::size);
    let entries = limits.entries().map(|entries| format!("{} results", units::count(entries)));
    let entries = entries.unwrap_or_else(|| "any number".to_owned());
    let age = limits.age().map_or_else(|| "any age".to_owned(), |age| age.to_string());
    format!("{bytes} ({whence}), {entries}, {age}")
}

fn document(cache: &Cache, inventory: &Inventory) -> Value {
    let functions = inventory.functions.iter().map(|function| {
        let mut value = counts(&function.stats);
        let stale: Vec<_> = function.stale().collect();
        value["function"] = json!(function.name);
        value["package"] = json!(function.package);
        value["folder"] = json!(function.folder);
        value["entries"] = json!(function.entries.len());
        value["bytes"] = json!(function.bytes());
        value["stale_entries"] = json!(stale.len());
        value["stale_bytes"] = json!(units::sum(stale.iter().map(|entry| entry.size())));
        value["last_seen"] = function.seen.map_or(Value::Null, units::stamp);
        value
    });
    json!({
        "directory": cache.directory().map(path),
        "entries": inventory.entries(),
        "bytes": inventory.bytes(),
        "unlisted": unlisted(&inventory.unlisted),
        "max_bytes": cache.limits().bytes().filter(|bytes| *bytes < u64::MAX),
        "functions": functions.collect::<Value>(),
    })
}

fn counts(stats: &FunctionStats) -> Value {
    json!({
        "found": stats.found,
        "computed": stats.computed,
        "shared": stats.shared,
        "failed": stats.failed,
        "spent_seconds": units::seconds(stats.spent),
        "saved_seconds": units::seconds(stats.saved),
        "bytes_written": stats.bytes_written,
    })
}

fn table(cache: &Cache, inventory: &Inventory, output: &mut Output) -> io::Result<()> {
    let bytes = inventory.bytes();
    if let Some(directory) = cache.directory() {
        writeln!(output, "{BOLD}{}{BOLD:#}", clean(&directory.display().to_string()))?;
    }
    let stale: Vec<_> = inventory.functions.iter().flat_map(StoredFunction::stale).collect();
    let (stale, stale_bytes) = (stale.len(), units::sum(stale.iter().map(|entry| entry.size())));
    write!(
        output,
        "{} in {} of {}",
        units::size(bytes),
        units::counted(inventory.entries(), "result"),
        units::counted(inventory.functions.len(), "function")
    )?;
    if stale > 0 {
        write!(
            output,
            ", {} of them by older code ({})",
            units::count(stale as u64),
            units::size(stale_bytes)
        )?;
    }
    writeln!(output, "\n{FAINT}limits: {}{FAINT:#}", limits(cache))?;
    for folder in &inventory.unlisted {
        writeln!(output, "{CAUTION}not counted:{CAUTION:#} {}", clean(&folder.to_string()))?;
    }
    if inventory.functions.is_empty() {
        return Ok(());
    }
    writeln!(output)?;
    let mut table = Table::new([
        Column::left("function").cut_front(12),
        Column::right("results").optional(5),
        Column::right("size"),
        Column::left("share").optional(4),
        // It has its title from the bar beside it, so it never stays without that.
        Column::right("").optional(6),
        Column::right("found").optional(2),
        Column::right("computed").optional(1),
        Column::right("shared").optional(9),
        Column::right("failed").optional(8),
        Column::right("spent").optional(7),
        Column::right("saved").optional(3),
    ]);
    let mut total = FunctionStats::default();
    for function in &inventory.functions {
        let (stats, size) = (&function.stats, function.bytes());
        total.found += stats.found;
        total.computed += stats.computed;
        total.shared += stats.shared;
        total.failed += stats.failed;
        total.spent = total.spent.saturating_add(stats.spent);
        total.saved = total.saved.saturating_add(stats.saved);
        let share = Cell::styled(units::bar(size, bytes), GOOD);
        let percent = Cell::styled(units::percent(size, bytes), FAINT);
        table.row(row(&clean(&function.name), function.entries.len(), size, share, percent, stats));
    }
    if inventory.functions.len() > 1 {
        table.row(row("total", inventory.entries(), bytes, "".into(), "".into(), &total));
    }
    table.write(output)
}

fn row(
    name: &str,
    entries: usize,
    size: u64,
    share: Cell,
    percent: Cell,
    stats: &FunctionStats,
) -> Vec<Cell> {
    vec![
        name.into(),
        units::count(entries as u64).into(),
        units::size(size).into(),
        share,
        percent,
        units::count(stats.found).into(),
        units::count(stats.computed).into(),
        units::count(stats.shared).into(),
        units::count(stats.failed).into(),
        units::took(stats.spent).into(),
        units::took(stats.saved).into(),
    ]
}
