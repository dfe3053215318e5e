//! The main job from end to end, as its user sees it: a program over a tree of source files, run
//! again and again while the files change. What is run is the example `near_duplicates`.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::LazyLock;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Far longer than anything here takes: whoever is still running then hangs.
const RUN: Duration = Duration::from_mins(2);
const BUILD: Duration = Duration::from_mins(20);

/// What the tree holds that is compared: three files that are nearly the same, two others that are,
/// and one like no other.
const COMPARED: u64 = 6;

/// The example, built once.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
    // This test is `<target>/<profile>/deps/main_job-<hash>`, wherever the target directory is.
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let target = profile.parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--offline", "--example", "near_duplicates"]);
    cargo.arg("--manifest-path").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    cargo.arg("--target-dir").arg(target);
    // The profile `dev` is the only one whose folder has another name.
    let name = profile.file_name().and_then(|name| name.to_str()).unwrap();
    cargo.args(["--profile", if name == "debug" { "dev" } else { name }]);
    let built = finish(start(&mut cargo), BUILD);
    assert!(built.status.success(), "{}", built.stderr);
    let name = format!("near_duplicates{}", std::env::consts::EXE_SUFFIX);
    profile.join("examples").join(name)
});

struct Finished {
    status: ExitStatus,
    stdout: String,
    stderr: String,
}

fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits for a child, which is killed when its time is up.
fn finish(mut child: Child, limit: Duration) -> Finished {
    fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
        thread::spawn(move || {
            let mut text = Vec::new();
            pipe.read_to_end(&mut text).unwrap();
            String::from_utf8_lossy(&text).into_owned()
        })
    }
    // Both pipes are read all the while, as a child with a full pipe waits.
    let (stdout, stderr) =
        (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
    let end = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() > end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("still running after {limit:?}: {}", stderr.join().unwrap());
        }
        thread::sleep(Duration::from_millis(5));
    };
    Finished { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

/// What a run printed, taken apart.
#[derive(Debug)]
struct Output {
    /// All that is about the files, and so must not depend on what was cached.
    findings: String,
    /// By function: calls found and computed.
    calls: BTreeMap<String, (u64, u64)>,
    /// The same in the closing line.
    total: (u64, u64),
}

impl Output {
    fn parse(finished: Finished) -> Self {
        assert!(finished.status.success(), "{}", finished.stderr);
        assert_eq!(finished.stderr, "");
        let text = finished.stdout;
        let (findings, table) = text.split_once("\n\nfunction ").unwrap();
        let (table, closing) = table.split_once("\n\n").unwrap();
        let calls = table.lines().skip(1).map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name = words[0].rsplit("::").next().unwrap();
            (name.to_owned(), (words[1].parse().unwrap(), words[2].parse().unwrap()))
        });
        let words: Vec<&str> = closing.split_whitespace().collect();
        assert_eq!([words[1], words[2], words[4]], ["calls", "found,", "computed;"], "{closing}");
        Self {
            findings: findings.to_owned(),
            calls: calls.collect(),
            total: (words[0].parse().unwrap(), words[3].parse().unwrap()),
        }
    }

    #[track_caller]
    fn check_computed(&self, signatures: u64, candidates: u64, pairs: u64) {
        let computed = ["signature", "candidates", "overlap"].map(|name| self.calls[name].1);
        assert_eq!(computed, [signatures, candidates, pairs], "{self:?}");
        assert_eq!(self.total.1, signatures + candidates + pairs, "{self:?}");
    }

    #[track_caller]
    fn check_nothing_computed(&self, like: &Self) {
        self.check_computed(0, 0, 0);
        assert_eq!(self.total.0, like.total.0 + like.total.1, "{self:?}");
    }
}

struct Job {
    dir: TempDir,
}

impl Job {
    /// A tree of sources, and a place for the results of its own.
    fn new() -> Self {
        let job = Self { dir: TempDir::new().unwrap() };
        fs::create_dir_all(job.path("tree/lib/deep")).unwrap();
        fs::create_dir_all(job.path("tree/app")).unwrap();
        job.write("lib/parser.rs", &source("parse", &[]));
        job.write("lib/deep/copied.rs", &source("parse", &[3]));
        job.write("app/copied.rs", &source("parse", &[11]));
        job.write("lib/writer.rs", &source("write", &[]));
        job.write("app/writer.rs", &source("write", &[7]));
        job.write("app/main.rs", &source("other", &[]));
        job.write("app/empty.rs", "");
        job.write("app/short.rs", "fn main() {}\n");
        job.write("app/same_bytes.rs", &source("other", &[]));
        fs::write(job.path("tree/app/latin1.rs"), b"fn caf\xe9() {}\n").unwrap();
        job.write("app/notes.txt", "not a source file");
        job
    }

