//! Reading the file of an entry, whatever it turns out to be.

use super::files::{is_lost, read_once};
use crate::entry::{self, Entry};
use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, Read};

/// Reads a file with as few system calls as possible, and hands it to `read` if it is an entry.
///
/// A small entry takes one call: it tells itself how long it is, so that neither the file's size nor
/// its end has to be asked for.
///
/// What the system cannot read, as the disk has lost it, is no entry either: it will not be read next
/// time, and a new file in its place will.
pub(super) fn parse_file<T>(
    file: File,
    scratch: &mut [u8],
    read: impl FnOnce(&Entry<'_>) -> Option<T>,
) -> io::Result<Option<T>> {
    match parse(file, scratch, read) {
        Err(error) if is_lost(&error) => Ok(None),
        result => result,
    }
}

fn parse<T>(
    file: File,
    scratch: &mut [u8],
    read: impl FnOnce(&Entry<'_>) -> Option<T>,
) -> io::Result<Option<T>> {
    let mut have = 0;
    loop {
        match read_once(&file, &mut scratch[have..]) {
            Ok(0) => return Ok(None),
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            // A folder, or a pipe that somebody holds open: no entry, whatever may come of it.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::IsADirectory | io::ErrorKind::WouldBlock
                ) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        }
        if have < entry::PREFIX {
            continue;
        }
        match entry::length(&scratch[..have]) {
            Some(length) if length <= have as u64 => {
                return Ok(Entry::parse(&scratch[..have]).as_ref().and_then(read));
            }
            Some(length) if length > scratch.len() as u64 => {
                let bytes = read_large(file, length, &scratch[..have])?;
                return Ok(Entry::parse(&bytes).as_ref().and_then(read));
            }
            Some(_) => {}
            None => return Ok(None),
        }
    }
}

/// All bytes of a file that has `length` of them; none if it has not.
fn read_large(file: File, length: u64, start: &[u8]) -> io::Result<Vec<u8>> {
    // The file's own size first: a damaged length must not make us ask for that much memory.
    let metadata = file.metadata()?;
    if metadata.len() != length || !metadata.is_file() || is_hollow(&metadata) {
        return Ok(Vec::new());
    }
    let Ok(size) = usize::try_from(length) else {
        return Ok(Vec::new());
    };
    let mut bytes = Vec::new();
    // More than there is memory for: then the call computes, and the process goes on.
    bytes.try_reserve_exact(size).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    bytes.extend_from_slice(start);
    // No more than that, should it grow meanwhile.
    file.take(length - start.len() as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// From this length on a file must consist of something.
const HOLLOW: u64 = 16 << 20;

/// Whether a file is long and takes next to nothing of the disk. Such a file can be made in an
/// instant and fill all memory, and a result is not like this: even compressed by the file system
/// (a long run of zeros by a factor of 32), it takes more than one byte in 64.
fn is_hollow(metadata: &fs::Metadata) -> bool {
    #[cfg(unix)]
    let used = std::os::unix::fs::MetadataExt::blocks(metadata).saturating_mul(512);
    #[cfg(not(unix))]
    let used = metadata.len();
    metadata.len() > HOLLOW && used < metadata.len() / 64
}

/// Buffers that a thread uses again and again.
pub(super) struct Scratch {
    pub(super) path: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

/// An entry of up to this size is read at one go. Larger ones get memory of their own, which is
/// given back.
pub(super) const SCRATCH_SIZE: usize = 64 * 1024;

/// Lends this thread's buffers. They are out of reach meanwhile, so that a value whose decoding looks
/// something up itself gets new ones.
pub(super) fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    thread_local! {
        static SCRATCH: Cell<Option<Scratch>> = const { Cell::new(None) };
    }
    let new = || Scratch { path: Vec::with_capacity(192), bytes: vec![0; SCRATCH_SIZE] };
    let mut scratch = SCRATCH.try_with(Cell::take).ok().flatten().unwrap_or_else(new);
    let result = work(&mut scratch);
    // Where the thread is ending, the buffers end with it.
    let _ = SCRATCH.try_with(|cell| cell.set(Some(scratch)));
    result
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    // On a file system with checksums of its own, as btrfs, a flipped bit comes as an error of the
    // system. It was taken for one that passes, so the result was computed at each call and never
    // replaced.
    #[test]
    fn what_the_disk_has_lost_is_no_entry() {
        // Nothing is at the start of a process's memory, which is the same error.
        let file = File::open("/proc/self/mem").unwrap();
        assert_eq!((&file).read(&mut [0; 8]).unwrap_err().raw_os_error(), Some(5));
        let parsed = parse_file(file, &mut [0; 64], |_| Some(())).unwrap();
        assert_eq!(parsed, None);
    }
}
