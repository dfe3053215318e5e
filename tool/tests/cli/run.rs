//! Running the tool, and what came of it.

use crate::directory::Directory;
use std::process::{Command, Output, Stdio};

/// The tool, in an environment that says nothing to it.
pub(crate) fn tool() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_larder"));
    let to_it = ["LARDER_DIR", "LARDER", "COLUMNS"];
    // Where `CI` is set, even a terminal that is dumb is taken to have colours.
    let of_colours = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI"];
    for variable in to_it.into_iter().chain(of_colours) {
        command.env_remove(variable);
    }
    command.env("LARDER_MAX_BYTES", "10 GiB").env("TZ", "UTC").stdin(Stdio::null());
    command
}

/// What a run printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) status: Option<i32>,
}

impl Ran {
    fn of(output: Output, directory: &Directory) -> Self {
        let text = |bytes| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&directory.path().display().to_string(), "[DIR]")
        };
        Self { out: text(output.stdout), err: text(output.stderr), status: output.status.code() }
    }
}

/// Runs the tool on a directory.
pub(crate) fn run(directory: &Directory, arguments: &[&str]) -> Ran {
    let mut command = tool();
    command.arg("--dir").arg(directory.path()).args(arguments);
    Ran::of(command.output().unwrap(), directory)
}

/// What a run printed that is to end well and complain of nothing.
#[track_caller]
pub(crate) fn printed(directory: &Directory, arguments: &[&str]) -> String {
    let ran = run(directory, arguments);
    assert_eq!((ran.status, &*ran.err), (Some(0), ""), "{arguments:?}: {}", ran.out);
    ran.out
}

/// Lines without the first two blanks of an indented text, for comparing with what was printed.
#[track_caller]
pub(crate) fn check(directory: &Directory, arguments: &[&str], expected: &str) {
    let printed = printed(directory, arguments);
    assert!(printed == expected, "{arguments:?} printed\n{printed}\nand not\n{expected}");
}
