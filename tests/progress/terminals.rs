//! What is on the screens of terminals.

use super::stage::{Stage, masked, program};

const WAITING: &str = "slow [===============>    ] 80 %: 6 found, 2 computed, 0 failed, 2 left";
const DONE: &str = "slow: 6 found, 4 computed, 0 failed, done in _, saved _";

/// The line of a batch of which two items wait, and the last line.
#[track_caller]
fn check(name: &str, columns: u16, waiting: &str, done: &str) {
    let mut stage = Stage::new(program(name), columns);
    let is_there = |lines: &[String]| lines.len() == 1 && masked(&lines[0]).starts_with(waiting);
    stage.until(is_there);
    stage.open_gate();
    let lines: Vec<_> = stage.end().iter().map(|line| masked(line)).collect();
    assert_eq!(lines, [done]);
}

#[test]
fn a_line_changes_in_place_and_leaves_one_that_stays() {
    let waiting = format!("{WAITING}, rate, eta _, saved _");
    check("batch", 120, &waiting, DONE);
}

#[test]
fn the_bar_makes_room_for_the_facts() {
    let waiting = "slow 80 %: 6 found, 2 computed, 0 failed, 2 left, rate, eta _, saved _";
    check("batch", 95, waiting, DONE);
}

#[test]
fn in_eighty_columns_every_count_is_there() {
    let mut stage = Stage::new(program("batch"), 80);
    let counts = ["6 found, 2 computed, ", "2 left, ", "eta ", "saved "];
    stage.until(|lines| counts.iter().all(|count| lines.len() == 1 && lines[0].contains(count)));
    assert_eq!(stage.end().len(), 1);
}

#[test]
fn in_twenty_columns_a_number_is_left() {
    check("batch", 20, "slow 80 %", "slow 100 %");
}

#[test]
fn a_terminal_of_one_column_shows_nothing_and_does_no_harm() {
    assert_eq!(Stage::new(program("batch"), 1).end(), [""; 0]);
    assert_eq!(Stage::new(program("nested"), 1).end(), [""; 0]);
}

#[test]
fn a_terminal_that_does_not_know_its_width_is_taken_to_have_eighty_columns() {
    let mut stage = Stage::new(program("batch"), 0);
    stage.until(|lines| lines.len() == 1 && lines[0].contains("6 found, 2 computed, "));
    assert_eq!(stage.end().len(), 1);
}

#[test]
fn a_terminal_may_change_its_width_at_any_time() {
    let mut stage = Stage::new(program("batch"), 120);
    for columns in [30, 120, 7, 1, 120] {
        stage.resize(columns);
        std::thread::sleep(std::time::Duration::from_millis(150));
    }
    stage.until(|lines| lines.last().is_some_and(|line| line.contains("2 computed")));
    let lines = stage.end();
    assert_eq!(lines.last().map(|line| masked(line)).as_deref(), Some(DONE), "{lines:#?}");
}

#[test]
fn map_has_a_line_where_the_variable_says_so_and_short_batches_have_none() {
    let mut map = program("map");
    map.env("LARDER_PROGRESS", "on");
    let mut stage = Stage::new(map, 120);
    stage.until(|lines| lines.len() == 1 && lines[0].starts_with(WAITING));
    assert_eq!(stage.end().iter().map(|line| masked(line)).collect::<Vec<_>>(), [DONE]);

    assert_eq!(Stage::new(program("map"), 120).end(), [""; 0]);
    let mut quick = program("quick");
    quick.env("LARDER_PROGRESS", "on");
    assert_eq!(Stage::new(quick, 120).end(), [""; 0]);
}

#[test]
fn nested_batches_have_lines_of_their_own_below() {
    let mut stage = Stage::new(program("nested"), 120);
    let lines = stage.until(|lines| lines.len() == 3 && lines[2].contains("10 left"));
    let lines: Vec<_> = lines.iter().map(|line| masked(line)).collect();
    assert_eq!(lines[0], "outer [                    ] 0 %: 0 found, 0 computed, 0 failed, 2 left");
    let inner = "  slow [                    ] 0 %: 0 found, 0 computed, 0 failed, 10 left";
    assert_eq!(lines[1..], [inner; 2]);
    let lines: Vec<_> = stage.end().iter().map(|line| masked(line)).collect();
    assert_eq!(lines, ["outer: 0 found, 2 computed, 0 failed, done in _"]);
}

#[test]
fn a_crowd_of_nested_batches_has_eight_lines() {
    let mut stage = Stage::new(program("crowd"), 120);
    let lines = stage.until(|lines| lines.last().is_some_and(|last| last.contains("more")));
    let lines = if lines[7].ends_with("... and 6 more") {
        lines
    } else {
        stage.until(|lines| lines.last().is_some_and(|last| last.contains("and 6 more")))
    };
    assert_eq!(lines.len(), 8, "{lines:#?}");
    assert!(lines[1..7].iter().all(|line| line.starts_with("  slow")), "{lines:#?}");
    assert_eq!(stage.end().len(), 1);
}

#[test]
fn logs_stand_above_the_lines_whole_and_in_order() {
    let mut stage = Stage::new(program("logs"), 120);
    let lines = stage.until(|lines| {
        lines.len() == 52 && lines[49].contains("step 49") && lines[51].starts_with("  inner")
    });
    for (step, line) in lines[..50].iter().enumerate() {
        let expected = if step % 10 == 9 {
            format!("step {step} by hand")
        } else {
            format!(" WARN progress::programs: step {step}")
        };
        assert_eq!(*line, expected);
    }
    assert!(lines[50].starts_with("outer"), "{lines:#?}");
    let lines = stage.end();
    assert_eq!((lines.len(), masked(&lines[50])), (51, DONE_OUTER.to_owned()));
}

