//! On a terminal: tables fit it, colours are there, and removals are asked about.

use crate::directory::{Directory, batch};
use crate::run::tool;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

/// A terminal of this width, and the end of it that a program has.
fn terminal(width: u16) -> (File, impl Fn() -> Stdio) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize { ws_col: width, ws_row: 24, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let end = move || Stdio::from(File::options().read(true).write(true).open(&path).unwrap());
    (File::from(screen), end)
}

/// Runs the tool on a terminal of this width, which types `typed`; what it shows, and the status.
fn on_terminal(
    directory: &Directory,
    arguments: &[&str],
    width: u16,
    typed: &str,
    variable: Option<(&str, &str)>,
) -> (String, Option<i32>) {
    let (mut screen, end) = terminal(width);
    let mut command = tool();
    command.args(arguments).arg("--dir").arg(directory.path());
    command.env("TERM", "xterm").stdin(end()).stdout(end()).stderr(end());
    variable.map(|(name, value)| command.env(name, value));
    screen.write_all(typed.as_bytes()).unwrap();
    let mut child = command.spawn().unwrap();
    // The ends that the command holds would keep the terminal open.
    drop(command);
    let mut shown = Vec::new();
    // Once the last end is closed, reading fails.
    let _ = screen.read_to_end(&mut shown);
    let text = String::from_utf8(shown).unwrap().replace("\r\n", "\n");
    let text = text.replace(&directory.path().display().to_string(), "[DIR]");
    (text, child.wait().unwrap().code())
}

