//! What cargo and the compiler have left behind when a crate is compiled: the artefacts of its
//! dependencies, and the sources of those that came from elsewhere.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use larder_fingerprint::Compilation;

use crate::sources::OUT_DIR;
use crate::state::{State, Target};

/// The folder of the workspace, below that of the project.
pub(crate) const WORKSPACE: &str = "ws";

/// What the compiler adds to the names of the artefacts of `app`'s library and its other targets.
const LIBRARY_HASH: &str = "c1260475eb1f7a1f";
const TARGET_HASH: &str = "ed8952e16bc416bf";

/// A package of the workspace other than `app`.
struct Member {
    name: &'static str,
    crate_name: &'static str,
    folder: &'static str,
    hash: &'static str,
    /// By which name `app` depends on it.
    extern_name: Option<&'static str>,
    macros: bool,
}

const MEMBERS: [Member; 4] = [
    Member {
        name: "dep-a",
        crate_name: "dep_a",
        folder: "dep-a",
        hash: "77f60928778c45c0",
        extern_name: Some("alpha"),
        macros: false,
    },
    Member {
        name: "dep_b",
        crate_name: "dep_b",
        folder: "dep-b",
        hash: "e875020d7b3ef8bc",
        extern_name: None,
        macros: false,
    },
    Member {
        name: "larder",
        crate_name: "larder",
        folder: "larder",
        hash: "12c39118d0c2c1b5",
        extern_name: Some("larder"),
        macros: false,
    },
    Member {
        name: "pm",
        crate_name: "pm",
        folder: "pm",
        hash: "2d0f6137cbd7cc54",
        extern_name: Some("pm"),
        macros: true,
    },
];

/// A package that does not lie in the workspace.
struct External {
    name: &'static str,
    crate_name: &'static str,
    /// The start of its version, which tells packages of one name apart.
    version: &'static str,
    hash: &'static str,
    /// Whether `app` itself depends on it.
    direct: bool,
    macros: bool,
}

const fn external(
    name: &'static str,
    crate_name: &'static str,
    version: &'static str,
    hash: &'static str,
    direct: bool,
) -> External {
    External { name, crate_name, version, hash, direct, macros: false }
}

const EXTERNALS: [External; 15] = [
    external("digest", "digest", "0.10.", "1f195612b489f3ee", false),
    external("fixedbuf", "fixedbuf", "0.4.", "55c4735b7e42b30f", false),
    external("itoa", "itoa", "1.", "e4a05c33f622b822", true),
    external("md-5", "md5", "0.10.", "ffbf6042d393b0c8", true),
    external("memchr", "memchr", "2.", "8ff797d197d12908", false),
    external("proc-macro2", "proc_macro2", "1.", "bc62778dbd4977c7", false),
    external("quickcheck", "quickcheck", "1.", "49b462d488e72123", false),
    external("quote", "quote", "1.", "0fed3f6e63b22943", false),
    external("rand", "rand", "0.8.", "8171b9e16a21d063", false),
    external("rand", "rand", "0.9.", "277e94802b752ebe", true),
    external("rand_core", "rand_core", "0.6.", "5e357b28be892ec8", false),
    external("rand_core", "rand_core", "0.9.", "f8aaf1f9eab74305", false),
    external("serde", "serde", "1.", "2bbec8450d8ffdde", true),
    External {
        macros: true,
        ..external("serde_derive", "serde_derive", "1.", "1827fbb383f50e43", false)
    },
    external("tally", "tally", "0.2.", "978e81450ae14106", true),
];

/// When a file was written, in seconds after the first source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age(pub(crate) u64);

const SOURCE: Age = Age(0);
const GENERATED: Age = Age(60);
/// When the compilers of dependencies started.
pub(crate) const DEPENDENCIES: Age = Age(600);
const COMPILED: Age = Age(660);
/// When the compiler of the crate itself started.
pub(crate) const COMPILER: Age = Age(1200);

/// All files of a project in the folder `root`, by their paths in it.
pub(crate) fn files(state: &State, root: &Path) -> BTreeMap<String, (String, Age)> {
    let mut files = BTreeMap::new();
    let out_dir = out_dir(state);
    for (path, text) in &state.files {
        let (path, age) = match path.strip_prefix(OUT_DIR) {
            Some(rest) => (format!("{out_dir}{rest}"), GENERATED),
            None => (path.clone(), SOURCE),
        };
        files.insert(format!("{WORKSPACE}/{path}"), (text.clone(), age));
    }
    let own = format!("{}/.fingerprint/app-{}/invoked.timestamp", target(state), own_hash(state));
    files.insert(format!("{WORKSPACE}/{own}"), (INVOKED.into(), COMPILER));
    if !state.dependencies {
        return files;
    }
    for member in &MEMBERS {
        let sources = |path: &str| path.starts_with(&format!("{}/src/", member.folder));
        let mut artefact = Artefact::new(state, root, member.name, member.crate_name, member.hash);
        artefact.sources = state.files.keys().filter(|path| sources(path)).cloned().collect();
        artefact.variables = variables(state, member.name);
        artefact.macros = member.macros;
        artefact.write(&mut files);
    }
    if state.target == Target::Binary {
        let own = ["app/src/main.rs", "app/src/report.rs"];
        let sources = |path: &str| path.starts_with("app/src/") && !own.contains(&path);
        let mut artefact = Artefact::new(state, root, "app", "app", LIBRARY_HASH);
        artefact.sources = state.files.keys().filter(|path| sources(path)).cloned().collect();
        artefact.variables = variables(state, "app");
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
        files.insert(source.clone(), (format!("//! The package {name}.\n"), SOURCE));
        let mut artefact = Artefact::new(state, root, name, external.crate_name, external.hash);
        artefact.sources = vec![root.join(source).display().to_string()];
        artefact.macros = external.macros;
        artefact.write(&mut files);
    }
    files
}

