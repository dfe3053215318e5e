//! `larder why`: why a result was computed, or those of a function, as the records tell.

use crate::cli::{Cli, Why as Options};
use crate::failure::{self, Failure, Status};
use crate::functions::is_called;
use crate::output::{BOLD, CAUTION, FAINT, Output, clean};
use crate::table::{Cell, Column, Table};
use crate::{functions, keys, open, units};
use larder::{
    Cache, CodeState, EntryDetails, ErrorKind, Inventory, OnRecord, Removal, RemovedEntry,
    StoredEntry, StoredFunction, Why,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::time::SystemTime;

pub(crate) fn run(cli: &Cli, options: &Options, output: &mut Output) -> Result<Status, Failure> {
    let target = &*options.target;
    let cache = open::for_asking(cli)?;
    let inventory = cache.inventory()?;
    let removed = cache.removed();
    let records = Records { cache: &cache, removed: &removed };
    if !output.json {
        failure::warn_of_incomplete(cli, removed.incomplete.as_ref());
    }
    let named: Vec<_> =
        inventory.functions.iter().filter(|function| is_called(function, target)).collect();
    if !named.is_empty() {
        return of_functions(&records, &named, output);
    }
    match cache.find(target) {
        // A name rather than a key.
        Err(error) if error.kind() == ErrorKind::InvalidInput => {
            functions::named(&inventory, target).map(|_| Status::Done)
        }
        Err(error) => Err(error.into()),
        Ok(found) if found.is_empty() && keys::names_one(target) => {
            gone(&records, &inventory, target, output)
        }
        Ok(_) => of_key(&records, &keys::the_one(&cache, target)?, output),
    }
}

/// What there is to go by.
struct Records<'a> {
    cache: &'a Cache,
    removed: &'a OnRecord<RemovedEntry>,
}

impl Records<'_> {
    /// A document, with why it may be another once more is known.
    fn document(&self, mut document: Value, output: &mut Output) -> std::io::Result<()> {
        let incomplete = self.removed.incomplete.as_ref().map(failure::incomplete);
        document["incomplete"] = json!(incomplete);
        output.document(&document)
    }
}

fn of_key(records: &Records<'_>, key: &str, output: &mut Output) -> Result<Status, Failure> {
    let cache = records.cache;
    let details = cache.details(key)?;
    let why = cache.why_computed(key)?;
    if output.json {
        records.document(document(key, &details.function, Some(&details), &why), output)?;
        return Ok(Status::Done);
    }
    let now = SystemTime::now();
    writeln!(output, "{BOLD}{}{BOLD:#}({})", clean(&details.function), clean(&details.inputs))?;
    let (ago, took) = (units::ago(details.created, now), units::took(details.own_time));
    writeln!(output, "  {FAINT}computed {ago}, which took {took}{FAINT:#}")?;
    writeln!(output, "  {}", clean(&why.to_string()))?;
    Ok(Status::Done)
}

/// Of a result that is not there.
fn gone(
    records: &Records<'_>,
    inventory: &Inventory,
    target: &str,
    output: &mut Output,
) -> Result<Status, Failure> {
    let cache = records.cache;
    let mut meant =
        records.removed.records.iter().filter(|entry| keys::may_mean(target, &entry.key));
    let Some(entry) = meant.next() else {
        return keys::the_one(cache, target).map(|_| Status::Done);
    };
    let folder = entry.key.split_once('/').map_or("", |(folder, _)| folder);
    let function = inventory.functions.iter().find(|function| function.folder == folder);
    let function = function.map_or(folder, |function| &function.name);
    let why = cache.why_computed(&entry.key)?;
    if output.json {
        records.document(document(&entry.key, function, None, &why), output)?;
        return Ok(Status::Done);
    }
    writeln!(output, "{BOLD}{}{BOLD:#}  {}", clean(function), entry.key)?;
    writeln!(output, "  not there any more: {}", removal(entry))?;
    let others = meant.count();
    if others > 0 {
        writeln!(output, "  {FAINT}and {} like it{FAINT:#}", units::counted(others, "other"))?;
    }
    Ok(Status::Done)
}

