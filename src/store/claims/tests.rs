//! Claims of one process and another.

use super::*;

fn key(number: u64) -> Key {
    Key { inputs: Digest::of(&number.to_le_bytes()), code: Digest::of(b"code") }
}

fn claim(claims: &Claims, root: &Root, number: u64, rank: u8) -> Option<Claim> {
    match claims.claim(root, &key(number), rank).unwrap() {
        Claiming::Claimed(claim) => Some(claim),
        Claiming::Held(holder) => {
            assert_eq!(holder, Holder(Some(std::process::id())));
            assert_eq!(holder.state(), State::Doubtful);
            None
        }
    }
}

fn root() -> (tempfile::TempDir, Root) {
    let directory = tempfile::tempdir().unwrap();
    let root = Root::open(directory.path(), "session").unwrap();
    (directory, root)
}

#[test]
fn a_claim_keeps_others_out_until_it_is_dropped() {
    let (_directory, root) = root();
    let (ours, theirs) = (Claims::default(), Claims::default());
    let first = claim(&ours, &root, 1, 0).unwrap();
    assert!(claim(&theirs, &root, 1, 0).is_none());
    let _other = claim(&theirs, &root, 2, 0).unwrap();
    let _next = claim(&theirs, &root, 1, 1).unwrap();
    drop(first);
    assert!(claim(&theirs, &root, 1, 0).is_some());
}

#[test]
fn claims_that_were_removed_are_begun_anew_where_others_find_them() {
    let (directory, root) = root();
    let (ours, theirs) = (Claims::default(), Claims::default());
    let old = claim(&ours, &root, 1, 0).unwrap();
    std::fs::remove_file(directory.path().join(CLAIMS)).unwrap();
    let new = claim(&theirs, &root, 1, 0).unwrap();
    assert!(claim(&ours, &root, 1, 0).is_none());
    // The old one is a lock on what has no name any more, so dropping it frees nothing else.
    drop(old);
    assert!(claim(&ours, &root, 1, 0).is_none());
    drop(new);
    assert!(claim(&ours, &root, 1, 0).is_some());
}

#[test]
fn another_process_runs_and_this_one_cannot_be_waited_for() {
    let state = |id| Holder(Some(id)).state();
    assert_eq!(state(std::os::unix::process::parent_id()), State::Running);
    assert_eq!(state(std::process::id()), State::Doubtful);
    assert_eq!(Holder(None).state(), State::Doubtful);
    // No process has this number: the kernel's limit is 2 to the power of 22.
    assert_eq!(state(u32::MAX), State::Unseen);
}

// The kernel cuts names off after 15 bytes, in the middle of a letter too. What was read as text
// could not be read then, so that nobody waited for such a process.
#[test]
fn a_process_whose_name_is_no_text_is_seen_to_run() {
    use std::os::unix::ffi::OsStrExt;
    let directory = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"larder ) Z \xff");
    let program = directory.path().join(name);
    std::os::unix::fs::symlink("/bin/sh", &program).unwrap();
    let mut command = std::process::Command::new(program);
    // `read` waits until this end of the pipe is closed.
    command.args(["-c", "read line"]).stdin(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let state = Holder(Some(child.id())).state();
    drop(child.stdin.take());
    child.wait().unwrap();
    assert_eq!(state, State::Running);
}

#[test]
fn a_link_is_not_followed_and_a_folder_is_no_file() {
    let (directory, root) = root();
    std::os::unix::fs::symlink(directory.path().join("elsewhere"), directory.path().join(CLAIMS))
        .unwrap();
    assert!(Claims::default().claim(&root, &key(1), 0).is_err());
    assert!(!directory.path().join("elsewhere").exists());
    std::fs::remove_file(directory.path().join(CLAIMS)).unwrap();
    std::fs::create_dir(directory.path().join(CLAIMS)).unwrap();
    assert!(Claims::default().claim(&root, &key(1), 0).is_err());
}

#[test]
fn many_claims_are_held_at_once_and_each_by_itself() {
    let (_directory, root) = root();
    let (ours, theirs) = (Claims::default(), Claims::default());
    let held: Vec<_> = (0..1000).map(|number| claim(&ours, &root, number, 0).unwrap()).collect();
    assert!((0..1000).all(|number| claim(&theirs, &root, number, 0).is_none()));
    drop(held);
    assert!((0..1000).all(|number| claim(&theirs, &root, number, 0).is_some()));
}
