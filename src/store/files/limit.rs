//! How large files may get, where the system limits that for a process (`ulimit -f`).
//!
//! A write beyond the limit does not fail: it ends the process, unless that ignores the signal. So
//! it is not tried.

use std::io;
use std::sync::LazyLock;

static LIMIT: LazyLock<Option<u64>> = LazyLock::new(system_limit);

/// Whether there is a limit, whatever it is.
pub(crate) fn is_limited() -> bool {
    LIMIT.is_some()
}

/// Makes sure that a file may have this length.
///
/// # Errors
///
/// What the system would say, did it not end the process.
pub(crate) fn check_length(length: u64) -> io::Result<()> {
    if LIMIT.is_some_and(|limit| length > limit) { Err(too_large()) } else { Ok(()) }
}

#[cfg(unix)]
fn system_limit() -> Option<u64> {
    // Read once, as hardly any program changes it while it runs.
    rustix::process::getrlimit(rustix::process::Resource::Fsize).current
}

#[cfg(unix)]
fn too_large() -> io::Error {
    rustix::io::Errno::FBIG.into()
}

#[cfg(not(unix))]
fn system_limit() -> Option<u64> {
    None
}

#[cfg(not(unix))]
fn too_large() -> io::Error {
    io::ErrorKind::FileTooLarge.into()
}
