//! Identifiers as numbers.
//!
//! A table of our own, since this code runs unoptimised in most builds, where the standard one
//! takes several times as long.

/// An identifier.
pub(crate) type Name = u32;

/// Declares the words of the language, which have the first numbers.
macro_rules! words {
    ($($constant:ident $text:literal,)*) => {
        /// The words of the language, and a few others, with fixed numbers.
        #[expect(dead_code, reason = "that they are reserved is all that matters of some")]
        pub(crate) mod word {
            #[repr(u32)]
            #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "they count the constants")]
            enum Number { $($constant,)* }
            $(pub(crate) const $constant: u32 = Number::$constant as u32;)*
        }
        const WORDS: &[&str] = &[$($text,)*];
    };
}

words! {
    AS "as", ASYNC "async", AWAIT "await", BREAK "break", CONST "const", CONTINUE "continue",
    CRATE "crate", DYN "dyn", ELSE "else", ENUM "enum", EXTERN "extern", FALSE "false", FN "fn",
    FOR "for", IF "if", IMPL "impl", IN "in", LET "let", LOOP "loop", MATCH "match", MOD "mod",
    MOVE "move", MUT "mut", PUB "pub", REF "ref", RETURN "return", SELF "self", SELF_TYPE "Self",
    STATIC "static", STRUCT "struct", SUPER "super", TRAIT "trait", TRUE "true", TYPE "type",
    UNSAFE "unsafe", USE "use", WHERE "where", WHILE "while", YIELD "yield",
    // Above stand the reserved words, below those that are ordinary identifiers elsewhere.
    UNDERSCORE "_", UNION "union", DEFAULT "default", AUTO "auto", SAFE "safe",
    MACRO_RULES "macro_rules", MACRO "macro", PATH "path", CFG "cfg", CFG_ATTR "cfg_attr",
    DERIVE "derive", DOC "doc", ALLOW "allow", WARN "warn", DENY "deny", FORBID "forbid",
    EXPECT "expect", INLINE "inline", MUST_USE "must_use", DEPRECATED "deprecated", COLD "cold",
    RUSTFMT "rustfmt", CLIPPY "clippy", DIAGNOSTIC "diagnostic", CACHE "cache", LARDER "larder",
    INCLUDE "include", INCLUDE_STR "include_str", INCLUDE_BYTES "include_bytes", ENV "env",
    OPTION_ENV "option_env", CONCAT "concat", MACRO_USE "macro_use", STD "std", CORE "core",
    ALLOC "alloc", PROC_MACRO "proc_macro", TEST "test", ANY "any", ALL "all", NOT "not",
    MACRO_EXPORT "macro_export", VERSION "version", WRITE "write", WRITELN "writeln",
    WRITE_FMT "write_fmt", VEC "Vec", VEC_DEQUE "VecDeque", BTREE_MAP "BTreeMap",
    BTREE_SET "BTreeSet", HASH_MAP "HashMap", HASH_SET "HashSet", BINARY_HEAP "BinaryHeap",
    STRING "String", PATH_BUF "PathBuf", NEW "new", WITH_CAPACITY "with_capacity",
}

const RESERVED: u32 = word::UNDERSCORE;

/// Where the text of an identifier is, and its hash.
#[derive(Debug, Clone, Copy)]
struct Entry {
    start: u32,
    end: u32,
    hash: u32,
}

/// The identifiers of all sources.
#[derive(Debug)]
pub(crate) struct Names {
    /// Their texts, one after the other.
    text: String,
    entries: Vec<Entry>,
    /// Numbers by hash, plus one; zero where there is none. Its length is a power of two.
    slots: Vec<u32>,
}

impl Names {
    pub(crate) fn new() -> Self {
        let mut names = Self { text: String::new(), entries: Vec::new(), slots: vec![0; 4096] };
        for word in WORDS {
            names.intern(word);
        }
        names
    }

    /// The number of an identifier.
    pub(crate) fn intern(&mut self, text: &str) -> Name {
        self.intern_hashed(text, hash(text.as_bytes()))
    }

    /// The same where the [`hash`] is known.
    pub(crate) fn intern_hashed(&mut self, text: &str, hash: u32) -> Name {
        let slot = self.slot(text, hash);
        if self.slots[slot] != 0 {
            return self.slots[slot] - 1;
        }
        let name = number(self.entries.len());
        let start = number(self.text.len());
        self.text.push_str(text);
        self.entries.push(Entry { start, end: number(self.text.len()), hash });
        self.slots[slot] = name + 1;
        if self.entries.len() * 2 > self.slots.len() {
            self.grow();
        }
        name
    }

    /// The number of an identifier that was met before.
    pub(crate) fn find(&self, text: &str) -> Option<Name> {
        let slot = self.slot(text, hash(text.as_bytes()));
        self.slots[slot].checked_sub(1)
    }

    /// Where the identifier is, or would be.
    fn slot(&self, text: &str, hash: u32) -> usize {
        let (slots, entries): (&[u32], &[Entry]) = (&self.slots, &self.entries);
        let (own, other) = (self.text.as_bytes(), text.as_bytes());
        let mask = slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let found = slots[slot];
            if found == 0 {
                return slot;
            }
            let entry = &entries[found as usize - 1];
            if entry.hash == hash && own[entry.start as usize..entry.end as usize] == *other {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let mut slots = vec![0; self.slots.len() * 4];
        let mask = slots.len() - 1;
        for (name, entry) in self.entries.iter().enumerate() {
            let mut slot = entry.hash as usize & mask;
            while slots[slot] != 0 {
                slot = (slot + 1) & mask;
            }
            slots[slot] = number(name) + 1;
        }
        self.slots = slots;
    }

    pub(crate) fn get(&self, name: Name) -> &str {
        let entry = &self.entries[name as usize];
        &self.text[entry.start as usize..entry.end as usize]
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// FNV-1a, which the lexer computes on its way.
pub(crate) fn hash(bytes: &[u8]) -> u32 {
    let mut sum = HASH_START;
    for byte in bytes {
        sum = hash_byte(sum, *byte);
    }
    sum
}

pub(crate) const HASH_START: u32 = 0x811c_9dc5;

#[expect(clippy::inline_always, reason = "the only inlining of unoptimised builds")]
#[inline(always)]
pub(crate) fn hash_byte(sum: u32, byte: u8) -> u32 {
    (sum ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

/// Whether the word cannot be the name of anything.
pub(crate) fn is_reserved(name: Name) -> bool {
    name < RESERVED
}

/// An index or an offset; sources of 4 GiB are beyond every compiler.
#[expect(clippy::cast_possible_truncation, reason = "greater ones become the greatest")]
pub(crate) fn number(index: usize) -> u32 {
    if index > u32::MAX as usize { u32::MAX } else { index as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_equal_numbers_and_others_do_not() {
        let mut names = Names::new();
        let texts: Vec<String> = (0..10_000).map(|index| format!("name{index}")).collect();
        let numbers: Vec<Name> = texts.iter().map(|text| names.intern(text)).collect();
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!(names.intern(text), *number);
            assert_eq!(names.get(*number), text);
        }
        assert_eq!(names.intern("while"), word::WHILE);
        assert_eq!(names.intern("_"), word::UNDERSCORE);
        assert_eq!(names.len(), WORDS.len() + texts.len());
    }
}
