//! What the system refuses to the one who asks: it is told with what to do next, and the rest is done.

use crate::directory::{Directory, Entry, batch};
use crate::run::tool;
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The tool for a user who has no more rights than others have, and a cache to use it on.
struct Place {
    directory: Directory,
    launcher: &'static [&'static str],
    program: PathBuf,
}

impl Place {
    /// None where rights cannot be given up.
    fn new() -> Option<Self> {
        const NOBODY: &[&str] = &["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let directory = Directory::sample();
        let outside = directory.outside();
        set_mode(outside, 0o555);
        // Rights do not bind those who administer the machine.
        let is_bound = fs::write(outside.join("file"), "").is_err();
        set_mode(outside, 0o755);
        let works = |words: &[&str]| {
            let status = Command::new(words[0]).args(&words[1..]).arg("true").status();
            status.is_ok_and(|status| status.success())
        };
        let launcher = match is_bound {
            true => &["env"],
            false if works(NOBODY) => NOBODY,
            false => {
                let _ = writeln!(std::io::stderr(), "SKIPPED: rights cannot be given up here");
                return None;
            }
        };
        // A copy, as those without rights may not get to the original, by a process of its own: what this
        // one writes, a child of another test has open for a moment, and then it cannot be run.
        let program = outside.join("larder");
        let status = Command::new("cp").arg(env!("CARGO_BIN_EXE_larder")).arg(&program).status();
        assert!(status.is_ok_and(|status| status.success()));
        set_modes(&directory.path(), 0o777, 0o666);
        Some(Self { directory, launcher, program })
    }

    /// The first of these folders or files below `entries`, which is not for this user any more.
    fn hide(&self, function: &str) -> PathBuf {
        let path = self.directory.path().join("entries").join(crate::directory::folder(function));
        set_mode(&path, 0o000);
        path
    }

    fn run(&self, arguments: &[&str]) -> (String, String, Option<i32>) {
        let mut command = Command::new(self.launcher[0]);
        command.args(&self.launcher[1..]).arg(&self.program);
        command.arg("--dir").arg(self.directory.path()).args(arguments).current_dir("/");
        // The same environment, in which nothing else is said.
        for (name, value) in tool().get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        let output = command.output().unwrap();
        let text = |bytes| {
            let text = String::from_utf8(bytes).unwrap();
            text.replace(&self.directory.path().display().to_string(), "[DIR]")
        };
        (text(output.stdout), text(output.stderr), output.status.code())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // Or its owner could not remove it either.
        set_modes(&self.directory.path(), 0o777, 0o666);
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

fn set_modes(path: &Path, folders: u32, files: u32) {
    if !path.is_dir() {
        return set_mode(path, files);
    }
    set_mode(path, folders);
    for child in fs::read_dir(path).unwrap() {
        set_modes(&child.unwrap().path(), folders, files);
    }
}

// Trimming, checking and clearing ended there, with the name of the directory; the others counted it as
// empty and said nothing.
#[test]
fn a_folder_that_cannot_be_listed_is_told_of_and_the_others_are_dealt_with() {
    let Some(place) = Place::new() else { return };
    let hidden = place.hide("orbits::clean::normalize<f32>");
    let name = format!("entries/{}", hidden.file_name().unwrap().display());
    let clause = format!("`{name}` cannot be listed: Permission denied (os error 13)");
    let warning = format!("warning: {clause}\n");

    let (out, err, status) = place.run(&["stats"]);
    assert!(out.contains("5.7 KiB in 3 results of 2 functions"), "{out}");
    assert!(out.contains(&format!("\nnot counted: {clause}\n")), "{out}");
    assert_eq!((err.as_str(), status), ("", Some(0)));
    let (out, err, status) = place.run(&["ls"]);
    assert_eq!((out.lines().count(), &*err, status), (4, &*warning, Some(0)));
    for command in ["stats", "ls", "verify"] {
        let (out, err, _) = place.run(&[command, "--json"]);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!((&document["unlisted"][0]["path"], &*err), (&serde_json::json!(name), ""));
    }
    assert_eq!(place.run(&["show", "0c"]).2, Some(0));
    // It may be in there.
    let (_, err, status) = place.run(&["show", "5e"]);
    let expected = format!(
        "error: could not list `[DIR]/{name}`: Permission denied (os error 13); give yourself the right to, \
         or ask its owner: `larder doctor` shows who may what\n"
    );
    assert_eq!((err, status), (expected, Some(3)));

    let (out, _, status) = place.run(&["verify"]);
    let expected = format!(
        "3 results of 5.7 KiB checked: these are whole\nunlisted  {clause}\nwhat cannot be read is computed \
         again, and not kept: give yourself the right to, or ask its owner\n"
    );
    assert_eq!((out, status), (expected, Some(1)));
    let (out, _, status) = place.run(&["doctor"]);
    assert!(out.contains(&format!("problem  layout       {clause}\n")), "{out}");
    assert_eq!(status, Some(1));

    let (out, err, status) = place.run(&["trim", "--max-entries", "2"]);
    assert!(out.starts_with("removed 1 result (324 B), 2 results ("), "{out}");
    assert_eq!((&err, status), (&warning, Some(3)));
    let (_, err, status) = place.run(&["clear", "--stale", "--dry-run"]);
    assert_eq!((err, status), (warning.clone(), Some(0)));
    let (_, err, status) = place.run(&["clear", "--yes"]);
    assert!(
        err.starts_with(&format!("error: could not clear `[DIR]/{name}`: Permission")),
        "{err}"
    );
    assert_eq!(status, Some(3));
    assert!(place.run(&["stats"]).0.contains("0 B in 0 results"));
    set_mode(&hidden, 0o777);
    assert!(place.run(&["stats"]).0.contains("181 B in 1 result"));
}

// It said that there was no batch, and of what was removed that there was no such result.
#[test]
fn what_the_catalog_knows_is_missing_to_one_who_may_not_write() {
    let Some(place) = Place::new() else { return };
    place.directory.journal(&[batch(7205, Duration::from_secs(2), [1, 2, 0, 0, 0], 1)]);
    set_modes(&place.directory.path(), 0o777, 0o666);
    assert_eq!(place.run(&["runs"]).0.lines().count(), 2);
    set_modes(&place.directory.path(), 0o555, 0o444);
    for command in [["runs", "-n20"], ["why", "simulate"]] {
        let (out, err, status) = place.run(&command);
        assert!(err.starts_with("warning: only the latest records are known: "), "{err}{out}");
        assert!(err.ends_with(": Permission denied (os error 13)\n"), "{err}");
        assert!(!out.contains("no batch") && status == Some(0), "{out}");
    }
}

#[test]
fn what_is_refused_ends_with_status_3_and_names_the_next_step() {
    let Some(place) = Place::new() else { return };
    set_modes(&place.directory.path(), 0o555, 0o444);
    for command in [&["rm", "0c"][..], &["clear", "--yes"], &["clear", "simulate", "--yes"]] {
        let (out, err, status) = place.run(command);
        assert_eq!((out.as_str(), status), ("", Some(3)), "{command:?}: {err}");
        assert!(
            err.contains("denied") && err.ends_with("`larder doctor` shows who may what\n"),
            "{err}"
        );
    }
    let (_, err, status) = place.run(&["trim", "--max-entries", "1"]);
    assert_eq!(status, Some(3), "{err}");
    // A result that cannot be read.
    set_modes(&place.directory.path(), 0o777, 0o666);
    set_mode(&place.directory.file_of(&Entry::default()), 0o000);
    let (out, _, status) = place.run(&["verify"]);
    assert!(out.contains("unreadable") && out.contains("give yourself the right to"), "{out}");
    assert_eq!(status, Some(1));
}
