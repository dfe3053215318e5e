//! Edits, as data.

/// What somebody does to the workspace, and what that costs.
pub(crate) struct Edit {
    pub(crate) name: &'static str,
    pub(crate) changes: &'static [Change],
    /// The functions whose results it could change.
    pub(crate) recomputed: &'static [&'static str],
}

/// A change to one file, whose path is relative to the root of the workspace.
pub(crate) enum Change {
    /// In this file, this text, which occurs once, becomes that one.
    Replace(&'static str, &'static str, &'static str),
    /// A new file.
    Create(&'static str, &'static str),
    /// A file that gets another name.
    Move(&'static str, &'static str),
    /// A file that is written again as it is.
    Touch(&'static str),
}
