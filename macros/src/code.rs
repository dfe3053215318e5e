//! The fingerprint of a cached function's code: what must change for its results to be computed
//! anew.
//!
//! The engine in `larder-fingerprint` reads the sources once for all functions of a compilation.
//! Where there is nothing to read (doctests, editors, functions that a macro wrote) or nothing to
//! run (`cargo check`), the function's own code has to do.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::OnceLock;

use larder_fingerprint::{Compilation, Engine, Fingerprint, Root};
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use crate::item::Function;
use crate::mistakes::Mistakes;
use crate::parse::{Extent, Options};

/// The fingerprint of a function's code, as the generated code states it.
pub(crate) struct Code {
    /// Hexadecimal digits.
    pub(crate) digest: String,
    /// What it is made of, encoded.
    pub(crate) parts: Vec<u8>,
    /// The conditions whose values belong to it.
    pub(crate) cfgs: Vec<TokenStream>,
}

/// The sources of this compilation.
enum Sources {
    Unread,
    Read(Box<Engine>),
    /// There are none to read.
    Absent,
}

thread_local! {
    static SOURCES: RefCell<Sources> = const { RefCell::new(Sources::Unread) };
}

impl Code {
    /// The code of a function whose attribute stands on the item with this text; for a method, that
    /// is its block. What `reaches` names in vain is a mistake.
    pub(crate) fn of(
        function: &Function,
        text: &str,
        is_method: bool,
        options: &Options,
        mistakes: &mut Mistakes,
    ) -> Self {
        let name = function.sig.ident.unraw().to_string();
        let method = is_method.then_some(name.as_str());
        let mut hasher = blake3::Hasher::new();
        let mut add = |kind: u8, bytes: &[u8]| {
            hasher.update(&[kind]);
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        // What is ignored and the variables of the environment say what the key is made of, so that
        // keys of other inputs must not be mistaken for it. The order in which parameters are
        // ignored does not matter, that of variables does.
        for name in options.ignore.iter().map(ToString::to_string).collect::<BTreeSet<_>>() {
            add(b'x', name.as_bytes());
        }
        for name in &options.env {
            add(b'e', name.value().as_bytes());
        }
        let whole = match options.code {
            Extent::Deps => whole(text, method, options, mistakes),
            Extent::Body | Extent::None => None,
        };
        let (mut parts, mut cfgs) = (Vec::new(), Vec::new());
        match (whole, options.code) {
            (Some(fingerprint), _) => {
                add(b'd', &fingerprint.digest);
                parts = fingerprint.encode();
                cfgs = fingerprint.cfgs.iter().filter_map(|cfg| cfg.parse().ok()).collect();
            }
            (None, Extent::None) => add(b'n', &[]),
            (None, _) => {
                let body = match method {
                    Some(method) => larder_fingerprint::method_digest(text, method),
                    None => None,
                };
                add(b'b', &body.unwrap_or_else(|| larder_fingerprint::digest(text)));
            }
        }
        Self { digest: hasher.finalize().to_hex().to_string(), parts, cfgs }
    }
}

/// The fingerprint of everything that the function reaches, where the sources can be read.
fn whole(
    text: &str,
    method: Option<&str>,
    options: &Options,
    mistakes: &mut Mistakes,
) -> Option<Fingerprint> {
    // Outside of a compiler, as in a test of this crate, there are no places.
    if !proc_macro::is_available() {
        return None;
    }
    let place = proc_macro::Span::call_site();
    let file = place.local_file()?;
    let reaches: Vec<String> =
        options.reaches.iter().map(|path| path.to_token_stream().to_string()).collect();
    let root = Root {
        file: &file,
        line: place.line(),
        column: place.column(),
        source: text,
        method,
        reaches: &reaches,
    };
    let found = SOURCES.with_borrow_mut(|sources| {
        // Where nothing will run, only what the user can get wrong is looked at.
        if matches!(sources, Sources::Unread) && (runs() || !reaches.is_empty()) {
            *sources = read();
        }
        match sources {
            Sources::Read(engine) => engine.fingerprint(&root),
            Sources::Unread | Sources::Absent => None,
        }
    })?;
    for (path, written) in options.reaches.iter().zip(&reaches) {
        if found.missing.contains(written) {
            mistakes.at(
                path.span(),
                format_args!(
                    "`reaches` names `{}`, which is not found in this package and its path \
                     dependencies: write the path of a function, a type, a trait or a module as \
                     it would be written here",
                    written.replace(' ', "")
                ),
            );
        }
    }
    Some(found)
}

/// Whether the code that is compiled will run.
fn runs() -> bool {
    static RUNS: OnceLock<bool> = OnceLock::new();
    // Miri runs what others only check.
    *RUNS.get_or_init(|| Compilation::current().generates_code() || program().contains("miri"))
}

/// Reads the sources, where there are some.
fn read() -> Sources {
    // The programs in which editors expand macros, and the one that runs doctests, have no sources
    // in the places that they tell.
    let program = program();
    let has_none = program.contains("rust-analyzer")
        || program.contains("intellij")
        || program.starts_with("rustdoc")
        || std::env::var_os("UNSTABLE_RUSTDOC_TEST_PATH").is_some();
    if has_none {
        return Sources::Absent;
    }
    Sources::Read(Box::new(Engine::new(&Compilation::current())))
}

/// The name of the program that expands the attribute.
fn program() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    program.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// Twelve digits for telling generated names apart.
pub(crate) fn short(of: &impl ToTokens) -> String {
    let digest = larder_fingerprint::digest(&of.to_token_stream().to_string());
    blake3::Hash::from_bytes(digest).to_hex()[..12].to_owned()
}
