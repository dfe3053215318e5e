//! `larder completions` and `larder man`: what is made of the definition of the commands.

use crate::cli::{Cli, Completions, Man};
use crate::failure::{Failure, Status};
use crate::output::Output;
use clap::CommandFactory;
use std::io::Write;

pub(crate) fn completions(options: &Completions, output: &mut Output) -> Result<Status, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut Cli::command(), "larder", &mut script);
    output.write_all(&script)?;
    Ok(Status::Done)
}

/// Writes a page for the tool, and one for each command.
pub(crate) fn man(options: &Man, output: &mut Output) -> Result<Status, Failure> {
    let directory = &options.directory;
    let refused = |error| {
        let shown = directory.display();
        Failure::new(Status::Refused, format_args!("could not write pages to `{shown}`: {error}"))
    };
    std::fs::create_dir_all(directory).map_err(refused)?;
    clap_mangen::generate_to(Cli::command(), directory).map_err(refused)?;
    writeln!(output, "pages are in `{}`", directory.display())?;
    Ok(Status::Done)
}
