//! The tool beside programs that use the directory, and on directories that something happened to.

use crate::directory::{DAY, Directory, Entry, batch};
use crate::run::{check, printed, run, tool};
use larder::{Cache, cache, with_cache};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;
use std::time::Duration;

#[cache(code = "none", name = "beside::square")]
fn square(x: u64) -> u64 {
    x * x
}

/// Commands that only look.
const LOOKING: [&[&str]; 8] = [
    &["path"],
    &["stats"],
    &["ls"],
    &["ls", "--sort", "cost"],
    &["show", "0c"],
    &["show", "5e", "--value"],
    &["verify"],
    &["doctor"],
];

#[test]
fn looking_changes_nothing_in_the_directory() {
    let directory = Directory::sample();
    let before = directory.state();
    for command in LOOKING {
        printed(&directory, command);
        assert_eq!(directory.state(), before, "{command:?} changed something");
    }
}

#[test]
fn a_program_that_runs_is_seen_and_goes_on() {
    let directory = Directory::new();
    let cache = Cache::open(directory.path()).unwrap();
    with_cache(&cache, || {
        assert_eq!(square::map(0..50).len(), 50);
        assert_eq!(square::map(0..50).len(), 50);
        let stats = printed(&directory, &["stats"]);
        assert!(stats.contains("50 results of 1 function"), "{stats}");
        assert!(stats.contains("beside::square"), "{stats}");
        printed(&directory, &["clear", "--yes"]);
        assert!(!square::is_cached(3));
        assert_eq!(square(3), 9);
        assert!(square::is_cached(3));
        assert_eq!(printed(&directory, &["ls"]).lines().count(), 2);
        assert_eq!(run(&directory, &["rm", ""]).status, Some(2));
        let key = printed(&directory, &["ls"]).lines().nth(1).unwrap()[..12].to_owned();
        printed(&directory, &["rm", &key]);
        assert!(!square::is_cached(3));
    });
}

// The tool opened the directory as any program does, so that it trimmed it to limits of its own: the
// default, however much the programs allow that fill the directory.
#[test]
fn nothing_is_trimmed_by_a_command_that_was_not_asked_to() {
    let directory = Directory::new();
    let cache = Cache::open(directory.path()).unwrap();
    with_cache(&cache, || square::map(0..100));
    cache.close();
    for arguments in [&["runs"][..], &["verify", "--repair"]] {
        let mut command = tool();
        command.args(arguments).arg("--dir").arg(directory.path());
        let output = command.env("LARDER_MAX_BYTES", "1").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(printed(&directory, &["stats"]).contains("100 results"), "{arguments:?}");
    }
}

#[test]
fn counts_are_the_same_while_another_program_holds_the_catalog() {
    let directory = Directory::new();
    let cache = Cache::open(directory.path()).unwrap();
    with_cache(&cache, || {
        square::map(0..10);
        square::map(0..20);
    });
    cache.all_time_stats().unwrap();
    with_cache(&cache, || square::map(0..30));
    let free = printed(&directory, &["stats"]);
    // While the list is alive, the catalog is in use.
    let held = cache.entries().unwrap();
    assert!(cache.all_time_stats().is_err());
    assert_eq!(printed(&directory, &["stats"]), free);
    assert_eq!(printed(&directory, &["ls"]).lines().count(), 31);
    drop(held);
    assert_eq!(printed(&directory, &["stats"]), free);
    let line = free.lines().find(|line| line.starts_with("beside::square")).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    assert_eq!((words[1], words[words.len() - 8]), ("30", "30"), "{line}");
}