    fn path(&self, path: &str) -> PathBuf {
        self.dir.path().join(path)
    }

    fn write(&self, file: &str, text: &str) {
        fs::write(self.path("tree").join(file), text).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&*PROGRAM);
        command.current_dir(self.dir.path()).arg("tree");
        command.env("LARDER_DIR", self.path("results")).env_remove("LARDER");
        command
    }

    fn run(&self) -> Output {
        Output::parse(finish(start(&mut self.command()), RUN))
    }
}

/// Forty small functions: long enough that changing some of them leaves the file nearly the same,
/// and like those of another `theme` only in what all code has in common.
fn source(theme: &str, changed: &[usize]) -> String {
    let mut text = format!("//! Functions that {theme} things.\n\n");
    for number in 0..40 {
        let step = if changed.contains(&number) { "skip" } else { "take" };
        writeln!(
            text,
            "/// Part {number}.\nfn {theme}_{number}({theme}_input: &{theme}::Text) -> usize {{\n    \
             let {theme}_{step} = {theme}_input.{theme}_{step}({number});\n    \
             {theme}_{step}.{theme}_len() // of {number}\n}}\n"
        )
        .unwrap();
    }
    text
}

#[test]
fn the_second_run_computes_nothing_and_prints_the_same() {
    let job = Job::new();
    let first = job.run();
    // The nearly-same three make three pairs, the two make one. Signatures: also the empty file,
    // the short one and the one that is not UTF-8.
    first.check_computed(COMPARED + 3, 1, 4);
    assert_eq!(first.total.0, 0);
    for _ in 0..2 {
        let again = job.run();
        again.check_nothing_computed(&first);
        assert_eq!(again.findings, first.findings);
    }
}

#[test]
fn the_findings_name_the_pairs_and_what_was_left_out() {
    let findings = Job::new().run().findings.replace('\\', "/");
    let expected = "\
different files: 9, copies of them: 1, long enough to compare: 6
left out: 1
  app/latin1.rs: not UTF-8
pairs that are nearly the same: 4 (by the share of runs of five tokens that both files have)

Between folders:
  95 % of    437  app/copied.rs
                 lib/deep/copied.rs and 1 more
  95 % of    432  app/writer.rs
                 lib/writer.rs

Within a folder or between versions:
  95 % of    432  lib/deep/copied.rs
                 lib/parser.rs";
    assert_eq!(findings, expected);
}

#[test]
fn after_an_edit_only_what_depends_on_the_file_is_computed() {
    let job = Job::new();
    let first = job.run();
    let before = source("parse", &[3]);
    job.write("lib/deep/copied.rs", &source("parse", &[3, 20]));
    let edited = job.run();
    // Its pairs with the other two of its kind; not the pair of those two, nor the other pair.
    edited.check_computed(1, 1, 2);
    assert_ne!(edited.findings, first.findings);

    job.write("lib/deep/copied.rs", &before);
    let reverted = job.run();
    reverted.check_nothing_computed(&first);
    assert_eq!(reverted.findings, first.findings);
}

#[test]
fn an_edit_to_a_comment_needs_no_new_search_for_candidates() {
    let job = Job::new();
    let first = job.run();
    job.write("lib/parser.rs", &format!("// Reviewed.\n{}", source("parse", &[])));
    let edited = job.run();
    edited.check_computed(1, 0, 2);
    assert_eq!(edited.findings, first.findings);
}

#[test]
fn files_that_move_lead_to_the_same_calls() {
    let job = Job::new();
    let first = job.run();
    fs::rename(job.path("tree/lib"), job.path("tree/zoo")).unwrap();
    fs::rename(job.path("tree/app/main.rs"), job.path("tree/app/begin.rs")).unwrap();
    job.run().check_nothing_computed(&first);
}

