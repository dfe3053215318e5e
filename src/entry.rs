//! The bytes of one entry, with no idea where they live.
//!
//! ```text
//! offset  size  little-endian throughout
//!      0     8  magic: "LARDER", 0, and the version of this layout (1)
//!      8     4  h, the length of the header, these first fields included
//!     12     8  p, the length of the payload
//!     20     1  codec of the payload
//!     21     1  flags (none yet, written as 0, ignored when read)
//!     22     2  n, the number of argument digests
//!     24     8  time of creation, nanoseconds since 1970 UTC
//!     32     8  own time of the computation, nanoseconds
//!     40     8  full time, with the cached results that it used, nanoseconds
//!     48    32  digest of the inputs
//!     80    32  digest of the code
//!    112  32 n  digest of each argument, in order
//!      …  2 + …  length and text of the function's name
//!      …  2 + …  length and text of the printed inputs
//!      h     p  payload
//!    h+p     8  XXH3-64 of everything before it
//! ```
//!
//! Reading accepts only what writing produced, so a torn file is a miss, never a wrong answer. The
//! two digests of the key are compared as well: a file that was renamed or copied over another is
//! as good as damaged.

#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod properties;

use crate::key::Digest;

const MAGIC: [u8; 8] = *b"LARDER\0\x01";
const FIXED: usize = 112;
const CHECKSUM: usize = 8;
/// Where the length of the payload stands, since it is filled in last.
const PAYLOAD_LENGTH: usize = 12;

/// How many bytes tell how long an entry is.
pub(crate) const PREFIX: usize = 20;

/// How many bytes tell what [`times_unchecked`] does.
pub(crate) const TIMES: usize = 48;

/// What a result is filed under, within its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// What went in.
    pub(crate) inputs: Digest,
    /// What computed it: identity, version, fingerprint and format.
    pub(crate) code: Digest,
}

/// Everything an entry says about its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) key: Key,
    pub(crate) codec: u8,
    pub(crate) created_ns: u64,
    pub(crate) own_ns: u64,
    pub(crate) full_ns: u64,
    pub(crate) arguments: Vec<Digest>,
    pub(crate) function: String,
    pub(crate) printed: String,
}

/// An entry whose lengths and checksum are right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry<'a> {
    header: &'a [u8],
    payload: &'a [u8],
}

/// The length of the whole entry that starts with `prefix`, if it is one at all.
///
/// `None` for what cannot be an entry: too short, another magic, or lengths that add up to no
/// number.
pub(crate) fn length(prefix: &[u8]) -> Option<u64> {
    if !prefix.starts_with(&MAGIC) {
        return None;
    }
    let header = u64::from(u32::from_le_bytes(array(prefix, 8)?));
    let payload = u64::from_le_bytes(array(prefix, PAYLOAD_LENGTH)?);
    header.checked_add(payload)?.checked_add(CHECKSUM as u64)
}

impl<'a> Entry<'a> {
    /// Takes `bytes` for an entry if they are exactly one, undamaged.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        if length(bytes)? != bytes.len() as u64 {
            return None;
        }
        let header = u32::from_le_bytes(array(bytes, 8)?) as usize;
        if header < FIXED {
            return None;
        }
        let (body, checksum) = bytes.split_at(bytes.len() - CHECKSUM);
        if checksum != xxh3(body).to_le_bytes() {
            return None;
        }
        let (header, payload) = body.split_at(header);
        Some(Self { header, payload })
    }

    pub(crate) fn key(&self) -> Key {
        Key { inputs: self.digest(48), code: self.digest(80) }
    }

    pub(crate) fn codec(&self) -> u8 {
        self.header[20]
    }

    /// When it was created, in nanoseconds since 1970 UTC.
    pub(crate) fn created_ns(&self) -> u64 {
        self.number(24)
    }

    /// Own time of the computation, in nanoseconds.
    pub(crate) fn own_ns(&self) -> u64 {
        self.number(32)
    }

    /// Full time of the computation, in nanoseconds: what a hit saves.
    pub(crate) fn full_ns(&self) -> u64 {
        self.number(40)
    }

    pub(crate) fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// Bytes of the whole entry.
    pub(crate) fn size(&self) -> u64 {
        (self.header.len() + self.payload.len() + CHECKSUM) as u64
    }

    /// The inputs for people, or `None` where the texts do not fit into the header.
    pub(crate) fn printed(&self) -> Option<&'a str> {
        self.variable().map(|(_, _, printed)| printed)
    }

    /// What follows the fields of fixed size: digests, function and printed inputs.
    fn variable(&self) -> Option<(&'a [u8], &'a str, &'a str)> {
        let count = usize::from(u16::from_le_bytes(array(self.header, 22)?));
        let (digests, texts) = self.header[FIXED..].split_at_checked(32 * count)?;
        let (function, texts) = text(texts)?;
        let (printed, rest) = text(texts)?;
        rest.is_empty().then_some((digests, function, printed))
    }

    /// Everything the header says, or `None` where its texts do not fit into it.
    pub(crate) fn header(&self) -> Option<Header> {
        let (digests, function, printed) = self.variable()?;
        Some(Header {
            key: self.key(),
            codec: self.codec(),
            created_ns: self.created_ns(),
            own_ns: self.own_ns(),
            full_ns: self.full_ns(),
            arguments: digests
                .as_chunks()
                .0
                .iter()
                .map(|bytes| Digest::from_bytes(*bytes))
                .collect(),
            function: function.to_owned(),
            printed: printed.to_owned(),
        })
    }

    fn number(&self, at: usize) -> u64 {
        array(self.header, at).map_or(0, u64::from_le_bytes)
    }

    fn digest(&self, at: usize) -> Digest {
        Digest::from_bytes(array(self.header, at).unwrap_or_default())
    }
}