/// What the compiler of the crate is started with.
pub(crate) fn compilation(state: &State, root: &Path) -> Compilation {
    let workspace = root.join(WORKSPACE);
    let folder = |path: &str| workspace.join(path).display().to_string();
    let deps = folder(&format!("{}/deps", target(state)));
    let (file, kind) = match state.target {
        Target::Library => ("app/src/lib.rs", "lib"),
        Target::Test => ("app/src/lib.rs", ""),
        Target::Binary => ("app/src/main.rs", "bin"),
    };
    let mut arguments = vec!["--crate-name".to_owned(), "app".to_owned()];
    arguments.push(format!("--edition={}", state.manifest_value("edition")));
    arguments.push(file.to_owned());
    arguments.extend(["--error-format=json", "--json=artifacts"].map(str::to_owned));
    if state.target == Target::Test {
        arguments.push("--test".to_owned());
    } else {
        arguments.extend(["--crate-type", kind].map(str::to_owned));
    }
    arguments.push("--emit=dep-info,metadata,link".to_owned());
    let settings = if state.release { "opt-level=3" } else { "debuginfo=2" };
    arguments.extend(["-C", settings].map(str::to_owned));
    for feature in state.features_of("app") {
        arguments.extend(["--cfg".to_owned(), format!("feature=\"{feature}\"")]);
    }
    let check = r#"cfg(feature, values("fast", "gates", "packed", "wide"))"#;
    arguments.extend(["--check-cfg", check].map(str::to_owned));
    let hash = own_hash(state);
    for setting in [format!("metadata=7{}", &hash[1..]), format!("extra-filename=-{hash}")] {
        arguments.extend(["-C".to_owned(), setting]);
    }
    arguments.extend(["--out-dir".to_owned(), deps.clone()]);
    arguments.extend(["-L".to_owned(), format!("dependency={deps}")]);
    for (name, file) in externs(state) {
        arguments.extend(["--extern".to_owned(), format!("{name}={deps}/{file}")]);
    }
    let mut variables: BTreeMap<String, String> = BTreeMap::from([
        ("CARGO_MANIFEST_DIR".into(), folder("app")),
        ("CARGO_MANIFEST_PATH".into(), folder("app/Cargo.toml")),
        ("CARGO_PKG_NAME".into(), "app".into()),
        ("CARGO_PKG_VERSION".into(), state.manifest_value("version").into()),
        ("CARGO_CRATE_NAME".into(), "app".into()),
        ("OUT_DIR".into(), folder(&out_dir(state))),
    ]);
    variables.extend(self::variables(state, "app"));
    Compilation { arguments, variables, directory: workspace }
}

/// What the artefacts of dependencies are called, by the names under which `app` uses them.
fn externs(state: &State) -> Vec<(&'static str, String)> {
    if !state.dependencies {
        return Vec::new();
    }
    // Pipelined compilation hands metadata to a library, and whole archives to what is linked.
    let archive = if state.target == Target::Library { "rmeta" } else { "rlib" };
    let file = |name: &str, hash: &str, macros: bool| {
        format!("lib{name}-{hash}.{}", if macros { "so" } else { archive })
    };
    let members = MEMBERS.iter().filter_map(|member| {
        Some((member.extern_name?, file(member.crate_name, member.hash, member.macros)))
    });
    let externals = EXTERNALS.iter().filter(|external| external.direct).map(|external| {
        (external.crate_name, file(external.crate_name, external.hash, external.macros))
    });
    let mut externs: Vec<_> = members.chain(externals).collect();
    if state.target == Target::Binary {
        externs.push(("app", file("app", LIBRARY_HASH, false)));
    }
    if state.target == Target::Test {
        externs.push(("quickcheck", file("quickcheck", "49b462d488e72123", false)));
    }
    externs
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
}

impl<'a> Artefact<'a> {
    fn new(
        state: &'a State,
        root: &'a Path,
        package: &'a str,
        crate_name: &'a str,
        hash: &'a str,
    ) -> Self {
        let (sources, variables, macros) = (Vec::new(), Vec::new(), false);
        Self { state, root, package, crate_name, hash, sources, variables, macros }
    }

    fn write(&self, files: &mut BTreeMap<String, (String, Age)>) {
        let Self { package, crate_name, hash, .. } = self;
        let target = format!("{WORKSPACE}/{}", target(self.state));
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
        let facts = format!(
            concat!(
                r#"{{"rustc":7458672600737419911,"features":"[{}]","declared_features":"[]","#,
                r#""target":1,"profile":2,"path":3,"deps":[],"local":[],"rustflags":[],"#,
                r#""config":4,"compile_kind":0}}"#
            ),
            features.join(", ")
        );
        files.insert(format!("{folder}/lib-{crate_name}.json"), (facts, COMPILED));
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

fn variables(state: &State, package: &str) -> Vec<(String, String)> {
    state.variables_of(package).map(|(name, value)| (name.into(), value.into())).collect()
}

fn target(state: &State) -> String {
    format!("target/{}", state.profile())
}

fn out_dir(state: &State) -> String {
    format!("{}/build/app-f58626e3ed9d4069/out", target(state))
}

fn own_hash(state: &State) -> &'static str {
    if state.target == Target::Library { LIBRARY_HASH } else { TARGET_HASH }
}
