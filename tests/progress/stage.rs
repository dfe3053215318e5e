//! A program with a terminal, or something else, for its error output.

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes so long, on any machine.
const TOO_LONG: Duration = Duration::from_mins(1);

/// As many lines as no test needs, so that all that was ever shown is on the screen.
pub(crate) const LINES: u16 = 60;

/// Another copy of this program that plays one of the [programs](super::programs).
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "programs::child", "--ignored", "--nocapture", "--test-threads=1"]);
    command.env("PROGRAM", name).env("TERM", "xterm-256color");
    command.env_remove("LARDER_PROGRESS").env_remove("LARDER").env_remove("LARDER_DIR");
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command
}

/// A program in a terminal.
pub(crate) struct Stage {
    child: Child,
    gate: Option<ChildStdin>,
    master: OwnedFd,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
}

impl Stage {
    /// Begins a program in a terminal of so many columns.
    pub(crate) fn new(mut program: Command, columns: u16) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = openpt(flags).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        set_size(&master, LINES, columns);
        let name = ptsname(&master, Vec::new()).unwrap();
        let slave = File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let mut child = program.stderr(slave).spawn().unwrap();
        // The last copy of the other end here, so that the end of the child is that of its output.
        drop(program);
        let gate = child.stdin.take();
        let (sender, output) = channel();
        let mut reader = File::from(master.try_clone().unwrap());
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            // At the end, a terminal whose other end is closed has an error to tell.
            while let Ok(count @ 1..) = reader.read(&mut buffer) {
                if sender.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        let screen = vt100::Parser::new(shown(LINES), shown(columns), 0);
        Self { child, gate, master, output, screen }
    }

    /// Lets those go on that wait at this gate: there may be several, one after the other.
    pub(crate) fn open_gate(&mut self) {
        self.gate.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// What Ctrl-C does in a terminal that the program has to itself.
    pub(crate) fn interrupt(&self) {
        let id = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(id, Signal::INT).unwrap();
    }

    /// Makes the terminal one of so many columns.
    pub(crate) fn resize(&mut self, columns: u16) {
        set_size(&self.master, LINES, columns);
        self.screen.screen_mut().set_size(shown(LINES), shown(columns));
    }

    /// The lines on the screen, but for empty ones at its end.
    pub(crate) fn lines(&self) -> Vec<String> {
        let screen = self.screen.screen();
        let rows = screen.rows(0, screen.size().1.get());
        let mut lines: Vec<_> = rows.map(|row| row.trim_end().to_owned()).collect();
        let shown = lines.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
        lines.truncate(shown);
        lines
    }

    /// Waits until the lines on the screen are as they should be.
    #[track_caller]
    pub(crate) fn until(&mut self, expected: impl Fn(&[String]) -> bool) -> Vec<String> {
        let begun = Instant::now();
        loop {
            let lines = self.lines();
            if expected(&lines) {
                return lines;
            }
            match self.output.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => panic!("it ended with {lines:#?}"),
            }
            assert!(begun.elapsed() < TOO_LONG, "the screen stayed {lines:#?}");
        }
    }

    /// Waits for the end of the program, which has to be a good one. The lines on the screen then.
    #[track_caller]
    pub(crate) fn end(mut self) -> Vec<String> {
        drop(self.gate.take());
        let begun = Instant::now();
        loop {
            match self.output.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) => {
                    assert!(begun.elapsed() < TOO_LONG, "no end with {:#?}", self.lines());
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        assert!(self.child.wait().unwrap().success(), "{:#?}", self.lines());
        self.lines()
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // After a failed assertion nobody waits for it any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A terminal may say that it has no columns, by which it means that it does not know; a screen has 80
/// then.
fn shown(size: u16) -> NonZero<u16> {
    NonZero::new(if size == 0 { 80 } else { size }).unwrap()
}

fn set_size(terminal: &OwnedFd, lines: u16, columns: u16) {
    let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).unwrap();
}

/// A line with all that depends on time masked.
pub(crate) fn masked(line: &str) -> String {
    let facts = line.split(", ").map(|fact| {
        let timed = ["eta ", "saved ", "done in ", "stopped after "];
        if let Some(how) = timed.iter().find(|how| fact.starts_with(**how)) {
            format!("{how}_")
        } else if ["/s", "/min", "/h"].iter().any(|unit| fact.ends_with(unit)) {
            "rate".to_owned()
        } else {
            fact.to_owned()
        }
    });
    facts.collect::<Vec<_>>().join(", ")
}