/// The length of the header of the entry that starts with `prefix`, and of its payload.
fn lengths(prefix: &[u8]) -> Option<(usize, u64)> {
    length(prefix)?;
    let header = usize::try_from(u32::from_le_bytes(array(prefix, 8)?)).ok()?;
    Some((header, u64::from_le_bytes(array(prefix, PAYLOAD_LENGTH)?)))
}

/// How long the header is of the entry that starts with `prefix`.
pub(crate) fn header_length(prefix: &[u8]) -> Option<usize> {
    lengths(prefix).map(|(header, _)| header)
}

/// How long the payload is of the entry that starts with `prefix`.
pub(crate) fn payload_length(prefix: &[u8]) -> Option<u64> {
    lengths(prefix).map(|(_, payload)| payload)
}

/// Writes an entry into `out`, which is emptied first: the header, then what `payload` appends,
/// then the checksum. So a payload is encoded where it will stand and never copied.
///
/// `payload` returns the codec it used. What it returns as an error leaves `out` of no use.
pub(crate) fn write<E>(
    header: &Header,
    out: &mut Vec<u8>,
    payload: impl FnOnce(&mut Vec<u8>) -> Result<u8, E>,
) -> Result<(), E> {
    out.clear();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&[0; PREFIX - MAGIC.len()]);
    out.extend_from_slice(&[header.codec, 0]);
    out.extend_from_slice(&clamp(header.arguments.len()).to_le_bytes());
    for number in [header.created_ns, header.own_ns, header.full_ns] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    let arguments = &header.arguments[..usize::from(clamp(header.arguments.len()))];
    for digest in [&header.key.inputs, &header.key.code].into_iter().chain(arguments) {
        out.extend_from_slice(digest.as_bytes());
    }
    for text in [&header.function, &header.printed] {
        let text = &text[..text.floor_char_boundary(usize::from(u16::MAX))];
        out.extend_from_slice(&clamp(text.len()).to_le_bytes());
        out.extend_from_slice(text.as_bytes());
    }
    let start = out.len();
    // At most 112 + 32 * 65,535 + 2 * 65,537 bytes, so it always fits.
    let length = u32::try_from(start).unwrap_or(u32::MAX);
    out[8..12].copy_from_slice(&length.to_le_bytes());
    let codec = payload(out)?;
    out[20] = codec;
    let length = (out.len() - start) as u64;
    out[PAYLOAD_LENGTH..PREFIX].copy_from_slice(&length.to_le_bytes());
    let checksum = xxh3(out);
    out.extend_from_slice(&checksum.to_le_bytes());
    Ok(())
}

/// The payload of what [`write`] produced just now, without the checks that reading makes.
pub(crate) fn payload(written: &[u8]) -> &[u8] {
    let start = array(written, 8).map_or(0, u32::from_le_bytes) as usize;
    written.get(start..written.len().saturating_sub(CHECKSUM)).unwrap_or_default()
}

