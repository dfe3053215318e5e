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

// It went by what is there as files, among which verify's other findings are not: so it removed nothing, and
// said so with status 0, while `show` said that there was no such result.
#[cfg(unix)]
#[test]
fn what_stands_in_the_place_of_a_result_and_is_no_file_is_damaged_and_can_be_cleared() {
    let entry = |inputs| Entry { inputs, ..Entry::default() };
    let obstructed = || {
        let directory = Directory::sample();
        for inputs in [0xd0, 0xd1, 0xd2] {
            let path = directory.write(&entry(inputs));
            fs::remove_file(&path).unwrap();
            match inputs {
                0xd0 => fs::create_dir_all(path.join("within")).unwrap(),
                0xd1 => std::os::unix::fs::symlink(directory.outside(), path).unwrap(),
                _ => rustix::fs::mknodat(
                    rustix::fs::CWD,
                    &path,
                    rustix::fs::FileType::Fifo,
                    rustix::fs::Mode::RUSR,
                    0,
                )
                .unwrap(),
            }
        }
        directory
    };
    let directory = obstructed();
    let ran = run(&directory, &["verify"]);
    assert_eq!((ran.status, ran.out.matches("\ndamaged  ").count()), (Some(1), 3), "{}", ran.out);
    for inputs in ["d0", "d1", "d2"] {
        let ran = run(&directory, &["show", inputs]);
        assert!(ran.err.contains(" is damaged: ") && ran.status == Some(1), "{}", ran.err);
    }
    check(&directory, &["rm", "d1"], "removed 1 result\n");
    let ran = run(&directory, &["clear", "--failed", "normalize", "-y"]);
    assert_eq!(ran.out, "removed 0 results of 0 functions (0 B)\n");
    check(&directory, &["clear", "--failed", "-y"], "removed 2 results of 1 function (0 B)\n");
    check(&directory, &["verify"], "4 results of 5.9 KiB checked: all are whole\n");
    assert!(directory.outside().exists());
    let directory = obstructed();
    let repaired = run(&directory, &["verify", "--repair"]);
    assert!(repaired.out.contains("3 files moved to `damaged/`"), "{}", repaired.out);
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
