//! A project in a folder of its own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use larder_fingerprint::{Compilation, Engine, Fingerprint, Kind};
use tempfile::TempDir;

use crate::artefacts::{self, Age, WORKSPACE};
use crate::compilation::compilation;
use crate::condition::holds;
use crate::state::State;

/// What decides whether a result can be used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    digest: [u8; 32],
    /// The conditions that the compiler evaluates, and what they are.
    conditions: Vec<(String, bool)>,
    /// Whether the sources may not be what was compiled.
    pub(crate) doubtful: bool,
}

/// The code of all cached functions, by their names without the modules.
pub(crate) type Codes = BTreeMap<String, Code>;

/// Files on disk that are made to be those of a state.
pub(crate) struct Project {
    root: PathBuf,
    /// Removed with everything in it when the project is dropped.
    _folder: TempDir,
    /// What lies there now.
    written: BTreeMap<String, (String, Age)>,
    /// When the first source was written. What the compiler left is dated later, in the future:
    /// nothing can set back when the system saw a file change last.
    start: SystemTime,
}

impl Project {
    /// An empty project in a new folder of this name.
    pub(crate) fn new(name: &str) -> Self {
        let folder = TempDir::with_prefix("corpus-").expect("a temporary folder can be made");
        // The compiler's paths are those that the operating system would give.
        let root = folder.path().canonicalize().expect("the folder is there").join(name);
        let start = SystemTime::now();
        Self { root, _folder: folder, written: BTreeMap::new(), start }
    }

    /// Makes the files those of `state`.
    pub(crate) fn write(&mut self, state: &State) {
        let files = artefacts::files(state, &self.root);
        for path in self.written.keys().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(self.root.join(path)).expect("the file was written");
        }
        for (path, file) in &files {
            if self.written.get(path) != Some(file) {
                self.write_file(path, file.0.as_bytes(), file.1);
            }
        }
        self.written = files;
    }

    /// Gives a file of the workspace other bytes, until the next time it is written.
    pub(crate) fn overwrite(&mut self, path: &str, bytes: &[u8]) {
        let path = format!("{WORKSPACE}/{path}");
        self.write_file(&path, bytes, Age(0));
        self.written.insert(path, (String::new(), Age(i64::MAX)));
    }

    /// Makes a file of the workspace look as if it had been written then.
    pub(crate) fn touch(&mut self, path: &str, age: Age) {
        let path = format!("{WORKSPACE}/{path}");
        let file = self.written.get_mut(&path).expect("the file was written");
        file.1 = age;
        set_age(&self.root.join(path), self.start, age);
    }

    /// What the compiler is started with for `state`.
    pub(crate) fn compilation(&self, state: &State) -> Compilation {
        compilation(state, &self.root)
    }

    /// The code of all cached functions, as a compilation of `state` sees it.
    pub(crate) fn codes(&self, state: &State) -> Codes {
        let mut codes = Codes::new();
        for (path, fingerprint) in fingerprints(&self.compilation(state)) {
            let name = path.rsplit("::").next().expect("a path has a last name").to_owned();
            let code = code(&fingerprint, state);
            assert!(codes.insert(name, code).is_none(), "there are two of `{path}`");
        }
        codes
    }

    fn write_file(&self, path: &str, bytes: &[u8], age: Age) {
        let path = self.root.join(path);
        let folder = path.parent().expect("every file lies in a folder");
        fs::create_dir_all(folder).expect("folders can be made");
        fs::write(&path, bytes).expect("files can be written");
        set_age(&path, self.start, age);
    }
}

/// The fingerprints of all cached functions, with their paths.
pub(crate) fn fingerprints(compilation: &Compilation) -> Vec<(String, Fingerprint)> {
    let mut engine = Engine::new(compilation);
    let marked = engine.functions().into_iter().filter(|found| found.marked);
    let fingerprints = marked.map(|found| {
        let fingerprint = engine.fingerprint_of(&found);
        let fingerprint =
            fingerprint.unwrap_or_else(|| panic!("`{}` has no fingerprint", found.path));
        (found.path, fingerprint)
    });
    fingerprints.collect()
}

fn code(fingerprint: &Fingerprint, state: &State) -> Code {
    let conditions = fingerprint.cfgs.iter().map(|text| (text.clone(), holds(text, state)));
    Code {
        digest: fingerprint.digest,
        conditions: conditions.collect(),
        doubtful: fingerprint.parts.iter().any(|part| part.kind == Kind::Doubt),
    }
}

fn set_age(path: &Path, start: SystemTime, Age(seconds): Age) {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { start - distance } else { start + distance };
    let file = File::options().write(true).open(path).expect("the file is there");
    file.set_modified(time).expect("time stamps can be set");
}
