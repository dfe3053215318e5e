//! `larder path`: where the results are.

use crate::cli::Cli;
use crate::failure::{Failure, Status};
use crate::open;
use crate::output::Output;
use serde_json::json;
use std::io::Write;

pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Status, Failure> {
    let location = open::location(cli)?;
    if output.json {
        let exists = location.is_dir();
        output.document(&json!({ "directory": location, "exists": exists }))?;
    } else {
        writeln!(output, "{}", location.display())?;
    }
    Ok(Status::Done)
}
