//! Entries written by somebody who knows how: their checksums are right, their content is not what
//! it says. Their values may be wrong, for such a person can write any value; but nothing panics,
//! asks for more memory than they are worth, or goes on for ever.

use super::random::Random;
use super::subject::{self, Template};
use super::{MEMORY, alone};
use larder::{Mode, with_cache};
use std::fs;
use std::path::Path;
use twox_hash::XxHash3_64;

/// What buffers of a fixed size and guesses of serde come to.
const PROPORTION: usize = 8 << 20;

/// Puts these bytes in the place of the payload, and makes lengths and checksum right.
fn forge(path: &Path, payload: &[u8], codec: Option<u8>) {
    let mut bytes = fs::read(path).unwrap();
    let header = u32::from_le_bytes(bytes[8..12].try_into().unwrap());
    bytes.truncate(usize::try_from(header).unwrap());
    bytes[12..20].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes[20] = codec.unwrap_or(bytes[20]);
    bytes.extend_from_slice(payload);
    seal(path, bytes);
}

fn seal(path: &Path, mut bytes: Vec<u8>) {
    bytes.extend_from_slice(&XxHash3_64::oneshot(&bytes).to_le_bytes());
    fs::write(path, bytes).unwrap();
}

/// Uses the cache in every way that reads entries.
fn exercise(root: &Path, what: &str) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let cache = subject::open(root, Mode::ReadOnly).unwrap();
    with_cache(&cache, || {
        for x in 0..4 {
            subject::text(x);
            subject::table(x);
            subject::document(x);
            let _ = subject::document::why(x + 7);
        }
    });
    cache.entries().unwrap().for_each(drop);
    cache.verify().unwrap();
    let used = MEMORY.peak_usage().saturating_sub(before);
    assert!(used < PROPORTION, "{what}: {used} bytes");
}

#[test]
fn lengths_that_lie_are_not_believed() {
    let _alone = alone();
    let template = Template::new(0);
    // A length of bincode, then a text; the same of MessagePack, for texts, bytes, lists and maps.
    let bincode = |length: u64| [&[253][..], &length.to_le_bytes(), b"abc"].concat();
    let mut lies: Vec<(u8, Vec<u8>)> =
        [1 << 20, 1 << 32, 1 << 45, 1 << 62, u64::MAX].map(|length| (1, bincode(length))).into();
    lies.extend(
        [0xdb, 0xc6, 0xdd, 0xdf, 0xc9]
            .map(|mark| (2, [&[mark, 0xff, 0xff, 0xff, 0xf0][..], &[0x91; 100]].concat())),
    );
    lies.push((2, vec![0x91; 1_000_000]));
    lies.push((1, vec![1; 1_000_000]));
    for (codec, payload) in lies {
        let copy = template.copy();
        for path in subject::files(copy.path()).iter().filter(|path| subject::is_result(path)) {
            forge(&copy.path().join(path), &payload, Some(codec));
        }
        exercise(copy.path(), &format!("codec {codec}, {:x?}", &payload[..12.min(payload.len())]));
    }
}

#[test]
fn forged_headers_and_payloads_are_read_without_harm() {
    let _alone = alone();
    let template = Template::new(0);
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let copy = template.copy();
        for path in subject::files(copy.path()).iter().filter(|path| subject::is_result(path)) {
            let path = copy.path().join(path);
            let mut bytes = fs::read(&path).unwrap();
            bytes.truncate(bytes.len() - 8);
            for _ in 0..=random.below(6) {
                let at = if random.below(2) == 0 {
                    random.below(130)
                } else {
                    random.below(bytes.len())
                };
                // The lengths of header and payload stay, as a file that contradicts them is
                // refused before anything else.
                if !(8..20).contains(&at) && at < bytes.len() {
                    bytes[at] = random.byte();
                }
            }
            seal(&path, bytes);
        }
        exercise(copy.path(), &format!("seed {seed}"));
    }
}
