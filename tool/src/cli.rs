//! The commands and their options: what help, man pages and completions are made of.

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use larder::{Age, Size};
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  larder stats                       size and hits of each function
  larder ls simulate --older 30d     results of a function that are older than a month
  larder show ab12cd34               all that is known of one result
  larder why ab12cd34                why it was computed
  larder clear --stale               remove what other code than today's computed
  larder verify --repair             read everything, set aside what is damaged

Exit status:
  0  done
  1  done, and the answer is no: damage was found, the key is not there, or a removal was declined
  2  the command means nothing like this; nothing was changed
  3  the system refused, or refused a part: what could be done was done

The directory is what `--dir` says, else `LARDER_DIR`, else the nearest `cachedir` upwards, within
the workspace or repository: as for programs that use larder.";

const DOCTOR: &str = "\
Looks at layout, permissions, file system, claims, catalog, limits, free space and leftovers, and
changes nothing. It ends with status 1 if there is a problem; warnings and notes are none.

Examples:
  larder doctor                      each finding, with what to do about it
  larder doctor --json | jq '.findings[] | select(.severity != \"good\")'";

const PATH: &str = "\
Examples:
  larder path                        where programs that are run here keep their results
  du -sh \"$(larder path)\"            what the system says of its size";

/// Look into a cache directory of larder, ask it why, and clear it.
#[derive(Debug, Parser)]
#[command(name = "larder", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(propagate_version = true, infer_subcommands = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// The cache directory
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    // That it is empty is said in one line where it is used.
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub(crate) dir: Option<PathBuf>,

    /// Print one JSON document, with the fields that the README lists
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    Always,
    Never,
}

impl Color {
    pub(crate) fn choice(self) -> anstream::ColorChoice {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::AlwaysAnsi,
            Self::Never => anstream::ColorChoice::Never,
        }
    }
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what is there, and what the calls of each function came to
    Stats(Stats),
    /// List results
    #[command(visible_alias = "list")]
    Ls(Ls),
    /// Show all that is known of one result
    Show(Show),
    /// Say why a result was computed, or those of a function
    Why(Why),
    /// Remove all results, or those of some functions
    Clear(Clear),
    /// Remove single results
    #[command(visible_alias = "remove")]
    Rm(Rm),
    /// Remove what is too much, that which is worth least first
    Trim(Trim),
    /// Read every result and compare it with its checksum
    Verify(Verify),
    /// Look for what is wrong with the directory, and say what to do about it
    #[command(after_help = DOCTOR)]
    Doctor,
    /// List the last batches
    Runs(Runs),
    /// Print where the results are
    #[command(after_help = PATH)]
    Path,
    /// Print a completion script for a shell
    Completions(Completions),
    /// Write manual pages
    #[command(hide = true)]
    Man(Man),
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  larder stats --watch               again every 2 seconds, until Ctrl-C
  larder stats --json | jq .bytes    size of all results")]
pub(crate) struct Stats {
    /// Show it again and again, every 2 seconds or as often as said
    #[arg(long, value_name = "INTERVAL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "2s", value_parser = interval)]
    pub(crate) watch: Option<Age>,
}

fn interval(text: &str) -> Result<Age, String> {
    let age: Age = text.parse().map_err(|error: larder::Error| error.to_string())?;
    if age.duration().is_zero() {
        return Err(format!("`{text}` is no interval: write `500ms`, `2s` or more"));
    }
    Ok(age)
}

/// A number of things. What is none is told of as a wrong size or age is: by what would be right.
fn count<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is no count: write a whole number, as in `20`"))
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  larder ls simulate                 results of one function, the last used first
  larder ls --sort size --limit 20   the 20 largest
  larder ls --stale --older 30d      by other code than today's, and older than a month")]
pub(crate) struct Ls {
    /// Of this function alone: its name, or the end of its path
    pub(crate) function: Option<String>,

    /// Computed longer ago than this, as in `30d`
    #[arg(long, value_name = "AGE", allow_hyphen_values = true)]
    pub(crate) older: Option<Age>,

    /// Larger than this, as in `1MiB`
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub(crate) larger: Option<Size>,

    /// Computed by other code than that which was last seen
    #[arg(long)]
    pub(crate) stale: bool,

    /// What comes first
    #[arg(long, value_name = "BY", default_value = "used")]
    pub(crate) sort: Sort,

    /// The other way round
    #[arg(long, short)]
    pub(crate) reverse: bool,

