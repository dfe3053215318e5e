//! Processes that may do different things in one directory: those that only read, and those of
//! different users.

use crate::children::{Process, Run, Said, count_files, sum, until};
use crate::functions::BODIES;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

#[test]
fn processes_that_only_read_find_what_those_beside_them_write_and_write_nothing() {
    let run = Run::new().pausing(2);
    let start = |mode: &str| Process::start(run.command("churn 600 40").env("LARDER", mode));
    let writers = ["on"; 2].map(start);
    // Be it that the readers get to nothing more while the writers are at it.
    until("something is written", || count_files(&run.entries()) >= 10);
    let readers = ["readonly"; 2].map(start);
    let read: Vec<_> = readers.map(Process::finish).into();
    let wrote: Vec<_> = writers.map(Process::finish).into();
    assert_eq!(sum(&read, "warnings") + sum(&wrote, "warnings"), 0, "{read:?} {wrote:?}");
    assert!(read.iter().all(|said| said["found"] > 0), "{read:?}");
    let files = || count_files(&run.cache());
    let before = files();
    let reader = Process::start(run.command("map 300").env("LARDER", "readonly")).finish();
    assert!(reader["computed"] >= 260 && reader["found"] >= 1, "{reader:?}");
    assert_eq!(files(), before);
}

#[test]
fn a_process_that_only_reads_claims_nothing() {
    let run = Run::new();
    run.run("map 3");
    fs::remove_file(run.cache().join("claims")).unwrap();
    let said = Process::start(run.command("map 5").env("LARDER", "readonly")).finish();
    assert_eq!((said["found"], said["computed"], said["warnings"]), (3, 2, 0));
    assert!(!run.cache().join("claims").exists());
}

/// Two users of one group, who are nobody in particular.
const USERS: [u32; 2] = [64_001, 64_002];
const GROUP: u32 = 64_000;

/// Whether this process may take the part of somebody else.
fn may_change_users() -> bool {
    rustix::process::geteuid().is_root()
}

/// The task, done by somebody whose files may be changed by their group, as the umask says.
fn start_as(run: &Run, program: &Path, user: u32, umask: &str, task: &str) -> Process {
    let mut ours = run.command(task);
    if umask == "022" {
        // What one has created, the other cannot append to.
        ours.env(BODIES, run.path().join(format!("bodies-{user}")));
    }
    let mut command = Command::new("sh");
    command.args(["-c", "umask $0; exec \"$@\"", umask]).arg(program).args(ours.get_args());
    command.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env_remove("LARDER").current_dir(run.path());
    command.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    if may_change_users() {
        command.uid(user).gid(GROUP);
    }
    Process::start(&mut command)
}

/// A directory in which both users may create files, and a copy of this program for them.
fn common_ground(run: &Run) -> std::path::PathBuf {
    let program = run.path().join("program");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    if may_change_users() {
        std::os::unix::fs::chown(run.path(), None, Some(GROUP)).unwrap();
    }
    fs::set_permissions(run.path(), fs::Permissions::from_mode(0o2770)).unwrap();
    program
}

#[test]
fn users_of_a_group_share_results_and_claims_in_a_shared_directory() {
    let run = Run::new().pausing(300).with("LARDER_TEST_SHARED", "1");
    let program = common_ground(&run);
    let processes = USERS.map(|user| start_as(&run, &program, user, "002", "map 3"));
    let said: Vec<Said> = processes.map(Process::finish).into();
    assert_eq!((sum(&said, "warnings"), sum(&said, "given_up")), (0, 0), "{said:?}");
    assert_eq!((run.bodies().begun(), sum(&said, "computed")), (3, 3), "{said:?}");
    let claims = fs::metadata(run.cache().join("claims")).unwrap();
    assert_eq!(claims.mode() & 0o060, 0o060, "{:o}", claims.mode());
    for user in USERS {
        assert_eq!(start_as(&run, &program, user, "002", "map 3").finish()["found"], 3);
    }
}

#[test]
fn where_another_user_may_only_read_each_computes_for_themselves() {
    if !may_change_users() {
        // Then what one creates is one's own.
        return;
    }
    let run = Run::new().with("LARDER_TEST_SHARED", "1");
    let program = common_ground(&run);
    let [one, other] = USERS;
    let first = start_as(&run, &program, one, "022", "map 3").finish();
    assert_eq!((first["computed"], first["warnings"]), (3, 0));
    let second = start_as(&run, &program, other, "022", "map 5").finish();
    assert_eq!((second["found"], second["computed"]), (3, 2), "{second:?}");
    // Nothing can be claimed, and nothing be kept or written down: each is said once.
    assert!((1..=4).contains(&second["warnings"]), "{second:?}");
    assert_eq!(start_as(&run, &program, one, "022", "map 5").finish()["found"], 3);
}

#[test]
fn claims_that_may_not_be_written_leave_each_process_to_itself() {
    let run = Run::new();
    let program = common_ground(&run);
    let user = |task: &str| start_as(&run, &program, USERS[0], "002", task).finish();
    assert_eq!(user("map 3")["computed"], 3);
    let claims = run.cache().join("claims");
    fs::set_permissions(&claims, fs::Permissions::from_mode(0o444)).unwrap();
    let said = user("map 6");
    assert_eq!((said["found"], said["computed"], said["warnings"]), (3, 3, 1), "{said:?}");
    fs::set_permissions(&claims, fs::Permissions::from_mode(0o644)).unwrap();
    let said = user("map 9");
    assert_eq!((said["found"], said["computed"], said["warnings"]), (6, 3, 0), "{said:?}");
}
