//! Files that sources include, and how old files are.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::graph::{Crate, Graph, Source};
use crate::lexer::{Shape, Token, behind};
use crate::mentions::string;
use crate::names::word;

impl Graph {
    /// The file that the arguments of `include!` and its like name. In the body of a macro, `given`
    /// is the text that stands for its parameters, and the source in which it is called.
    pub(crate) fn included(
        &self,
        source: u32,
        module: u32,
        start: usize,
        end: usize,
        given: Option<(&str, u32)>,
    ) -> Option<PathBuf> {
        let Source { path, text, tokens } = &self.sources[source as usize];
        let krate = &self.crates[self.modules[module as usize].krate as usize];
        let parameter = given.map(|(text, _)| text);
        let named = evaluate(text, tokens, start, end, krate, parameter)?;
        // Relative to the file of the call, and where the parameter is not alone, of the macro.
        let from = given.map_or(path, |(_, call)| &self.sources[call as usize].path);
        let file = from.parent()?.join(&named);
        if given.is_some() && !file.is_file() {
            Some(path.parent()?.join(named))
        } else {
            Some(file)
        }
    }

    /// Doubts the crate if the file was changed after its compiler was started.
    pub(crate) fn notice_age(&mut self, path: &Path, krate: u32) {
        let krate = &mut self.crates[krate as usize];
        let Some(invoked) = krate.invoked else { return };
        krate.in_doubt |= changed(path).is_none_or(|changed| changed > invoked);
    }
}

/// When a file was changed last: its content, or as far as the system tells, anything about it,
/// since a time stamp can be set back.
fn changed(path: &Path) -> Option<SystemTime> {
    let metadata = path.metadata().ok()?;
    let modified = metadata.modified().ok()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        use std::time::Duration;
        let seconds = u64::try_from(metadata.ctime()).unwrap_or(0);
        let nanos = u32::try_from(metadata.ctime_nsec()).unwrap_or(0);
        Some(modified.max(SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos)))
    }
    #[cfg(not(unix))]
    Some(modified)
}

/// The text that `"…"`, `concat!(…)` and `env!("…")` come to.
fn evaluate(
    text: &str,
    tokens: &[Token],
    start: usize,
    end: usize,
    krate: &Crate,
    parameter: Option<&str>,
) -> Option<String> {
    let token = tokens.get(start).filter(|_| start < end)?;
    if token.is_punct(b'$')
        && tokens
            .get(start + 1)
            .is_some_and(|next| next.shape == Shape::Word && next.data != word::CRATE)
    {
        return parameter.map(str::to_owned);
    }
    if token.shape == Shape::Literal {
        return string(text, *token).map(str::to_owned);
    }
    // `core::concat!` and the like.
    let bang = (start..end).find(|at| tokens[*at].is_punct(b'!'))?;
    let name = tokens[bang.checked_sub(1)?].data;
    let open = tokens.get(bang + 1).filter(|token| token.shape == Shape::Open)?;
    let close = open.data as usize;
    match name {
        word::ENV => {
            let variable = string(text, tokens[bang + 2])?;
            krate.variables.get(variable).cloned()
        }
        word::CONCAT => {
            let mut whole = String::new();
            let mut at = bang + 2;
            while at < close {
                let mut next = at;
                while next < close && !tokens[next].is_punct(b',') {
                    next = behind(tokens, next);
                }
                whole.push_str(&evaluate(text, tokens, at, next, krate, parameter)?);
                at = next + 1;
            }
            Some(whole)
        }
        _ => None,
    }
}
