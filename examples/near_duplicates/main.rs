//! Finds source files that are nearly the same, in a folder or in the sources of the dependencies
//! that cargo has unpacked on this machine.
//!
//! ```text
//! cargo run --release --example near_duplicates [FOLDER]
//! ```
//!
//! Run it twice: the second run computes nothing. Edit a file, and only what depends on that file
//! is computed: its signature, the search for candidates, and the pairs it is part of.

mod minhash;
mod report;
mod text;
mod tree;

use larder::{InputFile, cache};
use minhash::Signature;
use report::{Overlap, Pair, Report};
use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use tree::Tree;

const HELP: &str = "\
usage: near_duplicates [FOLDER]

Prints the pairs of source files in FOLDER that are nearly the same. Without FOLDER, compares the
sources of the dependencies that cargo has unpacked on this machine.";

/// Shorter files are alike by nature: lists of modules, build scripts of one line.
const FEWEST_TOKENS: usize = 100;
const LEAST_PERCENT: usize = 70;

/// The sketch of a file, or nothing where it is not text. That is a fact about the content, so it
/// is a value and kept like one; an `Err` is not, as the next run may fare better.
#[cache]
fn signature(file: &InputFile) -> io::Result<Option<Signature>> {
    let source = String::from_utf8(fs::read(file.path())?);
    Ok(source.ok().map(|source| Signature::of(&source)))
}

/// The positions of files that are worth comparing. It needs all signatures, so it is computed anew
/// when one of them changes; an edit that changes only a comment stops here.
#[cache]
fn candidates(signatures: &[Signature]) -> Vec<(usize, usize)> {
    minhash::likely_pairs(signatures)
}

#[cache]
fn overlap(a: &InputFile, b: &InputFile) -> io::Result<Overlap> {
    let (_, a) = text::shingles(&fs::read_to_string(a.path())?);
    let (_, b) = text::shingles(&fs::read_to_string(b.path())?);
    let shared = a.iter().filter(|shingle| b.binary_search(shingle).is_ok()).count();
    Ok(Overlap { shared, all: a.len() + b.len() - shared })
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let folders = match &arguments[..] {
        [] => unpacked_dependencies(),
        [help] if help == "--help" || help == "-h" => return print(HELP),
        [folder] if !folder.as_encoded_bytes().starts_with(b"-") => vec![folder.into()],
        _ => return refuse(HELP),
    };
    match Tree::new(&folders) {
        Ok(tree) => print(format_args!("{}\n\n{}", compare(tree), closing())),
        Err(error) => refuse(error),
    }
}

/// The three stages. `map` looks all calls of a stage up and computes what is missing in parallel.
fn compare(mut tree: Tree) -> Report {
    let drawn = signature::map(tree.sources.iter().map(|source| &source.file));
    let distinct = drawn.len();
    let mut compared = Vec::new();
    for (source, signature) in tree.sources.into_iter().zip(drawn) {
        match signature {
            Ok(Some(signature)) if signature.tokens < FEWEST_TOKENS => {}
            Ok(Some(signature)) => compared.push((signature, source)),
            Ok(None) => tree.left_out.push((source.name, "not UTF-8".to_owned())),
            Err(error) => tree.left_out.push((source.name, error.to_string())),
        }
    }
    // In an order of their own, equal signatures make an equal call, whatever files they are of.
    compared.sort_by(|(a, _), (b, _)| a.cmp(b));
    let (signatures, sources): (Vec<_>, Vec<_>) = compared.into_iter().unzip();

    let candidates = candidates(&signatures);
    let files = candidates.iter().map(|&(a, b)| (&sources[a].file, &sources[b].file));
    let mut pairs = Vec::new();
    for (&(a, b), overlap) in candidates.iter().zip(overlap::map(files)) {
        let (a, b) = (&sources[a].name, &sources[b].name);
        match overlap {
            Ok(overlap) if overlap.percent() < LEAST_PERCENT => {}
            Ok(overlap) => pairs.push(Pair::new(a, b, overlap)),
            Err(error) => tree.left_out.push((a.clone(), error.to_string())),
        }
    }
    let (copies, left_out) = (tree.copies, tree.left_out);
    Report { distinct, copies, compared: sources.len(), left_out, pairs }
}

/// What caching came to: a table with a line for each function, and one line in words.
fn closing() -> String {
    let stats = larder::stats();
    let total = stats.total();
    // Calls whose result another call of the same run had just computed, and calls that failed.
    let (found, computed) = (total.found + total.shared, total.computed + total.failed);
    let saved = total.saved.as_secs_f64();
    format!("{stats}\n\n{found} calls found, {computed} computed; {saved:.1} s saved")
}

/// One folder for each registry that cargo has sources from; if there is none, this package.
fn unpacked_dependencies() -> Vec<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let registries = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let mut folders: Vec<PathBuf> =
        registries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    folders.retain(|folder| folder.is_dir());
    if folders.is_empty() { vec![env!("CARGO_MANIFEST_DIR").into()] } else { folders }
}

fn print(text: impl Display) -> ExitCode {
    match writeln!(io::stdout(), "{text}") {
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => refuse(error),
        _ => ExitCode::SUCCESS,
    }
}

fn refuse(why: impl Display) -> ExitCode {
    // Nobody is left to be told if this fails too.
    let _ = writeln!(io::stderr(), "near_duplicates: {why}");
    ExitCode::from(2)
}
