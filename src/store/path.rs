//! The names that entries have on disk: `entries/<function>-<id>/ab/<inputs>-<code>`, and what is
//! known of their code: `entries/<function>-<id>/code/<code>`.
//!
//! A name holds 128 bits of the inputs' digest and 64 of the code's. That is enough to tell entries
//! apart; that an entry really is the one asked for is checked against the full digests inside it.

use crate::entry::Key;
use crate::key::{Digest, push_hex, put_hex};
use std::path::PathBuf;

pub(super) const ENTRIES: &str = "entries";
/// No shard has this name, as those are two digits.
pub(super) const CODES: &str = "code";

const INPUTS: usize = 16;
const CODE: usize = 8;
/// How many digits and dashes a name has, and the end of the path to it.
const TEXT: usize = 2 * (INPUTS + CODE) + 1;
const TAIL: usize = TEXT + 5;
/// Longer names of functions are cut, since a file name may have 255 bytes; the id tells them apart.
const READABLE: usize = 80;

/// The name of an entry's file as the bytes that its digits stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FileName([u8; INPUTS + CODE]);

impl FileName {
    /// The name that an entry has.
    pub(crate) fn of(key: &Key) -> Self {
        let mut bytes = [0; INPUTS + CODE];
        bytes[..INPUTS].copy_from_slice(&key.inputs.as_bytes()[..INPUTS]);
        bytes[INPUTS..].copy_from_slice(&key.code.as_bytes()[..CODE]);
        Self(bytes)
    }

    /// The name that is spelled like this, if an entry can have it.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (inputs, code) = name.as_bytes().split_at_checked(2 * INPUTS)?;
        let code = code.strip_prefix(b"-").filter(|code| code.len() == 2 * CODE)?;
        let mut bytes = [0; INPUTS + CODE];
        let pairs = inputs.chunks_exact(2).chain(code.chunks_exact(2));
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            *byte = 16 * digit(pair[0])? + digit(pair[1])?;
        }
        Some(Self(bytes))
    }

    /// The part of it that stands for the inputs.
    pub(crate) fn inputs(&self) -> u128 {
        self.0.first_chunk().copied().map_or(0, u128::from_be_bytes)
    }

    /// The part of it that stands for the code.
    pub(crate) fn code(&self) -> u64 {
        self.0.last_chunk().copied().map_or(0, u64::from_be_bytes)
    }

    /// The name with these bytes.
    pub(crate) fn from_bytes(bytes: [u8; INPUTS + CODE]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub(crate) fn as_bytes(&self) -> &[u8; INPUTS + CODE] {
        &self.0
    }

    /// `<inputs>-<code>`.
    pub(crate) fn text(&self) -> String {
        std::str::from_utf8(&self.tail()[TAIL - TEXT - 1..TAIL - 1]).unwrap_or_default().to_owned()
    }

    /// `/<ab>/<inputs>-<code>` and a zero byte. A hit spells this, so it is written into its place at
    /// once.
    #[inline]
    fn tail(&self) -> [u8; TAIL] {
        let mut tail = [b'/'; TAIL];
        let code = TAIL - 1 - 2 * CODE;
        put_hex(&self.0[..1], &mut tail[1..3]);
        put_hex(&self.0[..INPUTS], &mut tail[4..code - 1]);
        tail[code - 1] = b'-';
        put_hex(&self.0[INPUTS..], &mut tail[code..TAIL - 1]);
        tail[TAIL - 1] = 0;
        tail
    }
}

/// The folder of one function's results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folder {
    /// `entries/<function>-<id>`, as bytes to copy from.
    path: Vec<u8>,
}

impl Folder {
    /// The folder for the function of this name and identity.
    pub(crate) fn new(function: &str, identity: &Digest) -> Self {
        let mut path = format!("{ENTRIES}/").into_bytes();
        path.extend(function.bytes().take(READABLE).map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => byte,
            _ => b'_',
        }));
        path.push(b'-');
        push_hex(&identity.as_bytes()[..8], &mut path);
        Self { path }
    }

    /// `<function>-<id>`.
    pub(crate) fn name(&self) -> &str {
        std::str::from_utf8(&self.path[ENTRIES.len() + 1..]).unwrap_or_default()
    }

    /// `<inputs>-<code>`, the name of the entry's file.
    pub(crate) fn file(key: &Key) -> String {
        FileName::of(key).text()
    }

    /// Writes the path of the entry's file, relative to the root and ended by a zero byte, which is
    /// what the system call wants, into `out`.
    pub(super) fn entry(&self, key: &Key, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.path);
        out.extend_from_slice(&FileName::of(key).tail());
    }

    /// The same for the folder that the entry's file is in.
    pub(super) fn shard(&self, key: &Key, out: &mut Vec<u8>) {
        out.clear();
        out.extend_from_slice(&self.path);
        out.push(b'/');
        push_hex(&key.inputs.as_bytes()[..1], out);
        out.push(0);
    }

    /// The path of the file with this name, in the same form.
    pub(super) fn named(&self, file: &FileName) -> Vec<u8> {
        [&*self.path, &file.tail()].concat()
    }

    /// The path of the file about a code, in the same form.
    pub(super) fn code(&self, code: &Digest) -> Vec<u8> {
        let mut path = self.codes();
        path.pop();
        path.push(b'/');
        push_hex(&code.as_bytes()[..CODE], &mut path);
        path.push(0);
        path
    }

    /// The folder of the files about codes, in the same form.
    pub(super) fn codes(&self) -> Vec<u8> {
        [&self.path, b"/".as_slice(), CODES.as_bytes(), b"\0"].concat()
    }

    /// The name that a code has in file names.
    pub(crate) fn code_name(code: &Digest) -> String {
        hex(&code.as_bytes()[..CODE])
    }

    /// The name of the folder that results for these inputs are in.
    pub(super) fn shard_name(inputs: &Digest) -> String {
        hex(&inputs.as_bytes()[..1])
    }

    /// What the names of results for these inputs begin with.
    pub(super) fn inputs_name(inputs: &Digest) -> String {
        hex(&inputs.as_bytes()[..INPUTS]) + "-"
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(2 * bytes.len());
    push_hex(bytes, &mut text);
    String::from_utf8(text).unwrap_or_default()
}

