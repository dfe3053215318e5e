//! `larder trim`: removes what is too much, that which is worth least first.

use crate::cli::{Cli, Trim};
use crate::failure::{self, Failure, Status};
use crate::output::{FAINT, Output, clean, unlisted};
use crate::table::{Cell, Column, Table};
use crate::{open, units};
use larder::{Amount, Limits, TrimReason};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// So many of the results that would go are named.
const NAMED: usize = 20;

pub(crate) fn run(cli: &Cli, options: &Trim, output: &mut Output) -> Result<Status, Failure> {
    let cache = if options.dry_run { open::for_reading(cli)? } else { open::for_writing(cli)? };
    let mut limits = Limits::none();
    if let Some(size) = options.max_bytes {
        limits = limits.max_bytes(size);
    }
    if let Some(age) = options.max_age {
        limits = limits.max_age(age);
    }
    if let Some(count) = options.max_entries {
        limits = limits.max_entries(count);
    }
    if options.max_bytes.is_none() && options.max_age.is_none() && options.max_entries.is_none() {
        // Those that programs go by which say nothing else.
        limits = open::for_reading(cli)?.limits();
    }
    if options.dry_run {
        return plan(cli, &cache, limits, output);
    }
    let trimmed = cache.trim(limits)?;
    let (removed, left) = (trimmed.total(), trimmed.left);
    let reasons = &trimmed.removed;
    if output.json {
        output.document(&json!({
            "removed": amount(removed),
            "reasons": by_reason(reasons),
            "spared": amount(trimmed.spared),
            "refused": amount(trimmed.refused),
            "left": amount(left),
            "unlisted": unlisted(&trimmed.unlisted),
        }))?;
    } else {
        failure::warn_of_unlisted(cli, &trimmed.unlisted);
        writeln!(output, "removed {}, {} left", told(removed), told(left))?;
        tell_reasons(reasons, output)?;
        if trimmed.spared.entries > 0 {
            let spared = told(trimmed.spared);
            writeln!(output, "{spared} stayed, as their files were others than a moment before")?;
        }
        if trimmed.refused.entries > 0 {
            let refused = told(trimmed.refused);
            writeln!(
                output,
                "{refused} stayed, as the system refuses: `larder doctor` may tell why"
            )?;
        }
    }
    cache.close();
    let is_done = trimmed.refused.entries == 0 && trimmed.unlisted.is_empty();
    Ok(if is_done { Status::Done } else { Status::Refused })
}

/// What would be done.
fn plan(
    cli: &Cli,
    cache: &larder::Cache,
    limits: Limits,
    output: &mut Output,
) -> Result<Status, Failure> {
    let plan = cache.plan_trim(limits)?;
    let amounts = plan.amounts();
    let bytes = units::sum(plan.removals.iter().map(|removal| removal.size));
    if output.json {
        let removals = plan.removals.iter().map(|removal| {
            json!({
                "key": removal.key,
                "function": removal.function,
                "bytes": removal.size,
                "reason": reason(removal.reason),
            })
        });
        output.document(&json!({
            "would_remove": { "entries": plan.removals.len(), "bytes": bytes },
            "reasons": by_reason(&amounts),
            "left": amount(plan.left),
            "unlisted": unlisted(&plan.unlisted),
            "removals": removals.collect::<Value>(),
        }))?;
        return Ok(Status::Done);
    }
    failure::warn_of_unlisted(cli, &plan.unlisted);
    let what = units::counted(plan.removals.len(), "result");
    writeln!(output, "would remove {what} ({}), {} left", units::size(bytes), told(plan.left))?;
    tell_reasons(&amounts, output)?;
    if plan.removals.is_empty() {
        return Ok(Status::Done);
    }
    writeln!(output)?;
    let mut table = Table::new([
        Column::left("key"),
        Column::left("function").cut_front(10).optional(0),
        Column::right("size").optional(1),
        Column::left("reason").optional(2),
    ]);
    for removal in plan.removals.iter().take(NAMED) {
        let file = removal.key.split_once('/').map_or(&*removal.key, |(_, file)| file);
        let (inputs, code) = file.split_once('-').unwrap_or((file, ""));
        let short = |text: &str, digits| text.get(..digits).unwrap_or(text).to_owned();
        table.row(vec![
            Cell::styled(format!("{}-{}", short(inputs, 12), short(code, 8)), FAINT),
            clean(&removal.function).into(),
            units::size(removal.size).into(),
            removal.reason.to_string().into(),
        ]);
    }
    table.write(output)?;
    let more = plan.removals.len().saturating_sub(NAMED);
    if more > 0 {
        let more = units::count(more as u64);
        writeln!(output, "{FAINT}and {more} more, which `--json` lists{FAINT:#}")?;
    }
    Ok(Status::Done)
}

fn told(amount: Amount) -> String {
    let entries = usize::try_from(amount.entries).unwrap_or(usize::MAX);
    format!("{} ({})", units::counted(entries, "result"), units::size(amount.bytes))
}

fn tell_reasons(
    reasons: &BTreeMap<TrimReason, Amount>,
    output: &mut Output,
) -> std::io::Result<()> {
    for (reason, amount) in reasons {
        writeln!(output, "  {FAINT}{reason}:{FAINT:#} {}", told(*amount))?;
    }
    Ok(())
}

fn amount(amount: Amount) -> Value {
    json!({ "entries": amount.entries, "bytes": amount.bytes })
}

fn reason(reason: TrimReason) -> &'static str {
    match reason {
        TrimReason::Expired => "expired",
        TrimReason::TooOld => "too_old",
        TrimReason::LeftBehind => "left_behind",
        TrimReason::LeastWorth => "least_worth",
        _ => "other",
    }
}

fn by_reason(reasons: &BTreeMap<TrimReason, Amount>) -> Value {
    let named = reasons.iter().map(|(why, sum)| (reason(*why).to_owned(), amount(*sum)));
    Value::Object(named.collect())
}
