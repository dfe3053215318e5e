//! One run of the compiler, as far as a fingerprint depends on it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// What the compiler was started with.
#[derive(Debug, Clone, Default)]
pub struct Compilation {
    /// The compiler's arguments, its own name left out: the root file of the crate, `--cfg`,
    /// `--extern`, `--edition`, `--out-dir` and the like.
    pub arguments: Vec<String>,
    /// The variables of its environment.
    pub variables: BTreeMap<String, String>,
    /// Its working directory, to which relative paths refer.
    pub directory: PathBuf,
    /// When it was started, if that is known otherwise than from what cargo writes down.
    pub started: Option<SystemTime>,
}

impl Compilation {
    /// The run that this process is.
    pub fn current() -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self {
            arguments: std::env::args_os().skip(1).map(text).collect(),
            variables: std::env::vars_os().map(|(name, value)| (text(name), text(value))).collect(),
            directory: std::env::current_dir().unwrap_or_default(),
            started: process_started(),
        }
        .with_argument_files()
    }

    /// Replaces `@file`, which stands for the lines of a file where there are many arguments.
    fn with_argument_files(mut self) -> Self {
        let expand = |argument: String| match argument.strip_prefix('@') {
            Some(file) => std::fs::read_to_string(file).map_or_else(
                |_| vec![argument.clone()],
                |text| text.lines().map(str::to_owned).collect(),
            ),
            None => vec![argument],
        };
        self.arguments = self.arguments.into_iter().flat_map(expand).collect();
        self
    }

    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// Every value of an option, be it written `--option value` or `--option=value`.
    pub(crate) fn options<'a>(&'a self, option: &'a str) -> impl Iterator<Item = &'a str> {
        let arguments = &self.arguments;
        arguments.iter().enumerate().filter_map(move |(at, argument)| {
            let rest = argument.strip_prefix(option)?;
            if rest.is_empty() {
                return arguments.get(at + 1).map(String::as_str);
            }
            rest.strip_prefix('=')
        })
    }

    /// The value of `-C name=value`.
    fn codegen(&self, name: &str) -> Option<&str> {
        let short = self.options("-C").chain(self.options("--codegen"));
        let attached = self.arguments.iter().filter_map(|argument| argument.strip_prefix("-C"));
        short.chain(attached).find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
    }

    /// The root file of the crate.
    pub(crate) fn root(&self) -> Option<PathBuf> {
        let file = self.arguments.iter().enumerate().find(|(at, argument)| {
            let is_rust = Path::new(argument).extension().is_some_and(|end| end == "rs");
            let is_value = at.checked_sub(1).is_some_and(|before| {
                matches!(
                    self.arguments[before].as_str(),
                    "--out-dir" | "-o" | "-C" | "-L" | "--extern"
                )
            });
            is_rust && !is_value && !argument.starts_with('-')
        });
        file.map(|(_, file)| self.directory.join(file))
    }

    pub(crate) fn crate_name(&self) -> Option<&str> {
        self.options("--crate-name").next()
    }

    pub(crate) fn edition(&self) -> &str {
        self.options("--edition").next().unwrap_or("2015")
    }

    /// Whether unit tests are compiled.
    pub(crate) fn is_test(&self) -> bool {
        self.arguments.iter().any(|argument| argument == "--test")
    }

    pub(crate) fn out_dir(&self) -> Option<&Path> {
        self.options("--out-dir").next().map(Path::new)
    }

    /// `-1f5a…`: what tells the files of this compilation from those of others.
    pub(crate) fn extra_filename(&self) -> Option<&str> {
        self.codegen("extra-filename")
    }

    /// The crates that it is given: name, and artefact where one is named.
    pub(crate) fn externs(&self) -> impl Iterator<Item = (&str, Option<&Path>)> {
        self.options("--extern").map(|value| {
            let (name, path) = match value.split_once('=') {
                Some((name, path)) => (name, Some(Path::new(path))),
                None => (value, None),
            };
            // `--extern priv,noprelude:name=path`
            (name.rsplit(':').next().unwrap_or(name), path)
        })
    }

    /// Whether code comes out that can run: `cargo check` and editors only look at errors.
    pub fn generates_code(&self) -> bool {
        let mut emitted = self.options("--emit").flat_map(|kinds| kinds.split(',')).peekable();
        emitted.peek().is_none()
            || emitted.any(|kind| {
                let kind = kind.split('=').next().unwrap_or(kind);
                matches!(kind, "link" | "obj" | "asm" | "llvm-ir" | "llvm-bc" | "mir")
            })
    }

    /// When the compiler was started, or a moment before, as far as that can be found out.
    pub(crate) fn started(&self, package: &str) -> Option<SystemTime> {
        self.invoked(package).or(self.started)
    }

    /// When cargo called the compiler.
    fn invoked(&self, package: &str) -> Option<SystemTime> {
        let (out, extra) = (self.out_dir()?, self.extra_filename()?);
        // Examples lie one folder deeper than the rest.
        let mut folders = out.ancestors().skip(1).take(2);
        folders.find_map(|folder| {
            let unit = folder.join(".fingerprint").join(format!("{package}{extra}"));
            unit.join("invoked.timestamp").metadata().ok()?.modified().ok()
        })
    }
}

