//! What is kept about one state of a function's code, so that others can be compared with it.
//!
//! ```text
//! text package | text path | text type arguments | u64 version | text fingerprint
//! 32 bytes digest of the code | u64 time first seen, nanoseconds since 1970 UTC
//! varint count, then u8 value and text of each condition of cfg
//! varint length, and bytes, of the parts, as the attribute writes them
//! ```
//!
//! Numbers are little-endian; a text is a varint length and UTF-8.

use super::Identity;
use super::code::Code;
use super::parts::{Reader, put_bytes, put_number};
use crate::key::Digest;

/// One state of a function's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) package: String,
    pub(super) path: String,
    pub(super) arguments: String,
    pub(super) version: u64,
    pub(super) fingerprint: String,
    /// What results are filed under.
    pub(super) digest: Digest,
    pub(super) seen_ns: u64,
    pub(super) code: Code,
}

/// Writes down what is known of a function's code now.
pub(super) fn encode(identity: &Identity, now_ns: u64) -> Vec<u8> {
    let mut out = Vec::with_capacity(identity.parts.len() + 256);
    for text in [&identity.package, &identity.path, &identity.arguments] {
        put_bytes(&mut out, text.as_bytes());
    }
    out.extend_from_slice(&identity.version.to_le_bytes());
    put_bytes(&mut out, identity.fingerprint.as_bytes());
    out.extend_from_slice(identity.code.as_bytes());
    out.extend_from_slice(&now_ns.to_le_bytes());
    put_number(&mut out, identity.cfgs.len());
    for (text, holds) in identity.cfgs {
        out.push(u8::from(*holds));
        put_bytes(&mut out, text.as_bytes());
    }
    put_bytes(&mut out, identity.parts);
    out
}

/// Reads what [`encode`] wrote.
pub(super) fn decode(bytes: &[u8]) -> Option<Description> {
    let reader = &mut Reader(bytes);
    let (package, path, arguments) = (reader.text()?, reader.text()?, reader.text()?);
    let version = reader.array().map(u64::from_le_bytes)?;
    let fingerprint = reader.text()?;
    let digest = Digest::from_bytes(reader.array()?);
    let seen_ns = reader.array().map(u64::from_le_bytes)?;
    let mut cfgs = Vec::new();
    for _ in 0..reader.number()? {
        let holds = reader.byte()? != 0;
        cfgs.push((std::str::from_utf8(reader.bytes()?).ok()?, holds));
    }
    let code = Code::new(reader.bytes()?, cfgs);
    Some(Description { package, path, arguments, version, fingerprint, digest, seen_ns, code })
}

#[cfg(test)]
mod tests {
    use super::super::{CodeSpec, Definition};
    use super::*;

    #[test]
    fn what_is_written_of_a_code_is_read_back_and_what_is_cut_is_unknown() {
        let identity = Identity::new(&Definition {
            package: "orbits",
            path: "orbits::simulate",
            arguments: "f32",
            code: CodeSpec {
                version: 3,
                fingerprint: "ab12",
                parts: b"\x01\x01\x01\x00\x02ab\x07\0\0\0\x00\x00",
                cfgs: &[("unix", true), ("feature = \"x\"", false)],
            },
        });
        let bytes = encode(&identity, 5);
        let expected = Description {
            package: "orbits".into(),
            path: "orbits::simulate".into(),
            arguments: "f32".into(),
            version: 3,
            fingerprint: "ab12".into(),
            digest: identity.code,
            seen_ns: 5,
            code: Code::of(&identity),
        };
        assert_eq!(expected.code.iter().count(), 3);
        assert_eq!(decode(&bytes), Some(expected));
        for end in 0..bytes.len() {
            assert_eq!(decode(&bytes[..end]), None, "{end} bytes");
        }
    }
}
