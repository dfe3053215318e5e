//! The main job after edits to its own code: the example `near_duplicates` as a package of its own,
//! whose tokenizer is edited.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::child;
use crate::project::{BUILD, RUN, project};

/// The package, a tree of files for it to look at, and a place for its results.
struct Job {
    package: PathBuf,
    target: PathBuf,
    dir: TempDir,
}

impl Job {
    fn new(home: &Path) -> Self {
        let larder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let package = home.join("near_duplicates");
        fs::create_dir_all(package.join("src")).unwrap();
        for entry in fs::read_dir(larder.join("examples/near_duplicates")).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, package.join("src").join(path.file_name().unwrap())).unwrap();
        }
        let path = env!("CARGO_MANIFEST_DIR").replace('\\', "/");
        let manifest = format!(
            "[package]\nname = \"near_duplicates\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\nlarder = {{ path = \"{path}\" }}\n\
             serde = {{ version = \"1\", features = [\"derive\"] }}\n\n[workspace]\n"
        );
        fs::write(package.join("Cargo.toml"), manifest).unwrap();
        fs::copy(larder.join("Cargo.lock"), package.join("Cargo.lock")).unwrap();
        let dir = TempDir::new().unwrap();
        fs::create_dir(dir.path().join("tree")).unwrap();
        // Three real files, the last of them nearly the first.
        let text = fs::read_to_string(larder.join("src/store.rs")).unwrap();
        let other = fs::read_to_string(larder.join("src/entry.rs")).unwrap();
        let like = format!("{text}\nfn one_more() {{}}\n");
        for (name, text) in [("a.rs", &text), ("b.rs", &other), ("c.rs", &like)] {
            fs::write(dir.path().join("tree").join(name), text).unwrap();
        }
        Self { package, target: home.join("target"), dir }
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let file = self.package.join("src").join(file);
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {}", file.display());
        fs::write(&file, text.replace(from, to)).unwrap();
    }

    /// Builds and runs it. Of each function that was called, how many calls were computed.
    fn run(&self) -> BTreeMap<String, u64> {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--offline", "--target-dir"]).arg(&self.target);
        cargo.current_dir(&self.package).env_remove("CARGO_BUILD_TARGET");
        child::run(&mut cargo, BUILD).text();
        let program = self.target.join("debug/near_duplicates");
        let mut program = Command::new(program.with_extension(std::env::consts::EXE_EXTENSION));
        program.current_dir(self.dir.path()).arg("tree").env_remove("LARDER");
        program.env("LARDER_DIR", self.dir.path().join("results"));
        let text = child::run(&mut program, RUN).text();
        let table = text.lines().skip_while(|line| !line.starts_with("function ")).skip(1);
        let lines = table.take_while(|line| !line.is_empty());
        let computed = lines.map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name = words[0].rsplit("::").next().unwrap();
            (name.to_owned(), words[2].parse().unwrap())
        });
        computed.collect()
    }

    #[track_caller]
    fn check(&self, signatures: u64, candidates: u64, overlaps: u64) {
        let computed = self.run();
        let found = ["signature", "candidates", "overlap"].map(|name| computed[name]);
        assert_eq!(found, [signatures, candidates, overlaps], "{computed:?}");
    }
}

#[test]
fn an_edit_to_the_tokenizer_recomputes_what_tokenizes_and_what_follows_from_changed_signatures() {
    let project = project();
    let job = Job::new(project.home());
    job.check(3, 1, 1);
    job.check(0, 0, 0);
    // What was written about it is not it.
    job.edit("text.rs", "/// The length of the token", "// Seen.\n/// The length of the token");
    job.check(0, 0, 0);
    // The same tokens by other code: all that tokenizes runs, and the search for candidates, whose
    // signatures came out as they were, does not.
    job.edit("text.rs", "text.starts_with(\"//\")", "text.as_bytes().starts_with(b\"//\")");
    job.check(3, 0, 1);
    // Other tokens: other signatures, so candidates are looked for.
    job.edit("text.rs", "c.is_alphanumeric() || c == '_'", "c.is_alphabetic() || c == '_'");
    job.check(3, 1, 1);
    job.edit("text.rs", "c.is_alphabetic() || c == '_'", "c.is_alphanumeric() || c == '_'");
    job.check(0, 0, 0);
    // The search itself: nothing is read again.
    job.edit("minhash.rs", "HASHES * 6 / 10", "HASHES * 5 / 10");
    job.check(0, 1, 0);
}