/// When this process was started, to a few hundredths of a second, on Linux.
fn process_started() -> Option<SystemTime> {
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    let uptime: f64 = uptime.split(' ').next()?.parse().ok()?;
    let status = std::fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may contain anything, the start is the twentieth field, in hundredths.
    let start: f64 = status.rsplit(')').next()?.split_whitespace().nth(19)?.parse().ok()?;
    let age = Duration::try_from_secs_f64(uptime - start / 100.0).ok()?;
    SystemTime::now().checked_sub(age)?.checked_sub(Duration::from_millis(20))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compilation(arguments: &str) -> Compilation {
        let arguments = arguments.split_whitespace().map(str::to_owned).collect();
        Compilation { arguments, directory: PathBuf::from("/ws"), ..Compilation::default() }
    }

    #[test]
    fn the_arguments_that_cargo_gives_are_understood() {
        let run = compilation(
            "rustc --crate-name app --edition=2024 app/src/main.rs --crate-type bin \
             --emit=dep-info,link -C metadata=cc7c -C extra-filename=-7a80 --out-dir /ws/target/debug/deps \
             --cfg feature=\"x\" --cfg special --extern alpha=/ws/a.rlib --extern noprelude:b=/ws/b.rlib --extern proc_macro",
        );
        assert_eq!(run.root().as_deref(), Some(Path::new("/ws/app/src/main.rs")));
        assert_eq!((run.crate_name(), run.edition(), run.is_test()), (Some("app"), "2024", false));
        assert_eq!(run.extra_filename(), Some("-7a80"));
        assert_eq!(run.out_dir(), Some(Path::new("/ws/target/debug/deps")));
        assert!(run.options("--cfg").eq(["feature=\"x\"", "special"]));
        let externs: Vec<_> = run.externs().collect();
        assert_eq!(externs[0], ("alpha", Some(Path::new("/ws/a.rlib"))));
        assert_eq!(externs[1].0, "b");
        assert_eq!(externs[2], ("proc_macro", None));
    }

    #[test]
    fn a_check_generates_no_code() {
        assert!(compilation("a.rs --emit=dep-info,metadata,link").generates_code());
        assert!(compilation("a.rs").generates_code());
        assert!(!compilation("a.rs --emit=dep-info,metadata").generates_code());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_process_knows_when_it_was_started() {
        let before = SystemTime::now();
        let started = process_started().unwrap();
        assert!(started < before);
        // Tests take no longer than that to be compiled, started and run.
        assert!(before.duration_since(started).unwrap() < Duration::from_hours(2));
    }
}
