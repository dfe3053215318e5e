//! What holds for any bytes that are taken for a journal: for fuzzing, and for a bounded run of the
//! same as a test.

use super::frame::{self, Reader};
use super::record::Record;

/// Reads these bytes as a journal: as they are, and cut into records with the right checksums.
///
/// # Panics
///
/// If something does not hold.
pub(crate) fn check(bytes: &[u8]) {
    read(bytes);
    let mut forged = Vec::new();
    let mut rest = bytes;
    // Each piece begins with a byte that says how long it is.
    while let Some((&length, after)) = rest.split_first() {
        let (piece, after) = after.split_at(usize::from(length).min(after.len()));
        rest = after;
        let mut record = vec![0; 4];
        record.extend_from_slice(piece);
        if !piece.is_empty() && frame::seal(&mut record).is_ok() {
            forged.extend_from_slice(&record);
        }
    }
    let good = read(&forged);
    assert_eq!(good, forged.len() as u64, "every record is whole");
}

fn read(bytes: &[u8]) -> u64 {
    let mut reader = Reader::new(bytes);
    // There is nothing that memory could refuse to give.
    while let Ok(Some(record)) = reader.next() {
        again(&record);
    }
    assert!(reader.good() <= bytes.len() as u64);
    reader.good()
}

/// What can be read can be written, and is read as the same.
fn again(record: &Record) {
    let mut bytes = Vec::new();
    if frame::write(record, &mut bytes).is_ok() {
        let read = Reader::new(&*bytes).next();
        assert!(matches!(&read, Ok(Some(same)) if same == record), "{record:?}: {read:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::all_kinds;
    use super::*;
    use proptest::prelude::*;

    /// One record of each kind, as pieces.
    fn seed() -> Vec<u8> {
        let mut seed = Vec::new();
        for record in all_kinds() {
            let mut content = Vec::new();
            record.encode(&mut content);
            seed.push(u8::try_from(content.len()).unwrap());
            seed.extend_from_slice(&content);
        }
        seed
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
        fn records_with_any_bytes_exchanged_are_read_without_harm(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
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
