//! `larder rm`: removes single results.

use crate::cli::{Cli, Rm};
use crate::failure::{Failure, Status};
use crate::output::Output;
use crate::{keys, open, units};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(cli: &Cli, options: &Rm, output: &mut Output) -> Result<Status, Failure> {
    let cache = open::for_reading(cli)?;
    // All of them are understood before the first is removed.
    let keys = options.keys.iter().map(|text| keys::the_one(&cache, text));
    let mut keys = keys.collect::<Result<Vec<_>, _>>()?;
    keys.sort();
    keys.dedup();
    let cache = open::for_writing(cli)?;
    let mut removed = Vec::new();
    for key in keys {
        // Another may have been quicker.
        if cache.remove(&key)? {
            removed.push(key);
        }
    }
    if output.json {
        output.document(&json!({ "removed": removed }))?;
    } else {
        writeln!(output, "removed {}", units::counted(removed.len(), "result"))?;
    }
    cache.close();
    Ok(Status::Done)
}
