//! The inputs of one call, seen one after the other: to hash them, to print them, or to name them.

use crate::cache::{InputFile, Name, REDACTED};
use crate::error::caught;
use crate::key::{self, Digest, Unhashable};

/// How long the printed inputs of a call get, in characters.
const PRINTED: usize = 200;

/// Visits the inputs of a call in the order of its parameters.
///
/// The same code of the user's function leads all passes, so that what is printed are the inputs
/// that were hashed.
#[derive(Debug)]
pub struct Inputs {
    pass: Pass,
}

#[derive(Debug)]
enum Pass {
    Hash { digests: Vec<Digest>, failure: Option<Unhashable> },
    Print { text: String },
    Name { names: Vec<Name<'static>> },
}

/// One input, whichever way it is hashed.
pub trait Input {
    /// Its digest.
    ///
    /// # Errors
    ///
    /// If it cannot be hashed, which some types tell only at run time.
    fn digest(&self) -> Result<Digest, Unhashable>;

    /// Its printed form in at most `limit` characters.
    fn describe(&self, limit: usize) -> String;
}

impl Inputs {
    /// The digest of each input that `visit` shows, and the files among them.
    pub(crate) fn hash(
        visit: impl FnOnce(&mut Self),
    ) -> Result<(Vec<Digest>, Vec<InputFile>), Unhashable> {
        let digests = Vec::with_capacity(4);
        let mut inputs = Self { pass: Pass::Hash { digests, failure: None } };
        // A `Serialize` that panics is one that fails.
        let visited = || caught(|| visit(&mut inputs));
        let (visited, files) = InputFile::met_during(visited);
        match inputs.pass {
            Pass::Hash { .. } if visited.is_err() => Err(serde::ser::Error::custom("it panicked")),
            Pass::Hash { failure: Some(failure), .. } => Err(failure),
            Pass::Hash { digests, failure: None } => Ok((digests, files)),
            Pass::Print { .. } | Pass::Name { .. } => Ok((Vec::new(), files)),
        }
    }

    /// The inputs that `visit` shows, as `seed: 7, name: "x"`.
    pub(crate) fn print(visit: impl FnOnce(&mut Self)) -> String {
        let mut inputs = Self { pass: Pass::Print { text: String::with_capacity(64) } };
        InputFile::printed_during(|| visit(&mut inputs));
        match inputs.pass {
            Pass::Print { text } => text,
            Pass::Hash { .. } | Pass::Name { .. } => String::new(),
        }
    }

    /// What the inputs are called, in the order of their digests.
    pub(crate) fn names(visit: impl FnOnce(&mut Self)) -> Vec<Name<'static>> {
        let mut inputs = Self { pass: Pass::Name { names: Vec::new() } };
        visit(&mut inputs);
        match inputs.pass {
            Pass::Name { names } => names,
            Pass::Hash { .. } | Pass::Print { .. } => Vec::new(),
        }
    }

    /// An input of the key.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "an input is a reference with a type")]
    pub fn input(&mut self, name: &'static str, input: impl Input) {
        match &mut self.pass {
            Pass::Hash { .. } => self.hashed(input.digest()),
            Pass::Print { text } => {
                let left = PRINTED.saturating_sub(text.chars().count() + name.len() + 2);
                print(text, name, &input.describe(left));
            }
            Pass::Name { names } => names.push(Name { text: name, redacted: false }),
        }
    }

    /// An input of the key that is never printed.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "an input is a reference with a type")]
    pub fn redacted(&mut self, name: &'static str, input: impl Input) {
        match &mut self.pass {
            Pass::Hash { .. } => self.hashed(input.digest()),
            Pass::Print { text } => print(text, name, REDACTED),
            Pass::Name { names } => names.push(Name { text: name, redacted: true }),
        }
    }

    /// A variable of the environment whose value belongs to the key. It is not printed, since
    /// secrets are often kept there.
    pub fn env(&mut self, name: &'static str) {
        match &mut self.pass {
            Pass::Hash { .. } => {
                let value = std::env::var_os(name);
                let value = value.map(|value| value.to_string_lossy().into_owned());
                self.hashed(key::digest(&value));
            }
            Pass::Print { .. } => {}
            Pass::Name { names } => names.push(Name { text: name, redacted: false }),
        }
    }

    #[inline]
    fn hashed(&mut self, digest: Result<Digest, Unhashable>) {
        if let Pass::Hash { digests, failure } = &mut self.pass {
            match digest {
                Ok(digest) => digests.push(digest),
                Err(error) => *failure = Some(error),
            }
        }
    }
}

fn print(text: &mut String, name: &str, value: &str) {
    let more = name.len() + 4;
    if text.len() + more > PRINTED && text.chars().count() + more > PRINTED {
        if !text.ends_with('…') {
            text.push_str(", …");
        }
        return;
    }
    if !text.is_empty() {
        text.push_str(", ");
    }
    text.push_str(name);
    text.push_str(": ");
    text.push_str(value);
}
