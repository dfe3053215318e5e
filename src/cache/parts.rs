//! The parts of a fingerprint, as the attribute writes them down.
//!
//! ```text
//! u8 format (1) | varint count | per part, sorted by path, kind and digest:
//!   u8      kind
//!   varint  how many bytes of its path are those of the path before
//!   varint  length, and bytes, of the rest of the path
//!   u32     start of the digest of its content, little-endian
//!   varint  length, and bytes, of the detail
//!   varint  0, or 1 + the position of the part through which it was reached first
//! ```
//!
//! A varint has seven bits a byte, the lowest first, and the highest bit where more follow. No bytes
//! at all mean that nothing is known.

use super::code::ItemKind;

const FORMAT: u8 = 1;

/// The fewest bytes that a part takes.
const SMALLEST: usize = 9;

/// Paths share their beginnings, so a few bytes can stand for many. Real ones are not ten times as
/// long as their encoding; damaged ones must not ask for all memory there is.
const LONGEST: usize = 64;

/// One thing that a function's code consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) kind: ItemKind,
    pub(crate) path: String,
    /// The start of the digest of its content.
    pub(crate) digest: u32,
    /// What people want to see of it beside its name; mostly empty.
    pub(crate) detail: String,
    /// The position of the part through which it was reached first.
    pub(crate) via: Option<usize>,
}

impl Part {
    /// A condition of `cfg`, which only the compiler can evaluate.
    pub(crate) fn cfg(text: &str, holds: bool) -> Self {
        Self {
            kind: ItemKind::Cfg,
            path: text.to_owned(),
            digest: 0,
            detail: holds.to_string(),
            via: None,
        }
    }
}

/// The parts in these bytes; `None` for bytes that the attribute does not write.
pub(crate) fn decode(bytes: &[u8]) -> Option<Vec<Part>> {
    if bytes.is_empty() {
        return Some(Vec::new());
    }
    let mut room = bytes.len().saturating_mul(LONGEST);
    let mut reader = Reader(bytes);
    (reader.byte()? == FORMAT).then_some(())?;
    let count = reader.number()?;
    if count > reader.0.len() / SMALLEST {
        return None;
    }
    let mut parts: Vec<Part> = Vec::with_capacity(count);
    for _ in 0..count {
        let kind = ItemKind::from_number(reader.byte()?);
        let before = parts.last().map_or("", |part| part.path.as_str()).as_bytes();
        let shared = before.get(..reader.number()?)?;
        let rest = reader.bytes()?;
        room = room.checked_sub(shared.len() + rest.len())?;
        let path = String::from_utf8([shared, rest].concat()).ok()?;
        let digest = reader.array().map(u32::from_le_bytes)?;
        let detail = std::str::from_utf8(reader.bytes()?).ok()?.to_owned();
        let via = reader.number()?.checked_sub(1);
        if via.is_some_and(|via| via >= count) {
            return None;
        }
        parts.push(Part { kind, path, digest, detail, via });
    }
    reader.0.is_empty().then_some(parts)
}

/// Takes fields off the front of some bytes.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    pub(super) fn number(&mut self) -> Option<usize> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit.
            (bits << shift >> shift == bits).then_some(())?;
            number |= bits << shift;
            if byte < 0x80 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn text(&mut self) -> Option<String> {
        std::str::from_utf8(self.bytes()?).ok().map(str::to_owned)
    }
}

/// Appends a varint.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

