//! Source text as a set of shingles: runs of a few tokens, whatever the layout and the comments.
//!
//! Good enough for the languages whose comments are `//` and `/* */`. Where the tokens are cut
//! wrongly (raw strings, say), that costs a little precision in one file, and nothing else.

/// Tokens in a shingle: fewer make all programs alike, more make every edit a large one.
const LENGTH: usize = 5;

/// How many tokens the text has, and the hashes of its shingles, sorted, each once.
pub(crate) fn shingles(text: &str) -> (usize, Vec<u64>) {
    let tokens: Vec<u64> = tokens(text).map(hash).collect();
    let combine = |run: &[u64]| run.iter().fold(0, |sum, token| mix(sum ^ token));
    let mut shingles: Vec<u64> = tokens.windows(LENGTH).map(combine).collect();
    shingles.sort_unstable();
    shingles.dedup();
    (tokens.len(), shingles)
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            let first = rest.chars().next()?;
            let (length, is_comment) = measure(rest, first);
            let token;
            (token, rest) = rest.split_at(length);
            if !is_comment {
                return Some(token);
            }
        }
    })
}

/// The length of the token or comment that `text` starts with, and which of the two it is.
fn measure(text: &str, first: char) -> (usize, bool) {
    let until = |end: Option<usize>| end.unwrap_or(text.len());
    if text.starts_with("//") {
        (until(text.find('\n')), true)
    } else if text.starts_with("/*") {
        (until(text.find("*/").map(|end| end + 2)), true)
    } else if is_word(first) {
        (until(text.find(|c| !is_word(c))), false)
    } else if first == '"' {
        (until(closing(text, '"')), false)
    } else if first == '\'' {
        // A character, or else the start of a lifetime: that has no closing quote right behind it.
        let end = closing(text, '\'')
            .filter(|end| text.starts_with("'\\") || text[1..*end].chars().count() == 2);
        (end.unwrap_or(1), false)
    } else {
        (first.len_utf8(), false)
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the literal ends that `text` starts with.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        closes.then_some(at + 1)
    })
}

/// FNV-1a. What is kept from run to run needs a hash that never changes, which std does not promise
/// of its own.
fn hash(token: &str) -> u64 {
    token.bytes().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads every bit of the input over the whole output.
pub(crate) const fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x = (x ^ (x >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    x ^ (x >> 32)
}
