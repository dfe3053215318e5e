//! `larder clear`: removes all results, those of some functions, or a choice of them.

use crate::cli::{Clear, Cli};
use crate::failure::{self, Failure, Status};
use crate::output::{Output, clean};
use crate::{functions, open, units};
use larder::{Cache, Inventory, StoredFunction};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, IsTerminal, Write};
use std::time::SystemTime;

/// What is to be removed.
#[derive(Default)]
struct Plan {
    /// Folders of functions, whole.
    folders: BTreeSet<String>,
    /// Single results.
    keys: BTreeSet<String>,
    /// Results of both, by the names of their functions.
    results: BTreeMap<String, usize>,
    bytes: u64,
    everything: bool,
}

pub(crate) fn run(cli: &Cli, options: &Clear, output: &mut Output) -> Result<Status, Failure> {
    let cache = open::for_reading(cli)?;
    let inventory = cache.inventory()?;
    let plan = plan(&cache, &inventory, options)?;
    // Whole functions are cleared, or refused, whatever can be listed.
    if plan.folders.is_empty() && !output.json {
        failure::warn_of_unlisted(cli, &inventory.unlisted);
    }
    let count: usize = plan.results.values().sum();
    let functions = plan.results.values().filter(|count| **count > 0).count();
    let what = format!(
        "{} of {} ({})",
        units::counted(count, "result"),
        units::counted(functions, "function"),
        units::size(plan.bytes)
    );
    let removes = if options.dry_run { false } else { agreed(options, &plan, &what)? };
    if removes {
        carry_out(&open::for_writing(cli)?, &plan)?;
    }
    if output.json {
        output.document(&json!({
            "removed": removes,
            "entries": count,
            "bytes": plan.bytes,
            "functions": plan.results,
        }))?;
        return Ok(if removes || options.dry_run { Status::Done } else { Status::No });
    }
    if removes {
        writeln!(output, "removed {what}")?;
    } else if options.dry_run {
        for (function, count) in plan.results.iter().filter(|(_, count)| **count > 0) {
            writeln!(output, "{}  {}", units::count(*count as u64), clean(function))?;
        }
        writeln!(output, "would remove {what}")?;
    } else {
        writeln!(output, "nothing was removed")?;
        return Ok(Status::No);
    }
    Ok(Status::Done)
}

fn plan(cache: &Cache, inventory: &Inventory, options: &Clear) -> Result<Plan, Failure> {
    let mut chosen: Vec<&StoredFunction> = Vec::new();
    // Names are understood before anything is asked.
    for name in &options.functions {
        chosen.extend(functions::one_named(inventory, name)?);
    }
    let all = options.functions.is_empty();
    if all {
        chosen = inventory.functions.iter().collect();
    }
    chosen.sort_by(|a, b| a.folder.cmp(&b.folder));
    chosen.dedup_by(|a, b| a.folder == b.folder);
    let mut plan = Plan::default();
    if !options.stale && !options.failed && options.older.is_none() {
        plan.everything = all;
        for function in chosen {
            plan.folders.insert(function.folder.clone());
            plan.bytes = units::sum([plan.bytes, function.bytes()]);
            *plan.results.entry(function.name.clone()).or_default() += function.entries.len();
        }
        return Ok(plan);
    }
    let now = SystemTime::now();
    let mut damaged: BTreeMap<String, String> = BTreeMap::new();
    if options.failed {
        let found = cache.verify()?.damaged.into_iter();
        damaged.extend(found.map(|entry| (entry.key, entry.function)));
    }
    for function in &chosen {
        let entries = function.entries.iter();
        let kept = entries.filter(|entry| !options.stale || !function.is_current(entry));
        let kept = kept.map(|entry| (entry, function.key(entry)));
        let mut kept: Vec<_> =
            kept.filter(|(_, key)| !options.failed || damaged.contains_key(key)).collect();
        if let Some(age) = options.older {
            let keys: Vec<_> = kept.iter().map(|(_, key)| key.clone()).collect();
            let details = cache.details_of(&keys);
            let older = kept.into_iter().zip(details).filter(|((entry, _), details)| {
                let created = details.as_ref().map_or(entry.touched(), |details| details.created);
                now.duration_since(created).unwrap_or_default() > age.duration()
            });
            kept = older.map(|(kept, _)| kept).collect();
        }
        let sizes = kept.iter().map(|(entry, _)| entry.size());
        plan.bytes = units::sum(sizes.chain([plan.bytes]));
        *plan.results.entry(function.name.clone()).or_default() += kept.len();
        plan.keys.extend(kept.into_iter().map(|(_, key)| key));
    }
    if !options.stale && options.older.is_none() {
        // What is no file is no result, and in the way of one: it has no size, and no age of use here.
        let is_chosen = |key: &str| {
            let folder = key.split_once('/').map_or(key, |(folder, _)| folder);
            all || chosen.iter().any(|function| function.folder == folder)
        };
        for (key, function) in damaged {
            if is_chosen(&key) && plan.keys.insert(key) {
                *plan.results.entry(function).or_default() += 1;
            }
        }
    }
    Ok(plan)
}

/// Whether to go on: asked of a person, where there is one.
fn agreed(options: &Clear, plan: &Plan, what: &str) -> Result<bool, Failure> {
    if options.yes || plan.results.values().all(|count| *count == 0) {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format_args!(
            "this would remove {what}: say `--yes` to do so, or `--dry-run` to see more"
        )));
    }
    let mut stderr = io::stderr();
    write!(stderr, "remove {what}? [y/N] ")?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn carry_out(cache: &Cache, plan: &Plan) -> Result<(), Failure> {
    if plan.everything {
        cache.clear()?;
    } else {
        for folder in &plan.folders {
            cache.clear_function(folder)?;
        }
    }
    for key in &plan.keys {
        cache.remove(key)?;
    }
    cache.clone().close();
    Ok(())
}
