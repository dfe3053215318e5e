//! Which function a result belongs to, and which state of its code computed it.

use super::validity::Validity;
use crate::key::Digest;
use crate::store::{FORMAT, Folder};
use std::sync::atomic::{AtomicUsize, Ordering};

/// One cached function, with its type arguments where it has some.
#[derive(Debug)]
pub(crate) struct Identity {
    /// Counts the identities of this process from zero, so that caches can keep what they know about
    /// each in a [table](crate::store::Table).
    pub(crate) index: usize,
    /// For people: path, name and type arguments.
    pub(crate) name: String,
    pub(crate) package: String,
    /// The path with the function's own name, or the name that the user gave instead.
    pub(crate) path: String,
    /// The type and const arguments, as text.
    pub(crate) arguments: String,
    pub(crate) version: u64,
    pub(crate) fingerprint: &'static str,
    /// What the code consists of, encoded as [`parts`](super::parts) says.
    pub(crate) parts: &'static [u8],
    pub(crate) cfgs: &'static [(&'static str, bool)],
    /// Identity, version, fingerprint, the conditions of `cfg` and the format: what a result is
    /// filed under beside its inputs.
    pub(crate) code: Digest,
    pub(crate) folder: Folder,
    /// Which of its results count. It is no part of what they are filed under.
    pub(crate) validity: Validity,
}

/// What tells a function from all others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Definition<'a> {
    pub(crate) package: &'a str,
    /// The path with the function's own name, or the name that the user gave instead.
    pub(crate) path: &'a str,
    /// The type and const arguments, as text; empty if there are none.
    pub(crate) arguments: &'a str,
    pub(crate) code: CodeSpec,
}

/// What the attribute says of a function's code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CodeSpec {
    pub(crate) version: u64,
    /// Digest of the code, as text, without the values of `cfgs`.
    pub(crate) fingerprint: &'static str,
    /// What it consists of, encoded as [`parts`](super::parts) says.
    pub(crate) parts: &'static [u8],
    /// The conditions of `cfg` that only the compiler can evaluate, and their values.
    pub(crate) cfgs: &'static [(&'static str, bool)],
}

impl Identity {
    pub(crate) fn new(definition: &Definition<'_>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let Definition { package, path, arguments, code } = *definition;
        let CodeSpec { version, fingerprint, parts, cfgs } = code;
        let identity = digest_of(&[package, path, arguments]);
        let format = FORMAT.to_string();
        let (identity_text, version_text) = (identity.to_string(), version.to_string());
        let mut texts = vec![&*identity_text, &version_text, fingerprint, &format];
        for (text, holds) in cfgs {
            texts.extend([*text, if *holds { "true" } else { "false" }]);
        }
        let short = path.rsplit("::").next().unwrap_or(path);
        let name = match arguments {
            "" => path.to_owned(),
            arguments => format!("{path}<{arguments}>"),
        };
        Self {
            index: NEXT.fetch_add(1, Ordering::Relaxed),
            name,
            package: package.to_owned(),
            path: path.to_owned(),
            arguments: arguments.to_owned(),
            version,
            fingerprint,
            parts,
            cfgs,
            code: digest_of(&texts),
            folder: Folder::new(short, &identity),
            validity: Validity::default(),
        }
    }
}

/// The digest of a list of texts, each with its length, so that they cannot run together.
fn digest_of(texts: &[&str]) -> Digest {
    let mut bytes = Vec::new();
    for text in texts {
        bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    Digest::of(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: CodeSpec = CodeSpec { version: 0, fingerprint: "00", parts: b"", cfgs: &[] };
    const FUNCTION: Definition<'_> = Definition {
        package: "orbits",
        path: "orbits::physics::simulate",
        arguments: "",
        code: CODE,
    };

    #[test]
    fn the_folder_depends_on_the_identity_alone() {
        let folder = |definition: &Definition<'_>| Identity::new(definition).folder;
        let same = folder(&FUNCTION);
        assert!(same.name().starts_with("simulate-"), "{}", same.name());
        let code = CodeSpec { version: 1, fingerprint: "01", parts: b"", cfgs: &[("unix", true)] };
        assert_eq!(folder(&Definition { code, ..FUNCTION }), same);
        assert_ne!(folder(&Definition { package: "orbit", ..FUNCTION }), same);
        assert_ne!(folder(&Definition { path: "orbits::simulate", ..FUNCTION }), same);
        assert_ne!(folder(&Definition { arguments: "f32", ..FUNCTION }), same);
    }

    #[test]
    fn the_code_depends_on_everything_but_the_parts_which_the_fingerprint_covers() {
        let code = |definition: &Definition<'_>| Identity::new(definition).code;
        let with = |spec: CodeSpec| code(&Definition { code: spec, ..FUNCTION });
        let codes = [
            code(&FUNCTION),
            with(CodeSpec { version: 1, ..CODE }),
            with(CodeSpec { fingerprint: "01", ..CODE }),
            with(CodeSpec { cfgs: &[("unix", true)], ..CODE }),
            with(CodeSpec { cfgs: &[("unix", false)], ..CODE }),
            with(CodeSpec { cfgs: &[("unix", true), ("test", false)], ..CODE }),
            with(CodeSpec { cfgs: &[("unixtrue", true)], ..CODE }),
            code(&Definition { package: "orbit", ..FUNCTION }),
            code(&Definition { path: "orbits::simulate", ..FUNCTION }),
            code(&Definition { arguments: "f32", ..FUNCTION }),
        ];
        assert_eq!(codes.iter().collect::<std::collections::HashSet<_>>().len(), codes.len());
        assert_eq!(code(&FUNCTION), codes[0]);
        assert_eq!(with(CodeSpec { parts: b"\x01\x00", ..CODE }), codes[0]);
    }

    #[test]
    fn type_arguments_are_part_of_the_name() {
        let identity = Identity::new(&Definition { arguments: "f32, 3", ..FUNCTION });
        assert_eq!(identity.name, "orbits::physics::simulate<f32, 3>");
    }
}
