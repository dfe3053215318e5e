//! A workspace on disk that is edited, built and run.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, SystemTime};

use crate::change::Change;
use crate::child;
use crate::outcome::Outcome;

/// The name by which the package `ledger` depends on larder.
const LEDGERS_NAME_OF_LARDER: &str = "store";

/// Far longer than anything here takes: whoever is still running then hangs.
pub(crate) const BUILD: Duration = Duration::from_mins(20);
pub(crate) const RUN: Duration = Duration::from_mins(1);

#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// A copy of `workspace/` beside this file.
///
/// All copies share a target directory, and a place for results that is empty when the test starts.
/// Both have fixed paths below the target directory of larder, so that dependencies are built once.
pub(crate) struct Project {
    home: PathBuf,
    root: PathBuf,
    /// What the changed files were before; nothing for those that are new.
    before: BTreeMap<&'static str, Option<Vec<u8>>>,
}

/// The project that all tests share, one after the other, as `workspace/` has it and without results.
pub(crate) fn project() -> MutexGuard<'static, Project> {
    static PROJECT: OnceLock<(Mutex<Project>, File)> = OnceLock::new();
    let (project, _) = PROJECT.get_or_init(|| {
        // This test is `<target>/<profile>/deps/edits-<hash>`, wherever the target directory is.
        let test = std::env::current_exe().unwrap();
        let home = test.ancestors().nth(3).unwrap().join("edits");
        fs::create_dir_all(&home).unwrap();
        // Another run of this test has its turn when this one ends.
        let lock = File::create(home.join("lock")).unwrap();
        lock.lock().unwrap();
        (Mutex::new(Project::new(home)), lock)
    });
    // A test that fails leaves nothing behind that undoing does not mend.
    let mut project = project.lock().unwrap_or_else(PoisonError::into_inner);
    project.undo();
    project.forget();
    project
}

impl Project {
    fn new(home: PathBuf) -> Self {
        for folder in ["project", "elsewhere"] {
            remove(&home.join(folder));
        }
        let larder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = home.join("project");
        copy(&larder.join("tests/edits/workspace"), &root, &fill_in);
        // Larder's own lock names versions that are on this machine; cargo leaves out the others.
        fs::copy(larder.join("Cargo.lock"), root.join("Cargo.lock")).unwrap();
        Self { home, root, before: BTreeMap::new() }
    }

    /// The folder that is the tests' own.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// The workspace as it is now, in another folder.
    pub(crate) fn copied(&self, folder: &str) -> Self {
        let root = self.home.join(folder);
        copy(&self.root, &root, &str::to_owned);
        Self { home: self.home.clone(), root, before: BTreeMap::new() }
    }

    pub(crate) fn apply(&mut self, changes: &[Change]) {
        // Cargo rewrites it where a manifest changes.
        self.remember("Cargo.lock");
        for change in changes {
            match *change {
                Change::Replace(file, from, to) => {
                    self.remember(file);
                    let text = fs::read_to_string(self.root.join(file)).unwrap();
                    assert_eq!(text.matches(from).count(), 1, "{from:?} in {file}");
                    fs::write(self.root.join(file), text.replace(from, to)).unwrap();
                }
                Change::Create(file, text) => {
                    self.remember(file);
                    self.write(file, text.as_bytes());
                }
                Change::Move(from, to) => {
                    self.remember(from);
                    self.remember(to);
                    let text = fs::read(self.root.join(from)).unwrap();
                    fs::remove_file(self.root.join(from)).unwrap();
                    self.write(to, &text);
                }
                Change::Touch(file) => {
                    let text = fs::read(self.root.join(file)).unwrap();
                    self.write(file, &text);
                }
            }
        }
    }

    /// Undoes everything that was applied.
    pub(crate) fn undo(&mut self) {
        for (file, text) in std::mem::take(&mut self.before) {
            match text {
                // What is as it was keeps its time.
                Some(text) if fs::read(self.root.join(file)).is_ok_and(|now| now == text) => {}
                Some(text) => self.write(file, &text),
                None => fs::remove_file(self.root.join(file)).unwrap(),
            }
        }
    }

    /// Sets the time at which a file was changed, as far as others can tell.
    pub(crate) fn set_time(&self, file: &str, time: SystemTime) {
        let file = File::options().write(true).open(self.root.join(file)).unwrap();
        file.set_modified(time).unwrap();
    }

    /// Builds and runs the program and the example.
    pub(crate) fn run(&self, profile: Profile) -> Outcome {
        let target = self.home.join("target");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--offline", "--package", "survey", "--bins", "--examples"]);
        cargo.current_dir(&self.root).arg("--target-dir").arg(&target);
        cargo.env_remove("CARGO_BUILD_TARGET").env_remove("CARGO_INCREMENTAL");
        let folder = match profile {
            Profile::Debug => target.join("debug"),
            Profile::Release => {
                cargo.arg("--release");
                target.join("release")
            }
        };
        child::run(&mut cargo, BUILD).text();
        let text: String =
            ["survey", "examples/sample"].map(|name| self.output(&folder.join(name))).concat();
        Outcome::parse(&text)
    }

    /// Runs the benchmark and the integration test.
    pub(crate) fn run_tests(&self) -> Outcome {
        let run = |arguments: &[&str]| {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(arguments).args(["--offline", "--package", "survey"]);
            cargo.current_dir(&self.root).arg("--target-dir").arg(self.home.join("target"));
            cargo.env_remove("CARGO_BUILD_TARGET").env_remove("CARGO_INCREMENTAL");
            cargo.env("LARDER_DIR", self.home.join("results")).env_remove("LARDER");
            let text = child::run(cargo.args(["--", "--nocapture"]), BUILD).text();
            text.lines()
                .filter(|line| line.contains('\t'))
                .map(|line| format!("{line}\n"))
                .collect()
        };
        let texts: [String; 2] =
            [run(&["bench", "--bench", "speed"]), run(&["test", "--test", "trip"])];
        Outcome::parse(&texts.concat())
    }

    fn output(&self, program: &Path) -> String {
        let mut program = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
        program.env("LARDER_DIR", self.home.join("results")).env_remove("LARDER");
        child::run(&mut program, RUN).text()
    }

    /// Removes all results.
    pub(crate) fn forget(&self) {
        remove(&self.home.join("results"));
    }

    fn remember(&mut self, file: &'static str) {
        let text = fs::read(self.root.join(file)).ok();
        self.before.entry(file).or_insert(text);
    }

    /// Writes a file, for which a folder may be missing.
    fn write(&self, file: &str, text: &[u8]) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// Removes a folder that need not be there.
fn remove(folder: &Path) {
    if folder.exists() {
        fs::remove_dir_all(folder).unwrap();
    }
}

/// Puts the path of larder into a file, and the name it goes by.
fn fill_in(text: &str) -> String {
    let larder = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
    text.replace("@LARDER@", &larder).replace("@LARDER_NAME@", LEDGERS_NAME_OF_LARDER)
}

/// Copies a folder. The manifests have another name beside this file, where packages of their own
/// would not be part of larder's package.
fn copy(from: &Path, to: &Path, edit: &dyn Fn(&str) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let to = to.join(if name == "manifest.toml" { "Cargo.toml" } else { name });
        if path.is_dir() {
            copy(&path, &to, edit);
        } else {
            fs::write(to, edit(&fs::read_to_string(&path).unwrap())).unwrap();
        }
    }
}
