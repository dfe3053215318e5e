//! What holds for any bytes that are taken for an entry: for fuzzing, and for a bounded run of the
//! same as a test.

use super::{
    CHECKSUM, Entry, FIXED, MAGIC, PAYLOAD_LENGTH, PREFIX, header_unchecked, length, xxh3,
};
use std::convert::Infallible;

/// Reads these bytes as an entry, as they are and as somebody would write them who knows how.
///
/// # Panics
///
/// If something does not hold.
pub(crate) fn check(bytes: &[u8]) {
    read(bytes);
    let forged = forge(bytes);
    assert!(Entry::parse(&forged).is_some(), "lengths and checksum are right");
    read(&forged);
}

fn read(bytes: &[u8]) {
    let claimed = length(bytes);
    let _ = header_unchecked(bytes);
    let Some(entry) = Entry::parse(bytes) else { return };
    assert_eq!(claimed, Some(bytes.len() as u64));
    assert_eq!(entry.size(), bytes.len() as u64);
    let Some(header) = entry.header() else { return };
    assert_eq!(header_unchecked(bytes).as_ref(), Some(&header));
    // What can be read can be written, and is the same again but for the flags, which are ignored.
    let mut again = Vec::new();
    let written = super::write(&header, &mut again, |out| {
        out.extend_from_slice(entry.payload());
        Ok::<_, Infallible>(header.codec)
    });
    assert!(written.is_ok());
    let same = |a: &[u8], b: &[u8]| a[..21] == b[..21] && a[22..a.len() - 8] == b[22..b.len() - 8];
    assert!(same(bytes, &again), "{header:?}");
}

/// An entry whose header and payload are these bytes: the first two say how many are the header.
fn forge(bytes: &[u8]) -> Vec<u8> {
    let (start, rest) = bytes.split_first_chunk().unwrap_or((&[0; 2], &[]));
    let header = usize::from(u16::from_le_bytes(*start)).min(rest.len()).max(FIXED);
    let mut forged = rest.to_vec();
    forged.resize(forged.len().max(FIXED), 0);
    let payload = forged.len() - header;
    forged[..8].copy_from_slice(&MAGIC);
    forged[8..PAYLOAD_LENGTH]
        .copy_from_slice(&u32::try_from(header).unwrap_or(u32::MAX).to_le_bytes());
    forged[PAYLOAD_LENGTH..PREFIX].copy_from_slice(&(payload as u64).to_le_bytes());
    let checksum = xxh3(&forged);
    forged.reserve(CHECKSUM);
    forged.extend_from_slice(&checksum.to_le_bytes());
    forged
}

#[cfg(test)]
mod tests {
    use super::super::tests::{header, written};
    use super::*;
    use proptest::prelude::*;

    /// A whole entry, for `forge` to take apart.
    fn seed() -> Vec<u8> {
        let bytes = written(&header(), b"\x02\x03abc\x01\xfb\x10\x00");
        let header = u16::try_from(super::super::array(&bytes, 8).map_or(0, u32::from_le_bytes));
        [&header.unwrap().to_le_bytes()[..], &bytes[..bytes.len() - CHECKSUM]].concat()
    }

    #[test]
    fn a_forged_entry_is_read_to_its_last_text() {
        assert_eq!(Entry::parse(&forge(&seed())).unwrap().header(), Some(header()));
    }

    proptest! {
        #![proptest_config(ProptestConfig {
            cases: 2_000,
            failure_persistence: None,
            ..Default::default()
        })]

        #[test]
        fn any_bytes_are_read_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            check(&bytes);
        }

        #[test]
        fn an_entry_with_any_bytes_exchanged_is_read_without_harm(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        ) {
            let mut bytes = seed();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            check(&bytes);
        }
    }
}