/// Appends bytes with their length.
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Writes parts down as the attribute does.
#[cfg(test)]
pub(super) fn encode(parts: &[Part]) -> Vec<u8> {
    let mut out = vec![FORMAT];
    put_number(&mut out, parts.len());
    let mut before = "";
    for part in parts {
        let shared = before.bytes().zip(part.path.bytes()).take_while(|(a, b)| a == b).count();
        out.push(part.kind.number());
        put_number(&mut out, shared);
        put_bytes(&mut out, &part.path.as_bytes()[shared..]);
        out.extend_from_slice(&part.digest.to_le_bytes());
        put_bytes(&mut out, part.detail.as_bytes());
        put_number(&mut out, part.via.map_or(0, |via| via + 1));
        before = &part.path;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part() -> impl Strategy<Value = Part> {
        let path = prop::collection::vec(prop::sample::select(vec!["a", "ü", "::", "long"]), 0..6);
        (1u8..=15, path, any::<u32>(), ".{0,3}", prop::option::of(0usize..200)).prop_map(
            |(kind, path, digest, detail, via)| Part {
                kind: ItemKind::from_number(kind),
                path: path.concat(),
                digest,
                detail,
                via,
            },
        )
    }

    /// Parts that refer to each other.
    fn parts() -> impl Strategy<Value = Vec<Part>> {
        prop::collection::vec(part(), 0..40).prop_map(|mut parts| {
            let count = parts.len();
            for part in &mut parts {
                part.via = part.via.map(|via| via % count);
            }
            parts
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 300, failure_persistence: None, ..ProptestConfig::default()
        })]

        #[test]
        fn what_is_written_is_read_back(parts in parts()) {
            prop_assert_eq!(decode(&encode(&parts)), Some(parts));
        }

        #[test]
        fn every_strict_prefix_is_unknown(parts in parts()) {
            let bytes = encode(&parts);
            for end in 1..bytes.len() {
                prop_assert_eq!(decode(&bytes[..end]), None);
            }
            prop_assert_eq!(decode(&[&bytes[..], b"x"].concat()), None);
        }

        #[test]
        fn any_bytes_are_decoded_or_unknown(
            parts in parts(),
            noise in prop::collection::vec(any::<u8>(), 0..200),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        ) {
            decode(&noise);
            decode(&[&[FORMAT], &noise[..]].concat());
            let mut bytes = encode(&parts);
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            decode(&bytes);
        }
    }

    #[test]
    fn the_bytes_are_those_written_down_above() {
        let part = |kind, path: &str, detail: &str, via| Part {
            kind,
            path: path.to_owned(),
            digest: 7,
            detail: detail.to_owned(),
            via,
        };
        let parts = [
            part(ItemKind::Function, "p::f", "", None),
            part(ItemKind::Dependency, "p::q", "1.0", Some(0)),
        ];
        let bytes = b"\x01\x02\
            \x01\x00\x04p::f\x07\0\0\0\x00\x00\
            \x0b\x03\x01q\x07\0\0\0\x031.0\x01";
        assert_eq!(encode(&parts), bytes);
        assert_eq!(decode(bytes), Some(parts.to_vec()));
        assert_eq!(decode(b""), Some(Vec::new()));
        assert_eq!(decode(b"\x02\x00"), None, "another format");
    }

    #[test]
    fn a_few_bytes_cannot_ask_for_much_memory() {
        let mut bytes = vec![FORMAT];
        put_number(&mut bytes, usize::MAX >> 1);
        assert_eq!(decode(&bytes), None);

        let long = "x".repeat(100_000);
        let one = |digest| Part {
            kind: ItemKind::Function,
            path: long.clone(),
            digest,
            detail: String::new(),
            via: None,
        };
        let parts: Vec<_> = (0..1_000).map(one).collect();
        let bytes = encode(&parts);
        assert!(bytes.len() < 120_000, "they share their path");
        assert_eq!(decode(&bytes), None);
    }

    #[test]
    fn a_varint_that_is_too_long_or_too_large_is_none() {
        for bytes in [
            &[0x80; 11][..],
            &[0xff; 10],
            &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2],
        ] {
            assert_eq!(Reader(bytes).number(), None);
        }
        let mut bytes = Vec::new();
        put_number(&mut bytes, usize::MAX);
        assert_eq!(Reader(&bytes).number(), Some(usize::MAX));
    }
}
