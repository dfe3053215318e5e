//! Results that do not count any more (`expires`, `validate`), and when results were last used.

#![expect(clippy::unwrap_used, reason = "what a test cannot do without, it may panic for")]

mod aging;
mod conditions;
mod expiry;
mod together;
mod uses;

/// What other processes run. As a test of its own it has nothing to do.
#[test]
fn child() {
    together::child();
}
