//! What can happen to files: bits flip, pages are lost, files are cut, exchanged, replaced.

use super::random::Random;
use super::subject;
use std::fs;
use std::path::Path;

const PAGE: usize = 4096;

/// Does some damage to a directory, and says what it was.
pub(crate) fn mutate(root: &Path, random: &mut Random) -> String {
    let victim = subject::victim(root, random);
    let path = root.join(&victim);
    let mut bytes = fs::read(&path).unwrap();
    // Most of what sled writes is room for more.
    let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let what = match random.below(13) {
        0 | 1 => {
            flip(&mut bytes, 1 + random.below(8), used, random);
            "flipped bits"
        }
        2 => {
            bytes.truncate(random.below(used));
            "cut"
        }
        3 => {
            bytes.clear();
            "emptied"
        }
        4 => {
            let more = 1 + random.below(2 * PAGE);
            bytes.extend((0..more).map(|_| random.byte()));
            "longer"
        }
        5 => {
            let start = random.below(used) / PAGE * PAGE;
            let end = bytes.len().min(start + PAGE);
            bytes[start..end].fill(0);
            "a zeroed page"
        }
        6 => {
            let start = random.below(used);
            let end = bytes.len().min(start + 1 + random.below(PAGE));
            bytes[start..end].iter_mut().for_each(|byte| *byte = random.byte());
            "noise"
        }
        7 => {
            // Where lengths and counts stand.
            let end = bytes.len().min(24);
            flip(&mut bytes, 3, end, random);
            "a damaged start"
        }
        8 => {
            let other = root.join(subject::victim(root, random));
            let theirs = fs::read(&other).unwrap();
            fs::write(&other, &bytes).unwrap();
            bytes = theirs;
            "exchanged with another"
        }
        9 => {
            bytes = fs::read(root.join(subject::victim(root, random))).unwrap();
            "a copy of another"
        }
        10 => {
            fs::remove_file(&path).unwrap();
            return format!("{}: removed", victim.display());
        }
        11 => {
            let name = ["notes", "..x", "ab", "0", "core", "x.tmp"][random.below(6)];
            let foreign = path.with_file_name(name);
            if !foreign.exists() {
                fs::write(
                    foreign,
                    (0..random.below(PAGE)).map(|_| random.byte()).collect::<Vec<_>>(),
                )
                .unwrap();
            }
            return format!("{}: something foreign beside it", victim.display());
        }
        _ => {
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
            fs::write(path.join("inner"), "x").unwrap();
            return format!("{}: a folder", victim.display());
        }
    };
    fs::write(&path, bytes).unwrap();
    format!("{}: {what}", victim.display())
}

fn flip(bytes: &mut [u8], count: usize, below: usize, random: &mut Random) {
    for _ in 0..count {
        if let Some(byte) = bytes.get_mut(random.below(below)) {
            *byte ^= 1 << random.below(8);
        }
    }
}
