//! From `main` to the first hit, in a process of its own.

use crate::Result;
use crate::larder_calls::simulate;
use crate::rounds::Series;
use crate::table::{Table, Target};
use crate::task::{SCALE, computed};
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// Asks for this instead of the measurements.
pub(crate) const FLAG: &str = "--first-hit";

/// What the process of its own does.
pub(crate) fn child(start: Instant, cache: &Path) -> Result<String> {
    larder::install(larder::Cache::open(cache)?)?;
    black_box(simulate(77, SCALE));
    let took = start.elapsed();
    if computed() > 0 {
        return Err("the first hit was none".into());
    }
    Ok(took.as_secs_f64().to_string())
}

pub(crate) fn measure(table: &mut Table, cache: &Path, count: usize) -> Result<()> {
    let once = |_| {
        let output = Command::new(std::env::current_exe()?).arg(FLAG).arg(cache).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().parse()?)
    };
    let milliseconds = 1e3 * Series::of((0..count).map(once).collect::<Result<_>>()?).median();
    let what = "from `main` to the first hit, among 1,000,000";
    table.figure(what, (milliseconds, "ms"), "", Target::AtMost(10.0));
    Ok(())
}
