//! `larder ls`: the results, with what the files say about each.

use crate::cli::{Cli, Ls, Sort};
use crate::failure::{self, Failure, Status};
use crate::keys::ShortNames;
use crate::output::{BAD, CAUTION, FAINT, GOOD, Output, clean, path, unlisted};
use crate::table::{Cell, Column, Table};
use crate::{functions, open, units};
use larder::{Cache, EntryDetails, Error, Inventory, StoredEntry, StoredFunction};
use serde_json::{Value, json};
use std::cmp::Ordering;
use std::io::Write;
use std::time::{Duration, SystemTime};

/// A result among those that are listed.
struct Listed<'a> {
    /// Where it is in the order of names.
    place: usize,
    function: &'a StoredFunction,
    entry: &'a StoredEntry,
    /// What its file says, once that was read.
    details: Option<Box<Result<EntryDetails, Error>>>,
}

pub(crate) fn run(cli: &Cli, options: &Ls, output: &mut Output) -> Result<Status, Failure> {
    let cache = open::for_reading(cli)?;
    let inventory = cache.inventory()?;
    let now = SystemTime::now();
    let mut listed = select(&cache, &inventory, options, now)?;
    let total = listed.len();
    sort(&cache, &mut listed, options);
    read(&cache, &mut listed);
    if output.json {
        let entries = listed.iter().map(document);
        let entries = entries.collect::<Value>();
        output.document(&json!({
            "directory": cache.directory().map(path),
            "total": total,
            "unlisted": unlisted(&inventory.unlisted),
            "entries": entries,
        }))?;
        return Ok(Status::Done);
    }
    failure::warn_of_unlisted(cli, &inventory.unlisted);
    table(&inventory, &listed, now).write(output)?;
    if listed.len() < total && output.is_terminal {
        let (shown, total) = (units::count(listed.len() as u64), units::count(total as u64));
        writeln!(output, "{FAINT}{shown} of {total} shown{FAINT:#}")?;
    }
    Ok(Status::Done)
}

/// The results that the options ask for.
fn select<'a>(
    cache: &Cache,
    inventory: &'a Inventory,
    options: &Ls,
    now: SystemTime,
) -> Result<Vec<Listed<'a>>, Failure> {
    let functions = match &options.function {
        Some(name) => functions::named(inventory, name)?,
        None => inventory.functions.iter().collect(),
    };
    let entries = functions
        .into_iter()
        .flat_map(|function| function.entries.iter().map(move |entry| (function, entry)));
    let entries = entries.enumerate();
    let entries =
        entries.map(|(place, (function, entry))| Listed { place, function, entry, details: None });
    let kept = |listed: &Listed<'_>| {
        options.larger.is_none_or(|size| listed.entry.size() > size.bytes())
            && (!options.stale || !listed.function.is_current(listed.entry))
    };
    let mut listed: Vec<_> = entries.filter(kept).collect();
    if let Some(age) = options.older {
        // A file says when it was computed; one that was touched before cannot have been later.
        read(cache, &mut listed);
        let is_older = |when| now.duration_since(when).unwrap_or_default() > age.duration();
        listed.retain(|listed| is_older(listed.created()));
    }
    Ok(listed)
}

/// Puts first what is to come first, and leaves out what is beyond the limit.
fn sort(cache: &Cache, listed: &mut Vec<Listed<'_>>, options: &Ls) {
    if matches!(options.sort, Sort::Created | Sort::Cost) {
        read(cache, listed);
    }
    // Equal ones stay in the order of their names, which is the one that they are in.
    let order = |a: &Listed<'_>, b: &Listed<'_>| {
        let order = match options.sort {
            Sort::Used => b.entry.touched().cmp(&a.entry.touched()),
            Sort::Size => b.entry.size().cmp(&a.entry.size()),
            Sort::Created => b.created().cmp(&a.created()),
            Sort::Cost => b.cost().cmp(&a.cost()),
            Sort::Name => Ordering::Equal,
        };
        let order = order.then_with(|| a.place.cmp(&b.place));
        if options.reverse { order.reverse() } else { order }
    };
    let limit = options.limit.unwrap_or(usize::MAX);
    if limit < listed.len() {
        listed.select_nth_unstable_by(limit, order);
        listed.truncate(limit);
    }
    listed.sort_unstable_by(order);
}

/// Reads what has not been read yet.
fn read(cache: &Cache, listed: &mut [Listed<'_>]) {
    let unread = || listed.iter().filter(|listed| listed.details.is_none());
    let keys: Vec<_> = unread().map(|listed| listed.function.key(listed.entry)).collect();
    let unread = listed.iter_mut().filter(|listed| listed.details.is_none());
    for (listed, details) in unread.zip(cache.details_of(&keys)) {
        listed.details = Some(Box::new(details));
    }
}

impl Listed<'_> {
    fn known(&self) -> Option<&EntryDetails> {
        self.details.as_deref()?.as_ref().ok()
    }

    /// When it was computed; of a damaged one, when its file was written.
    fn created(&self) -> SystemTime {
        self.known().map_or(self.entry.touched(), |details| details.created)
    }

    fn cost(&self) -> Duration {
        self.known().map(|details| details.own_time).unwrap_or_default()
    }

    fn state(&self) -> &'static str {
        match self.details.as_deref() {
            Some(Err(error)) if error.kind() == larder::ErrorKind::Corrupt => "damaged",
            Some(Err(_)) => "unreadable",
            _ if self.function.is_current(self.entry) => "current",
            _ => "older",
        }
    }
}

fn table(inventory: &Inventory, listed: &[Listed<'_>], now: SystemTime) -> Table {
    let names = ShortNames::new(inventory, listed.iter().map(|listed| listed.entry));
    let mut table = Table::new([
        Column::left("key"),
        Column::left("function").cut_front(10).optional(1),
        Column::left("inputs").cut(10),
        Column::right("size").optional(0),
        Column::right("age").optional(2),
        Column::right("used").optional(4),
        Column::right("took").optional(3),
        Column::left("code").optional(5),
    ]);
    for one in listed {
        let known = one.known();
        let state = one.state();
        let style = match state {
            "current" => GOOD,
            "older" => CAUTION,
            _ => BAD,
        };
        table.row(vec![
            Cell::styled(names.of(one.entry), FAINT),
            clean(&one.function.name).into(),
            known.map(|details| clean(&details.inputs)).unwrap_or_default().into(),
            units::size(one.entry.size()).into(),
            units::age(one.created(), now).into(),
            units::age(one.entry.touched(), now).into(),
            known.map(|details| units::took(details.own_time)).unwrap_or_default().into(),
            Cell::styled(state, style),
        ]);
    }
    table
}

fn document(listed: &Listed<'_>) -> Value {
    let known = listed.known();
    json!({
        "key": listed.function.key(listed.entry),
        "function": listed.function.name,
        "inputs": known.map(|details| &details.inputs),
        "bytes": listed.entry.size(),
        "created": units::stamp(listed.created()),
        "last_used": units::stamp(listed.entry.touched()),
        "own_seconds": known.map(|details| units::seconds(details.own_time)),
        "full_seconds": known.map(|details| units::seconds(details.full_time)),
        "state": listed.state(),
    })
}