/// What the tool shows on a terminal until that is enough; then it is ended.
fn until_shown(
    directory: &Directory,
    arguments: &[&str],
    (name, value): (&str, &str),
    is_enough: impl Fn(&str) -> bool,
) -> String {
    let (mut screen, end) = terminal(100);
    let mut command = tool();
    command.args(arguments).arg("--dir").arg(directory.path());
    command.env("TERM", "xterm").env(name, value);
    let mut child = command.stdin(end()).stdout(end()).stderr(end()).spawn().unwrap();
    drop(command);
    let (mut shown, mut some) = (Vec::new(), [0; 4096]);
    while !is_enough(&String::from_utf8_lossy(&shown)) {
        match screen.read(&mut some) {
            Ok(count @ 1..) => shown.extend(&some[..count]),
            ended => panic!("{ended:?} after {}", String::from_utf8_lossy(&shown)),
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    String::from_utf8_lossy(&shown).into_owned()
}

/// Without what styles it.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\x1b') {
        out.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    out + rest
}

#[test]
fn a_table_fits_the_terminal() {
    let directory = Directory::sample();
    directory.journal(&[batch(7205, Duration::from_millis(2_500), [1_190, 9, 0, 1, 400], 2)]);
    let commands: [&[&str]; 5] = [
        &["ls"],
        &["stats"],
        &["runs"],
        &["why", "simulate"],
        &["trim", "--max-entries", "1", "--dry-run"],
    ];
    for width in [20, 40, 60, 80, 100, 200] {
        for command in commands {
            let (shown, status) = on_terminal(&directory, command, width, "", None);
            assert_eq!(status, Some(0), "{command:?}: {shown}");
            assert!(shown.contains('\x1b'), "no colours: {shown}");
            // Above a table there may be sentences.
            let shown = plain(&shown);
            let table = shown.rsplit("\n\n").next().unwrap();
            assert!(table.lines().count() > 1, "{command:?}: {table}");
            for line in table.lines() {
                assert!(line.chars().count() <= usize::from(width), "{width}: {line}");
            }
        }
    }
    let (shown, _) = on_terminal(&directory, &["ls", "--limit", "2"], 80, "", None);
    let expected = "\
key                    function       inputs         size     age    used   took
5e5e5e5e5e5e           …rmalize<f32>                181 B  10 min  10 min  42 us
abababababab-77777777  …ts::simulate  seed: 7, st…  324 B     3 d     1 h  1.5 s
2 of 4 shown
";
    assert_eq!(plain(&shown), expected, "{}", plain(&shown));
}

// The share of the whole lost its bar, and its number stood without a title, before counts were left out.
#[test]
fn a_table_of_eighty_columns_has_the_share_of_each_function() {
    let directory = Directory::sample();
    let (shown, _) = on_terminal(&directory, &["stats"], 80, "", None);
    let shown = plain(&shown);
    let table = shown.rsplit("\n\n").next().unwrap();
    let expected = "\
function      results     size  share             found  computed  spent   saved
…s::simulate        3  5.7 KiB  █████████▋  97 %  1,200         3  1.8 s   2.2 h
";
    assert!(table.starts_with(expected), "{table}");
}

#[test]
fn elsewhere_a_table_is_as_wide_as_the_environment_says() {
    let directory = Directory::sample();
    let wide = |columns: &str| {
        let mut command = tool();
        command.args(["ls", "--dir"]).arg(directory.path()).env("COLUMNS", columns);
        let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
        text.lines().map(|line| line.chars().count()).max().unwrap()
    };
    assert!((30..=40).contains(&wide("40")));
    assert!(wide("0") > 100 && wide("wide") > 100);
}

// What was to be wiped out was taken for a colour, so each look came below the one before.
#[test]
fn watching_begins_at_the_top_with_colours_and_without() {
    let directory = Directory::sample();
    for (variable, clears) in [("NO_COLOR", true), ("CLICOLOR", true), ("TERM", false)] {
        let value = if variable == "TERM" { "dumb" } else { "1" };
        let arguments = ["stats", "--watch=10ms"];
        let shown = until_shown(&directory, &arguments, (variable, value), |shown| {
            shown.matches("4 results of 2 functions").count() >= 3
        });
        assert_eq!(shown.contains("\x1b[H\x1b[2J"), clears, "{variable}: {shown:?}");
        let colours = shown.contains("\x1b[1m");
        assert_eq!(colours, variable == "CLICOLOR", "{variable}: {shown:?}");
    }
}

#[test]
fn colours_can_be_done_without() {
    let directory = Directory::sample();
    for (arguments, variable) in
        [(&["ls"][..], Some(("NO_COLOR", "1"))), (&["ls", "--color", "never"], None)]
    {
        let (shown, _) = on_terminal(&directory, arguments, 80, "", variable);
        assert!(shown.contains("seed: 7") && !shown.contains('\x1b'), "{shown:?}");
    }
}

#[test]
fn clearing_asks_and_only_a_yes_is_one() {
    let directory = Directory::sample();
    let question = "remove 3 results of 1 function (5.7 KiB)? [y/N] ";
    for answer in ["n\n", "\n", "nope\n", "\x04"] {
        let before = directory.state();
        let (shown, status) = on_terminal(&directory, &["clear", "simulate"], 80, answer, None);
        assert!(shown.contains(question), "{shown}");
        assert!(shown.ends_with("nothing was removed\n"), "{shown}");
        assert_eq!(status, Some(1));
        assert_eq!(directory.state(), before);
    }
    // A document did not tell the one from the other by its status.
    let asked = ["clear", "simulate", "--json"];
    let (shown, status) = on_terminal(&directory, &asked, 80, "n\n", None);
    assert!(shown.contains("\"removed\":false"), "{shown}");
    assert_eq!(status, Some(1));
    let asked = ["clear", "simulate", "--json", "--dry-run"];
    assert_eq!(on_terminal(&directory, &asked, 80, "", None).1, Some(0));
    let (shown, status) = on_terminal(&directory, &["clear", "simulate"], 80, "Yes\n", None);
    assert!(shown.ends_with("removed 3 results of 1 function (5.7 KiB)\n"), "{shown}");
    assert_eq!(status, Some(0));
}
