//! A fingerprint, and the parts it is made of.

use std::rc::Rc;

use crate::digest::put;

/// What kind of thing a part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A function, or a method of a type or trait.
    Function = 1,
    /// A struct, an enum or a union.
    Type = 2,
    /// A type alias.
    Alias = 3,
    /// A constant, a static, or an associated constant.
    Constant = 4,
    /// A trait, without its default methods, which are functions.
    Trait = 5,
    /// The head of an `impl` block with its associated types.
    Impl = 6,
    /// A `macro_rules!` macro.
    Macro = 7,
    /// A macro call that stands where an item can stand.
    MacroCall = 8,
    /// A file that is included.
    File = 9,
    /// A variable of the compiler's environment.
    Variable = 10,
    /// An external package; the detail is its version.
    Dependency = 11,
    /// The edition of a package; it is the detail.
    Edition = 12,
    /// A procedural-macro package that is a path dependency, as a whole.
    Package = 13,
    /// A condition of `cfg`; the detail is `true` or `false`.
    Cfg = 14,
    /// The sources may not be what was compiled, so this fingerprint is like no other.
    Doubt = 15,
}

/// One thing that a function's code consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub kind: Kind,
    /// Its name: for code `crate::module::item`, with the name of the crate.
    pub path: Rc<str>,
    /// The start of the digest of its content.
    pub digest: u32,
    /// What people want to see of it beside its name; empty for code.
    pub detail: Rc<str>,
    /// The position, among the parts, of the one through which it was reached first; `None` for the
    /// function itself.
    pub via: Option<usize>,
    /// Whether it is the function itself.
    pub is_root: bool,
    /// How much its path shares with that of the part before it, if that is known.
    pub(crate) shared: Option<u32>,
    pub(crate) node: u32,
}

/// The code of one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// The digest of everything but the values of [`cfgs`](Self::cfgs).
    pub digest: [u8; 32],
    /// What it is made of, sorted by path, kind and digest.
    pub parts: Vec<Part>,
    /// The conditions of `cfg` that only the compiler can evaluate: they are to be joined to the
    /// digest, with their values.
    pub cfgs: Vec<String>,
    /// The paths of `reaches` that lead nowhere.
    pub missing: Vec<String>,
}

impl Fingerprint {
    /// The parts as bytes, for `larder` to read.
    ///
    /// ```text
    /// u8 1                    the version of this format
    /// varint                  how many parts follow
    /// u8 kind                 then for each
    /// varint                  how many bytes its path shares with the one before it
    /// varint, bytes           the rest of its path
    /// u32                     the start of its digest, lowest byte first
    /// varint, bytes           its detail
    /// varint                  0, or 1 + the position of the part through which it was reached
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(16 + 20 * self.parts.len());
        out.push(1);
        put(&mut out, self.parts.len());
        let mut before: &[u8] = &[];
        for part in &self.parts {
            let path = part.path.as_bytes();
            let shared = part.shared.map_or_else(|| shared(before, path), |shared| shared as usize);
            out.push(part.kind as u8);
            put(&mut out, shared);
            put(&mut out, path.len() - shared);
            out.extend_from_slice(&path[shared..]);
            out.extend_from_slice(&part.digest.to_le_bytes());
            put(&mut out, part.detail.len());
            out.extend_from_slice(part.detail.as_bytes());
            put(&mut out, part.via.map_or(0, |via| via + 1));
            before = path;
        }
        out
    }
}

/// How many bytes two paths have in common at their beginning.
pub(crate) fn shared(one: &[u8], other: &[u8]) -> usize {
    let most = one.len().min(other.len());
    let mut shared = 0;
    while shared < most && one[shared] == other[shared] {
        shared += 1;
    }
    shared
}
