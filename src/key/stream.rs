//! The BLAKE3 digest of bytes that arrive in small pieces.
//!
//! BLAKE3 hashes chunks side by side in vector registers, but only within one call, and only as
//! many as form a whole subtree at the position reached. So pieces gather in a buffer whose size
//! is a power of two and which is handed over only when full: every call then starts at a
//! multiple of that size. Handing over at any other length halves the speed.

use blake3::Hasher;

use super::Digest;

/// How much gathers before it is hashed: enough for the widest vectors, small enough for a
/// processor's second-level cache.
pub(super) const CAPACITY: usize = 64 * 1024;

pub(super) struct Stream {
    buffer: Box<[u8; CAPACITY]>,
    len: usize,
    /// Bytes the hasher has seen. While it is zero, what the hasher holds is left over from an
    /// earlier stream.
    hashed: u64,
    hasher: Hasher,
}

impl Stream {
    pub(super) fn new() -> Self {
        // Taken from the heap already zeroed, by way of a vector: the pages of a buffer that
        // stays nearly empty are never touched.
        let Ok(buffer) = vec![0; CAPACITY].into_boxed_slice().try_into() else {
            unreachable!("the vector has the length of the buffer")
        };
        Self { buffer, len: 0, hashed: 0, hasher: Hasher::new() }
    }

    /// Forgets what was written. Nothing is zeroed: only what was written is ever read.
    #[inline]
    pub(super) fn clear(&mut self) {
        self.len = 0;
        self.hashed = 0;
    }

    #[inline]
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.put_headed([], bytes);
    }

    /// Writes `head`, then `tail`, with one check for room.
    #[inline]
    pub(super) fn put_headed<const N: usize>(&mut self, head: [u8; N], tail: &[u8]) {
        let end = self.len + N + tail.len();
        match self.buffer.get_mut(self.len..end).and_then(<[u8]>::split_first_chunk_mut) {
            Some((place, rest)) => {
                *place = head;
                rest.copy_from_slice(tail);
                self.len = end;
            }
            None => self.spill(&head, tail),
        }
    }

    /// Writes where the caller says the stream ends, and says where it ends then.
    ///
    /// For long runs of single numbers: a length that is kept here is read from memory and
    /// written back for each of them, and that wait is longer than all the rest. Whoever keeps
    /// it returns it with [`Stream::resume`] before using anything else.
    #[inline]
    pub(super) fn put_at<const N: usize>(&mut self, len: usize, bytes: [u8; N]) -> usize {
        match self.buffer.get_mut(len..).and_then(<[u8]>::first_chunk_mut) {
            Some(place) => {
                *place = bytes;
                len + N
            }
            None => self.spill_at(len, bytes),
        }
    }

    /// Takes back the length that [`Stream::put_at`] left with its caller.
    #[inline]
    pub(super) fn resume(&mut self, len: usize) {
        self.len = len;
    }

    /// Writes many bytes without copying them, if nothing waits before them. Returns the length
    /// to go on with, for [`Stream::put_at`].
    pub(super) fn put_block(&mut self, bytes: &[u8]) -> usize {
        if self.len == CAPACITY {
            self.flush();
        }
        if self.len == 0 {
            hash_more(&mut self.hasher, &mut self.hashed, bytes);
        } else {
            self.put(bytes);
        }
        self.len
    }

    /// How many bytes were written.
    pub(super) fn total(&self) -> u64 {
        self.hashed + self.len as u64
    }

    /// All that was written, if it was so little that it is still here.
    pub(super) fn unhashed(&self) -> Option<&[u8]> {
        (self.hashed == 0).then(|| &self.buffer[..self.len])
    }

    /// The digest of what was written.
    #[inline]
    pub(super) fn finish(&mut self) -> Digest {
        let rest = &self.buffer[..self.len];
        if self.hashed == 0 {
            return Digest::of(rest);
        }
        Digest::from_bytes(*self.hasher.update(rest).finalize().as_bytes())
    }

    /// `bytes` by value: passed by address, every number would be written to the stack as well,
    /// in case this is called, which doubled the time that a byte takes.
    #[cold]
    #[inline(never)]
    fn spill_at<const N: usize>(&mut self, len: usize, bytes: [u8; N]) -> usize {
        self.len = len;
        self.spill(&[], &bytes);
        self.len
    }

    #[cold]
    #[inline(never)]
    fn spill(&mut self, head: &[u8], tail: &[u8]) {
        for mut bytes in [head, tail] {
            while !bytes.is_empty() {
                if self.len == CAPACITY {
                    self.flush();
                }
                let (fitting, rest) = bytes.split_at(bytes.len().min(CAPACITY - self.len));
                self.buffer[self.len..self.len + fitting.len()].copy_from_slice(fitting);
                self.len += fitting.len();
                bytes = rest;
            }
        }
    }

    fn flush(&mut self) {
        hash_more(&mut self.hasher, &mut self.hashed, &self.buffer[..self.len]);
        self.len = 0;
    }
}

/// Apart from the stream, so that the bytes may be the stream's own buffer.
fn hash_more(hasher: &mut Hasher, seen: &mut u64, bytes: &[u8]) {
    if *seen == 0 {
        hasher.reset();
    }
    hasher.update(bytes);
    *seen += bytes.len() as u64;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|at| u8::try_from(at % 251).expect("below 251")).collect()
    }

    #[test]
    fn pieces_of_any_size_hash_like_the_whole_around_every_flush() {
        let mut stream = Stream::new();
        for length in [0, 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, 3 * CAPACITY, 200_000] {
            let whole = bytes(length);
            for piece in [1, 7, 1000, 1024, CAPACITY - 1, CAPACITY, CAPACITY + 1] {
                stream.clear();
                for part in whole.chunks(piece) {
                    let (head, tail) = part.split_at(1);
                    stream.put_headed([head[0]], tail);
                }
                assert_eq!(stream.total(), length as u64);
                assert_eq!(stream.finish(), Digest::of(&whole), "{length} bytes by {piece}");
            }
        }
    }

    #[test]
    fn blocks_that_bypass_the_buffer_keep_their_place_among_pieces_that_do_not() {
        let whole = bytes(4 * CAPACITY);
        for cuts in [
            [0, CAPACITY, CAPACITY],
            [0, 10, 20],
            [10, CAPACITY, 100],
            [CAPACITY, CAPACITY, 3],
            [1, 2 * CAPACITY, CAPACITY],
        ] {
            let mut stream = Stream::new();
            let (first, rest) = whole.split_at(cuts[0]);
            let (second, rest) = rest.split_at(cuts[1]);
            let (third, rest) = rest.split_at(cuts[2]);
            stream.put(first);
            stream.put_block(second);
            stream.put(third);
            stream.put_block(rest);
            assert_eq!(stream.finish(), Digest::of(&whole), "{cuts:?}");
        }
    }

    #[test]
    fn a_cleared_stream_remembers_nothing_of_a_longer_one() {
        let mut stream = Stream::new();
        stream.put(&bytes(2 * CAPACITY + 5));
        stream.clear();
        assert_eq!(stream.unhashed(), Some(&[][..]));
        stream.put(b"short");
        assert_eq!(stream.finish(), Digest::of(b"short"));
        stream.clear();
        stream.put(&bytes(CAPACITY + 1));
        assert_eq!(stream.unhashed(), None);
        assert_eq!(stream.finish(), Digest::of(&bytes(CAPACITY + 1)));
    }
}
