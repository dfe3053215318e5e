//! What is written where the error output is no terminal that lines can be drawn on.

use super::stage::{Stage, masked, program};
use std::process::{Command, Stdio};

const DONE: &str = "slow: 6 found, 4 computed, 0 failed, done in _, saved _";

/// What a program writes to a pipe, with `LARDER_PROGRESS` as told.
fn piped(name: &str, variable: Option<&str>) -> Vec<String> {
    let mut program = program(name);
    if let Some(variable) = variable {
        program.env("LARDER_PROGRESS", variable);
    }
    let output = program.stdin(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!text.contains(['\r', '\u{1b}']), "{text:?}");
    text.lines().map(masked).collect()
}

/// The same for a terminal that cannot do anything but print.
fn dumb(name: &str, variable: Option<&str>) -> Vec<String> {
    let mut program = program(name);
    program.env("TERM", "dumb");
    if let Some(variable) = variable {
        program.env("LARDER_PROGRESS", variable);
    }
    Stage::new(program, 120).end().iter().map(|line| masked(line)).collect()
}

#[test]
fn nothing_is_written_to_a_pipe_or_a_dumb_terminal_unless_asked() {
    for written in [piped, dumb] {
        assert_eq!(written("batch", None), [""; 0]);
        assert_eq!(written("map", None), [""; 0]);
        assert_eq!(written("on", None), [DONE]);
        assert_eq!(written("lines", None), [DONE]);
        assert_eq!(written("batch", Some("on")), [DONE]);
        assert_eq!(written("batch", Some("lines")), [DONE]);
    }
}

#[test]
fn the_variable_switches_everything_off_and_does_not_overrule_a_no() {
    for name in ["batch", "on", "lines", "map"] {
        assert_eq!(piped(name, Some("off")), [""; 0], "{name}");
    }
    for value in ["on", "lines"] {
        assert_eq!(piped("off", Some(value)), [""; 0], "{value}");
        assert_eq!(piped("quick", Some(value)), [""; 0], "{value}");
    }
    let mut off = program("batch");
    off.env("LARDER_PROGRESS", "off");
    assert_eq!(Stage::new(off, 120).end(), [""; 0]);
}

#[test]
fn a_value_of_the_variable_that_is_none_is_ignored() {
    assert_eq!(piped("batch", Some("maybe")), [""; 0]);
    assert_eq!(piped("on", Some("")), [DONE]);
}

#[test]
fn lines_are_written_on_terminals_too_where_they_are_asked_for() {
    let lines: Vec<_> =
        Stage::new(program("lines"), 120).end().iter().map(|line| masked(line)).collect();
    assert_eq!(lines, [DONE]);
}

#[test]
fn a_long_batch_has_a_line_now_and_then() {
    let mut stage = Stage::new(program("lines"), 120);
    let waiting = "slow 80 %: 6 found, 2 computed, 0 failed, 2 left, rate, eta _, saved _";
    stage.until(|lines| lines.len() == 1 && masked(&lines[0]) == waiting);
    stage.open_gate();
    let lines: Vec<_> = stage.end().iter().map(|line| masked(line)).collect();
    assert_eq!(lines, [waiting, DONE]);
}

#[test]
fn a_closed_error_output_stops_nothing() {
    for name in ["batch", "on", "lines", "logs"] {
        let inner = program(name);
        let mut program = Command::new("sh");
        program.args(["-c", "exec \"$0\" \"$@\" 2>&-"]).arg(inner.get_program());
        program
            .args(inner.get_args())
            .envs(inner.get_envs().filter_map(|(key, value)| Some((key, value?))));
        program.stdin(Stdio::null()).stdout(Stdio::null());
        assert!(program.status().unwrap().success(), "{name}");
    }
}
