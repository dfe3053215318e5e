//! `larder`: looks into a cache directory, answers why something was computed, and clears.
//!
//! It knows nothing of files: all comes through the public API of the library, so that whatever it
//! can do, programs can too.

mod cli;
mod commands;
mod failure;
mod functions;
mod keys;
mod open;
mod output;
mod table;
mod units;

use clap::Parser;
use clap::error::ErrorKind;
use cli::{Cli, Command};
use failure::{Failure, Status};
use output::Output;
use std::io::{self, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return unparsed(&error),
    };
    let mut output = Output::new(&cli);
    let outcome = run(&cli, &mut output).and_then(|status| {
        output.flush()?;
        Ok(status)
    });
    match outcome {
        Ok(status) => status.into(),
        // Whoever reads has had enough, as `head` does after its lines.
        Err(failure) if failure.is_broken_pipe() => Status::Done.into(),
        Err(failure) => {
            // What was to be said comes before what went wrong. If neither can be said, the status
            // still can.
            let _ = output.flush();
            let _ = failure.tell(&cli);
            failure.status().into()
        }
    }
}

fn run(cli: &Cli, output: &mut Output) -> Result<Status, Failure> {
    match &cli.command {
        Command::Stats(options) => commands::stats::run(cli, options, output),
        Command::Ls(options) => commands::ls::run(cli, options, output),
        Command::Show(options) => commands::show::run(cli, options, output),
        Command::Why(options) => commands::why::run(cli, options, output),
        Command::Clear(options) => commands::clear::run(cli, options, output),
        Command::Rm(options) => commands::rm::run(cli, options, output),
        Command::Trim(options) => commands::trim::run(cli, options, output),
        Command::Verify(options) => commands::verify::run(cli, options, output),
        Command::Doctor => commands::doctor::run(cli, output),
        Command::Runs(options) => commands::runs::run(cli, options, output),
        Command::Path => commands::path::run(cli, output),
        Command::Completions(options) => commands::pages::completions(options, output),
        Command::Man(options) => commands::pages::man(options, output),
    }
}

/// What the arguments did not make a command of: help that was asked for, or a mistake.
fn unparsed(error: &clap::Error) -> ExitCode {
    let told = match error.kind() {
        // A value that means nothing takes one line: it says itself what would be right.
        ErrorKind::ValueValidation => {
            let text = error.to_string();
            let line = text.lines().next().unwrap_or_default();
            // clap quotes the value and names the option; the reason names the value again.
            let reason = std::error::Error::source(error).map(ToString::to_string);
            match (reason, line.rsplit_once("for '").and_then(|(_, rest)| rest.split_once('\''))) {
                (Some(reason), Some((option, _))) => {
                    writeln!(io::stderr(), "error: {reason} (for {option})")
                }
                _ => writeln!(io::stderr(), "{line}"),
            }
        }
        // clap lists them all here, hidden ones too.
        ErrorKind::MissingSubcommand => {
            writeln!(io::stderr(), "error: that names no command: `larder help` lists them")
        }
        _ => error.print(),
    };
    // If not even that can be said, the status still can.
    let _ = told;
    if error.use_stderr() { Status::Usage.into() } else { Status::Done.into() }
}
