//! An edit, as data.

use std::collections::BTreeSet;

use crate::state::State;

/// One change of a workspace, and what it must do.
#[derive(Debug)]
pub(crate) struct Edit {
    /// What it is, for people.
    pub(crate) name: String,
    steps: Vec<Step>,
    /// Whose fingerprints must change; nobody else's may.
    pub(crate) changes: Changes,
}

/// Whose fingerprints an edit must change.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Changes {
    /// Those of these cached functions.
    Of(BTreeSet<&'static str>),
    /// Those of every cached function.
    All,
}

#[derive(Debug)]
enum Step {
    Replace { file: &'static str, find: &'static str, with: &'static str },
    Write { file: &'static str, text: String },
    Append { file: String, text: &'static str },
    Remove { file: &'static str },
    Rename { from: &'static str, to: &'static str },
    CarriageReturns { file: &'static str },
    Feature { package: &'static str, feature: &'static str },
    Variable { package: &'static str, name: &'static str, value: &'static str },
    Release,
}

/// Begins an edit, which changes nothing yet.
pub(crate) fn edit(name: impl Into<String>) -> Edit {
    Edit { name: name.into(), steps: Vec::new(), changes: Changes::Of(BTreeSet::new()) }
}

/// An edit of a number that stands in a file once.
pub(crate) fn number(
    name: &'static str,
    file: &'static str,
    find: &'static str,
    changes: &[&'static str],
) -> Edit {
    edit(name).replace(file, find, "1").changes(changes)
}

impl Edit {
    /// Replaces what occurs in a file once.
    pub(crate) fn replace(
        self,
        file: &'static str,
        find: &'static str,
        with: &'static str,
    ) -> Self {
        self.step(Step::Replace { file, find, with })
    }

    /// Writes a new file.
    pub(crate) fn write(self, file: &'static str, text: impl Into<String>) -> Self {
        self.step(Step::Write { file, text: text.into() })
    }

    /// Writes more at the end of a file.
    pub(crate) fn append(self, file: impl Into<String>, text: &'static str) -> Self {
        self.step(Step::Append { file: file.into(), text })
    }

    /// Removes a file.
    pub(crate) fn remove(self, file: &'static str) -> Self {
        self.step(Step::Remove { file })
    }

    /// Gives a file another name.
    pub(crate) fn rename(self, from: &'static str, to: &'static str) -> Self {
        self.step(Step::Rename { from, to })
    }

    /// Ends the lines of a file as Windows does.
    pub(crate) fn carriage_returns(self, file: &'static str) -> Self {
        self.step(Step::CarriageReturns { file })
    }

    /// Switches a feature of a package on, or off if it is on.
    pub(crate) fn feature(self, package: &'static str, feature: &'static str) -> Self {
        self.step(Step::Feature { package, feature })
    }

    /// Sets a variable as the build script of a package does.
    pub(crate) fn variable(
        self,
        package: &'static str,
        name: &'static str,
        value: &'static str,
    ) -> Self {
        self.step(Step::Variable { package, name, value })
    }

    /// Compiles with the settings of a release.
    pub(crate) fn release(self) -> Self {
        self.step(Step::Release)
    }

    /// Says which cached functions must change.
    pub(crate) fn changes(mut self, names: &[&'static str]) -> Self {
        self.changes = Changes::Of(names.iter().copied().collect());
        self
    }

    /// Says that every cached function must change.
    pub(crate) fn changes_all(mut self) -> Self {
        self.changes = Changes::All;
        self
    }

    /// What `state` is after the edit.
    ///
    /// # Panics
    ///
    /// If it does not fit the files, since then it would test nothing.
    pub(crate) fn apply(&self, state: &State) -> State {
        let mut state = state.clone();
        for step in &self.steps {
            self.apply_step(step, &mut state);
        }
        state
    }

    fn apply_step(&self, step: &Step, state: &mut State) {
        let Self { name, .. } = self;
        let missing = |file: &str| -> ! { panic!("{name}: there is no {file}") };
        match step {
            Step::Replace { file, find, with } => {
                let text = state.files.get_mut(*file).unwrap_or_else(|| missing(file));
                assert_eq!(text.matches(find).count(), 1, "{name}: `{find}` in {file}");
                *text = text.replace(find, with);
            }
            Step::Write { file, text } => {
                let old = state.files.insert((*file).to_owned(), text.clone());
                assert!(old.is_none(), "{name}: {file} is there already");
            }
            Step::Append { file, text } => {
                state.files.get_mut(file).unwrap_or_else(|| missing(file)).push_str(text);
            }
            Step::Remove { file } => {
                state.files.remove(*file).unwrap_or_else(|| missing(file));
            }
            Step::Rename { from, to } => {
                let text = state.files.remove(*from).unwrap_or_else(|| missing(from));
                let old = state.files.insert((*to).to_owned(), text);
                assert!(old.is_none(), "{name}: {to} is there already");
            }
            Step::CarriageReturns { file } => {
                let text = state.files.get_mut(*file).unwrap_or_else(|| missing(file));
                *text = text.replace('\n', "\r\n");
            }
            Step::Feature { package, feature } => {
                let feature = (*package, *feature);
                if !state.features.remove(&feature) {
                    state.features.insert(feature);
                }
            }
            Step::Variable { package, name, value } => {
                state.variables.insert((package, name), value);
            }
            Step::Release => state.release = true,
        }
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
