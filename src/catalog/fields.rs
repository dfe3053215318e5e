//! Numbers and strings as bytes, for journal records and for the catalog's keys and values.
//!
//! `u64` is eight bytes, little-endian; a string is `u32 length | UTF-8`. Fields follow each other
//! without padding. A value may be longer than what its reader knows: later versions append.

/// Appends a number.
pub(super) fn put_u64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

/// Appends a string.
///
/// A string of 4 GiB or more gets a wrong length, which does no harm: whatever holds it is far
/// over the size of a record, and is refused for that.
pub(super) fn put_str(out: &mut Vec<u8>, text: &str) {
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(text.as_bytes());
}

/// Takes fields off the front of some bytes; `None` where they end early or are not text.
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn string(&mut self) -> Option<String> {
        let length = usize::try_from(u32::from_le_bytes(self.array()?)).ok()?;
        str::from_utf8(self.bytes(length)?).ok().map(str::to_owned)
    }

    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_longer_than_what_is_left_is_none() {
        let mut bytes = Vec::new();
        put_str(&mut bytes, "four");
        for cut in 0..bytes.len() {
            assert_eq!(Fields::new(&bytes[..cut]).string(), None, "{cut} bytes");
        }
        assert_eq!(Fields::new(&bytes).string().as_deref(), Some("four"));
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_not_a_string() {
        assert_eq!(Fields::new(&[1, 0, 0, 0, 0xff]).string(), None);
    }
}
