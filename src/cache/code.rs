//! What a function's code consists of, for its author to check: `f::code()`.

use super::Identity;
use super::parts::{self, Part};
use std::fmt;

/// What `f::code()` returns: everything that a change of is noticed, and through what it was
/// reached.
///
/// Displays as one line for each item: its path, its kind, and the item through which it was
/// reached first.
///
/// ```
/// use larder::cache;
///
/// #[cache]
/// fn square(x: u64) -> u64 {
///     x * x
/// }
///
/// let code = square::code();
/// let versions = code.iter().filter(|item| item.kind() == larder::ItemKind::Dependency).count();
/// println!("{code}\n{versions} packages from elsewhere");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub(super) parts: Vec<Part>,
}

/// One item in the [`Code`] of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeItem<'a> {
    parts: &'a [Part],
    part: &'a Part,
}

/// What kind of thing belongs to the code of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ItemKind {
    /// A function, or a method of a type or trait.
    Function,
    /// A struct, an enum or a union.
    Type,
    /// A type alias.
    Alias,
    /// A constant, a static, or an associated constant.
    Constant,
    /// A trait; its default methods are functions.
    Trait,
    /// The head of an `impl` block with its associated types.
    Impl,
    /// A `macro_rules!` macro.
    Macro,
    /// A macro call that stands where an item can stand.
    MacroCall,
    /// A file that is included.
    File,
    /// A variable of the compiler's environment.
    Variable,
    /// A package from elsewhere; its detail is the version.
    Dependency,
    /// The edition of a package, which is its detail.
    Edition,
    /// A package of procedural macros that is a path dependency, as a whole.
    Package,
    /// A condition of `cfg`; its detail is `true` or `false`.
    Cfg,
    /// The sources may not have been what was compiled, so that this code is like no other.
    Doubt,
    /// Something that this version of larder has no name for.
    Other,
}

/// The kinds by their numbers, which count from one.
const KINDS: [(ItemKind, &str); 15] = [
    (ItemKind::Function, "function"),
    (ItemKind::Type, "type"),
    (ItemKind::Alias, "type alias"),
    (ItemKind::Constant, "constant"),
    (ItemKind::Trait, "trait"),
    (ItemKind::Impl, "impl"),
    (ItemKind::Macro, "macro"),
    (ItemKind::MacroCall, "macro call"),
    (ItemKind::File, "file"),
    (ItemKind::Variable, "environment variable"),
    (ItemKind::Dependency, "dependency"),
    (ItemKind::Edition, "edition"),
    (ItemKind::Package, "package"),
    (ItemKind::Cfg, "cfg"),
    (ItemKind::Doubt, "doubt"),
];

impl ItemKind {
    pub(super) fn from_number(number: u8) -> Self {
        let index = usize::from(number).checked_sub(1);
        index.and_then(|index| KINDS.get(index)).map_or(Self::Other, |(kind, _)| *kind)
    }

    #[cfg(test)]
    pub(super) fn number(self) -> u8 {
        KINDS.iter().zip(1..).find(|((kind, _), _)| *kind == self).map_or(0, |(_, number)| number)
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = KINDS.iter().find(|(kind, _)| kind == self).map_or("other", |(_, name)| name);
        f.pad(name)
    }
}

impl Code {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self::new(identity.parts, identity.cfgs.iter().copied())
    }

    /// The parts that the attribute wrote down, and the conditions that the compiler evaluated.
    pub(super) fn new<'a>(encoded: &[u8], cfgs: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let mut parts = parts::decode(encoded).unwrap_or_default();
        parts.extend(cfgs.into_iter().map(|(text, holds)| Part::cfg(text, holds)));
        Self { parts }
    }

    /// The items, sorted by path.
    ///
    /// There are none where larder knows nothing but a digest, as with `code = "body"` or
    /// `code = "none"`.
    pub fn iter(&self) -> impl Iterator<Item = CodeItem<'_>> {
        self.parts.iter().map(|part| CodeItem { parts: &self.parts, part })
    }
}

