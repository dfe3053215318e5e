//! What rustfmt adds and removes, so that it does not count: commas, and braces around arms.

use crate::heads::is_arrow_head;
use crate::lexer::{Shape, Token, behind};
use crate::mentions::PLAIN_MACROS;
use crate::names::{is_reserved, word};

/// Whether `=>` stands before the token at `at`.
pub(crate) fn is_arrow(tokens: &[Token], at: usize) -> bool {
    at >= 2
        && tokens[at - 1].is_punct(b'>')
        && tokens[at - 2].is_punct(b'=')
        && tokens[at - 2].end == tokens[at - 1].start
}

/// Whether the braces at `open` only wrap the expression of an arm of a `match`: rustfmt adds them
/// when the expression gets long.
pub(crate) fn is_arm_in_braces(tokens: &[Token], open: usize) -> bool {
    let close = tokens[open].data as usize;
    if tokens[open].first != b'{' || !is_arrow(tokens, open) || open + 1 == close {
        return false;
    }
    let mut at = open + 1;
    while at < close {
        let token = &tokens[at];
        match token.shape {
            Shape::Open => at = token.data as usize,
            Shape::Punct if matches!(token.first, b';' | b'#') => return false,
            Shape::Word if at == open + 1 && token.data == word::LET => return false,
            _ => {}
        }
        at += 1;
    }
    true
}

pub(crate) fn is_close(tokens: &[Token], at: usize, end: usize) -> bool {
    at >= end || tokens[at].shape == Shape::Close
}

/// Whether rustfmt may have added the comma at `at`, or taken it away. `(a,)` keeps its own: it makes
/// a tuple.
pub(crate) fn is_surplus_comma(
    text: &str,
    tokens: &[Token],
    at: usize,
    end: usize,
    in_where: bool,
) -> bool {
    let Some(next) = tokens.get(at + 1).filter(|_| at + 1 < end) else {
        return true;
    };
    if next.shape != Shape::Close {
        return next.is_punct(b'>') || (in_where && (next.is_open(b'{') || next.is_punct(b';')));
    }
    let open = next.data as usize;
    let is_macro = open >= 2
        && tokens[open - 1].is_punct(b'!')
        && tokens[open - 2].shape == Shape::Word
        && !is_reserved(tokens[open - 2].data);
    if is_macro {
        // A macro may tell calls with it from those without; rustfmt leaves it alone there.
        let name = &tokens[open - 2];
        let name = &text[name.start as usize..name.end as usize];
        return name != "stringify" && PLAIN_MACROS.contains(&name);
    }
    if !tokens[open].is_open(b'(') || is_callee(tokens, open) {
        return true;
    }
    let mut inner = open + 1;
    while inner < at {
        let token = &tokens[inner];
        if token.is_punct(b',') {
            return true;
        }
        inner = behind(tokens, inner);
    }
    false
}

/// Whether the parentheses at `open` hold arguments or parameters, and are no tuple.
fn is_callee(tokens: &[Token], open: usize) -> bool {
    let Some(before) = open.checked_sub(1).map(|at| &tokens[at]) else {
        return false;
    };
    match before.shape {
        Shape::Word => {
            !is_reserved(before.data)
                || matches!(before.data, word::FN | word::SELF_TYPE | word::PUB)
        }
        Shape::Close => before.first != b'}',
        Shape::Punct => {
            matches!(before.first, b'?' | b'!')
                || (before.first == b'>' && !is_arrow_head(tokens, open - 1))
        }
        _ => false,
    }
}