#[test]
fn switched_off_it_prints_the_same_and_leaves_no_trace() {
    let job = Job::new();
    let run = || Output::parse(finish(start(job.command().env("LARDER", "off")), RUN));
    let (off, again) = (run(), run());
    off.check_computed(COMPARED + 3, 1, 4);
    again.check_computed(COMPARED + 3, 1, 4);
    assert!(!job.path("results").exists());
    assert_eq!(off.findings, job.run().findings);
}

#[test]
fn two_at_once_on_one_directory_both_get_the_whole_answer() {
    let job = Job::new();
    let both = [(); 2].map(|()| start(&mut job.command()));
    let both = both.map(|child| Output::parse(finish(child, RUN)));
    assert_eq!(both[0].findings, both[1].findings);
    for one in &both {
        // Who computes what is a matter of luck, but each asks for everything.
        assert_eq!(one.total.0 + one.total.1, COMPARED + 3 + 1 + 4, "{one:?}");
    }
    let after = job.run();
    after.check_nothing_computed(&both[0]);
    assert_eq!(after.findings, both[0].findings);
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    use std::os::unix::fs::symlink;
    let job = Job::new();
    let before = job.run();
    job.write("../outside.rs", &source("outside", &[]));
    symlink(job.path("outside.rs"), job.path("tree/app/link.rs")).unwrap();
    symlink(job.path("tree"), job.path("tree/app/round")).unwrap();
    symlink(job.path("nowhere"), job.path("tree/app/broken.rs")).unwrap();
    let after = job.run();
    after.check_nothing_computed(&before);
    assert_eq!(after.findings, before.findings);
}

#[test]
fn folders_that_can_be_made_again_are_not_searched() {
    let job = Job::new();
    let before = job.run();
    fs::create_dir_all(job.path("tree/target/out")).unwrap();
    fs::create_dir_all(job.path("tree/.hidden")).unwrap();
    job.write("target/CACHEDIR.TAG", "");
    job.write("target/out/generated.rs", &source("generated", &[]));
    job.write(".hidden/secret.rs", &source("hidden", &[]));
    assert_eq!(job.run().findings, before.findings);
}

#[test]
fn no_files_and_one_file_are_no_failure() {
    let job = Job::new();
    fs::remove_dir_all(job.path("tree")).unwrap();
    fs::create_dir(job.path("tree")).unwrap();
    let none = job.run();
    assert!(none.findings.starts_with("different files: 0,"), "{}", none.findings);
    job.write("one.rs", &source("parse", &[]));
    let one = job.run();
    assert!(one.findings.starts_with("different files: 1, copies of them: 0,"), "{}", one.findings);
    assert_eq!(one.calls["signature"], (0, 1));
}

#[test]
fn without_a_folder_it_takes_what_cargo_has_unpacked_or_else_its_own_package() {
    let job = Job::new();
    let named = job.run();
    let run = || {
        let mut command = Command::new(&*PROGRAM);
        command.env("CARGO_HOME", job.path("home")).env_remove("LARDER");
        command.env("LARDER_DIR", job.path("results"));
        Output::parse(finish(start(&mut command), RUN))
    };
    let own = run();
    assert!(own.calls["signature"].1 > 10, "{own:?}");
    fs::create_dir_all(job.path("home/registry/src")).unwrap();
    fs::rename(job.path("tree"), job.path("home/registry/src/any")).unwrap();
    let unpacked = run();
    unpacked.check_nothing_computed(&named);
    assert_eq!(unpacked.findings, named.findings);
}

#[test]
fn a_missing_folder_and_a_wrong_option_are_refused_with_the_reason() {
    let job = Job::new();
    let run = |argument: &str| {
        let mut command = Command::new(&*PROGRAM);
        command.arg(argument).env("LARDER_DIR", job.path("results")).env_remove("LARDER");
        finish(start(&mut command), RUN)
    };
    let missing = run("no/such/folder");
    assert_eq!((missing.status.code(), missing.stdout.as_str()), (Some(2), ""));
    assert!(missing.stderr.contains("`no/such/folder`"), "{}", missing.stderr);
    let wrong = run("--wrong");
    assert_eq!((wrong.status.code(), wrong.stdout.as_str()), (Some(2), ""));
    assert!(wrong.stderr.contains("usage:"), "{}", wrong.stderr);
    let help = run("--help");
    assert_eq!((help.status.code(), help.stderr.as_str()), (Some(0), ""));
    assert!(help.stdout.starts_with("usage:"), "{}", help.stdout);
    assert!(!job.path("results").exists());
}