impl<'a> CodeItem<'a> {
    /// What kind of thing it is.
    pub fn kind(&self) -> ItemKind {
        self.part.kind
    }

    /// Its name: `crate::module::item` for code, with the name of the crate, else the name of the file,
    /// package or variable, or the condition.
    pub fn path(&self) -> &'a str {
        &self.part.path
    }

    /// What there is to say of it beside its name: a version, an edition, the value of a condition.
    pub fn detail(&self) -> Option<&'a str> {
        Some(self.part.detail.as_str()).filter(|detail| !detail.is_empty())
    }

    /// The paths of the items through which it was reached first, from the function to the one that
    /// names it. Empty for the function itself, and for conditions of `cfg`.
    pub fn via(&self) -> Vec<&'a str> {
        let mut chain = Vec::new();
        let mut part = self.part;
        // What was damaged might lead in a circle.
        while let Some(before) = part.via.and_then(|via| self.parts.get(via))
            && chain.len() < self.parts.len()
        {
            chain.push(before.path.as_str());
            part = before;
        }
        chain.reverse();
        chain
    }
}

impl fmt::Display for CodeItem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.path())?;
        match (self.kind(), self.detail()) {
            (ItemKind::Cfg, Some(value)) => write!(f, " is {value}")?,
            (_, Some(detail)) => write!(f, " {detail}")?,
            (_, None) => {}
        }
        write!(f, "  ({})", self.kind())?;
        match self.part.via.and_then(|via| self.parts.get(via)) {
            Some(via) => write!(f, "  <- {}", via.path),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.parts.is_empty() {
            return f.write_str("nothing is known of the code but its digest");
        }
        for (index, item) in self.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            item.fmt(f)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(kind: ItemKind, path: &str, detail: &str, via: Option<usize>) -> Part {
        Part { kind, path: path.to_owned(), digest: 0, detail: detail.to_owned(), via }
    }

    #[test]
    fn each_item_is_a_line_that_says_through_what_it_was_reached() {
        let parts = [
            part(ItemKind::Function, "app::clean", "", None),
            part(ItemKind::Function, "app::text::normalize", "", Some(0)),
            part(ItemKind::Edition, "app", "2024", Some(0)),
            part(ItemKind::Dependency, "unicode-normalization", "0.1.24", Some(1)),
            part(ItemKind::File, "words.txt", "", Some(1)),
        ];
        let code = Code::new(&parts::encode(&parts), [("feature = \"fast\"", true)]);
        let expected = "\
app::clean  (function)
app::text::normalize  (function)  <- app::clean
app 2024  (edition)  <- app::clean
unicode-normalization 0.1.24  (dependency)  <- app::text::normalize
words.txt  (file)  <- app::text::normalize
feature = \"fast\" is true  (cfg)";
        assert_eq!(code.to_string(), expected);
        let chains: Vec<_> = code.iter().map(|item| item.via()).collect();
        assert_eq!(chains[4], ["app::clean", "app::text::normalize"]);
        assert!(chains[0].is_empty() && chains[5].is_empty());
    }

    #[test]
    fn parts_that_were_reached_in_a_circle_have_an_end() {
        let parts = [
            part(ItemKind::Function, "a", "", Some(1)),
            part(ItemKind::Function, "b", "", Some(0)),
        ];
        let code = Code { parts: parts.to_vec() };
        assert!(code.iter().all(|item| item.via().len() == 2));
    }

    #[test]
    fn of_damaged_parts_nothing_is_known() {
        let code = Code::new(b"\x01\xff", []);
        assert_eq!(code.to_string(), "nothing is known of the code but its digest");
    }

    #[test]
    fn numbers_that_a_later_version_may_write_are_of_another_kind() {
        for number in 1..=15 {
            assert_eq!(ItemKind::from_number(number).number(), number);
        }
        for number in [0, 16, 255] {
            assert_eq!(ItemKind::from_number(number), ItemKind::Other);
        }
    }
}
