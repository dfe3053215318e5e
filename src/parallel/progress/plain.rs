//! In place of a terminal's lines, where the crates for that are left out: there never is one.

/// What cannot be drawn on.
#[derive(Debug, Default)]
pub(super) struct Terminal;

impl Terminal {
    pub(super) const fn new() -> Self {
        Self
    }

    pub(super) fn is_there() -> bool {
        false
    }

    pub(super) fn size() -> (usize, usize) {
        (24, 80)
    }

    #[expect(clippy::unused_self, reason = "as where there is one")]
    pub(super) fn draw(&mut self, _: &[String]) {}

    #[expect(clippy::unused_self, reason = "as where there is one")]
    pub(super) fn clear(&mut self) {}
}