const DONE_OUTER: &str = "outer: 0 found, 2 computed, 0 failed, done in _";

#[test]
fn names_move_no_cursor_and_wide_ones_take_their_room() {
    let mut stage = Stage::new(program("label"), 100);
    let lines = stage.until(|lines| lines.len() == 1);
    assert!(lines[0].starts_with("größe?[2J of 漢字 [ "), "{lines:?}");
    assert_eq!(stage.end().len(), 1);
    for columns in 1..40 {
        if columns % 3 == 0 {
            assert!(Stage::new(program("label"), columns).end().len() <= 1, "{columns}");
        }
    }
}

#[test]
fn a_batch_that_a_failure_stops_says_so() {
    let lines: Vec<_> =
        Stage::new(program("fails"), 120).end().iter().map(|line| masked(line)).collect();
    assert_eq!(lines.len(), 1);
    let (begin, end) = ("parse: 0 found, 2 computed, 1 failed, ", "7 left, stopped after _");
    assert_eq!(lines, [format!("{begin}{end}")]);
}

#[test]
fn inputs_without_a_known_end_leave_no_time_to_tell() {
    let mut stage = Stage::new(program("open"), 120);
    let lines = stage.until(|lines| lines.len() == 1 && lines[0].starts_with("open: 0 found, "));
    assert!(!lines[0].contains("eta"), "{lines:?}");
    let lines: Vec<_> = stage.end().iter().map(|line| masked(line)).collect();
    assert_eq!(lines, ["open: 0 found, 40 computed, 0 failed, done in _"]);
}

/// It was written where the cursor was, and the next drawing took it for lines of its own.
#[test]
fn what_ctrl_c_does_is_told_above_the_lines() {
    let mut stage = Stage::new(program("interrupted"), 120);
    stage.until(|lines| lines.len() == 3 && lines[2].starts_with("  inner"));
    stage.interrupt();
    let said = "larder: interrupted: what runs is let end; press Ctrl-C again to end at once";
    stage.until(|lines| lines.len() == 4 && lines[0] == said && lines[1].starts_with("outer "));
    let lines = stage.end();
    assert_eq!(lines[0], said);
    let (last, reports) = lines[1..].split_last().unwrap();
    assert!(last.starts_with("outer: ") && !reports.is_empty(), "{lines:#?}");
    let is_report = |line: &String| line.starts_with("larder: `") && line.ends_with(" left");
    assert!(reports.iter().all(is_report), "{lines:#?}");
}

/// Likewise.
#[test]
fn what_a_panic_says_stands_above_the_lines() {
    let mut panics = program("panics");
    panics.env("RUST_BACKTRACE", "0");
    let mut stage = Stage::new(panics, 120);
    stage.until(|lines| lines.len() == 2 && lines[1].starts_with("  inner"));
    stage.open_gate();
    let is_told = |lines: &[String]| {
        let said = lines.iter().position(|line| line == "as expected");
        said.is_some_and(|said| said > 0 && lines[said - 1].contains(" panicked at "))
    };
    stage.until(|lines| {
        let drawn = lines.len().saturating_sub(2);
        let [outer, inner] = &lines[drawn..] else { return false };
        is_told(&lines[..drawn]) && outer.starts_with("outer ") && inner.starts_with("  inner ")
    });
    let lines = stage.end();
    assert!(is_told(&lines), "{lines:#?}");
    assert_eq!(lines.iter().filter(|line| line.starts_with("outer")).count(), 1, "{lines:#?}");
}

/// A line that was drawn again before the batch was over stayed, as indicatif takes none away on a thread
/// that panics.
#[test]
fn a_batch_that_a_panic_of_its_inputs_ends_leaves_the_line_that_says_so() {
    let mut inputs = program("inputs");
    inputs.env("RUST_BACKTRACE", "0");
    let mut stage = Stage::new(inputs, 120);
    stage.until(|lines| lines.len() == 1 && lines[0].starts_with("outer "));
    let lines = stage.end();
    let (last, said) = lines.split_last().unwrap();
    assert!(said.iter().any(|line| line == "no more inputs"), "{lines:#?}");
    assert!(last.starts_with("outer: ") && last.contains("stopped after"), "{lines:#?}");
    assert!(!said.iter().any(|line| line.starts_with("outer")), "{lines:#?}");
}

/// It kept the screen for itself meanwhile, which the items that it waited for were waiting for.
#[test]
fn a_batch_may_run_print_and_end_while_the_lines_are_suspended_which_are_not_drawn() {
    let mut stage = Stage::new(program("suspended"), 120);
    stage.until(|lines| lines.len() == 1 && lines[0].starts_with("outer "));
    stage.open_gate();
    let printed = ["step 1 by hand", "an item", "an item", "step 2 by hand"];
    let lines = stage.until(|lines| lines.len() == 5 && lines[3] == printed[3]);
    assert!(lines[..4] == printed && lines[4].starts_with("outer "), "{lines:#?}");
    stage.open_gate();
    let lines = stage.end();
    assert!(lines[..4] == printed && lines[4].starts_with("outer: "), "{lines:#?}");
    assert_eq!(lines.len(), 5);
}