fn removal(entry: &RemovedEntry) -> String {
    let ago = units::ago(entry.when, SystemTime::now());
    match entry.how {
        Removal::Forgotten => format!("it was removed alone, {ago}"),
        Removal::Cleared => format!("it was cleared with others, {ago}"),
        Removal::Trimmed => format!("it was removed to keep the cache within its limits, {ago}"),
        Removal::ByHand => format!("its file was deleted by hand; that was found out {ago}"),
        _ => format!("it was removed, {ago}"),
    }
}

/// A state of a function's code, and what it computed.
struct Past<'a> {
    state: Option<&'a CodeState>,
    code: String,
    results: usize,
    /// Results whose inputs are there by other code too.
    again: usize,
    changes: Option<Why>,
}

fn of_functions(
    records: &Records<'_>,
    named: &[&StoredFunction],
    output: &mut Output,
) -> Result<Status, Failure> {
    let cache = records.cache;
    let mut documents = Vec::new();
    for (number, function) in named.iter().enumerate() {
        let states = cache.code_states(&function.folder)?;
        let past = past(function, &states);
        let last = last(cache, function);
        if output.json {
            documents.push(function_document(function, &past, last.as_ref()));
            continue;
        }
        if number > 0 {
            writeln!(output)?;
        }
        tell(function, &past, last.as_ref(), output)?;
    }
    if output.json {
        records.document(json!({ "functions": documents }), output)?;
    }
    Ok(Status::Done)
}

/// The result that was computed last of those by the code as last seen, and why.
fn last(cache: &Cache, function: &StoredFunction) -> Option<(EntryDetails, Why)> {
    let current = function.entries.iter().filter(|entry| function.is_current(entry));
    let keys: Vec<_> = current.map(|entry| function.key(entry)).collect();
    let details = cache.details_of(&keys).into_iter().flatten();
    let details = details.max_by_key(|details| details.created)?;
    let why = cache.why_computed(&details.key).ok()?;
    Some((details, why))
}

/// The states of the code, the latest first, those included of which only the results are left.
fn past<'a>(function: &StoredFunction, states: &'a [CodeState]) -> Vec<Past<'a>> {
    let mut by_code: BTreeMap<String, usize> = BTreeMap::new();
    let mut again: BTreeMap<String, usize> = BTreeMap::new();
    let hex = |entry: &StoredEntry| format!("{:016x}", entry.code());
    // Results of the same inputs are neighbours.
    for equal in function.entries.chunk_by(|a, b| a.inputs() == b.inputs()) {
        for entry in equal {
            *by_code.entry(hex(entry)).or_default() += 1;
            *again.entry(hex(entry)).or_default() += usize::from(equal.len() > 1);
        }
    }
    let again = |code: &String| again.get(code).copied().unwrap_or_default();
    let known = states.iter().enumerate().map(|(at, state)| Past {
        state: Some(state),
        code: state.code.clone(),
        results: by_code.get(&state.code).copied().unwrap_or_default(),
        again: again(&state.code),
        changes: states.get(at + 1).map(|before| state.changes_since(before)),
    });
    let mut past: Vec<_> = known.collect();
    let unknown =
        by_code.iter().filter(|(code, _)| states.iter().all(|state| state.code != **code));
    past.extend(unknown.map(|(code, results)| Past {
        state: None,
        code: code.clone(),
        results: *results,
        again: again(code),
        changes: None,
    }));
    // What was last seen comes first, whenever it was first used: an edit may have been undone.
    past.sort_by_key(|past| function.code.as_ref() != Some(&past.code));
    past
}

