//! A claim and its release, beside the two system calls that a lock of a byte range consists of.

use crate::{Extent, median, show};
use larder::{Cache, Digest};
use std::time::Instant;

/// So many claims are held meanwhile, in the same file and by another opening of it.
const HELD: [u32; 4] = [0, 16, 63, 1_000];

/// Shows what a claim costs while others are held.
pub(crate) fn measure(extent: Extent) {
    let directory = tempfile::tempdir().expect("a directory for the cache");
    let ours = Cache::open(directory.path().join("cache")).expect("an empty directory");
    let theirs = Cache::open(directory.path().join("cache")).expect("a cache");
    let plain = plain::Locks::new(&directory.path().join("locks"));
    show("claims                  held   claim and release   fcntl alone");
    for held in HELD {
        // What was held is given up before more is: on both sides the same.
        let _claims: Vec<_> = (0..held).filter_map(|n| theirs.__larder_claim(&digest(n))).collect();
        let _locks = plain.hold(held);
        let (mut claimed, mut locked) = (Vec::new(), Vec::new());
        let digests: Vec<_> = (held..held + extent.claims).map(digest).collect();
        for _ in 0..extent.rounds * 5 {
            claimed.push(nanoseconds(&digests, |digest| {
                assert!(ours.__larder_claim(digest).is_some() || !plain::IS_POSSIBLE);
            }));
            locked.push(nanoseconds(&digests, |digest| plain.lock_and_unlock(digest)));
        }
        let (claimed, locked) = (median(claimed), median(locked));
        show(&format!("{held:28}   {claimed:14.0} ns   {locked:8.0} ns"));
    }
}

/// How long `work` takes on average.
fn nanoseconds(digests: &[Digest], work: impl Fn(&Digest)) -> f64 {
    let started = Instant::now();
    digests.iter().for_each(work);
    started.elapsed().as_secs_f64() * 1e9 / f64::from(u32::try_from(digests.len()).expect("few"))
}

fn digest(number: u32) -> Digest {
    Digest::of(&number.to_le_bytes())
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod plain {
    //! The system calls without anything around them.

    use larder::Digest;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc::{F_UNLCK, F_WRLCK, SEEK_SET, c_int, flock};
    use std::fs::File;
    use std::path::Path;

    pub(crate) const IS_POSSIBLE: bool = true;

    pub(crate) struct Locks {
        ours: File,
        theirs: File,
    }

    impl Locks {
        pub(crate) fn new(path: &Path) -> Self {
            let open = || File::options().create(true).append(true).open(path);
            Self { ours: open().expect("a new file"), theirs: open().expect("a file") }
        }

        /// Locks so many ranges until what is returned is dropped.
        pub(crate) fn hold(&self, count: u32) -> impl Drop + use<'_> {
            (0..count).for_each(|n| set(&self.theirs, F_WRLCK, &super::digest(n)));
            Held { file: &self.theirs, count }
        }

        pub(crate) fn lock_and_unlock(&self, digest: &Digest) {
            set(&self.ours, F_WRLCK, digest);
            set(&self.ours, F_UNLCK, digest);
        }
    }

    struct Held<'a> {
        file: &'a File,
        count: u32,
    }

    impl Drop for Held<'_> {
        fn drop(&mut self) {
            (0..self.count).for_each(|n| set(self.file, F_UNLCK, &super::digest(n)));
        }
    }

    fn set(file: &File, kind: c_int, digest: &Digest) {
        let start = digest.as_bytes().first_chunk().copied().map_or(0, i64::from_le_bytes);
        let small = |number: c_int| i16::try_from(number).expect("a small number");
        let lock = flock {
            l_type: small(kind),
            l_whence: small(SEEK_SET),
            l_start: start & ((1 << 60) - 1),
            l_len: 7,
            l_pid: 0,
        };
        fcntl(file, FcntlArg::F_OFD_SETLK(&lock)).expect("nobody else locks this file");
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
mod plain {
    //! Where there are no claims, there is nothing beside them either.

    use larder::Digest;
    use std::path::Path;

    pub(crate) const IS_POSSIBLE: bool = false;

    pub(crate) struct Locks;

    impl Locks {
        pub(crate) fn new(_: &Path) -> Self {
            Self
        }

        pub(crate) fn hold(&self, _: u32) -> impl Sized + use<> {}

        pub(crate) fn lock_and_unlock(&self, _: &Digest) {}
    }
}
