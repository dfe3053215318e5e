//! Thirty-two bytes that stand for a value, and how they are written down.

use std::fmt;

/// A BLAKE3 digest. Displays as 64 lower-case hexadecimal digits.
///
/// ```
/// # use larder::__private::key::Digest;
/// let digest = Digest::of(b"abc");
/// assert!(digest.to_string().starts_with("6437b3ac38465133"));
/// assert_eq!(Digest::parse_hex(&digest.to_string()), Some(digest));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes of the digest.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The BLAKE3 digest of these very bytes, with no encoding around them.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Reads what `Display` wrote. Anything else, upper-case digits included, is no digest, so
    /// that a digest has one text and a file name can be compared as it stands.
    pub fn parse_hex(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        if pairs.len() != 32 || !rest.is_empty() {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = (digit(*high)? << 4) | digit(*low)?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = Vec::with_capacity(64);
        push_hex(&self.0, &mut text);
        f.pad(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest of several arguments: BLAKE3 over their digests, one after the other.
///
/// ```
/// # use larder::__private::key::{Digest, combine};
/// let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
/// assert_ne!(combine(&[a, b]), combine(&[b, a]));
/// ```
pub fn combine(parts: &[Digest]) -> Digest {
    // Sixteen arguments are one BLAKE3 chunk of half a kilobyte: hashed at once from the stack,
    // without setting up an incremental hasher. Functions with more of them can wait a little.
    const AT_ONCE: usize = 16;
    let mut bytes = [[0; 32]; AT_ONCE];
    if let Some(bytes) = bytes.get_mut(..parts.len()) {
        for (bytes, part) in bytes.iter_mut().zip(parts) {
            *bytes = part.0;
        }
        return Digest::of(bytes.as_flattened());
    }
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&part.0);
    }
    Digest(*hasher.finalize().as_bytes())
}

/// Writes two lower-case hexadecimal digits for each byte, as far as there is room.
///
/// By table, and so that sizes are known where it is used: a hit in the cache spells a file name with
/// this.
#[inline]
pub(crate) fn put_hex(bytes: &[u8], out: &mut [u8]) {
    for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = PAIRS[usize::from(*byte)];
    }
}

/// Appends two lower-case hexadecimal digits for each byte.
pub(crate) fn push_hex(bytes: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + 2 * bytes.len(), 0);
    put_hex(bytes, &mut out[start..]);
}

const PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

const fn digit(text: u8) -> Option<u8> {
    match text {
        b'0'..=b'9' => Some(text - b'0'),
        b'a'..=b'f' => Some(text - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> Digest {
        Digest(std::array::from_fn(|at| u8::try_from(at * 8 + 1).expect("at most 249")))
    }

    #[test]
    fn hex_digits_are_those_of_the_formatting_machinery_for_any_length() {
        for length in [0, 1, 31, 32, 33, 100] {
            let bytes: Vec<u8> = (0..=255).cycle().step_by(7).take(length).collect();
            let mut written = b"before ".to_vec();
            push_hex(&bytes, &mut written);
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let expected = format!("before {}", digits.concat());
            assert_eq!(written, expected.as_bytes());
        }
    }

    #[test]
    fn a_digest_is_read_back_from_its_text_and_from_nothing_else() {
        let digest = counting();
        let text = digest.to_string();
        assert_eq!(text.len(), 64);
        assert_eq!(Digest::parse_hex(&text), Some(digest));
        assert_eq!(format!("{digest:?}"), text);
        assert_eq!(format!("{digest:.6}"), text[..6]);
        for other in [
            &text.to_uppercase(),
            &text[1..],
            &text[2..],
            &format!("{text}0"),
            &format!("{text}00"),
            &text.replacen('0', "g", 1),
            "",
        ] {
            assert_eq!(Digest::parse_hex(other), None, "{other}");
        }
    }

    #[test]
    fn combining_is_blake3_of_the_concatenation_for_any_number_of_parts() {
        for count in [0, 1, 2, 15, 16, 17, 40] {
            let parts: Vec<Digest> = (0..count).map(|n: u8| Digest::of(&[n])).collect();
            let bytes: Vec<u8> = parts.iter().flat_map(|part| *part.as_bytes()).collect();
            assert_eq!(combine(&parts), Digest::of(&bytes));
        }
    }
}