fn tell(
    function: &StoredFunction,
    past: &[Past<'_>],
    last: Option<&(EntryDetails, Why)>,
    output: &mut Output,
) -> Result<(), Failure> {
    let now = SystemTime::now();
    writeln!(output, "{BOLD}{}{BOLD:#}", clean(&function.name))?;
    let current = past.iter().find(|past| function.code.as_ref() == Some(&past.code));
    if let Some(current) = current {
        let results = units::counted(current.results, "result");
        write!(output, "  {results} by the code as last seen")?;
        match current.again {
            0 => {}
            again => write!(
                output,
                ", of which {} had been computed by other code",
                units::count(again as u64)
            )?,
        }
        writeln!(output)?;
    } else {
        writeln!(
            output,
            "  {} by code that is not known",
            units::counted(function.entries.len(), "result")
        )?;
    }
    if let Some((details, why)) = last {
        let ago = units::ago(details.created, now);
        writeln!(
            output,
            "  the last one, {ago}, of {CAUTION}({}){CAUTION:#}:",
            clean(&details.inputs)
        )?;
        writeln!(output, "  {}", clean(&why.to_string()))?;
    }
    writeln!(output)?;
    let mut table = Table::new([
        Column::left("code"),
        Column::right("version").optional(3),
        Column::right("first used").optional(1),
        Column::right("results").optional(2),
        Column::left("what changed").cut(20),
    ]);
    for (number, one) in past.iter().enumerate() {
        let version = one.state.map(|state| state.version.to_string()).unwrap_or_default();
        let first = one.state.map(|state| units::ago(state.first_used, now)).unwrap_or_default();
        let what = match (&one.changes, one.state) {
            (Some(why), _) => changed(why),
            (None, Some(_)) => "the first that is known".to_owned(),
            (None, None) => "nothing is known of it but its digest".to_owned(),
        };
        let style = if number == 0 && current.is_some() { BOLD } else { FAINT };
        table.row(vec![
            Cell::styled(&one.code[..8.min(one.code.len())], style),
            version.into(),
            first.into(),
            units::count(one.results as u64).into(),
            clean(&what).into(),
        ]);
    }
    table.write(output)?;
    Ok(())
}

/// The clause after "because".
fn changed(why: &Why) -> String {
    let text = why.to_string();
    text.split_once("because ").map_or(text.clone(), |(_, clause)| clause.to_owned())
}

fn document(key: &str, function: &str, details: Option<&EntryDetails>, why: &Why) -> Value {
    json!({
        "key": key,
        "function": function,
        "inputs": details.map(|details| &details.inputs),
        "created": details.map(|details| units::stamp(details.created)),
        "why": reason(why),
    })
}

/// The reason by name, with what belongs to it, and as a sentence.
fn reason(why: &Why) -> Value {
    let mut value = match why {
        Why::NeverComputed { nearest, cleared, .. } => json!({
            "reason": "never_computed",
            "nearest": nearest.as_ref().map(|nearest| json!({
                "inputs": nearest.inputs,
                "differs": nearest.differs,
                "created": units::stamp(nearest.created),
            })),
            "cleared": cleared.map(units::stamp),
        }),
        Why::CodeChanged { changes, .. } => {
            let changes = changes.iter().map(|change| {
                json!({
                    "kind": change.kind.to_string(),
                    "path": change.path,
                    "before": change.before,
                    "after": change.after,
                    "text": change.to_string(),
                })
            });
            json!({ "reason": "code_changed", "changes": changes.collect::<Value>() })
        }
        Why::OtherVersion { before, now, .. } => {
            json!({ "reason": "other_version", "before": before, "now": now })
        }
        Why::OtherTypeArguments { before, now, .. } => {
            json!({ "reason": "other_type_arguments", "before": before, "now": now })
        }
        Why::Removed { how, when, .. } => json!({
            "reason": "removed",
            "how": match how {
                Removal::Forgotten => "forgotten",
                Removal::Cleared => "cleared",
                Removal::ByHand => "by_hand",
                Removal::Trimmed => "trimmed",
                _ => "other",
            },
            "when": when.map(units::stamp),
        }),
        _ => json!({ "reason": "other" }),
    };
    value["text"] = json!(why.to_string());
    value
}

fn function_document(
    function: &StoredFunction,
    past: &[Past<'_>],
    last: Option<&(EntryDetails, Why)>,
) -> Value {
    let states = past.iter().map(|one| {
        json!({
            "code": one.code,
            "current": function.code.as_ref() == Some(&one.code),
            "version": one.state.map(|state| state.version),
            "first_used": one.state.map(|state| units::stamp(state.first_used)),
            "entries": one.results,
            "entries_again": one.again,
            "changes": one.changes.as_ref().map(reason),
        })
    });
    json!({
        "function": function.name,
        "folder": function.folder,
        "states": states.collect::<Value>(),
        "last": last.map(|(details, why)| {
            document(&details.key, &details.function, Some(details), why)
        }),
    })
}
