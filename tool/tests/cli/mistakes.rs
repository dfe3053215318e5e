//! What was mistyped: one line that says what is wrong and what would be right, and nothing changed.

use crate::directory::{Directory, Entry};
use crate::run::{printed, run, tool};
use std::fs;

#[track_caller]
fn check(directory: &Directory, arguments: &[&str], status: i32, expected: &str) {
    let before = directory.state();
    let ran = run(directory, arguments);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", expected), "{arguments:?}");
    assert_eq!(ran.status, Some(status), "{arguments:?}");
    assert_eq!(directory.state(), before, "{arguments:?} changed something");
}

#[test]
fn a_malformed_key_size_or_age_takes_one_line() {
    let directory = Directory::sample();
    let key = "error: `xyz` is no key: use the first hex digits of one, as in `ab12cd` or `ab12cd-77f0`\n";
    for command in ["show", "rm"] {
        check(&directory, &[command, "xyz"], 2, key);
        let expected = "error: `simulate` is a function and no key: `larder ls simulate` lists the keys of \
                        its results\n";
        check(&directory, &[command, "simulate"], 2, expected);
    }
    // Each means the beginning of every key to the library, and of the only one where there is one: so it
    // was removed without a question.
    let single = Directory::new();
    single.write(&Entry::default());
    for text in ["", "/", "-", "simulate/", "s/", "-77", "simulate/-77"] {
        let expected = format!(
            "error: `{text}` is no key, as it has none of the digits of one: `larder ls` lists them\n"
        );
        for command in ["show", "rm"] {
            check(&single, &[command, "--", text], 2, &expected);
            check(&directory, &[command, "--", text], 2, &expected);
        }
    }
    check(
        &directory,
        &["ls", "--larger", "10 gigs"],
        2,
        "error: `10 gigs` is no size, as `gigs` is no unit: write `500 MB`, `1.5 GiB` or a number of \
         bytes (for --larger <SIZE>)\n",
    );
    for command in ["ls", "clear"] {
        check(
            &directory,
            &[command, "--older", "7"],
            2,
            "error: `7` is no length of time, as it has no unit: write `30 min`, `12h`, `7d` or `2w` \
             (for --older <AGE>)\n",
        );
    }
    check(
        &directory,
        &["trim", "--max-bytes", "much"],
        2,
        "error: `much` is no size: write `500 MB`, `1.5 GiB` or a number of bytes (for --max-bytes <SIZE>)\n",
    );
    for (arguments, option, value) in [
        (&["ls", "--limit", "abc"][..], "--limit <COUNT>", "abc"),
        (&["ls", "--limit", "-1"], "--limit <COUNT>", "-1"),
        (&["runs", "-n", "-1"], "--limit <COUNT>", "-1"),
        (&["runs", "--limit", "1.5"], "--limit <COUNT>", "1.5"),
        (&["trim", "--max-entries", "ten"], "--max-entries <COUNT>", "ten"),
        (&["trim", "--max-entries", "-3"], "--max-entries <COUNT>", "-3"),
    ] {
        let expected = format!(
            "error: `{value}` is no count: write a whole number, as in `20` (for {option})\n"
        );
        check(&directory, arguments, 2, &expected);
    }
    // They were taken for options, of which there are none like them: five lines, with a wrong tip.
    for (arguments, starts) in [
        (&["ls", "--larger", "-5"][..], "error: `-5` is no size"),
        (&["trim", "--max-bytes", "-5MiB"], "error: `-5MiB` is no size"),
        (&["ls", "--older", "-5d"], "error: `-5d` is no length of time"),
        (&["clear", "--older", "-5d"], "error: `-5d` is no length of time"),
        (&["trim", "--max-age", "-1d"], "error: `-1d` is no length of time"),
    ] {
        let before = directory.state();
        let ran = run(&directory, arguments);
        assert_eq!((ran.status, ran.out.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(ran.err.starts_with(starts) && ran.err.contains(": write `"), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
        assert_eq!(directory.state(), before);
    }
    let interval =
        "error: `0s` is no interval: write `500ms`, `2s` or more (for --watch[=<INTERVAL>])\n";
    check(&directory, &["stats", "--watch=0s"], 2, interval);
}

#[test]
fn what_names_no_command_or_no_directory_takes_one_line() {
    let told = |arguments: &[&str]| {
        let output = tool().args(arguments).output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
        String::from_utf8(output.stderr).unwrap()
    };
    let empty = "error: `--dir` needs a directory, and was given nothing\n";
    assert_eq!(told(&["--dir", "", "stats"]), empty);
    assert_eq!(told(&["ls", "--dir="]), empty);
    let command = "error: that names no command: `larder help` lists them\n";
    assert_eq!(told(&["--json"]), command);
}

#[test]
fn a_key_may_be_given_in_upper_case() {
    let directory = Directory::sample();
    let expected = printed(&directory, &["show", "0c"]);
    assert_eq!(printed(&directory, &["show", "0C0C"]), expected);
    assert_eq!(printed(&directory, &["rm", "AB-77"]), "removed 1 result\n");
    let told = printed(&directory, &["why", "AB-77"]);
    assert!(told.contains("it was removed alone"), "{told}");
}

#[test]
fn a_misspelt_function_is_found_out_before_anything_is_asked() {
    let directory = Directory::sample();
    for command in ["ls", "clear"] {
        check(
            &directory,
            &[command, "simulat"],
            2,
            "error: no function is called `simulat`: did you mean `orbits::simulate`?\n",
        );
        check(
            &directory,
            &[command, "unheard_of"],
            2,
            "error: no function is called `unheard_of`: `larder stats` lists those that there are\n",
        );
    }
}

#[test]
fn a_key_that_is_not_there_is_no_mistake_and_one_that_is_several_lists_them() {
    let directory = Directory::sample();
    let missing = "error: there is no result `ffff`: `larder ls` lists those that there are\n";
    check(&directory, &["show", "ffff"], 1, missing);
    check(
        &directory,
        &["rm", "0c", "ab"],
        2,
        "error: `ab` may be any of these; give more of it:\n\
         \x20 abababababab-11111111  orbits::simulate(seed: 7, steps: 1000)  40 d ago\n\
         \x20 abababababab-77777777  orbits::simulate(seed: 7, steps: 1000)  3 d ago\n",
    );
}

#[test]
fn two_functions_of_one_name_are_not_cleared_at_once() {
    let directory = Directory::sample();
    let entry = Entry { function: "other::simulate", ..Entry::default() };
    directory.write(&entry);
    let expected = format!(
        "error: `simulate` may be any of these; name one in full, or by its folder:\n\
         \x20 orbits::simulate ({})\n\
         \x20 other::simulate ({})\n",
        Entry::default().folder(),
        entry.folder(),
    );
    check(&directory, &["clear", "simulate", "--yes"], 2, &expected);
    assert_eq!(run(&directory, &["clear", "other::simulate", "--yes"]).status, Some(0));
    assert!(!directory.file_of(&entry).exists());
    assert!(directory.file_of(&Entry::default()).exists());
}

#[test]
fn a_directory_that_is_none_of_ours_is_left_alone_and_none_is_created() {
    let place = tempfile::tempdir().unwrap();
    let foreign = place.path().join("foreign");
    fs::create_dir(&foreign).unwrap();
    fs::write(foreign.join("letter.txt"), "dear").unwrap();
    let missing = place.path().join("missing");
    let newer = place.path().join("newer");
    fs::create_dir(&newer).unwrap();
    fs::write(newer.join("format"), "larder 99\n").unwrap();
    fs::create_dir(place.path().join("cachedir")).unwrap();
    let commands: [&[&str]; 7] = [
        &["stats"],
        &["ls"],
        &["show", "ab"],
        &["verify", "--repair"],
        &["clear", "--yes"],
        &["rm", "ab"],
        &["clear", "--stale", "--yes"],
    ];
    for command in commands {
        let told = |directory: &std::path::Path| {
            let output = tool().args(command).arg("--dir").arg(directory).output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{command:?}");
            assert_eq!(output.stdout, b"");
            String::from_utf8(output.stderr).unwrap()
        };
        let shown = foreign.display();
        let expected =
            format!("error: `{shown}` is no cache directory of larder: give `--dir` another\n");
        assert_eq!(told(&foreign), expected);
        let shown = missing.display();
        let expected =
            format!("error: there is no cache directory at `{shown}`: give `--dir` another\n");
        assert_eq!(told(&missing), expected);
        assert!(told(&newer).contains("was written by a newer version of larder"));
        assert_eq!(told(&newer).lines().count(), 1);
        let shown = place.path().display();
        let expected = format!(
            "error: `{shown}` is no cache directory of larder, and `cachedir` in it may be: give \
             `--dir` another\n"
        );
        assert_eq!(told(place.path()), expected);
    }
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&newer).unwrap().count(), 1);
    assert!(!missing.exists());
}

#[test]
fn a_variable_that_means_nothing_takes_one_line_and_changes_nothing() {
    let directory = Directory::sample();
    let before = directory.state();
    for (name, value, expected) in [
        (
            "LARDER_MAX_BYTES",
            "lots",
            "error: LARDER_MAX_BYTES: `lots` is no size: write `500 MB`, `1.5 GiB` or a number of bytes, or \
             `none` for no limit\n",
        ),
        (
            "LARDER_MAX_BYTES",
            "-1",
            "error: LARDER_MAX_BYTES: `-1` is no size: write `500 MB`, \
             `1.5 GiB` or a number of bytes, or `none` for no limit\n",
        ),
    ] {
        for command in [&["stats"][..], &["clear", "--yes"], &["trim"]] {
            let mut tool = tool();
            tool.args(command).arg("--dir").arg(directory.path());
            let output = tool.env(name, value).output().unwrap();
            let told = String::from_utf8(output.stderr).unwrap();
            assert_eq!((output.status.code(), &*told), (Some(2), expected), "{command:?}");
        }
    }
    assert_eq!(directory.state(), before);
}

// Asking for what the catalog knows made an empty directory a cache.
#[test]
fn looking_at_an_empty_directory_leaves_it_empty() {
    let place = tempfile::tempdir().unwrap();
    for command in [&["stats"][..], &["ls"], &["runs"], &["doctor"], &["verify"], &["path"]] {
        let output = tool().args(command).arg("--dir").arg(place.path()).output().unwrap();
        assert!(output.status.success(), "{command:?}: {output:?}");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0, "{command:?}");
    }
}

