//! `larder runs`: the last batches, and what they came to.

use crate::cli::{Cli, Runs};
use crate::failure::{self, Failure, Status};
use crate::output::{BAD, CAUTION, FAINT, GOOD, Output, clean, path};
use crate::table::{Cell, Column, Table};
use crate::{open, units};
use larder::{OnRecord, Run, RunOutcome};
use serde_json::{Value, json};
use std::io::Write;
use std::time::SystemTime;

pub(crate) fn run(cli: &Cli, options: &Runs, output: &mut Output) -> Result<Status, Failure> {
    let cache = open::for_asking(cli)?;
    let OnRecord { records: mut runs, incomplete, .. } = cache.runs_on_record()?;
    let total = runs.len();
    runs.truncate(options.limit);
    if output.json {
        let runs = runs.iter().map(document).collect::<Value>();
        output.document(&json!({
            "directory": cache.directory().map(path),
            "total": total,
            "incomplete": incomplete.as_ref().map(failure::incomplete),
            "runs": runs,
        }))?;
        return Ok(Status::Done);
    }
    failure::warn_of_incomplete(cli, incomplete.as_ref());
    if total == 0 && incomplete.is_none() {
        writeln!(output, "no batch has been noted here: `f::map` and `larder::Parallel` do so")?;
        return Ok(Status::Done);
    }
    if options.longest {
        runs.iter().try_for_each(|run| at_length(run, output))?;
    } else {
        table(&runs).write(output)?;
    }
    Ok(Status::Done)
}

fn style(outcome: RunOutcome) -> anstyle::Style {
    match outcome {
        RunOutcome::Done => GOOD,
        RunOutcome::Cancelled => CAUTION,
        _ => BAD,
    }
}

fn table(runs: &[Run]) -> Table {
    let now = SystemTime::now();
    let mut table = Table::new([
        Column::right("started").optional(2),
        Column::left("what").cut_front(12),
        Column::left("ended").optional(1),
        Column::right("took").optional(3),
        Column::right("found").optional(5),
        Column::right("computed").optional(4),
        Column::right("shared").optional(9),
        Column::right("failed").optional(7),
        Column::right("skipped").optional(10),
        Column::right("busy").optional(8),
        Column::right("saved").optional(6),
    ]);
    for run in runs {
        let busy = match run.busy.len() {
            0 => String::new(),
            workers => format!("{:.0} % of {workers}", 100.0 * run.utilization()),
        };
        table.row(vec![
            Cell::styled(units::ago(run.started, now), FAINT),
            clean(&run.what).into(),
            Cell::styled(run.outcome.to_string(), style(run.outcome)),
            units::took(run.took).into(),
            units::count(run.found).into(),
            units::count(run.computed).into(),
            units::count(run.shared).into(),
            units::count(run.failed).into(),
            units::count(run.skipped).into(),
            busy.into(),
            units::took(run.saved).into(),
        ]);
    }
    table
}

/// A sentence, and the items that took longest.
fn at_length(run: &Run, output: &mut Output) -> std::io::Result<()> {
    writeln!(
        output,
        "{FAINT}{}{FAINT:#}  {}",
        units::moment(run.started),
        clean(&run.to_string())
    )?;
    for item in &run.longest {
        let (took, index) = (units::took(item.took), item.index);
        writeln!(output, "  {took:>8}  item {index}  {FAINT}{}{FAINT:#}", clean(&item.inputs))?;
    }
    Ok(())
}

fn document(run: &Run) -> Value {
    let longest = run.longest.iter().map(|item| {
        json!({
            "index": item.index,
            "seconds": units::seconds(item.took),
            "inputs": item.inputs,
        })
    });
    json!({
        "what": run.what,
        "started": units::stamp(run.started),
        "outcome": run.outcome.to_string(),
        "seconds": units::seconds(run.took),
        "found": run.found,
        "computed": run.computed,
        "shared": run.shared,
        "failed": run.failed,
        "skipped": run.skipped,
        "saved_seconds": units::seconds(run.saved),
        "busy_seconds": run.busy.iter().map(|busy| units::seconds(*busy)).collect::<Value>(),
        "longest": longest.collect::<Value>(),
    })
}
