//! Opening the directory that a command is about.

use crate::cli::Cli;
use crate::failure::{Failure, Status};
use larder::{Builder, Cache, ErrorKind, Mode};
use std::path::PathBuf;

/// What programs call it where nothing else is said: who names the folder of a project means this.
const WITHIN: &str = "cachedir";

/// Where the directory is, or would be.
pub(crate) fn location(cli: &Cli) -> Result<PathBuf, Failure> {
    let builder = Cache::builder();
    let builder = match &cli.dir {
        Some(dir) if dir.as_os_str().is_empty() => {
            return Err(Failure::usage("`--dir` needs a directory, and was given nothing"));
        }
        Some(dir) => builder.dir(dir),
        None => builder,
    };
    let location = builder.location()?;
    // As the library does, so that what is printed can be used from anywhere.
    std::path::absolute(&location)
        .map_err(|error| Failure::usage(format_args!("`{}`: {error}", location.display())))
}

/// The cache, to look at: nothing is created, and nothing changed.
pub(crate) fn for_reading(cli: &Cli) -> Result<Cache, Failure> {
    open(cli, Cache::builder().mode(Mode::ReadOnly))
}

/// The cache, to remove something from it. What it may hold is for the programs to say that fill it, so
/// nothing is removed but what was asked for. From a directory in which nothing was ever cached nothing
/// can be, and it stays as it is.
pub(crate) fn for_writing(cli: &Cli) -> Result<Cache, Failure> {
    // First without creating anything.
    let mode = if for_reading(cli)?.is_laid_out()? { Mode::On } else { Mode::Off };
    open(cli, Cache::builder().mode(mode).max_bytes(u64::MAX))
}

/// The cache, to look at what the catalog knows too, which for that is brought up to date. Where it
/// cannot be had, journals and files have to do, and a directory in which nothing was ever cached stays
/// as it is.
pub(crate) fn for_asking(cli: &Cli) -> Result<Cache, Failure> {
    let reading = for_reading(cli)?;
    if !reading.is_laid_out()? {
        return Ok(reading);
    }
    Ok(for_writing(cli).unwrap_or(reading))
}

fn open(cli: &Cli, builder: Builder) -> Result<Cache, Failure> {
    let location = location(cli)?;
    let shown = location.display();
    let next = match (&cli.dir, std::env::var_os("LARDER_DIR")) {
        (Some(_), _) => "give `--dir` another",
        (None, Some(dir)) if !dir.is_empty() => {
            "that is what `LARDER_DIR` says; `--dir` names another"
        }
        _ => "run a program that uses larder here, or name a directory with `--dir`",
    };
    if let Err(error) = location.metadata() {
        return Err(match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                Failure::usage(format_args!("there is no cache directory at `{shown}`: {next}"))
            }
            _ => Failure::new(
                Status::Refused,
                format_args!("`{shown}` cannot be looked into: {error}"),
            ),
        });
    }
    builder.dir(&location).open().map_err(|error| match error.kind() {
        ErrorKind::NotLarder => {
            let within = if location.join(WITHIN).is_dir() {
                format!(", and `{WITHIN}` in it may be")
            } else {
                String::new()
            };
            Failure::usage(format_args!(
                "`{shown}` is no cache directory of larder{within}: {next}"
            ))
        }
        _ => error.into(),
    })
}