// As it is committed to a repository, it has two files and is no cache yet; only a directory with nothing in
// it was left alone.
#[test]
fn a_directory_as_it_is_committed_stays_so_whatever_is_asked() {
    let directory = Directory::new();
    for name in fs::read_dir(directory.path()).unwrap() {
        let path = name.unwrap().path();
        if path.ends_with("CACHEDIR.TAG") || path.ends_with(".gitignore") {
            continue;
        }
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }
    let before = directory.state();
    assert_eq!(before.len(), 2);
    let commands: [&[&str]; 11] = [
        &["path"],
        &["stats"],
        &["ls"],
        &["runs"],
        &["verify"],
        &["verify", "--repair"],
        &["doctor"],
        &["clear", "--yes"],
        &["clear", "--stale", "--yes"],
        &["trim"],
        &["trim", "--max-entries", "0"],
    ];
    for command in commands {
        printed(&directory, command);
        assert_eq!(directory.state(), before, "{command:?} changed something");
    }
    for command in [["show", "ab"], ["why", "ab"], ["rm", "ab"]] {
        assert_eq!(run(&directory, &command).status, Some(1), "{command:?}");
        assert_eq!(directory.state(), before, "{command:?} changed something");
    }
}

// JSON is text, and making it of such a path panicked; printing it replaced what is no text.
#[cfg(target_os = "linux")]
#[test]
fn a_directory_whose_name_is_no_text_is_one_like_others() {
    use std::os::unix::ffi::OsStrExt;
    let place = tempfile::tempdir().unwrap();
    let directory = place.path().join(std::ffi::OsStr::from_bytes(b"a\xff\x1b[31m"));
    larder::Cache::open(&directory).unwrap();
    for command in ["path", "stats", "ls", "verify", "doctor", "runs"] {
        let output = tool().args([command, "--json", "--dir"]).arg(&directory).output().unwrap();
        assert!(output.status.success(), "{command}: {output:?}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let shown = document["directory"].as_str().unwrap();
        assert!(shown.ends_with("a\u{fffd}\x1b[31m"), "{command}: {shown:?}");
    }
    let output = tool().args(["path", "--dir"]).arg(&directory).output().unwrap();
    assert_eq!(output.stdout.strip_suffix(b"\n"), Some(directory.as_os_str().as_bytes()));
}

#[test]
fn without_an_option_the_directory_is_found_as_the_library_finds_it() {
    let place = tempfile::tempdir().unwrap();
    let inner = place.path().join("project/src");
    fs::create_dir_all(&inner).unwrap();
    fs::create_dir(place.path().join("project/.git")).unwrap();
    let path = |variable: Option<&str>| {
        let mut command = tool();
        command.current_dir(&inner).arg("path");
        variable.map(|variable| command.env("LARDER_DIR", variable));
        let output = command.output().unwrap();
        assert!(output.status.success());
        let text = String::from_utf8(output.stdout).unwrap();
        std::path::PathBuf::from(text.trim_end())
    };
    let inner = fs::canonicalize(&inner).unwrap();
    let same = |found: std::path::PathBuf, expected: std::path::PathBuf| {
        let parent = fs::canonicalize(found.parent().unwrap()).unwrap();
        assert_eq!(parent.join(found.file_name().unwrap()), expected);
    };
    same(path(None), inner.join("cachedir"));
    larder::Cache::open(inner.parent().unwrap().join("cachedir")).unwrap();
    same(path(None), inner.parent().unwrap().join("cachedir"));
    same(path(Some("elsewhere")), inner.join("elsewhere"));
    let output = tool().current_dir(place.path()).arg("stats").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("run a program that uses larder here, or name a directory"), "{text}");
    let output =
        tool().current_dir(place.path()).env("LARDER_DIR", "x").arg("ls").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.ends_with("that is what `LARDER_DIR` says; `--dir` names another\n"), "{text}");
}