    /// At most so many
    #[arg(long, short = 'n', value_name = "COUNT", allow_hyphen_values = true)]
    #[arg(value_parser = count::<usize>)]
    pub(crate) limit: Option<usize>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Sort {
    /// Last used
    Used,
    /// Last computed
    Created,
    /// Largest
    Size,
    /// Longest to compute
    Cost,
    /// By function, then by key
    Name,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  larder show ab12cd34               header, code, where the file is
  larder show ab12cd34 --value       the value: as JSON if it describes itself, else its bytes
  larder show ab12cd34 --export x    the bytes of the value, to a new file
  larder show ab12cd34 --export -    the same, to standard output")]
pub(crate) struct Show {
    /// The first digits of its key, as `larder ls` shows them
    pub(crate) key: String,

    /// Print the value, as far as that is possible
    #[arg(long)]
    pub(crate) value: bool,

    /// Write the encoded value to a new file, or to standard output for `-`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) export: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
It goes by the results that are there and by what processes have written down: the less of that
there is, the less is known. In a program, `f::why(args)` tells of calls that are still to be made.

Examples:
  larder why ab12cd34                why this result was computed, when it was
  larder why simulate                what changed in its code, and when")]
pub(crate) struct Why {
    /// The first digits of a key, or the name of a function
    #[arg(value_name = "KEY|FUNCTION")]
    pub(crate) target: String,
}

#[derive(Debug, Args)]
#[command(after_help = "\
On a terminal it asks first; elsewhere it needs `--yes`. A call that failed left no result, so
`--failed` is about files.

Examples:
  larder clear                       everything
  larder clear simulate              the results of one function
  larder clear --stale --dry-run     what other code than today's computed: only say how much")]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(crate) struct Clear {
    /// Of these functions alone: names, or ends of paths
    #[arg(value_name = "FUNCTION")]
    pub(crate) functions: Vec<String>,

    /// Computed by other code than that which was last seen
    #[arg(long)]
    pub(crate) stale: bool,

    /// Computed longer ago than this, as in `30d`
    #[arg(long, value_name = "AGE", allow_hyphen_values = true)]
    pub(crate) older: Option<Age>,

    /// Whose files fail their check, as `larder verify` finds them
    #[arg(long)]
    pub(crate) failed: bool,

    /// Do not ask
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Say what would be removed, and remove nothing
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  larder rm ab12cd34 ff00ab12")]
pub(crate) struct Rm {
    /// The first digits of their keys, as `larder ls` shows them
    #[arg(value_name = "KEY", required = true)]
    pub(crate) keys: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Without a limit it goes by those that hold for programs which set none: `LARDER_MAX_BYTES`, or a
fifth of the file system and at most 100 GiB.

Examples:
  larder trim --max-bytes 10GiB --dry-run   what would go
  larder trim --max-age 90d --max-entries 100000")]
pub(crate) struct Trim {
    /// Bytes that may be left, as in `10GiB`
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub(crate) max_bytes: Option<Size>,

    /// Remove what was computed longer ago than this, as in `90d`
    #[arg(long, value_name = "AGE", allow_hyphen_values = true)]
    pub(crate) max_age: Option<Age>,

    /// Results that may be left
    #[arg(long, value_name = "COUNT", allow_hyphen_values = true, value_parser = count::<u64>)]
    pub(crate) max_entries: Option<u64>,

    /// Say what would be removed, and remove nothing
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Whether a value is what its function would return today is another question: `LARDER=verify=5%`
computes a share of what is found again, and compares.

Examples:
  larder verify                      what is damaged; it ends with status 1 if anything is
  larder verify --repair             the same, and moves it out of the way")]
pub(crate) struct Verify {
    /// Move damaged results to `damaged/`, where the latest 100 are kept for a look at them
    #[arg(long)]
    pub(crate) repair: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  larder completions bash > ~/.local/share/bash-completion/completions/larder
  larder completions fish > ~/.config/fish/completions/larder.fish")]
pub(crate) struct Completions {
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  larder runs                        the last 20
  larder runs --longest              with the items that took longest")]
pub(crate) struct Runs {
    /// At most so many
    #[arg(long, short = 'n', value_name = "COUNT", allow_hyphen_values = true)]
    #[arg(value_parser = count::<usize>, default_value_t = 20)]
    pub(crate) limit: usize,

    /// With the items of each that took longest
    #[arg(long)]
    pub(crate) longest: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  larder man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Where to write them
    #[arg(value_hint = ValueHint::DirPath)]
    pub(crate) directory: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_of_the_commands_is_sound() {
        Cli::command().debug_assert();
    }

    /// What help may be wide at most.
    const WIDTH: usize = 100;

    // Some had none, and a line that was wrapped by hand was wrapped again after its last word.
    #[test]
    fn the_help_of_every_command_has_examples_and_no_line_is_too_wide() {
        let mut cli = Cli::command().term_width(WIDTH);
        cli.build();
        for command in cli.get_subcommands_mut().filter(|command| command.get_name() != "help") {
            let name = command.get_name().to_owned();
            let help = command.render_long_help().to_string();
            assert!(help.contains("\nExamples:\n  larder "), "{name}:\n{help}");
            for line in help.lines() {
                assert!(line.chars().count() <= WIDTH, "{name}: {line}");
            }
            // clap wraps what is too wide, so that the rest of a line stands alone.
            let texts = command.get_after_help().map(ToString::to_string);
            for line in texts.iter().flat_map(|text| text.lines()) {
                assert!(line.chars().count() <= WIDTH, "{name}: {line}");
            }
        }
    }
}
