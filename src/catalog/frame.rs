//! The bytes of a journal: records one after the other, each able to prove that it is whole.
//!
//! ```text
//! u32 length | u8 kind | body | u64 checksum          little-endian, without padding
//! ```
//!
//! `length` counts kind and body and is at least 1 and at most 1 MiB; `checksum` is the xxh3 of
//! kind and body. A reader stops at the first record that is short, too long or does not match its
//! checksum: the last, unfinished record of a process that was killed. A kind it does not know is
//! skipped by its length. So every prefix of a journal means exactly the whole records in it.

use std::io::{self, ErrorKind, Read};

use twox_hash::XxHash3_64;

use super::record::Record;

/// The most bytes of kind and body, so that damaged lengths cannot ask for much memory.
pub(super) const MAX_LENGTH: usize = 1 << 20;

/// Replaces `out` with the bytes of a record.
pub(super) fn write(record: &Record, out: &mut Vec<u8>) -> io::Result<()> {
    out.clear();
    out.extend_from_slice(&[0; 4]);
    record.encode(out);
    seal(out)
}

/// Fills in the length before, and the checksum after kind and body.
pub(super) fn seal(out: &mut Vec<u8>) -> io::Result<()> {
    let (head, content) = out.split_at_mut(4);
    let length = u32::try_from(content.len())
        .ok()
        .filter(|_| content.len() <= MAX_LENGTH)
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "a record is over 1 MiB"))?;
    head.copy_from_slice(&length.to_le_bytes());
    let checksum = XxHash3_64::oneshot(content);
    out.extend_from_slice(&checksum.to_le_bytes());
    Ok(())
}

/// Reads records up to the first that is not whole.
pub(super) struct Reader<R> {
    source: R,
    good: u64,
    content: Vec<u8>,
}

impl<R: Read> Reader<R> {
    /// Reads from a source that stands at the beginning of a record.
    pub(super) fn new(source: R) -> Self {
        Self { source, good: 0, content: Vec::new() }
    }

    /// How many bytes of whole records were read, those of unknown kinds included.
    pub(super) fn good(&self) -> u64 {
        self.good
    }

    /// The next record of a known kind, or `None` where the whole records end.
    pub(super) fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            if !self.frame()? {
                return Ok(None);
            }
            if let Some(record) = Record::decode(&self.content) {
                return Ok(Some(record));
            }
        }
    }

    /// The next record that is about a function and not about one of its entries, of which there are
    /// many more: those are checked and passed over.
    pub(super) fn next_about_functions(&mut self) -> io::Result<Option<Record>> {
        while self.frame()? {
            if Record::is_about_a_function(&self.content)
                && let Some(record) = Record::decode(&self.content)
            {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    /// Reads one record of any kind; false where there is no whole one.
    fn frame(&mut self) -> io::Result<bool> {
        let mut head = [0; 4];
        if !fill(&mut self.source, &mut head)? {
            return Ok(false);
        }
        let length = u32::from_le_bytes(head);
        let Some(size) =
            usize::try_from(length).ok().filter(|size| (1..=MAX_LENGTH).contains(size))
        else {
            return Ok(false);
        };
        self.content.resize(size, 0);
        let mut checksum = [0; 8];
        if !fill(&mut self.source, &mut self.content)? || !fill(&mut self.source, &mut checksum)? {
            return Ok(false);
        }
        if XxHash3_64::oneshot(&self.content) != u64::from_le_bytes(checksum) {
            return Ok(false);
        }
        self.good += 4 + u64::from(length) + 8;
        Ok(true)
    }
}

/// Reads until the buffer is full; false where the source ends before.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<bool> {
    match source.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{all_kinds, kept};
    use super::*;

    /// What a reader makes of some bytes, and how many of them were good.
    fn read(bytes: &[u8]) -> (Vec<Record>, usize) {
        let mut reader = Reader::new(bytes);
        let mut records = Vec::new();
        while let Some(record) = reader.next().unwrap() {
            records.push(record);
        }
        (records, usize::try_from(reader.good()).unwrap())
    }

    /// A journal of some records, and where each of them ends.
    fn journal(records: &[Record]) -> (Vec<u8>, Vec<usize>) {
        let (mut bytes, mut ends, mut one) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            write(record, &mut one).unwrap();
            bytes.extend_from_slice(&one);
            ends.push(bytes.len());
        }
        (bytes, ends)
    }

    /// A record of any kind and body.
    fn raw(content: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 4];
        out.extend_from_slice(content);
        seal(&mut out).unwrap();
        out
    }

    #[test]
    fn every_prefix_of_a_journal_yields_exactly_the_whole_records_in_it() {
        let records = all_kinds();
        let (bytes, ends) = journal(&records);
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|&&end| end <= cut).count();
            let good = ends[..whole].last().copied().unwrap_or(0);
            assert_eq!(read(&bytes[..cut]), (records[..whole].to_vec(), good), "{cut} bytes");
        }
    }

    #[test]
    fn a_flipped_bit_ends_the_journal_before_its_record_and_never_changes_one() {
        let records = all_kinds();
        let (bytes, ends) = journal(&records);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let before = ends.iter().filter(|&&end| end <= bit / 8).count();
            assert_eq!(read(&damaged).0, records[..before], "bit {bit}");
        }
    }

    #[test]
    fn kinds_and_fields_of_later_versions_are_skipped() {
        let record = kept("f", "file", 1);
        let mut longer = Vec::new();
        record.encode(&mut longer);
        longer.extend_from_slice(b"a field of a later version");
        let parts = [raw(&[200, 1, 2, 3]), raw(&longer), raw(&[4, 9]), raw(&[255])];
        assert_eq!(read(&parts.concat()), (vec![record], parts.concat().len()));
    }

    #[test]
    fn a_length_that_no_record_has_ends_the_journal_without_asking_for_memory() {
        for length in [0, u32::try_from(MAX_LENGTH).unwrap() + 1, u32::MAX] {
            let mut bytes = length.to_le_bytes().to_vec();
            bytes.extend_from_slice(&[0; 64]);
            let mut reader = Reader::new(bytes.as_slice());
            assert_eq!(reader.next().unwrap(), None);
            assert_eq!((reader.good(), reader.content.capacity()), (0, 0), "length {length}");
        }
    }

    #[test]
    fn a_record_over_the_limit_is_refused_and_one_at_the_limit_is_read_again() {
        let of_length = |length: usize| {
            let folder = Some("x".repeat(length - 14));
            Record::Cleared { folder, when_ns: 0 }
        };
        let (bytes, _) = journal(&[of_length(MAX_LENGTH)]);
        assert_eq!(read(&bytes).0, [of_length(MAX_LENGTH)]);
        let refused = write(&of_length(MAX_LENGTH + 1), &mut Vec::new()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
    }

    #[test]
    fn the_bytes_of_a_record_are_those_written_down_above() {
        let record = Record::Removed { folder: "f".into(), file: "ab".into(), when_ns: 5 };
        let mut bytes = Vec::new();
        write(&record, &mut bytes).unwrap();
        let content = b"\x03\x01\0\0\0f\x02\0\0\0ab\x05\0\0\0\0\0\0\0";
        assert_eq!(&bytes[..4], &20_u32.to_le_bytes());
        assert_eq!(&bytes[4..24], content);
        assert_eq!(&bytes[24..], XxHash3_64::oneshot(content).to_le_bytes());
    }
}
