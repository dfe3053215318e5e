//! A generated package on disk, built by cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::source::Source;

pub(crate) struct Package {
    name: String,
    root: PathBuf,
    target: PathBuf,
}

impl Package {
    /// Writes a package whose functions are cached with this `code`.
    ///
    /// Packages of equal dependencies share those in the target directory; their own names differ,
    /// so neither build replaces what the other left.
    pub(crate) fn new(root: &Path, target: &Path, code: &str, source: &Source) -> Self {
        let name = format!("generated-{code}");
        let larder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nlarder = {{ path = \"{path}\" }}\n\n[workspace]\n"
        );
        fs::create_dir_all(root.join("src")).expect("a folder can be made");
        write(&root.join("Cargo.toml"), &manifest);
        // Larder's own lock names versions that are on this machine; cargo leaves out the others.
        fs::copy(larder.join("Cargo.lock"), root.join("Cargo.lock")).expect("a lock file");
        for (file, text) in source.files(code) {
            write(&root.join("src").join(file), &text);
        }
        Self { name, root: root.to_owned(), target: target.to_owned() }
    }

    /// Builds it and says how long that took.
    pub(crate) fn build(&self) -> Duration {
        let start = Instant::now();
        self.cargo(&["build", "--quiet", "--offline"]);
        start.elapsed()
    }

    /// Removes what was built of it, but not of what it depends on.
    pub(crate) fn clean(&self) {
        self.cargo(&["clean", "--quiet", "--offline", "--package", &self.name]);
    }

    /// Changes one function's body.
    pub(crate) fn edit(&mut self, number: usize) {
        let path = self.root.join("src").join(Source::EDITED);
        let text = fs::read_to_string(&path).expect("the module was written");
        let line =
            text.lines().find(|line| line.contains(Source::MARK)).expect("the line is there");
        let edited = format!("    let {} = {};", Source::MARK, number + 1_000);
        write(&path, &text.replacen(line, &edited, 1));
    }

    fn cargo(&self, arguments: &[&str]) {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).arg("--target-dir").arg(&self.target).current_dir(&self.root);
        cargo.env_remove("CARGO_INCREMENTAL").env_remove("CARGO_BUILD_TARGET");
        let status = cargo.status().expect("cargo starts");
        assert!(status.success(), "cargo {arguments:?}: {status}");
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).expect("a file can be written");
}
