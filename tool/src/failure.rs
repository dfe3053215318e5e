//! How a command ends: the statuses, and what is said where something went wrong.

use crate::cli::Cli;
use crate::output::clean;
use larder::ErrorKind;
use std::error::Error as _;
use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// The status of the process, as the table in the README and in `larder help` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// What was asked for was done.
    Done = 0,
    /// It was done and the answer is no: damage was found, a key is not there, the question before a
    /// removal was answered with no.
    No = 1,
    /// What was asked for means nothing, or cannot be meant: nothing was changed.
    Usage = 2,
    /// The system refused.
    Refused = 3,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub(crate) struct Failure {
    status: Status,
    message: String,
    /// Lines below it, such as the candidates for a key.
    details: Vec<String>,
    broken_pipe: bool,
}

impl Failure {
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Status::Usage, message)
    }

    pub(crate) fn no(message: impl fmt::Display) -> Self {
        Self::new(Status::No, message)
    }

    pub(crate) fn new(status: Status, message: impl fmt::Display) -> Self {
        Self { status, message: message.to_string(), details: Vec::new(), broken_pipe: false }
    }

    pub(crate) fn with(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// Says what went wrong, to people.
    pub(crate) fn tell(&self, cli: &Cli) -> io::Result<()> {
        let mut stderr = anstream::AutoStream::new(io::stderr().lock(), cli.color.choice());
        let red = anstyle::AnsiColor::Red.on_default().bold();
        writeln!(stderr, "{red}error:{red:#} {}", self.message)?;
        self.details.iter().try_for_each(|line| writeln!(stderr, "  {line}"))
    }
}

/// Says to people what is not as it should be, though the command goes on.
pub(crate) fn warn(cli: &Cli, message: impl fmt::Display) {
    let mut stderr = anstream::AutoStream::new(io::stderr().lock(), cli.color.choice());
    let yellow = anstyle::AnsiColor::Yellow.on_default().bold();
    // Where it cannot be said, what was asked for still can.
    let _ = writeln!(stderr, "{yellow}warning:{yellow:#} {message}");
}

/// Says which folders are not in what is told.
pub(crate) fn warn_of_unlisted(cli: &Cli, unlisted: &[larder::UnlistedFolder]) {
    for folder in unlisted {
        warn(cli, format_args!("{}", clean(&folder.to_string())));
    }
}

/// Why only the latest of what is on record is known, as a clause, and for `--json`.
pub(crate) fn incomplete(reason: &larder::Error) -> String {
    match reason.kind() {
        ErrorKind::InUse => "a program has the catalog open: ask again later".to_owned(),
        _ => with_causes(reason),
    }
}

/// What is between an error and what the system said, in one line.
fn with_causes(error: &larder::Error) -> String {
    let causes = causes(error).map(ToString::to_string);
    std::iter::once(error.to_string()).chain(causes).collect::<Vec<_>>().join(": ")
}

fn causes(error: &larder::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    std::iter::successors(error.source(), |cause: &&(dyn std::error::Error + 'static)| {
        (*cause).source()
    })
}

/// Says so.
pub(crate) fn warn_of_incomplete(cli: &Cli, reason: Option<&larder::Error>) {
    if let Some(reason) = reason {
        let reason = clean(&incomplete(reason));
        warn(cli, format_args!("only the latest records are known: {reason}"));
    }
}

impl From<larder::Error> for Failure {
    fn from(error: larder::Error) -> Self {
        let status = match error.kind() {
            ErrorKind::NotLarder | ErrorKind::NewerFormat | ErrorKind::InvalidInput => {
                Status::Usage
            }
            ErrorKind::NotFound | ErrorKind::Corrupt => Status::No,
            _ => Status::Refused,
        };
        let system = causes(&error).find_map(|cause| cause.downcast_ref::<io::Error>());
        let next = match system.map(io::Error::kind) {
            Some(io::ErrorKind::PermissionDenied) if status == Status::Refused => {
                "; give yourself the right to, or ask its owner: `larder doctor` shows who may what"
            }
            Some(_) if status == Status::Refused => "; `larder doctor` may tell why",
            _ => "",
        };
        Self::new(status, with_causes(&error) + next)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { broken_pipe, ..Self::new(Status::Refused, format_args!("could not write: {error}")) }
    }
}