// They said that there was no batch, and no such result: what is in the catalog counted as not there.
#[test]
fn what_only_the_catalog_knows_is_said_to_be_missing_while_another_program_holds_it() {
    let directory = Directory::sample();
    directory.journal(&[
        batch(3 * DAY + 5, Duration::from_secs(2), [1, 2, 0, 0, 0], 1),
        batch(2 * DAY + 5, Duration::from_secs(2), [3, 0, 0, 0, 0], 1),
    ]);
    let free = printed(&directory, &["runs"]);
    assert_eq!(free.lines().count(), 3);
    // None were asked for, and there are some.
    assert_eq!(printed(&directory, &["runs", "-n", "0"]).lines().count(), 1);
    let removed = Entry { inputs: 0x0c, ..Entry::default() };
    printed(&directory, &["rm", "0c"]);
    printed(&directory, &["why", "0c"]);

    let cache = Cache::open(directory.path()).unwrap();
    let held = cache.entries().unwrap();
    let warning = "warning: only the latest records are known: a program has the catalog open: ask again later\n";
    let ran = run(&directory, &["runs"]);
    // The journals were merged and are gone.
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), warning));
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let document = |arguments: &[&str]| -> serde_json::Value {
        let text = printed(&directory, &[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap()
    };
    let reason = "a program has the catalog open: ask again later";
    assert_eq!(document(&["runs"])["incomplete"], reason);
    assert_eq!(document(&["why", "ab-77"])["incomplete"], reason);
    assert_eq!(document(&["why", "simulate"])["incomplete"], reason);
    // Of what was removed after the last merge the journals tell.
    printed(&directory, &["rm", "5e"]);
    let ran = run(&directory, &["why", "5e"]);
    assert!(ran.out.contains("it was removed alone, "), "{ran:?}");
    assert_eq!((ran.status, ran.err.as_str()), (Some(0), warning));
    let ran = run(&directory, &["why", "0c"]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.err.starts_with(warning), "{}", ran.err);
    drop(held);

    assert_eq!(printed(&directory, &["runs"]), free);
    assert_eq!(document(&["runs"])["incomplete"], serde_json::Value::Null);
    let told = printed(&directory, &["why", &removed.key()]);
    assert!(told.contains("it was removed alone, "), "{told}");
}

#[test]
fn a_damaged_directory_is_told_of_as_far_as_it_goes() {
    let directory = Directory::sample();
    let entry = Entry::default();
    fs::write(directory.file_of(&entry), b"LARDER\0\x01 but not really").unwrap();
    fs::write(directory.path().join("catalog"), "no folder").unwrap();
    fs::write(directory.path().join("catalog.summary"), "no summary").unwrap();
    fs::write(directory.path().join("journal/2-00000000000000ff"), "no journal").unwrap();
    fs::write(directory.path().join("entries/stray"), "").unwrap();
    let listed = printed(&directory, &["ls", "--sort", "name"]);
    let line = listed.lines().find(|line| line.contains("ab-7777")).unwrap();
    assert!(line.ends_with("damaged"), "{listed}");
    assert!(printed(&directory, &["stats"]).contains("1,209"));
    let shown = run(&directory, &["show", "ab-77"]);
    let key = entry.key();
    let expected = format!(
        "error: the file of `{key}` is damaged: the next call that wants it computes it again\n"
    );
    assert_eq!((shown.status, shown.err), (Some(1), expected));
    assert_eq!(run(&directory, &["verify"]).status, Some(1));
    printed(&directory, &["rm", "ab-77"]);
    assert!(!directory.file_of(&entry).exists());
}

#[test]
fn a_text_in_a_result_cannot_steer_the_terminal() {
    let directory = Directory::new();
    directory.write(&Entry {
        function: "evil\x1b]0;title\x07",
        printed: "\x1b[2J\nfine",
        ..Entry::default()
    });
    for command in [&["ls"][..], &["stats"], &["show", "ab"]] {
        for color in ["always", "never"] {
            let text = printed(&directory, &[command, &["--color", color]].concat());
            assert!(!text.contains("\x1b[2J") && !text.contains('\x07'), "{text:?}");
        }
    }
}

#[test]
fn a_reader_that_has_had_enough_is_no_error() {
    let directory = Directory::new();
    for inputs in 0..=255 {
        for code in [1, 2, 3, 4] {
            directory.write(&Entry { inputs, code, ..Entry::default() });
        }
    }
    let mut command = tool();
    command.args(["ls", "--dir"]).arg(directory.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut start = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut start).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn watching_shows_what_has_changed_until_nobody_reads() {
    let directory = Directory::new();
    let cache = Cache::open(directory.path()).unwrap();
    let mut command = tool();
    command.args(["stats", "--watch=50ms", "--json", "--dir"]).arg(directory.path());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut entries = || -> u64 {
        let line = lines.next().unwrap().unwrap();
        let document: serde_json::Value = serde_json::from_str(&line).unwrap();
        document["entries"].as_u64().unwrap()
    };
    assert_eq!(entries(), 0);
    with_cache(&cache, || square::map(0..5));
    // Each line is a look of its own, so some line has to tell of them all.
    assert!((0..600).any(|_| entries() == 5));
    drop(lines);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn what_is_piped_has_colours_only_if_asked_for() {
    let directory = Directory::sample();
    assert!(!printed(&directory, &["ls"]).contains('\x1b'));
    assert!(!printed(&directory, &["ls", "--color", "never"]).contains('\x1b'));
    assert!(printed(&directory, &["ls", "--color", "always"]).contains('\x1b'));
    check(&directory, &["path", "--color=always"], "[DIR]\n");
}

#[test]
fn the_tool_uses_the_public_interface_alone() {
    let mut folders = vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for child in fs::read_dir(folder).unwrap() {
            let path = child.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for hidden in ["__", "sled", "CACHEDIR.TAG", "catalog.summary"] {
                assert!(!text.contains(hidden), "{} names `{hidden}`", path.display());
            }
        }
    }
}
