//! On a terminal: tables fit it, colours are there, and removals are asked about.

use crate::directory::Directory;
use crate::run::tool;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

/// Runs the tool on a terminal of this width, which types `typed`; what it shows, and the status.
fn on_terminal(
    directory: &Directory,
    arguments: &[&str],
    width: u16,
    typed: &str,
    variable: Option<(&str, &str)>,
) -> (String, Option<i32>) {
    let screen = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&screen).unwrap();
    unlockpt(&screen).unwrap();
    let size = Winsize { ws_col: width, ws_row: 24, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&screen, size).unwrap();
    let name = ptsname(&screen, Vec::new()).unwrap();
    let path = std::path::Path::new(std::ffi::OsStr::from_bytes(name.as_bytes()));
    let end = || Stdio::from(File::options().read(true).write(true).open(path).unwrap());
    let mut screen = File::from(screen);
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
    for width in [60, 80, 100, 200] {
        for command in ["ls", "stats"] {
            let (shown, status) = on_terminal(&directory, &[command], width, "", None);
            assert_eq!(status, Some(0));
            assert!(shown.contains('\x1b'), "no colours: {shown}");
            // Above the table of `stats` there is a sentence.
            let table = plain(&shown);
            let table = table.rsplit("\n\n").next().unwrap();
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
    let (shown, status) = on_terminal(&directory, &["clear", "simulate"], 80, "Yes\n", None);
    assert!(shown.ends_with("removed 3 results of 1 function (5.7 KiB)\n"), "{shown}");
    assert_eq!(status, Some(0));
}
