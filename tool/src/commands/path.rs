//! `larder path`: where the results are.

use crate::cli::Cli;
use crate::failure::{Failure, Status};
use crate::open;
use crate::output::{Output, clean, path};
use serde_json::json;
use std::io::Write;

pub(crate) fn run(cli: &Cli, output: &mut Output) -> Result<Status, Failure> {
    let location = open::location(cli)?;
    if output.json {
        let exists = location.is_dir();
        output.document(&json!({ "directory": path(&location), "exists": exists }))?;
    } else if output.is_terminal {
        writeln!(output, "{}", clean(&location.display().to_string()))?;
    } else {
        // For programs that go there, whatever it is called.
        output.bytes(location.as_os_str().as_encoded_bytes())?;
        output.bytes(b"\n")?;
    }
    Ok(Status::Done)
}