/// Whether a file of this name, in a folder of this name, can be an entry.
pub(super) fn is_entry(shard: &str, file: &str) -> bool {
    is_shard(shard) && file.starts_with(shard) && FileName::parse(file).is_some()
}

/// Whether this can be the name of a function's folder.
pub(crate) fn is_folder(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(readable, id)| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        readable.len() <= READABLE && readable.bytes().all(plain) && is_hex(id, 16)
    })
}

/// The path, from the root, of the folder with the entries of a function, or of a shard in it.
pub(crate) fn entries_path(folder: &str, shard: Option<&str>) -> PathBuf {
    [ENTRIES, folder].into_iter().chain(shard).collect()
}

/// Whether this can be the name of a folder that entries are in.
pub(super) fn is_shard(name: &str) -> bool {
    is_hex(name, 2)
}

/// Whether this can be the name of a code.
pub(super) fn is_code(name: &str) -> bool {
    is_hex(name, 2 * CODE)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| digit(byte).is_some())
}

/// What a digit stands for; we write small letters alone.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

/// The path of the folder that a file or folder is in, ended like the path itself: by a byte that is
/// no part of it.
pub(super) fn parent(path: &[u8]) -> &[u8] {
    path.iter().rposition(|&byte| byte == b'/').map_or(&[], |end| &path[..=end])
}

/// The path without the byte that ends it. We made it, so it is text.
pub(super) fn text(path: &[u8]) -> &str {
    let path = path.split_last().map_or(path, |(_, path)| path);
    std::str::from_utf8(path).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_entries_are_frozen() {
        let folder = Folder::new("clean::normalize", &Digest::from_bytes([0xab; 32]));
        assert_eq!(folder.name(), "clean__normalize-abababababababab");
        let key = Key { inputs: Digest::from_bytes([1; 32]), code: Digest::from_bytes([2; 32]) };
        let mut path = Vec::new();
        folder.entry(&key, &mut path);
        assert_eq!(
            path,
            b"entries/clean__normalize-abababababababab/01/\
              01010101010101010101010101010101-0202020202020202\0"
        );
        let name = FileName::of(&key);
        assert_eq!(folder.named(&name), path);
        assert_eq!(name.text(), Folder::file(&key));
        assert_eq!(FileName::from_bytes(*name.as_bytes()), name);
        folder.shard(&key, &mut path);
        assert_eq!(path, b"entries/clean__normalize-abababababababab/01\0");
        let code = b"entries/clean__normalize-abababababababab/code/0202020202020202\0";
        assert_eq!(folder.code(&key.code), code);
        assert_eq!(Folder::file(&key), Folder::inputs_name(&key.inputs) + "0202020202020202");
        assert_eq!(Folder::shard_name(&key.inputs), "01");
    }

    #[test]
    fn a_folder_cannot_be_led_out_of_its_place_by_a_name() {
        for name in ["../..", "/etc", "a\0b", "ü", "", &"x".repeat(1000)] {
            let folder = Folder::new(name, &Digest::of(name.as_bytes()));
            let (readable, id) = folder.name().rsplit_once('-').unwrap();
            assert!(readable.len() <= READABLE && id.len() == 16);
            assert!(readable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
            assert!(is_folder(folder.name()));
        }
    }

    #[test]
    fn only_names_that_we_give_are_entries() {
        let file = format!("{}-{}", "ab".repeat(16), "0f".repeat(8));
        assert!(is_entry("ab", &file));
        assert!(!is_entry("ac", &file));
        assert!(!is_entry("ab", &file.to_uppercase()));
        assert!(!is_entry("ab", &file[1..]));
        assert!(!is_entry("ab", "abcd"));
    }
}
