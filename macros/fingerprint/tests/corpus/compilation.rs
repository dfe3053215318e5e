//! What the compiler of `app` is started with.

use std::collections::BTreeMap;
use std::path::Path;

use larder_fingerprint::Compilation;

use crate::artefacts::WORKSPACE;
use crate::packages::{EXTERNALS, LIBRARY_HASH, MEMBERS};
use crate::state::{State, Target};

/// The arguments and variables that cargo gives it in the folder `root`.
pub(crate) fn compilation(state: &State, root: &Path) -> Compilation {
    let workspace = root.join(WORKSPACE);
    let folder = |path: &str| workspace.join(path).display().to_string();
    let deps = folder(&format!("{}/deps", state.target_folder()));
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
    let hash = state.own_hash();
    for setting in [format!("metadata=7{}", &hash[1..]), format!("extra-filename=-{hash}")] {
        arguments.extend(["-C".to_owned(), setting]);
    }
    arguments.extend(["--out-dir".to_owned(), deps.clone()]);
    arguments.extend(["-L".to_owned(), format!("dependency={deps}")]);
    for (name, file) in externs(state) {
        arguments.extend(["--extern".to_owned(), format!("{name}={deps}/{file}")]);
    }
    let mut variables = BTreeMap::from([
        ("CARGO_MANIFEST_DIR".to_owned(), folder("app")),
        ("CARGO_MANIFEST_PATH".into(), folder("app/Cargo.toml")),
        ("CARGO_PKG_NAME".into(), "app".into()),
        ("CARGO_PKG_VERSION".into(), state.manifest_value("version").into()),
        ("CARGO_CRATE_NAME".into(), "app".into()),
        ("OUT_DIR".into(), folder(&state.out_dir())),
    ]);
    variables.extend(state.variables_of("app"));
    Compilation { arguments, variables, directory: workspace, started: None }
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
