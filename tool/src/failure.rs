//! How a command ends: the statuses, and what is said where something went wrong.

use crate::cli::Cli;
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

impl From<larder::Error> for Failure {
    fn from(error: larder::Error) -> Self {
        let status = match error.kind() {
            ErrorKind::NotLarder | ErrorKind::NewerFormat | ErrorKind::InvalidInput => {
                Status::Usage
            }
            ErrorKind::NotFound | ErrorKind::Corrupt => Status::No,
            _ => Status::Refused,
        };
        match error.source() {
            Some(source) => Self::new(status, format_args!("{error}: {source}")),
            None => Self::new(status, error),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { broken_pipe, ..Self::new(Status::Refused, format_args!("could not write: {error}")) }
    }
}