/// What the start of an entry says about it, if all of the header is there. Nothing is checked, as
/// the checksum stands at the end: this is for people, and not for deciding anything.
pub(crate) fn header_unchecked(start: &[u8]) -> Option<Header> {
    length(start)?;
    let header = start.get(..u32::from_le_bytes(array(start, 8)?) as usize)?;
    let entry = Entry { header, payload: &[] };
    if header.len() < FIXED { None } else { entry.header() }
}

/// When an entry was created, and what computing it took in full, by the start of its bytes. Nothing is
/// checked: this is for judging what it is worth, and not for what it holds.
pub(crate) fn times_unchecked(start: &[u8]) -> Option<(u64, u64)> {
    length(start)?;
    let number = |at: usize| array(start, at).map(u64::from_le_bytes);
    Some((number(24)?, number(40)?))
}

fn xxh3(bytes: &[u8]) -> u64 {
    twox_hash::XxHash3_64::oneshot(bytes)
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let length = usize::from(u16::from_le_bytes(array(bytes, 0)?));
    let (text, rest) = bytes[2..].split_at_checked(length)?;
    Some((std::str::from_utf8(text).ok()?, rest))
}

fn clamp(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    pub(super) fn header() -> Header {
        Header {
            key: Key { inputs: Digest::of(b"inputs"), code: Digest::of(b"code") },
            codec: 1,
            created_ns: 1_700_000_000_000_000_000,
            own_ns: 5,
            full_ns: 8,
            arguments: vec![Digest::of(b"a"), Digest::of(b"b")],
            function: "orbits::simulate".into(),
            printed: "seed: 7, name: \"ü\"".into(),
        }
    }

    pub(super) fn written(header: &Header, payload: &[u8]) -> Vec<u8> {
        let mut out = b"left over".to_vec();
        write(header, &mut out, |out| {
            out.extend_from_slice(payload);
            Ok::<_, Infallible>(header.codec)
        })
        .unwrap();
        out
    }

    #[test]
    fn what_is_written_is_read_back() {
        for payload in [&b""[..], b"x", &vec![7; 100_000]] {
            let bytes = written(&header(), payload);
            let entry = Entry::parse(&bytes).unwrap();
            assert_eq!(entry.header().unwrap(), header());
            assert_eq!(entry.payload(), payload);
            assert_eq!(super::payload(&bytes), payload);
            assert_eq!(entry.key(), header().key);
            assert_eq!(entry.full_ns(), 8);
            assert_eq!(times_unchecked(&bytes[..TIMES]), Some((header().created_ns, 8)));
            assert_eq!(length(&bytes[..PREFIX]), Some(bytes.len() as u64));
            let start = &bytes[..bytes.len() - payload.len() - CHECKSUM];
            assert_eq!(header_unchecked(start), Some(header()));
            assert_eq!(header_unchecked(&start[..start.len() - 1]), None);
        }
    }

    #[test]
    fn every_strict_prefix_of_an_entry_is_rejected() {
        let bytes = written(&header(), b"payload");
        for end in 0..bytes.len() {
            assert!(Entry::parse(&bytes[..end]).is_none(), "{end} bytes");
        }
    }

    #[test]
    fn trailing_bytes_are_rejected() {
        let mut bytes = written(&header(), b"payload");
        bytes.push(0);
        assert!(Entry::parse(&bytes).is_none());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let bytes = written(&header(), b"payload");
        for at in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[at / 8] ^= 1 << (at % 8);
            assert!(Entry::parse(&damaged).is_none(), "bit {at}");
        }
    }

    #[test]
    fn lengths_that_overflow_are_no_entry() {
        let mut bytes = written(&header(), b"payload");
        bytes[8..PREFIX].fill(0xff);
        assert_eq!(length(&bytes), None);
        assert!(Entry::parse(&bytes).is_none());
    }

    #[test]
    fn texts_of_any_length_are_cut_at_a_character() {
        let long = Header { printed: "ü".repeat(40_000), ..header() };
        let bytes = written(&long, b"payload");
        let read = Entry::parse(&bytes).unwrap().header().unwrap();
        assert_eq!(read.printed, "ü".repeat(32_767));
        assert_eq!(read.function, long.function);
    }

    #[test]
    fn the_bytes_of_an_entry_are_frozen() {
        let bytes = written(&header(), b"payload");
        assert_eq!(
            blake3::hash(&bytes).to_hex().as_str(),
            "a67d05bf33d1750fcf27b6ba1a0688839116c8ababa3ac2a6c12b21cec941062",
            "this changes the format: bump the version in the magic and in `format`"
        );
    }
}
