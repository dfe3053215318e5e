//! Clearing and removing: exactly what was asked for.

use crate::directory::{DAY, Directory, Entry};
use crate::run::{check, printed, run};
use std::fs;

/// The first digits of the results that are left.
fn left(directory: &Directory) -> Vec<String> {
    let listed = printed(directory, &["ls", "--sort", "name", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed).unwrap();
    let keys = listed["entries"].as_array().unwrap().iter();
    let short = |key: &str| {
        let (inputs, code) = key.split_once('/').unwrap().1.split_once('-').unwrap();
        format!("{}-{}", &inputs[..2], &code[..2])
    };
    keys.map(|entry| short(entry["key"].as_str().unwrap())).collect()
}

#[test]
fn without_a_terminal_clearing_needs_a_yes() {
    let directory = Directory::sample();
    let before = directory.state();
    let ran = run(&directory, &["clear"]);
    let expected = "error: this would remove 4 results of 2 functions (5.9 KiB): say `--yes` to do so, or \
                    `--dry-run` to see more\n";
    assert_eq!((ran.status, ran.err.as_str()), (Some(2), expected));
    check(
        &directory,
        &["clear", "--dry-run"],
        "1  orbits::clean::normalize<f32>\n3  orbits::simulate\n\
         would remove 4 results of 2 functions (5.9 KiB)\n",
    );
    assert_eq!(directory.state(), before);
    check(&directory, &["clear", "--yes"], "removed 4 results of 2 functions (5.9 KiB)\n");
    assert_eq!(left(&directory), [""; 0]);
    check(&directory, &["clear"], "removed 0 results of 0 functions (0 B)\n");
}

#[test]
fn a_choice_is_cleared_and_nothing_else() {
    let directory = Directory::sample();
    check(&directory, &["clear", "--stale", "-y"], "removed 1 result of 1 function (324 B)\n");
    assert_eq!(left(&directory), ["5e-22", "0c-77", "ab-77"]);
    let expected = "removed 1 result of 1 function (324 B)\n";
    check(&directory, &["clear", "simulate", "--older", "60h", "-y"], expected);
    assert_eq!(left(&directory), ["5e-22", "0c-77"]);
    check(&directory, &["clear", "normalize", "-y"], "removed 1 result of 1 function (181 B)\n");
    assert_eq!(left(&directory), ["0c-77"]);
    let damaged = Entry { inputs: 0x0d, age: DAY, ..Entry::default() };
    let path = directory.write(&damaged);
    fs::write(&path, "no entry").unwrap();
    check(&directory, &["clear", "--failed", "-y"], "removed 1 result of 1 function (8 B)\n");
    assert!(!path.exists());
    assert_eq!(left(&directory), ["0c-77"]);
}

#[test]
fn trim_shows_its_plan_and_removes_what_it_showed() {
    let directory = Directory::sample();
    let before = directory.state();
    check(
        &directory,
        &["trim", "--max-age", "30d", "--dry-run"],
        "\
would remove 1 result (324 B), 3 results (5.6 KiB) left
  too old: 1 result (324 B)

key                    function           size  reason
abababababab-11111111  orbits::simulate  324 B  too old
",
    );
    assert_eq!(directory.state(), before);
    let expected =
        "removed 1 result (324 B), 3 results (5.6 KiB) left\n  too old: 1 result (324 B)\n";
    check(&directory, &["trim", "--max-age", "30d"], expected);
    assert_eq!(left(&directory), ["5e-22", "0c-77", "ab-77"]);
    check(&directory, &["trim"], "removed 0 results (0 B), 3 results (5.6 KiB) left\n");
    printed(&directory, &["trim", "--max-entries", "1", "--max-bytes", "1 MiB"]);
    assert_eq!(left(&directory).len(), 1);
}

#[test]
fn results_are_removed_all_or_none() {
    let directory = Directory::sample();
    let before = directory.state();
    assert_eq!(run(&directory, &["rm", "0c", "ffff"]).status, Some(1));
    assert_eq!(run(&directory, &["rm", "0c", "ab"]).status, Some(2));
    assert_eq!(directory.state(), before);
    check(&directory, &["rm", "0c", "ab-11", "0c0c"], "removed 2 results\n");
    assert_eq!(left(&directory), ["5e-22", "ab-77"]);
}

// It made a cache of the directory.
#[test]
fn where_there_is_nothing_nothing_is_removed_and_nothing_created() {
    let directory = Directory::new();
    fs::remove_dir_all(directory.path()).unwrap();
    fs::create_dir(directory.path()).unwrap();
    let nothing = "removed 0 results of 0 functions (0 B)\n";
    check(&directory, &["clear", "--yes"], nothing);
    check(
        &directory,
        &["trim", "--max-entries", "1"],
        "removed 0 results (0 B), 0 results (0 B) left\n",
    );
    check(&directory, &["verify", "--repair"], "0 results of 0 B checked: all are whole\n");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
