//! Programs built with `panic = "abort"`, in which a panic of sled's ends the process: that happens
//! once at most, as the next process finds that the last one did not come back.

use super::alone;
use super::random::Random;
use super::subject::Template;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const PROGRAM: &str = r#"
use larder::{Cache, cache};

#[cache]
fn square(x: u64) -> u64 {
    x * x
}

fn main() {
    let directory = std::env::args().nth(1).expect("a directory");
    let cache = Cache::open(directory).expect("a cache");
    larder::install(cache.clone()).expect("nothing was called yet");
    let sum: u64 = (0..10).map(square).sum();
    let entries = cache.entries().expect("they can be listed").count();
    cache.all_time_stats().expect("nobody else has it open");
    assert!(entries >= 10);
    println!("{sum}");
}
"#;

/// Builds the program. The folder it is built in stays, so this takes half a minute once.
fn build() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("abort");
    fs::create_dir_all(folder.join("src")).unwrap();
    let larder = env!("CARGO_MANIFEST_DIR");
    let manifest = format!(
        "[package]\nname = \"abort\"\nedition = \"2024\"\n[dependencies]\nlarder = {{ path = {larder:?} }}\n\
         [profile.dev]\npanic = \"abort\"\ndebug = false\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), PROGRAM).unwrap();
    // The versions that this package is tested with, which are at hand.
    fs::copy(Path::new(larder).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--quiet", "--offline"]).current_dir(&folder);
    // What cargo sets for this test is not meant for the program.
    command.env("CARGO_TARGET_DIR", folder.join("target")).env_remove("RUSTFLAGS");
    let built = command.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    folder.join("target/debug/abort")
}

/// So long are the pieces that sled's file consists of.
const SEGMENT: usize = 512 * 1024;

/// Damage of the kinds that make sled panic: mostly it is told of segments that are gone.
fn damage(root: &Path, random: &mut Random) {
    let path = root.join("catalog/db");
    let mut bytes = fs::read(&path).unwrap();
    let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let start = random.below(used);
    let end = bytes.len().min(start + 1 + random.below(4096));
    match random.below(4) {
        0 | 1 => bytes.truncate((1 + random.below(bytes.len() / SEGMENT)) * SEGMENT),
        2 => bytes[start..end].iter_mut().for_each(|byte| *byte = random.byte()),
        _ => bytes[start..].fill(0),
    }
    fs::write(&path, bytes).unwrap();
}

/// How often a program died of damaged copies of one directory.
fn deaths(program: &Path, attempt: u64) -> usize {
    let template = Template::new(4 + attempt % 4);
    let mut died = 0;
    for seed in attempt * 20..attempt * 20 + 20 {
        let copy = template.copy();
        damage(copy.path(), &mut Random::new(seed));
        let run = || Command::new(program).arg(copy.path()).env_remove("LARDER").output().unwrap();
        let runs = [run(), run()];
        let deaths = runs.iter().filter(|run| !run.status.success()).count();
        let text = String::from_utf8_lossy(&runs[0].stderr);
        assert!(deaths <= 1 && runs[1].status.success(), "seed {seed}: {deaths} deaths, {text}");
        assert!(runs[1].stdout.starts_with(b"285"), "seed {seed}");
        died += deaths;
    }
    died
}

#[test]
fn a_program_that_aborts_on_panics_dies_at_most_once_of_a_damaged_catalog() {
    let _alone = alone();
    let program = build();
    // What sled makes of the same records, and so what it panics at, differs from time to time. If
    // it never did, this would show nothing.
    assert!((0..16).any(|attempt| deaths(&program, attempt) > 0));
}
