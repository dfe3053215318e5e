//! The packages of the workspace and those that they depend on, and what tells the files of each
//! from those of others.

/// What the compiler adds to the names of the artefacts of `app`'s library and its other targets.
pub(crate) const LIBRARY_HASH: &str = "c1260475eb1f7a1f";
pub(crate) const TARGET_HASH: &str = "ed8952e16bc416bf";

/// A package of the workspace other than `app`.
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) crate_name: &'static str,
    pub(crate) folder: &'static str,
    pub(crate) hash: &'static str,
    /// By which name `app` depends on it.
    pub(crate) extern_name: Option<&'static str>,
    pub(crate) macros: bool,
    /// The names in code of what it depends on, and their hashes.
    pub(crate) dependencies: &'static [(&'static str, &'static str)],
}

/// The packages of the workspace, whatever they are there for.
pub(crate) const MEMBERS: [Member; 4] = [
    Member {
        name: "dep-a",
        crate_name: "dep_a",
        folder: "dep-a",
        hash: "77f60928778c45c0",
        extern_name: Some("alpha"),
        macros: false,
        dependencies: &[("dep_b", "e875020d7b3ef8bc"), ("fixedbuf", "55c4735b7e42b30f")],
    },
    Member {
        name: "dep_b",
        crate_name: "dep_b",
        folder: "dep-b",
        hash: "e875020d7b3ef8bc",
        extern_name: None,
        macros: false,
        dependencies: &[],
    },
    Member {
        name: "larder",
        crate_name: "larder",
        folder: "larder",
        hash: "12c39118d0c2c1b5",
        extern_name: Some("larder"),
        macros: false,
        dependencies: &[],
    },
    Member {
        name: "pm",
        crate_name: "pm",
        folder: "pm",
        hash: "2d0f6137cbd7cc54",
        extern_name: Some("pm"),
        macros: true,
        dependencies: &[("quote", "0fed3f6e63b22943")],
    },
];

/// A package that does not lie in the workspace.
pub(crate) struct External {
    pub(crate) name: &'static str,
    pub(crate) crate_name: &'static str,
    /// The start of its version, which tells packages of one name apart.
    pub(crate) version: &'static str,
    pub(crate) hash: &'static str,
    /// Whether `app` itself depends on it.
    pub(crate) direct: bool,
    pub(crate) macros: bool,
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

/// The packages that the workspace depends on, each with all it depends on.
pub(crate) const EXTERNALS: [External; 15] = [
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
