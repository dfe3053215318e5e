//! What cargo and the compiler have left behind when a crate is compiled: the artefacts of its
//! dependencies, and the sources of those that came from elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::packages::{EXTERNALS, External, LIBRARY_HASH, MEMBERS};
use crate::sources::OUT_DIR;
use crate::state::{State, Target};

/// The folder of the workspace, below that of the project.
pub(crate) const WORKSPACE: &str = "ws";

/// When a file was written, in seconds after the first source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age(pub(crate) i64);

const SOURCE: Age = Age(0);
const GENERATED: Age = Age(60);
/// When the compilers of dependencies started.
pub(crate) const DEPENDENCIES: Age = Age(3600);
const COMPILED: Age = Age(3660);
/// When the compiler of the crate itself started.
pub(crate) const COMPILER: Age = Age(7200);

/// All files of a project in the folder `root`, by their paths in it.
pub(crate) fn files(state: &State, root: &Path) -> BTreeMap<String, (String, Age)> {
    let mut files = BTreeMap::new();
    let out_dir = state.out_dir();
    for (path, text) in &state.files {
        let (path, age) = match path.strip_prefix(OUT_DIR) {
            Some(rest) => (format!("{out_dir}{rest}"), GENERATED),
            None => (path.clone(), SOURCE),
        };
        files.insert(format!("{WORKSPACE}/{path}"), (text.clone(), age));
    }
    let own = format!(
        "{}/.fingerprint/app-{}/invoked.timestamp",
        state.target_folder(),
        state.own_hash()
    );
    files.insert(format!("{WORKSPACE}/{own}"), (INVOKED.into(), COMPILER));
    if !state.dependencies {
        return files;
    }
    for member in &MEMBERS {
        let sources = |path: &str| path.starts_with(&format!("{}/src/", member.folder));
        let mut artefact = Artefact::new(state, root, member.name, member.crate_name, member.hash);
        artefact.sources = state.files.keys().filter(|path| sources(path)).cloned().collect();
        artefact.variables = state.variables_of(member.name).collect();
        artefact.macros = member.macros;
        artefact.dependencies = member.dependencies;
        artefact.write(&mut files);
    }
    if state.target == Target::Binary {
        let own = ["app/src/main.rs", "app/src/report.rs"];
        let sources = |path: &str| path.starts_with("app/src/") && !own.contains(&path);
        let mut artefact = Artefact::new(state, root, "app", "app", LIBRARY_HASH);
        artefact.sources = state.files.keys().filter(|path| sources(path)).cloned().collect();
        artefact.variables = state.variables_of("app").collect();
        let workspace = root.join(WORKSPACE);
        let folder = |path: &str| workspace.join(path).display().to_string();
        artefact.variables.push(("CARGO_MANIFEST_DIR".into(), folder("app")));
        artefact.variables.push(("OUT_DIR".into(), folder(&out_dir)));
        artefact.write(&mut files);
    }
    for external in &EXTERNALS {
        let folder = external_folder(state, external);
        let name = external.name;
        let (version, _) = state.locked(name, external.version);
        let manifest = format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\n");
        let source = format!("{folder}/src/lib.rs");
        files.insert(format!("{folder}/Cargo.toml"), (manifest, SOURCE));
        // As cargo marks what it has unpacked.
        files.insert(format!("{folder}/.cargo-ok"), (r#"{"v":1}"#.into(), SOURCE));
        files.insert(source.clone(), (format!("//! The package {name}.\n"), SOURCE));
        let mut artefact = Artefact::new(state, root, name, external.crate_name, external.hash);
        artefact.sources = vec![root.join(source).display().to_string()];
        artefact.macros = external.macros;
        artefact.write(&mut files);
    }
    files
}

/// The text of each `invoked.timestamp`; what counts is when it was written.
const INVOKED: &str = "This file has an mtime of when this was started.";

/// What is left of one dependency's compilation.
struct Artefact<'a> {
    state: &'a State,
    root: &'a Path,
    package: &'a str,
    crate_name: &'a str,
    hash: &'a str,
    sources: Vec<String>,
    variables: Vec<(String, String)>,
    macros: bool,
    dependencies: &'a [(&'a str, &'a str)],
}

impl<'a> Artefact<'a> {
    fn new(
        state: &'a State,
        root: &'a Path,
        package: &'a str,
        crate_name: &'a str,
        hash: &'a str,
    ) -> Self {
        let (sources, variables, macros, dependencies): (_, _, _, &[_]) =
            (Vec::new(), Vec::new(), false, &[]);
        Self { state, root, package, crate_name, hash, sources, variables, macros, dependencies }
    }

    fn write(&self, files: &mut BTreeMap<String, (String, Age)>) {
        let Self { package, crate_name, hash, .. } = self;
        let target = format!("{WORKSPACE}/{}", self.state.target_folder());
        let deps = format!("{target}/deps");
        let outputs: Vec<String> = if self.macros {
            vec![format!("{deps}/lib{crate_name}-{hash}.so")]
        } else {
            ["rlib", "rmeta"].map(|kind| format!("{deps}/lib{crate_name}-{hash}.{kind}")).into()
        };
        let info = format!("{deps}/{crate_name}-{hash}.d");
        let text = self.dep_info([&info].into_iter().chain(&outputs));
        files.insert(info, (text, COMPILED));
        files.extend(outputs.into_iter().map(|output| (output, (String::new(), COMPILED))));

        let folder = format!("{target}/.fingerprint/{package}-{hash}");
        let features: Vec<String> =
            self.state.features_of(package).map(|name| format!(r#"\"{name}\""#)).collect();
        let dependencies: Vec<String> = self
            .dependencies
            .iter()
            .map(|(name, hash)| format!("[1,\"{name}\",false,{}]", number(hash)))
            .collect();
        let facts = format!(
            concat!(
                r#"{{"rustc":7458672600737419911,"features":"[{}]","declared_features":"[]","#,
                r#""target":1,"profile":2,"path":3,"deps":[{}],"local":[],"rustflags":[],"#,
                r#""config":4,"compile_kind":0}}"#
            ),
            features.join(", "),
            dependencies.join(",")
        );
        files.insert(format!("{folder}/lib-{crate_name}.json"), (facts, COMPILED));
        // By this, others refer to it: its number, from the lowest byte to the highest.
        files.insert(format!("{folder}/lib-{crate_name}"), ((*hash).to_owned(), COMPILED));
        files.insert(format!("{folder}/invoked.timestamp"), (INVOKED.into(), DEPENDENCIES));
    }

    /// What the compiler read, in the form of a makefile.
    fn dep_info<'b>(&self, outputs: impl Iterator<Item = &'b String>) -> String {
        let escape = |path: &str| path.replace(' ', "\\ ");
        let sources: Vec<String> = self.sources.iter().map(|path| escape(path)).collect();
        let mut text = String::new();
        for output in outputs {
            let output = escape(&self.root.join(output).display().to_string());
            let _ = writeln!(text, "{output}: {}\n", sources.join(" "));
        }
        for source in sources {
            let _ = writeln!(text, "{source}:");
        }
        for (name, value) in &self.variables {
            let _ = write!(text, "\n# env-dep:{name}={value}");
        }
        text + "\n"
    }
}

/// By what number cargo refers to a compiled dependency; here its hash serves for that too.
fn number(hash: &str) -> u64 {
    u64::from_str_radix(hash, 16).expect("hashes are hexadecimal").swap_bytes()
}

/// The folder of a package from elsewhere, below that of the project.
fn external_folder(state: &State, external: &External) -> String {
    let (version, source) = state.locked(external.name, external.version);
    let name = external.name;
    match source.split_once('#') {
        Some((_, revision)) => {
            format!("home/.cargo/git/checkouts/{name}-0f3ab17c5d9e2864/{}", &revision[..7])
        }
        None => {
            format!("home/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/{name}-{version}")
        }
    }
}
