//! Starting this test program again with something to do, and watching it: every wait has a limit,
//! and no child outlives its test.

use crate::functions::{BODIES, PAUSE};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub(crate) const TASK: &str = "LARDER_TEST_TASK";
/// A file that children wait for, so that they start to work at the same time.
pub(crate) const GATE: &str = "LARDER_TEST_GATE";

/// Longer than any child takes, so that a hang is a failure and not an endless test.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What is done while children are watched is looked at so often.
const LOOK: Duration = Duration::from_millis(2);

/// What children say, as `name=number`.
pub(crate) type Said = BTreeMap<String, u64>;

/// A cache directory, and what the children that use it are told.
pub(crate) struct Run {
    dir: TempDir,
    variables: BTreeMap<&'static str, String>,
}

impl Run {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let at = |name: &str| dir.path().join(name).display().to_string();
        let variables = BTreeMap::from([("LARDER_DIR", at("cache")), (BODIES, at("bodies"))]);
        Self { dir, variables }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.insert(name, value.to_owned());
        self
    }

    /// Bodies take so many milliseconds.
    pub(crate) fn pausing(self, millis: u64) -> Self {
        self.with(PAUSE, &millis.to_string())
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn cache(&self) -> PathBuf {
        self.path().join("cache")
    }

    pub(crate) fn entries(&self) -> PathBuf {
        self.cache().join("entries")
    }

    /// The folder of results of a function.
    pub(crate) fn folder(&self, function: &str) -> Option<PathBuf> {
        let names = fs::read_dir(self.entries()).ok()?.filter_map(Result::ok);
        let start = format!("{function}-");
        let is_it = |name: &fs::DirEntry| name.file_name().to_string_lossy().starts_with(&start);
        names.filter(is_it).map(|name| name.path()).next()
    }

    pub(crate) fn command(&self, task: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child", "--nocapture", "--test-threads=1"]);
        command.env_remove("LARDER").env_remove("LARDER_DIR").env(TASK, task);
        command.envs(&self.variables).current_dir(self.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, task: &str) -> Process {
        Process::start(&mut self.command(task))
    }

    /// Starts several that begin to work once all are ready to.
    pub(crate) fn start_together<S: AsRef<str>>(
        &self,
        tasks: impl IntoIterator<Item = S>,
    ) -> Vec<Process> {
        let gate = self.path().join("gate");
        let start = |task: S| {
            let mut command = self.command(task.as_ref());
            Process::start(command.env(GATE, &gate))
        };
        let mut processes: Vec<_> = tasks.into_iter().map(start).collect();
        for process in &mut processes {
            process.until("ready");
        }
        fs::write(&gate, "").unwrap();
        processes
    }

    /// What a child comes to that does its task to its end.
    pub(crate) fn run(&self, task: &str) -> Said {
        self.start(task).finish()
    }

    /// The same for several at once.
    pub(crate) fn run_together<S: AsRef<str>>(
        &self,
        tasks: impl IntoIterator<Item = S>,
    ) -> Vec<Said> {
        self.start_together(tasks).into_iter().map(Process::finish).collect()
    }

    #[track_caller]
    pub(crate) fn check(&self, task: &str, found: u64, computed: u64) {
        let said = self.run(task);
        assert_eq!((said["found"], said["computed"]), (found, computed), "{task}");
    }

    pub(crate) fn bodies(&self) -> Bodies {
        let text = fs::read_to_string(self.path().join("bodies")).unwrap_or_default();
        let parse = |line: &str| {
            let mut words = line.split(' ');
            let what = words.next()?.to_owned();
            Some((what, words.next()?.parse().ok()?, words.next()?.parse().ok()?))
        };
        Bodies(text.lines().map(|line| parse(line).unwrap()).collect())
    }
}

/// What bodies wrote down: what, for which input, in which process.
pub(crate) struct Bodies(Vec<(String, u64, u32)>);

impl Bodies {
    /// How many began.
    pub(crate) fn begun(&self) -> usize {
        self.0.iter().filter(|(what, ..)| what == "begin").count()
    }

    pub(crate) fn begun_by(&self, process: u32) -> usize {
        self.0.iter().filter(|(what, _, by)| what == "begin" && *by == process).count()
    }

    /// The inputs whose bodies began, and how often.
    pub(crate) fn by_input(&self) -> BTreeMap<u64, u64> {
        let mut counts = BTreeMap::new();
        for (what, input, _) in &self.0 {
            *counts.entry(*input).or_default() += u64::from(what == "begin");
        }
        counts
    }

    /// How many began in this process and did not end.
    pub(crate) fn broken_off_by(&self, process: u32) -> u64 {
        let count = |wanted: &str| {
            self.0.iter().filter(|(what, _, by)| what == wanted && *by == process).count() as u64
        };
        count("begin") - count("end")
    }
}

/// A child that is still to be waited for.
pub(crate) struct Process {
    child: Child,
    out: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        Self { child, out }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Reads what it says up to this line. That it does not hang is for the child to see to, which
    /// ends itself after a while.
    pub(crate) fn until(&mut self, line: &str) {
        loop {
            if self.line() == line {
                return;
            }
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert!(self.out.read_line(&mut line).unwrap() > 0, "the child has ended");
        line.trim().to_owned()
    }

    /// Tells a child that does what it is told, and returns its answer.
    pub(crate) fn ask(&mut self, what: &str) -> String {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(format!("{what}\n").as_bytes()).unwrap();
        loop {
            if let Some((_, answer)) = self.line().split_once("> ") {
                return answer.to_owned();
            }
        }
    }

    /// Everything it says until it ends, which must go well.
    pub(crate) fn text(mut self) -> String {
        drop(self.child.stdin.take());
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "a child did not end");
            std::thread::sleep(LOOK);
        };
        let mut text = String::new();
        self.out.read_to_string(&mut text).unwrap();
        assert!(status.success(), "{text}");
        text
    }

    /// What it says it did.
    pub(crate) fn finish(self) -> Said {
        numbers(&self.text())
    }

    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it where it is.
    pub(crate) fn stop(&self) {
        self.signal(rustix::process::Signal::STOP);
        let stat = format!("/proc/{}/stat", self.id());
        if cfg!(target_os = "linux") {
            let is_stopped = |stat: String| stat.contains(") T ") || stat.contains(") Z ");
            until("a process stands still", || is_stopped(fs::read_to_string(&stat).unwrap()));
        }
    }

    pub(crate) fn go_on(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.id()).ok().and_then(rustix::process::Pid::from_raw).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended, or its test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn numbers(text: &str) -> Said {
    let pairs = text.split_whitespace().filter_map(|word| word.split_once('='));
    pairs.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect()
}

/// The sum of what several say under this name.
pub(crate) fn sum(said: &[Said], name: &str) -> u64 {
    said.iter().map(|said| said[name]).sum()
}

/// Waits until this is so.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(LOOK);
    }
}

/// Files in a folder, without what is known of the code that computed results.
pub(crate) fn count_files(dir: &Path) -> usize {
    let Ok(entries) = fs::read_dir(dir) else { return 0 };
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| !path.ends_with("code"));
    paths.map(|path| if path.is_dir() { count_files(&path) } else { 1 }).sum()
}
