//! Which function a result belongs to, and which state of its code computed it.

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
    pub(crate) version: u64,
    /// Identity, version, fingerprint and format: what a result is filed under beside its inputs.
    pub(crate) code: Digest,
    pub(crate) folder: Folder,
}

/// What tells a function from all others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) package: &'a str,
    /// The path with the function's own name, or the name that the user gave instead.
    pub(crate) path: &'a str,
    /// The type and const arguments, as text; empty if there are none.
    pub(crate) arguments: &'a str,
    pub(crate) version: u64,
    /// Digest of the code, as text.
    pub(crate) fingerprint: &'a str,
}

impl Identity {
    pub(crate) fn new(parts: &Parts<'_>) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let identity = digest_of(&[parts.package, parts.path, parts.arguments]);
        let version = parts.version.to_string();
        let format = FORMAT.to_string();
        let identity_text = identity.to_string();
        let code = digest_of(&[&identity_text, &version, parts.fingerprint, &format]);
        let short = parts.path.rsplit("::").next().unwrap_or(parts.path);
        let name = match parts.arguments {
            "" => parts.path.to_owned(),
            arguments => format!("{}<{arguments}>", parts.path),
        };
        Self {
            index: NEXT.fetch_add(1, Ordering::Relaxed),
            name,
            package: parts.package.to_owned(),
            version: parts.version,
            code,
            folder: Folder::new(short, &identity),
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

    const PARTS: Parts<'_> = Parts {
        package: "orbits",
        path: "orbits::physics::simulate",
        arguments: "",
        version: 0,
        fingerprint: "00",
    };

    #[test]
    fn the_folder_depends_on_the_identity_alone() {
        let folder = |parts: &Parts<'_>| Identity::new(parts).folder;
        let same = folder(&PARTS);
        assert!(same.name().starts_with("simulate-"), "{}", same.name());
        assert_eq!(folder(&Parts { version: 1, fingerprint: "01", ..PARTS }), same);
        assert_ne!(folder(&Parts { package: "orbit", ..PARTS }), same);
        assert_ne!(folder(&Parts { path: "orbits::simulate", ..PARTS }), same);
        assert_ne!(folder(&Parts { arguments: "f32", ..PARTS }), same);
    }

    #[test]
    fn the_code_depends_on_everything() {
        let code = |parts: &Parts<'_>| Identity::new(parts).code;
        let codes = [
            code(&PARTS),
            code(&Parts { version: 1, ..PARTS }),
            code(&Parts { fingerprint: "01", ..PARTS }),
            code(&Parts { package: "orbit", ..PARTS }),
            code(&Parts { path: "orbits::simulate", ..PARTS }),
            code(&Parts { arguments: "f32", ..PARTS }),
        ];
        assert_eq!(codes.iter().collect::<std::collections::HashSet<_>>().len(), codes.len());
        assert_eq!(code(&PARTS), codes[0]);
    }

    #[test]
    fn type_arguments_are_part_of_the_name() {
        let identity = Identity::new(&Parts { arguments: "f32, 3", ..PARTS });
        assert_eq!(identity.name, "orbits::physics::simulate<f32, 3>");
    }
}
